"""Facts about a source's tables from the upstream catalog, one query per kind of fact."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from pipeline.designs.model.upstream import (
    Category,
    Digits,
    Measured,
    Probe,
    UpstreamColumn,
    UpstreamKey,
    UpstreamTable,
    UpstreamType,
)
from pipeline.errors import UpstreamError
from pipeline.names import TableName
from pipeline.sql.upstream import catalog as upstream_catalog
from pipeline.sql.upstream import guarantees
from pipeline.sql.upstream import measure as scan
from pipeline.stores.upstream.database import Session
from pipeline.stores.upstream.encoding import growth_of, is_text, rows_of, shown

Row = Mapping[str, Any]
Rows = Mapping[int, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class UpstreamCatalog:
    """Tables by name, sorted; in ``unreadable`` the columns without the SELECT privilege.

    ``names`` are those of all relations, included or not. ``broken`` are included tables that no
    design can describe, with the reason; ``unnamed`` are reports on included tables whose own name
    is not valid text.
    """

    tables: Mapping[TableName, UpstreamTable]
    unreadable: Mapping[TableName, frozenset[str]]
    names: tuple[TableName, ...]
    broken: Mapping[TableName, str] = field(default_factory=dict)
    unnamed: tuple[str, ...] = ()


def read_catalog(
    session: Session, includes: Callable[[TableName], bool], named: Container[str] = ()
) -> UpstreamCatalog:
    """Read the facts about the tables that ``includes`` accepts.

    Relations that an extension created are read only if ``named`` has their full name.
    """
    version = session.connection.server_version
    listed = rows_of(session, upstream_catalog.relations(version))
    relations = {row["oid"]: row for row in listed}
    every = {oid: TableName(row["schema"], row["table"]) for oid, row in relations.items()}
    names = {oid: name for oid, name in every.items() if is_text(str(name))}
    oids = [
        oid
        for oid, name in names.items()
        if includes(name) and (not relations[oid]["extension"] or str(name) in named)
    ]
    columns = _by_relation(rows_of(session, upstream_catalog.columns(oids)))
    broken = {names[oid]: why for oid in oids if (why := _undecodable(names[oid], columns[oid]))}
    sound = [oid for oid in oids if names[oid] not in broken]
    return UpstreamCatalog(
        tables=_tables(session, sound, names, relations, columns),
        unreadable={names[oid]: _unreadable(relations[oid], columns[oid]) for oid in oids},
        names=tuple(names.values()),
        broken=broken,
        unnamed=tuple(_unnamed(name for name in every.values() if includes(name))),
    )


def _tables(
    session: Session,
    oids: Sequence[int],
    names: Mapping[int, TableName],
    relations: Mapping[int, Row],
    columns: Mapping[int, Sequence[Row]],
) -> dict[TableName, UpstreamTable]:
    """Read what else is known of relations whose names, columns and types are valid text."""
    version = session.connection.server_version
    keys = _by_relation(rows_of(session, upstream_catalog.keys(oids, version)))
    foreign = _by_relation(rows_of(session, upstream_catalog.foreign_keys(oids)))
    labels = _by_relation(rows_of(session, guarantees.labels(oids)))
    conditions = _by_relation(rows_of(session, guarantees.conditions(oids)))
    domains = _by_relation(rows_of(session, guarantees.domain_conditions(oids)))
    growth = growth_of(session)
    return {
        names[oid]: UpstreamTable(
            name=names[oid],
            columns=tuple(
                _with_guarantees(_column(row, growth), labels[oid], domains[oid])
                for row in columns[oid]
            ),
            kind=relations[oid]["kind"],
            primary_key=_primary(keys[oid]),
            unique=_unique(keys[oid]),
            foreign_keys=_foreign(foreign[oid], names),
            rows=relations[oid]["rows"],
            comment=_text(relations[oid]["comment"]),
            unproven_keys=_unproven_keys(keys[oid]),
            undecodable=tuple(_comments(relations[oid], columns[oid])),
            hidden_rows=relations[oid]["hidden"],
            conditions=tuple(_conditions(conditions[oid])),
        )
        for oid in oids
    }


def _unnamed(names: Iterable[TableName]) -> Iterator[str]:
    for name in names:
        if not is_text(str(name)):
            yield f"{shown(str(name))}: its name is not valid text; to load it, rename it"


def _undecodable(name: TableName, columns: Sequence[Row]) -> str | None:
    """Return why no design can name a table's columns or types, or None."""
    for column in columns:
        for what, text in (("name", column["name"]), ("type", column["type"])):
            if not is_text(text):
                return (
                    f"the {what} {shown(text)} of a column of {name} is not valid text;"
                    " rename it upstream, or add the table to exclude_tables"
                )
    return None


