"""What the doctor looks at: each check tells what it found, or fails with what is wrong."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from pipeline.designs.model import Column, Design
from pipeline.errors import PipelineError, StorageError, WarehouseError
from pipeline.figures import count
from pipeline.manifest import SUFFIX, Compression, Manifest, Part
from pipeline.names import TableName
from pipeline.procedures.drift import compare_source
from pipeline.procedures.dump.split import TID_RANGE_SCAN
from pipeline.procedures.dump.stream import compressor
from pipeline.settings import Source
from pipeline.sql.catalog import health
from pipeline.sql.tables import copy, ddl
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.sql.upstream.extract import NULL_AS
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.warehouse import Row, Warehouse

Verdict = Literal["ok", "warning", "fault", "not checked"]

SKEW = dt.timedelta(minutes=1)
"""From here on, ages and the order of events begin to mislead."""

REFUSED_SKEW = dt.timedelta(minutes=15)
"""S3 refuses requests from clocks that are further off.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
"""

ROW = b"1\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check came to; ``code`` is that of who has to act on a fault."""

    what: str
    verdict: Verdict
    found: str
    advice: str = ""
    code: int = 0


Check = Callable[[], Finding]


def examine(what: str, check: Callable[[], Finding], advice: str = "") -> Finding:
    """Run a check; an error of the package is what it found."""
    try:
        return check()
    except PipelineError as error:
        return Finding(what, "fault", str(error), advice, error.exit_code)


def upstream_server(upstream: Upstream) -> Finding:
    """Connect to a source's database."""
    what = f"{upstream.name} upstream"
    with upstream.snapshot() as session:
        facts = session.facts()
    kind = " (standby)" if facts.standby else ""
    found = f"{upstream.place}: PostgreSQL {_version(facts.version)}{kind}"
    if facts.version < TID_RANGE_SCAN:
        advice = "large tables are dumped by one connection; from PostgreSQL 14 on by several"
        return Finding(what, "warning", found, advice)
    return Finding(what, "ok", found)


def upstream_tables(source: Source, designs: list[Design], upstream: Upstream) -> Finding:
    """Compare the designs of a source with its tables: there, readable, and as designed."""
    what = f"{source.name} tables"
    if not designs:
        advice = f"write designs: pipeline design '{source.name}.*'"
        return Finding(what, "warning", "there are no designs for this source", advice)
    found = compare_source(source, designs, upstream)
    faults = [
        f"{name}: {finding.message}"
        for name, findings in found.items()
        for finding in findings
        if not finding.warning
    ]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        advice = f"see all: pipeline validate '{source.name}'"
        return Finding(what, "fault", f"{faults[0]}{more}", advice, 3)
    return Finding(what, "ok", f"{count(len(designs), 'table')} there, readable, and as designed")


def bucket(store: S3Store, prefix: str) -> Finding:
    """Write, read and delete an object, and prove that none is written over another by mistake."""
    what, content = "S3 bucket", uuid.uuid4().hex.encode()
    with probes(store, prefix) as folder:
        key = f"{folder}object"
        first = store.write(key, content, if_absent=True)
        second = store.write(key, b"another", if_absent=True)
        if not first or store.read(key) != (b"another" if second else content):
            raise StorageError(f"{store.url(key)} does not hold what was written to it just now")
    if second:
        return Finding(
            what,
            "warning",
            f"{store.url(prefix)}/: writable, but If-None-Match is ignored",
            "do not run two dumps of one table at the same time, or use a store that heeds it",
        )
    return Finding(what, "ok", f"{store.url(prefix)}/: write, read, delete, conditional write")


@contextmanager
def probes(store: S3Store, prefix: str) -> Iterator[str]:
    """Give a folder for objects of the body's, which are gone afterwards."""
    folder = f"{prefix}/doctor/{uuid.uuid4().hex}/"
    try:
        yield folder
    except (PipelineError, KeyboardInterrupt):
        with suppress(StorageError):  # what went wrong first says more
            store.delete([item.key for item in store.list(folder)])
        raise
    store.delete([item.key for item in store.list(folder)])


