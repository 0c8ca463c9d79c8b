"""The upstream side of an incremental load: which cluster, database, table and columns it reads.

A position holds only for the source that it was taken from: ``cluster=7412345678901234567/1
database=16384 table=16390 columns=0123456789ab … ended=7341``; the timeline is beside the cluster.
It holds for what was committed before it, so not for a snapshot that sees fewer transactions
``ended``: a standby that is behind, a disk that was restored, a snapshot exported before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.designs.drift.check import KINDS, window_faults
from pipeline.designs.fingerprint import digest
from pipeline.designs.mentions import used
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.types import INTEGERS, MOMENTS, parse_type
from pipeline.designs.model.upstream import UpstreamColumn
from pipeline.errors import DesignError
from pipeline.names import did_you_mean
from pipeline.procedures.dump.job import DumpJob
from pipeline.sql.upstream import increment
from pipeline.sql.upstream.extract import Extract, select
from pipeline.sql.upstream.source import select_source
from pipeline.stores.upstream.catalog import read_columns
from pipeline.stores.upstream.database import Session
from pipeline.stores.upstream.encoding import rows_of
from pipeline.stores.upstream.facts import Table
from pipeline.stores.upstream.observation import Observation

UNKNOWN = "unknown"
"""The cluster, for a user who may not call ``pg_control_system()``."""

PLACE = "extract_settings.incremental"

EXACT = INTEGERS | MOMENTS
"""Types whose values are equal in the warehouse only if they are upstream."""

CHANGES = {
    "cluster": "upstream is another cluster",
    "database": "upstream is another database",
    "table": "upstream is another table",
    "columns": "its columns were changed upstream",
    "values": "the values of its columns were changed upstream",
    "file": "the table was truncated or rewritten upstream",
}

REWRITTEN = ("files", "altered")
"""What ALTER TYPE changes; if only one of them changed, it was something else."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a table's rows, and its cursor column.

    ``type`` is the name of the cursor's type in ``pg_catalog``. ``replicated`` is whether a
    subscription writes the rows; ``version`` is the server's, as in 140002.
    """

    identity: str
    type: str
    nullable: bool
    indexed: bool
    replicated: bool
    version: int


def read_source(job: DumpJob, session: Session, observed: Observation) -> Source:
    """Read the source under the session's snapshot; its lock prevents changes of the table.

    DesignError if the cursor column is missing or has no order, or if it is not a table whose
    rows are its own.
    """
    table, version = job.extract.table, session.connection.server_version
    session.plan(select(Extract(table, (Column("locked", expression="TRUE"),))), table)
    _check_kind(job.design, session.table(table))
    column = _cursor(job.design, read_columns(session, table))
    rows = rows_of(session, select_source(table, version), table)
    cluster = session.query(increment.control())[0]["cluster"] if observed.control else UNKNOWN
    [cursor] = [row for row in rows if row["name"] == column.name]
    columns, key = _used(job.design, rows), (list(job.design.row_key), column.name)
    parts = {
        "cluster": cluster,
        "database": cursor["database"],
        "table": cursor["relation"],
        "columns": digest(
            [[each["number"], each["name"], each["type"]] for each in columns], *key
        ),
        "values": digest([[each["names"], each["generated"]] for each in columns]),
        "files": digest(cursor["files"]),
        "file": str(cursor["file"]),
        "toast": str(cursor["toast"]),
        "altered": digest([each["altered"] for each in columns]),
        "ended": _ended(session),
    }
    return Source(
        identity=" ".join(f"{name}={value}" for name, value in parts.items()),
        type=column.type.base,
        nullable=not column.not_null,
        indexed=cursor["indexed"],
        replicated=cursor["replicated"],
        version=version,
    )


def unique_columns(design: Design) -> tuple[str, ...]:
    """Return the upstream columns of the key if they are loaded as they are; else none.

    Texts that differ upstream can be equal in Redshift, which ignores trailing blanks.
    """
    by_name = {column.name: column for column in design.data_columns}
    key = [by_name[name] for name in design.row_key if name in by_name]
    is_exact = all(
        column.expression is None and parse_type(column.sql_type or "varchar").base in EXACT
        for column in key
    )
    return tuple(column.upstream_name for column in key) if is_exact else ()


def find_change(before: str, now: str) -> str | None:
    """Return what distinguishes two sources, None if a position of the one holds for the other.

    What is not known, or not in a position of a release before, counts as the same.
    """
    old, new = _parts(before), _parts(now)
    differ = {name for name in old.keys() & new.keys() if old[name] != new[name]}
    if UNKNOWN in {old.get("cluster"), new.get("cluster")}:
        differ.discard("cluster")
    if differ.issuperset(REWRITTEN):
        differ.add("values")
    if "toast" in differ:  # VACUUM FULL or CLUSTER
        differ.discard("file")
    return next((reason for name, reason in CHANGES.items() if name in differ), None)


def is_older(now: str, before: str) -> bool:
    """Return whether a source's snapshot sees fewer ended transactions than another's."""
    ended, least = (int(_parts(each).get("ended", 0)) for each in (now, before))
    return ended < least


def _ended(session: Session) -> int:
    """Return how many transactions have ended in the session's snapshot.

    The snapshot is ``xmin:xmax:running``. All numbers below ``xmax`` are assigned, and those that
    run are listed, so each transaction that ends raises the result. A standby lists none.
    https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
    """
    _, end, running = session.facts().snapshot.split(":")
    return int(end) - len(running.split(",") if running else [])


def is_known(identity: str) -> bool:
    """Return whether a source knows its cluster."""
    return _parts(identity).get("cluster") != UNKNOWN


def _parts(identity: str) -> dict[str, str]:
    return {name: value for name, _, value in (p.partition("=") for p in identity.split())}


def _check_kind(design: Design, table: Table) -> None:
    for name, kind in [(table.name, table.kind), *((p.name, p.kind) for p in table.partitions)]:
        if kind not in "rp":
            part = "" if name == table.name else f"{name}, a part of it, "
            raise DesignError(
                f"{design.name}: {part or f'{name} upstream '}is {KINDS.get(kind, kind)}, whose"
                f" changes cannot be followed: remove {PLACE} from its design"
            )


def _cursor(design: Design, columns: Sequence[UpstreamColumn]) -> UpstreamColumn:
    name = design.incremental.column
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        hint = did_you_mean(name, [column.name for column in columns])
        raise DesignError(
            f"{design.name}: {design.source} upstream has no column {name}{hint}: fix {PLACE} of"
            " its design"
        )
    faults = (*design.incremental.type_faults(found.type), *window_faults(design, found))
    problems = [problem for _, problem in faults]
    if problems:
        raise DesignError(f"{design.name}: {'; '.join(problems)}: fix {PLACE} of its design")
    return found


def _used(design: Design, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the columns that decide about the rows and values of a dump."""
    names = used(design, [row["name"] for row in rows])
    return [row for row in rows if row["name"] in names]
