"""``pipeline explain``: the query plan of a derived relation."""

import click

from pipeline.cli.arguments import RELATION
from pipeline.designs.queries.query_plan import is_redshift_plan, remarks
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.runtime import current
from pipeline.sql.tables.refresh import explain as explain_query


@click.command()
@RELATION
def explain(relation: str) -> None:
    """Show Redshift's query plan of a derived relation.

    RELATION is a table or view with a query. Steps that make the query slow are explained. The
    warehouse plans the query and does not run it; the relations that it reads must exist.
    """
    runtime = current()
    design = runtime.project.catalog[TableName.parse(relation.lower())]
    if design.kind == "TABLE":
        dump = f"pipeline plan DumpTable {design.name.argument} --sql"
        raise UsageError(
            f"{design.name} is not a derived relation: its rows come from {design.source}"
            f" upstream; for the statements there: {dump}"
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
            "note: this plan is not Redshift's, so it does not show how rows are distributed"
        )
    elif not remarks(lines):
        click.echo("no rows are sent between nodes for joins, and there are no nested loops")
