"""What the page of one relation shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.designs.drafting.files.checks import rule_text
from pipeline.designs.model.checks import Check
from pipeline.designs.model.design import Attributes, Column, Design, ForeignKey
from pipeline.designs.queries.origin import ColumnName
from pipeline.figures import size
from pipeline.names import TableName
from pipeline.pages.columns import ColumnLineage, upstream_columns
from pipeline.pages.model import Event, Facts, Outcome, Site
from pipeline.pages.paths import page_of, safe
from pipeline.pages.picture import Picture, around
from pipeline.pages.plot import Plot, plot
from pipeline.sql.tables.ddl import definition

KINDS = {"TABLE": "table", "CTAS": "derived table", "VIEW": "view"}


@dataclass(frozen=True, slots=True)
class Link:
    """A column or relation that is named; ``page`` is empty if it has none."""

    text: str
    page: str = ""


@dataclass(frozen=True, slots=True)
class From:
    """Where the values of a column come from.

    ``how`` is what the page says before the columns; ``upstream`` names those of PostgreSQL, and
    is None if they are not certain.
    """

    how: str
    columns: tuple[Link, ...] = ()
    expression: str = ""
    upstream: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A line of the table of columns."""

    column: Column
    anchor: str
    type: str
    badges: tuple[tuple[str, str], ...]
    """A short word and its explanation: ``PK``, ``primary key``."""
    sensitive: str
    """Why its values are sensitive; empty if they are not."""
    origin: From
    used_by: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A line of the table of checks; without ``outcome`` it has not been run."""

    check: Check
    rule: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class RelationPage:
    """Everything on the page of one relation."""

    design: Design
    kind: str
    facts: Facts | None
    columns: tuple[ColumnRow, ...]
    checks: tuple[CheckRow, ...]
    picture: Picture
    plots: tuple[Plot, ...]
    events: tuple[Event, ...]
    needs: tuple[TableName, ...]
    feeds: tuple[TableName, ...]
    properties: tuple[tuple[str, str], ...]
    ddl: str
    files: tuple[str, ...]


def relation_page(site: Site, lineage: ColumnLineage, name: TableName) -> RelationPage:
    """Collect the content of a relation's page."""
    design, facts = site.catalog[name], site.facts.get(name)
    graph = site.catalog.graph
    return RelationPage(
        design=design,
        kind=KINDS[design.kind],
        facts=facts,
        columns=tuple(_column(site, lineage, design, column) for column in design.columns),
        checks=tuple(_check(facts, check) for check in design.checks),
        picture=around(site, name),
        plots=tuple(_plots(facts)) if facts else (),
        events=tuple(_events(facts)) if facts else (),
        needs=graph.needs[name],
        feeds=graph.feeds[name],
        properties=tuple(_properties(design)),
        ddl=definition(design),
        files=site.files.get(name, ()),
    )


def _check(facts: Facts | None, check: Check) -> CheckRow:
    return CheckRow(check, rule_text(check), facts.checks.get(check.name) if facts else None)


EVENTS = 12
"""The loads and failures that a page lists."""


def _events(facts: Facts) -> Sequence[Event]:
    """Return the last loads and failures, newest first."""
    return sorted((*facts.loads, *facts.failures), key=lambda each: each.at, reverse=True)[:EVENTS]


def _plots(facts: Facts) -> Iterator[Plot]:
    whole = [each for each in facts.loads if each.status == "done"]
    rows = [(each.at, each.rows) for each in whole if each.rows is not None]
    sizes = [(each.at, each.bytes) for each in whole if each.bytes]
    seconds = [(each.at, round(each.seconds)) for each in whole if each.seconds is not None]
    found = (
        plot("Rows", rows, lambda number: f"{number:,}"),
        plot("Bytes", sizes, size),
        plot("Seconds", seconds, lambda number: f"{number:,} s"),
    )
    yield from (each for each in found if each is not None)


def _properties(design: Design) -> Iterator[tuple[str, str]]:
    """Yield what the design says of the relation besides its columns."""
    incremental, constraints = design.extract.incremental, design.constraints
    found = [
        ("Upstream", f"{design.source} of {design.name.schema}" if design.source else None),
        ("Only rows with", design.extract.condition),
        ("Loaded", f"incrementally, by {incremental.column}" if incremental else None),
        *_physical(design.attributes),
        *(("Unique", ", ".join(key)) for key in constraints.unique),
        *(("Foreign key", _foreign_key(key)) for key in constraints.foreign_keys),
        ("Unloaded to", design.unload_target),
        ("Freshness", str(design.freshness) if design.freshness else None),
    ]
    yield from ((name, text) for name, text in found if text)


