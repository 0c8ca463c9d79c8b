"""``pipeline show``: the statements that define a relation, or some of its rows."""

import shlex
from collections.abc import Iterator
from typing import Any

import click

from pipeline.cli import tables
from pipeline.cli.arguments import RELATION
from pipeline.cli.unprepared import naming_bootstrap
from pipeline.designs.model.design import Design
from pipeline.designs.selection import as_text, parse_patterns
from pipeline.errors import UsageError, WarehouseError
from pipeline.figures import count
from pipeline.names import TableName
from pipeline.runtime import Runtime, current
from pipeline.sql.preview import LATER, PLAIN, preview
from pipeline.sql.tables.inspect import select_rows
from pipeline.stores.warehouse import Row
from pipeline.tasks.preview.definition import definition

NO_TABLE = "42P01"


@click.command()
@RELATION
@click.option(
    "--rows", type=click.IntRange(1), help="Show this many rows of it in the warehouse, instead."
)
def show(relation: str, rows: int | None) -> None:
    """Show a relation's DDL and what fills it, or its rows.

    RELATION is a table or view, such as www.orders: its CREATE statement, and the query or COPY
    that fills it, are shown from its design, without connecting to a server. With --rows, some of
    the rows in the warehouse are shown, in no particular order.
    """
    runtime = current()
    design = runtime.project.catalog[TableName.parse(relation.lower())]
    if rows is not None:
        _show_rows(runtime, design, rows)
        return
    for line in _statements(runtime, design):
        click.echo(line)


def _statements(runtime: Runtime, design: Design) -> Iterator[str]:
    for heading, statements in definition(runtime, design):
        yield f"-- {heading}"
        yield from (preview(statement, PLAIN | LATER) for statement in statements)
        yield ""


def _show_rows(runtime: Runtime, design: Design, limit: int) -> None:
    names = [column.name for column in design.loaded_columns]
    with naming_bootstrap():
        found = _rows(runtime, design, limit)
    lines = ([_cell(row[name]) for name in names] for row in found)
    tables.show(names, lines, spare=names[:0:-1])
    click.echo(f"{count(len(found), 'row')} of {design.name}.")


def _rows(runtime: Runtime, design: Design, limit: int) -> list[Row]:
    try:
        return runtime.warehouse.query(select_rows(design, limit))
    except WarehouseError as error:
        if error.sqlstate != NO_TABLE:
            raise
        text = as_text(parse_patterns([str(design.name)], [design.name]))
        raise UsageError(
            f"{design.name} is not in the warehouse yet; to load it: luigi --module pipeline"
            f" LoadAll --local-scheduler --tables {shlex.quote(text)}"
        ) from error


def _cell(value: Any) -> str:
    return "NULL" if value is None else str(value)
