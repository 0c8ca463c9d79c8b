"""``pipeline explain``: how the warehouse would run the query of a derived relation."""

from __future__ import annotations

import click

from pipeline.designs.queries.query_plan import is_redshift_plan, remarks
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.runtime import current
from pipeline.sql.tables.refresh import explain as explain_query


@click.command()
@click.argument("relation")
def explain(relation: str) -> None:
    """Show the plan of the query of RELATION, a derived table or view, with what makes it slow.

    The query is planned by the warehouse and not run; the relations that it reads must be there.
    """
    runtime = current()
    design = runtime.project.catalog[TableName.parse(relation.lower())]
    if design.kind == "TABLE":
        raise UsageError(
            f"{design.name} is no derived relation: its rows come from {design.source} upstream;"
            f" what would be said there shows: pipeline plan DumpTable {design.name} --sql"
        )
    rows = runtime.warehouse.query(explain_query(design))
    lines = [str(next(iter(row.values()))) for row in rows]
    for line in lines:
        click.echo(line)
    click.echo("")
    for remark in remarks(lines):
        click.echo(f"line {remark.line}: {remark.step}: {remark.advice}")
    if not is_redshift_plan(lines):
        click.echo(
            "note: this plan is not Redshift's, so it tells nothing of how rows are distributed"
        )
    elif not remarks(lines):
        click.echo("no rows are sent between nodes for joins, and there are no nested loops")