def _physical(attributes: Attributes) -> Iterator[tuple[str, str]]:
    match attributes.distribution:
        case None:
            pass
        case "all" | "even" | "auto" as style:
            yield "Distribution", style
        case key:
            yield "Distribution", f"by {key[0]}"
    sort = attributes.compound_sort or attributes.interleaved_sort
    yield "Sort key", sort if isinstance(sort, str) else ", ".join(sort)


def _foreign_key(key: ForeignKey) -> str:
    return f"{', '.join(key.columns)} → {key.table} ({', '.join(key.references)})"


def _column(site: Site, lineage: ColumnLineage, design: Design, column: Column) -> ColumnRow:
    used_by = lineage.used_by.get(ColumnName(design.name, column.name), ())
    is_read = not column.skipped
    return ColumnRow(
        column=column,
        anchor=anchor_of(column.name),
        type="not loaded" if column.skipped else column.sql_type,
        badges=tuple(_badges(design, column.name)),
        sensitive=_sensitive(lineage, design, column),
        origin=_origin(site, lineage, design, column) if is_read else From("not loaded"),
        used_by=tuple(link_to(site, each) for each in used_by),
    )


def _sensitive(lineage: ColumnLineage, design: Design, column: Column) -> str:
    if column.sensitive:
        return "checks neither keep nor show its values"
    is_reached = ColumnName(design.name, column.name) in lineage.sensitive
    return "computed from a sensitive column" if is_reached else ""


def anchor_of(column: str) -> str:
    """Return the fragment of a column on the page of its relation."""
    return f"c-{safe(column)}"


def link_to(site: Site, column: ColumnName) -> Link:
    """Return a link to a column, without a page if the relation has no design."""
    if column.relation not in site.catalog:
        return Link(str(column))
    return Link(str(column), f"{page_of(column.relation)}#{anchor_of(column.column)}")


def _badges(design: Design, name: str) -> Iterator[tuple[str, str]]:
    constraints, attributes = design.constraints, design.attributes
    unique = [column for key in constraints.unique for column in key]
    compound = () if attributes.compound_sort == "auto" else attributes.compound_sort
    sort = (*compound, *attributes.interleaved_sort)
    roles = (
        ("PK", "primary key", constraints.primary_key),
        ("SK", "surrogate key", constraints.surrogate_key),
        ("NK", "natural key", constraints.natural_key),
        ("UQ", "unique", unique),
        *(("FK", f"references {key.table}", key.columns) for key in constraints.foreign_keys),
        ("DIST", "distribution key", attributes.distribution or ()),
        ("SORT", "sort key", sort),
    )
    for word, meaning, columns in roles:
        if not isinstance(columns, str) and name in columns:
            yield word, meaning


def _origin(site: Site, lineage: ColumnLineage, design: Design, column: Column) -> From:
    if column.identity:
        return From("numbered by Redshift")
    if design.kind == "TABLE":
        return _from_upstream(design, column)
    origin = lineage.origin(design.name, column.name)
    if origin.columns is None:
        return From("unknown", (), origin.expression, None)
    links = tuple(link_to(site, each) for each in sorted(origin.columns))
    if not links:
        return From("computed from no column", (), origin.expression)
    upstream = lineage.upstream(ColumnName(design.name, column.name))
    names = _upstream(site, upstream.columns) if upstream.is_complete else None
    return From("", links, origin.expression, names)


def _from_upstream(design: Design, column: Column) -> From:
    found = upstream_columns(column)
    expression = column.expression or ""
    if found is None:
        return From("unknown", (), expression, None)
    if not found:
        return From("computed from no column", (), expression)
    names = tuple(Link(f"{design.source}.{each}") for each in found)
    return From("", names, expression)


def _upstream(site: Site, columns: frozenset[ColumnName]) -> tuple[str, ...]:
    """Name the columns of PostgreSQL, or of a relation that others maintain."""
    names = [_postgres(site, each) for each in sorted(columns)]
    return tuple(dict.fromkeys(name for found in names for name in found))


def _postgres(site: Site, column: ColumnName) -> tuple[str, ...]:
    design = site.catalog.designs.get(column.relation)
    if design is None or design.source is None:
        return (str(column),)
    own = next((each for each in design.columns if each.name == column.column), None)
    found = upstream_columns(own) if own is not None else None
    if found is None:
        return (str(column),)
    return tuple(f"{design.source}.{each} ({design.name.schema})" for each in found)