def _comments(relation: Row, columns: Sequence[Row]) -> Iterator[str]:
    rows = [("the comment of the table", relation), *((_about(row), row) for row in columns)]
    for what, row in rows:
        if not is_text(row["comment"] or ""):
            yield f"{what} is not valid text ({shown(row['comment'])})"


def _about(column: Row) -> str:
    return f"the comment of {column['name']}"


def _text(comment: str | None) -> str | None:
    return comment if is_text(comment or "") else None


def read_columns(session: Session, name: TableName) -> tuple[UpstreamColumn, ...]:
    """Read a table's columns in order; none if there is no such table.

    UpstreamError if one has a name that is not valid text.
    """
    rows = rows_of(session, upstream_catalog.table_columns(name), name)
    if reason := _undecodable(name, rows):
        raise UpstreamError(f"{session.where}: {reason}")
    growth = growth_of(session)
    return tuple(_column(row, growth) for row in rows)


def measure(session: Session, name: TableName, probes: Sequence[Probe]) -> Measured:
    """Scan a table once and return the answers to ``probes``."""
    version, in_utf8 = session.connection.server_version, growth_of(session) == 1
    row = session.query(scan.measure(name, probes, version, in_utf8=in_utf8), name)[0]
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
    digits = {
        probe.column: Digits(
            row[f"whole_{number}"], row[f"decimals_{number}"], row[f"infinite_{number}"]
        )
        for number, probe in enumerate(probes)
        if probe.digits is not None and row[f"whole_{number}"] is not None
    }
    return Measured(row["rows"], widths, lost, digits)


def _by_relation(rows: Iterable[Row]) -> Rows:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["oid"]].append(row)
    return grouped


def _column(row: Row, growth: int) -> UpstreamColumn:
    category: Category = row["category"]
    if category not in get_args(Category):
        raise ValueError(f"{row['name']}: {category} is not a category of types")
    column_type = UpstreamType(
        row["type"], row["base"], row["typmod"], category, row["type_schema"], growth
    )
    gap = row["gap"]
    return UpstreamColumn(
        name=row["name"],
        type=column_type,
        not_null=row["not_null"] and gap is None,
        comment=_text(row["comment"]),
        unproven=_unproven(gap) if row["not_null"] and gap else None,
    )


def _with_guarantees(
    column: UpstreamColumn, labels: Sequence[Row], domains: Sequence[Row]
) -> UpstreamColumn:
    found = next((row["labels"] for row in labels if row["name"] == column.name), ())
    return replace(
        column,
        labels=tuple(found) if all(map(is_text, found)) else (),
        conditions=tuple(_conditions([row for row in domains if row["name"] == column.name])),
    )


def _conditions(rows: Sequence[Row]) -> Iterator[str]:
    """Yield conditions; that of a table or domain which was dropped meanwhile is NULL."""
    found = (row["condition"] for row in rows)
    yield from (each for each in found if each is not None and is_text(each))


def _unproven(gap: str) -> str:
    """Return why NOT NULL does not hold of all rows; ``f:public.t`` is a foreign table."""
    kind, _, name = shown(gap).partition(":")
    return {
        "f": f"NOT NULL is not enforced for the foreign table {name}",
        "v": f"NOT NULL was never validated in {name}",
        "c": f"can be NULL in {name}, whose rows are dumped with the table",
    }[kind]


def _primary(keys: Sequence[Row]) -> tuple[str, ...]:
    whole = (key for key in keys if key["whole"])
    return next((tuple(key["columns"]) for key in whole if key["is_primary"]), ())


def _unproven_keys(keys: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(tuple(key["columns"]) for key in keys if not key["whole"]))


def _unique(keys: Sequence[Row]) -> tuple[tuple[str, ...], ...]:
    """Return each key once, without the primary key: an index may repeat a constraint."""
    primary = set(_primary(keys))
    whole = [key for key in keys if key["whole"]]
    found = {frozenset(key["columns"]): tuple(key["columns"]) for key in reversed(whole)}
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
