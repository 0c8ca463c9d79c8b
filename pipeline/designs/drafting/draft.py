"""First designs for tables upstream, from what PostgreSQL's catalogue says about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.designs.drafting.layout import choose_distribution, choose_sort_key
from pipeline.designs.drafting.typemap import TypeMaps, map_type
from pipeline.designs.model import (
    Attributes,
    Column,
    Constraints,
    Design,
    ForeignKey,
)
from pipeline.designs.rules import MAX_COMMENT_BYTES, SYSTEM_COLUMNS
from pipeline.designs.upstream import UpstreamColumn, UpstreamTable
from pipeline.names import TableName, upstream_stem, warehouse_name


@dataclass(frozen=True, slots=True)
class Draft:
    """A design with the reasons for it, which its file shows as comments.

    ``notes`` are about columns, by their name in the warehouse.
    """

    design: Design
    notes: Mapping[str, str] = field(default_factory=dict)
    distribution_reason: str = ""
    sort_reason: str = ""


def draft_designs(
    source: str,
    tables: Iterable[UpstreamTable],
    type_maps: TypeMaps = (),
    taken: Mapping[TableName, TableName] | None = None,
) -> tuple[Draft, ...]:
    """Draft a design for each table of a source, sorted by name.

    ``taken`` maps tables upstream to the relations that existing designs gave them; those names
    stay. Foreign keys are kept where their table is among ``tables`` or ``taken``.
    """
    by_name = {table.name: table for table in sorted(tables, key=lambda each: each.name)}
    names = relation_names(source, by_name, taken or {})
    return tuple(_draft(table, source, by_name, names, type_maps) for table in by_name.values())


def relation_names(
    source: str, tables: Iterable[TableName], taken: Mapping[TableName, TableName]
) -> dict[TableName, TableName]:
    """Give every table upstream a name in the warehouse of its own.

    Usually its own name, folded. Where several want the same: the one in ``public`` has it, others
    put their schema before it (``billing_orders``); names that differ by case only get a number.
    """
    names = dict(taken)
    used = set(taken.values())
    waiting = [name for name in tables if name not in taken]
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for name in [*taken, *waiting]:
        wanted[warehouse_name(name.table)].add(name.schema)
    for name in sorted(waiting, key=_naming_order):
        short = warehouse_name(name.table)
        keeps = len(wanted[short]) == 1 or name.schema == "public"
        candidate = short if keeps else f"{warehouse_name(name.schema)}_{short}"
        names[name] = _free(TableName(source, candidate), used)
        used.add(names[name])
    return names


def _naming_order(name: TableName) -> tuple[bool, bool, TableName]:
    """Serve public first, and names in lower case before those that must be folded."""
    return name.schema != "public", name.table != warehouse_name(name.table), name


def _free(name: TableName, used: set[TableName]) -> TableName:
    free, number = name, 1
    while free in used:
        number += 1
        free = replace(name, table=f"{name.table}_{number}")
    return free


def _draft(
    table: UpstreamTable,
    source: str,
    tables: Mapping[TableName, UpstreamTable],
    names: Mapping[TableName, TableName],
    type_maps: TypeMaps,
) -> Draft:
    folded = column_names(table.columns)
    mapped = {column.name: map_type(column.type, type_maps) for column in table.columns}
    distribution = choose_distribution(table, tables)
    sort = choose_sort_key(table)
    design = Design(
        name=names[table.name],
        kind="TABLE",
        stem=upstream_stem(source, table.name),
        columns=tuple(draft_column(column, folded, type_maps) for column in table.columns),
        source=table.name,
        constraints=_constraints(table, folded, tables, names),
        attributes=Attributes(
            distribution=_translated(distribution.columns, folded) or distribution.style,
            compound_sort=_translated(sort.columns, folded),
        ),
        description=_description(table.comment),
    )
    notes = {folded[name]: each.note for name, each in mapped.items() if each.note}
    return Draft(design, notes, distribution.reason, sort.reason)


def column_names(columns: Sequence[UpstreamColumn]) -> dict[str, str]:
    """Give every column a name of its own in the warehouse; the rule is that of tables."""
    names: dict[str, str] = {}
    used = set(SYSTEM_COLUMNS)
    for column in sorted(columns, key=lambda each: each.name != warehouse_name(each.name)):
        name = warehouse_name(column.name)
        number = 1
        while name in used:
            number += 1
            name = f"{warehouse_name(column.name)}_{number}"
        used.add(name)
        names[column.name] = name
    return names


def draft_column(
    column: UpstreamColumn, names: Mapping[str, str], type_maps: TypeMaps = ()
) -> Column:
    """Draft one column."""
    mapped = map_type(column.type, type_maps)
    name = names[column.name]
    return Column(
        name=name,
        sql_type=mapped.sql_type,
        source_sql_type=column.type.text,
        expression=mapped.expression_for(column.name),
        not_null=column.not_null,
        description=_description(column.comment),
        source_name=None if name == column.name else column.name,
    )


def _description(comment: str | None) -> str | None:
    """Keep a comment as far as a description may be long; the cut is marked."""
    if comment is None or len(comment.encode()) <= MAX_COMMENT_BYTES:
        return comment or None
    room = MAX_COMMENT_BYTES - len("...")
    return comment.encode()[:room].decode(errors="ignore") + "..."


def _translated(columns: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(names[column] for column in columns)


def _constraints(
    table: UpstreamTable,
    folded: Mapping[str, str],
    tables: Mapping[TableName, UpstreamTable],
    names: Mapping[TableName, TableName],
) -> Constraints:
    foreign = (
        ForeignKey(
            _translated(key.columns, folded),
            names[key.table],
            _translated(key.references, column_names(tables[key.table].columns)),
        )
        for key in table.foreign_keys
        if key.table in tables
    )
    return Constraints(
        primary_key=_translated(table.primary_key, folded),
        unique=tuple(_translated(key, folded) for key in table.unique),
        foreign_keys=tuple(foreign),
    )
