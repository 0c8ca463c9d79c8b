"""Facts about a source's tables from the upstream catalog, one query per kind of fact."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pipeline.designs.drafting.measure import Measured, Probe
from pipeline.designs.upstream import (
    Category,
    UpstreamColumn,
    UpstreamKey,
    UpstreamTable,
    UpstreamType,
)
from pipeline.names import TableName
from pipeline.sql.upstream import catalog as upstream_catalog
from pipeline.stores.upstream.database import Session

Row = Mapping[str, Any]
Rows = Mapping[int, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class UpstreamCatalog:
    """Tables by name, sorted; in ``unreadable`` the columns without the SELECT privilege.

    ``names`` are those of all relations, included or not.
    """

    tables: Mapping[TableName, UpstreamTable]
    unreadable: Mapping[TableName, frozenset[str]]
    names: tuple[TableName, ...]


def read_catalog(
    session: Session, includes: Callable[[TableName], bool], named: Container[str] = ()
) -> UpstreamCatalog:
    """Read the facts about the tables that ``includes`` accepts.

    Relations that an extension created are read only if ``named`` has their full name.
    """
    relations = {row["oid"]: row for row in session.query(upstream_catalog.relations())}
    names = {oid: TableName(row["schema"], row["table"]) for oid, row in relations.items()}
    oids = [
        oid
        for oid, row in relations.items()
        if includes(names[oid]) and (not row["extension"] or str(names[oid]) in named)
    ]
    version = session.connection.server_version
    columns = _by_relation(session.query(upstream_catalog.columns(oids, version)))
    keys = _by_relation(session.query(upstream_catalog.keys(oids, version)))
    foreign = _by_relation(session.query(upstream_catalog.foreign_keys(oids)))
    tables = {
        names[oid]: UpstreamTable(
            name=names[oid],
            columns=tuple(map(_column, columns[oid])),
            kind=relations[oid]["kind"],
            primary_key=_primary(keys[oid]),
            unique=_unique(keys[oid]),
            foreign_keys=_foreign(foreign[oid], names),
            rows=relations[oid]["rows"],
            comment=relations[oid]["comment"],
        )
        for oid in oids
    }
    return UpstreamCatalog(
        tables=tables,
        unreadable={names[oid]: _unreadable(relations[oid], columns[oid]) for oid in oids},
        names=tuple(names.values()),
    )


def read_columns(session: Session, name: TableName) -> tuple[UpstreamColumn, ...]:
    """Read a table's columns in order; none if there is no such table."""
    version = session.connection.server_version
    return tuple(map(_column, session.query(upstream_catalog.table_columns(name, version), name)))


def measure(session: Session, name: TableName, probes: Sequence[Probe]) -> Measured:
    """Scan a table once and return the answers to ``probes``."""
    row = session.query(upstream_catalog.measure(name, probes), name)[0]
    widths = {
        probe.column: row[f"width_{number}"]
        for number, probe in enumerate(probes)
        if probe.width is not None and row[f"width_{number}"] is not None
    }
    lost = {
        probe.column: row[f"lost_{number}"]
        for number, probe in enumerate(probes)
        if probe.lost is not None
    }
    return Measured(row["rows"], widths, lost)


def _by_relation(rows: Iterable[Row]) -> Rows:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["oid"]].append(row)
    return grouped


def _column(row: Row) -> UpstreamColumn:
    category: Category = row["category"]
    if category not in get_args(Category):
        raise ValueError(f"{row['name']}: {category} is not a category of types")
    column_type = UpstreamType(
        row["type"], row["base"], row["typmod"], category, row["type_schema"]
    )
    return UpstreamColumn(
        name=row["name"],
        type=column_type,
        not_null=row["not_null"],
        comment=row["comment"],
        generated=row["generated"],
    )


def _primary(keys: Sequence[Row]) -> tuple[str, ...]:
    return next((tuple(key["columns"]) for key in keys if key["is_primary"]), ())


def _unique(keys: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
    """Return each key once, without the primary key: an index may repeat a constraint."""
    primary = set(_primary(keys))
    found = {frozenset(key["columns"]): tuple(key["columns"]) for key in reversed(keys)}
    return tuple(sorted(columns for each, columns in found.items() if each != primary))


def _foreign(keys: Sequence[Row], names: Mapping[int, TableName]) -> tuple[UpstreamKey, ...]:
    found = (
        UpstreamKey(tuple(key["columns"]), names[key["target"]], tuple(key["referenced"]))
        for key in keys
    )
    return tuple(dict.fromkeys(found))


def _unreadable(relation: Row, columns: Sequence[Row]) -> frozenset[str]:
    return frozenset(
        column["name"] for column in columns if not (relation["usable"] and column["readable"])
    )
