"""Compare designs with the current upstream tables."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence

from pipeline.designs.drift.check import (
    INCREMENTAL,
    Finding,
    Policy,
    check_upstream,
    no_table,
    relevant,
)
from pipeline.designs.drift.compare import ADDED
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.upstream import UpstreamColumn
from pipeline.documents import Path
from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.settings import Source
from pipeline.sql.upstream.exact import advice, is_narrower
from pipeline.sql.upstream.extract import Extract, select, select_types
from pipeline.sql.upstream.prerequisites import has_index
from pipeline.stores.upstream.catalog import UpstreamCatalog, read_catalog
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.stores.upstream.facts import Plan

SETS = "ProjectSet"
"""The node of a plan whose values are sets of rows, since PostgreSQL 10."""

logger = logging.getLogger(__name__)


def compare_source(
    source: Source, designs: Sequence[Design], upstream: Upstream
) -> dict[TableName, tuple[Finding, ...]]:
    """Compare a source's designs with their tables; return the findings by relation."""
    tables = {design.source for design in designs}
    named = {str(name) for name in tables}
    with upstream.snapshot() as session:
        catalog = read_catalog(session, tables.__contains__, named=named)
        return {
            design.name: tuple(_compare(session, catalog, design, source.new_columns))
            for design in designs
        }


def _compare(
    session: Session, catalog: UpstreamCatalog, design: Design, new_columns: Policy
) -> Iterator[Finding]:
    assert design.source is not None, "only upstream tables are compared"
    if (reason := catalog.broken.get(design.source)) is not None:
        yield Finding(("source_name",), reason)
        return
    table = catalog.tables.get(design.source)
    if table is None:
        yield no_table(design, catalog.names)
        return
    unreadable = catalog.unreadable[table.name]
    findings = [*check_upstream(design, table, unreadable, new_columns)]
    yield from findings
    if not any(finding.path[:2] == INCREMENTAL for finding in findings if not finding.warning):
        yield from _unindexed(session, design)
    if not unreadable:
        yield from _refused(session, design, {finding.path for finding in findings})


def _unindexed(session: Session, design: Design) -> Iterator[Finding]:
    """Yield a warning if no index finds the changed rows."""
    incremental = design.extract.incremental
    if incremental is None or design.source is None:
        return
    if not session.query(has_index(design.source, incremental.column))[0]["has_index"]:
        message = (
            f"no index of {design.source} begins with '{incremental.column}', so each run reads"
            " the whole table; create one upstream"
        )
        yield Finding((*INCREMENTAL, *incremental.column_key), message, warning=True)


def _refused(session: Session, design: Design, reported: Collection[Path]) -> Iterator[Finding]:
    """Yield the expressions and the condition that the server, or an incremental load, refuses.

    Columns that are ``reported`` already are omitted. If nothing is refused, yield a warning for
    each column that does not hold all values of its type upstream.
    """
    assert design.source is not None, "only upstream tables are compared"
    every = Extract(design.source, design.data_columns, design.extract.condition)
    plan = session.try_plan(select(every), every.table)
    if not isinstance(plan, str) and not (design.extract.incremental and SETS in plan.nodes):
        yield from _narrower(session, design, every)
        return
    always = Column("condition", expression="TRUE")
    for index, column in enumerate(design.columns):
        if column in every.columns and column.expression and ("columns", index) not in reported:
            one = Extract(every.table, (column,))
            if problem := _problem(session.try_plan(select(one), one.table), design):
                yield Finding(("columns", index, "expression"), problem)
    if every.condition:
        rows = Extract(every.table, (always,), every.condition)
        if problem := _problem(session.try_plan(select(rows), rows.table), design):
            yield Finding(("extract_settings", "condition"), problem)


def _narrower(session: Session, design: Design, every: Extract) -> Iterator[Finding]:
    found = session.types(select_types(every), every.table)
    types = dict(zip((column.name for column in every.columns), found, strict=True))
    for index, column in enumerate(design.columns):
        if column in every.columns and is_narrower(column, types):
            message = (
                f"upstream's type has values that {column.sql_type} does not hold exactly, and"
                f" the first one stops the dump; {advice(column)}"
            )
            yield Finding(("columns", index), message, warning=True)


def _problem(plan: Plan | str, design: Design) -> str | None:
    if isinstance(plan, str):
        return f"upstream refuses it: {plan}"
    if design.extract.incremental and SETS in plan.nodes:
        return (
            "it returns sets, so that a row upstream becomes none or several, which an incremental"
            " load cannot follow; remove incremental, or return one value, such as an array"
        )
    return None


def check_before_dump(
    design: Design, columns: Iterable[UpstreamColumn], new_columns: Policy = "fail"
) -> None:
    """Compare a design with its table's columns; DesignError if the dump would be wrong.

    A lost NOT NULL is left to the load, which counts NULLs. Without columns there is no table,
    which the server's own message explains best.
    """
    columns = tuple(columns)
    if not columns:
        return
    found = [d for d in relevant(design, columns, new_columns) if d.kind != "not null lost"]
    stop = [drift for drift in found if drift.kind not in ADDED or new_columns == "fail"]
    for drift in found:
        if drift not in stop:
            logger.warning("%s: %s", design.name, drift)
    if stop:
        raise DesignError(
            f"{design.name} no longer matches {design.source} upstream: "
            + "; ".join(map(str, stop))
            + f"; show and apply the changes with: pipeline design '{design.name}' --update"
        )
