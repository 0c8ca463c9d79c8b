"""Draft designs of upstream tables from PostgreSQL's catalog."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

from pipeline.designs.crosscheck import problem_of
from pipeline.designs.drafting.layout import choose_distribution, choose_sort_key
from pipeline.designs.drafting.proposals import proposals, relationships
from pipeline.designs.mapping.mapped_type import MappedType
from pipeline.designs.mapping.typemap import TypeMaps, map_type
from pipeline.designs.model.checks import Check
from pipeline.designs.model.design import (
    SYSTEM_COLUMNS,
    Attributes,
    Column,
    Constraints,
    Design,
    ForeignKey,
)
from pipeline.designs.model.upstream import UpstreamColumn, UpstreamTable
from pipeline.designs.rules.design import MAX_COMMENT_BYTES
from pipeline.names import TableName, upstream_stem, warehouse_name


@dataclass(frozen=True, slots=True)
class Draft:
    """A design with the reasons for its choices, which its file shows as comments.

    ``notes`` are about columns, by warehouse name. ``proposals`` are checks that upstream
    guarantees, for the user to choose from.
    """

    design: Design
    notes: Mapping[str, str] = field(default_factory=dict)
    distribution_reason: str = ""
    sort_reason: str = ""
    proposals: tuple[Check, ...] = ()


def draft_designs(
    source: str,
    tables: Iterable[UpstreamTable],
    type_maps: TypeMaps = (),
    taken: Mapping[TableName, TableName] | None = None,
) -> tuple[Draft, ...]:
    """Draft a design for each table of a source, sorted by name.

    ``taken`` maps upstream tables to the relations of existing designs, whose names are kept.
    Foreign keys are kept if their target is in ``tables``.
    """
    by_name = {table.name: table for table in sorted(tables, key=lambda each: each.name)}
    names = relation_names(source, by_name, taken or {})
    return tuple(_draft(table, source, by_name, names, type_maps) for table in by_name.values())


def relation_names(
    source: str, tables: Iterable[TableName], taken: Mapping[TableName, TableName]
) -> dict[TableName, TableName]:
    """Map every upstream table to a unique name in the warehouse.

    Usually the table's own name, folded. If schemas share a name, ``public`` keeps it and others
    are prefixed with their schema (``billing_orders``); names that differ only in case are
    numbered (``orders_2``).
    """
    names = dict(taken)
    used = {name.table for name in taken.values() if name.schema == source}
    unnamed = [name for name in tables if name not in taken]
    schemas: defaultdict[str, set[str]] = defaultdict(set)
    for name in [*taken, *unnamed]:
        schemas[warehouse_name(name.table)].add(name.schema)
    for name in sorted(unnamed, key=_naming_order):
        short = warehouse_name(name.table)
        keeps = len(schemas[short]) == 1 or name.schema == "public"
        candidate = short if keeps else f"{warehouse_name(name.schema)}_{short}"
        names[name] = TableName(source, _unused(candidate, used))
        used.add(names[name].table)
    return names


def _naming_order(name: TableName) -> tuple[bool, bool, TableName]:
    """Order ``public`` first, and names in lower case before those that must be folded."""
    return name.schema != "public", name.table != warehouse_name(name.table), name


def _unused(name: str, used: Collection[str]) -> str:
    numbered = (f"{name}_{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in used)


def _draft(
    table: UpstreamTable,
    source: str,
    tables: Mapping[TableName, UpstreamTable],
    names: Mapping[TableName, TableName],
    type_maps: TypeMaps,
) -> Draft:
    folded = column_names(table.columns)
    types = {column.name: column.type for column in table.columns}
    mapped = {name: map_type(found, type_maps) for name, found in types.items()}
    distribution = choose_distribution(table, tables)
    sort = choose_sort_key(table)
    design = Design(
        name=names[table.name],
        kind="TABLE",
        stem=upstream_stem(source, table.name),
        columns=tuple(
            _column(column, folded[column.name], mapped[column.name]) for column in table.columns
        ),
        source=table.name,
        constraints=_constraints(table, folded, tables, names),
        attributes=Attributes(
            distribution=_translated(distribution.columns, folded) or distribution.style,
            compound_sort=_translated(sort.columns, folded),
        ),
        description=_description(table.comment),
    )
    notes = {folded[name]: each.note for name, each in mapped.items() if each.note}
    usual = {name for name, each in mapped.items() if each == map_type(types[name])}
    kept = {name: folded[name] for name in usual}
    proposed = proposals(table, design, kept)
    return Draft(design, notes, distribution.reason, sort.reason, proposed)


def column_names(columns: Sequence[UpstreamColumn]) -> dict[str, str]:
    """Map every column to a unique name in the warehouse: folded, and numbered if taken."""
    names: dict[str, str] = {}
    used = set(SYSTEM_COLUMNS)
    for column in sorted(columns, key=lambda each: each.name != warehouse_name(each.name)):
        names[column.name] = _unused(warehouse_name(column.name), used)
        used.add(names[column.name])
    return names


def _column(column: UpstreamColumn, name: str, mapped: MappedType) -> Column:
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
    """Return a comment, truncated with "..." to the maximum length of a description."""
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


def keep_known(draft: Draft, designs: Mapping[TableName, Design]) -> tuple[Draft, tuple[str, ...]]:
    """Return the draft with the valid foreign keys, and remarks on those omitted."""
    constraints = draft.design.constraints
    designs = {**designs, draft.design.name: draft.design}
    problems = {key: problem_of(key, designs) for key in constraints.foreign_keys}
    kept = tuple(key for key, problem in problems.items() if problem is None)
    remarks = tuple(
        f"foreign key ({', '.join(key.columns)}) omitted: {problem}"
        for key, problem in problems.items()
        if problem is not None
    )
    design = replace(draft.design, constraints=replace(constraints, foreign_keys=kept))
    return replace(draft, design=design), remarks


def with_relationships(draft: Draft, designs: Mapping[TableName, Design]) -> Draft:
    """Return the draft that proposes checks for its foreign keys, too."""
    known = {**designs, draft.design.name: draft.design}
    proposed = (*draft.proposals, *relationships(draft.design, known))
    return replace(draft, proposals=proposed)