def warehouse_server(warehouse: Warehouse, what: str) -> tuple[Finding, Row]:
    """Connect to the warehouse; return also what it said of itself."""
    row = warehouse.query(health.server())[0]
    found = f"{warehouse.access} as {row['user_name']}: {short_version(row['version'])}"
    if "redshift" not in row["version"].lower():
        advice = "this is no Redshift; the pipeline's statements may mean something else here"
        return Finding(what, "warning", found, advice), row
    return Finding(what, "ok", found), row


def administrator(warehouse: Warehouse, what: str) -> Finding:
    """Connect as administrator, who must be a superuser to create users and give away schemas."""
    finding, _ = warehouse_server(warehouse, what)
    if not warehouse.query(health.is_superuser())[0]["usesuper"]:
        raise WarehouseError(
            f"the user of {warehouse.access.variable} is no superuser, as BootstrapWarehouse needs"
        )
    return finding


def short_version(version: str) -> str:
    """Return the part of VERSION() that a person looks for."""
    _, mark, number = version.partition("Redshift ")
    if mark and number:
        return f"Redshift {number.split(maxsplit=1)[0].rstrip(',')}"
    return version.partition(",")[0]


@dataclass(frozen=True, slots=True)
class CopyProbe:
    """What a COPY of one row needs, by the very way in which tables are loaded."""

    warehouse: Warehouse
    store: S3Store
    schema: str
    prefix: str
    authorization: IamRole | AccessKeys
    compression: Compression
    region: str | None


def copy_works(probe: CopyProbe) -> Finding:
    """Load one row from S3 into a table of this transaction, and roll it back."""
    token = uuid.uuid4().hex[:8]
    columns = (Column("id", "integer"),)
    design = Design(TableName(probe.schema, f"doctor${token}"), "TABLE", "doctor", columns)
    with probes(probe.store, probe.prefix) as folder:
        manifest = _upload_row(probe, design, folder)
        with probe.warehouse.transaction() as transaction:
            transaction.execute(ddl.create_table(design))
            statement = copy.copy_from_s3(
                design,
                design.name,
                manifest,
                manifest_url=probe.store.url(f"{folder}manifest"),
                authorization=probe.authorization,
                region=probe.region,
            )
            transaction.execute(statement)
            rows = transaction.query(copy.copied_rows())[0]["row_count"]
            transaction.roll_back()
    if rows != 1:
        raise WarehouseError(f"COPY of a file with one row loaded {rows}")
    by = "the role" if isinstance(probe.authorization, IamRole) else "access keys"
    return Finding("COPY", "ok", f"loaded a row from S3 by {by}, and rolled it back")


def _upload_row(probe: CopyProbe, design: Design, folder: str) -> Manifest:
    stream = compressor(probe.compression)
    body = stream.compress(ROW) + stream.flush()
    key = f"{folder}part.csv.{SUFFIX[probe.compression]}"
    probe.store.write(key, body)
    manifest = Manifest(
        relation=str(design.name),
        parts=(Part(probe.store.url(key), 1, len(body), len(ROW), ""),),
        columns=("id",),
        query="",
        null_as=NULL_AS,
        compression=probe.compression,
        database="",
        snapshot="",
        started="",
        finished="",
    )
    probe.store.write(f"{folder}manifest", manifest.to_json().encode())
    return manifest


def clock(what: str, theirs: dt.datetime, before: dt.datetime, after: dt.datetime) -> Finding:
    """Compare a server's clock with this machine's, which was read ``before`` and ``after``."""
    behind, ahead = before - theirs - dt.timedelta(seconds=1), theirs - after
    skew = max(behind, ahead, dt.timedelta(0))
    found = "agrees with this machine's" if skew < dt.timedelta(seconds=2) else f"is off by {skew}"
    if skew < SKEW:
        return Finding(what, "ok", found)
    advice = "synchronise the clocks (NTP)"
    return Finding(what, "fault" if skew >= REFUSED_SKEW else "warning", found, advice, 4)


def worst(findings: Iterable[Finding]) -> int:
    """Return the exit code: 0 without faults, else of who acts first: files before servers."""
    codes = {finding.code or 4 for finding in findings if finding.verdict == "fault"}
    return 0 if not codes else 3 if 3 in codes else 4


def _version(number: int) -> str:
    return f"{number // 10000}.{number % 10000}"
