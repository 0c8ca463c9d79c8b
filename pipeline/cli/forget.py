"""``pipeline forget``: remove completion markers."""

import click

from pipeline.cli.arguments import DATE_HELP, Date, complete_relations
from pipeline.errors import UsageError
from pipeline.figures import count
from pipeline.names import RunDate
from pipeline.procedures.operations.forget import ForgetJob, would_forget
from pipeline.procedures.operations.forget import forget as remove
from pipeline.runtime import current
from pipeline.tasks.parameters import today


@click.command()
@click.argument(
    "patterns",
    nargs=-1,
    required=True,
    metavar="PATTERN...",
    shell_complete=complete_relations,
)
@click.option("--date", type=Date(), help=DATE_HELP)
@click.option("--all-dates", is_flag=True, help="Remove the markers of all dates.")
@click.option("--downstream", is_flag=True, help="Include all relations that depend on these.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be removed; remove nothing.")
def forget(
    patterns: tuple[str, ...],
    date: RunDate | None,
    *,
    all_dates: bool,
    downstream: bool,
    dry_run: bool,
) -> None:
    """Remove completion markers, so that work is done again.

    PATTERN selects relations: www.orders, 'www.*'. Their markers of one date are removed. Rows in
    the warehouse stay until new ones replace them. Whatever the date, the next load of a table
    that is loaded incrementally takes all rows.
    """
    if all_dates and date:
        raise UsageError("--date and --all-dates exclude each other")
    runtime = current()
    catalog = runtime.project.catalog
    names = set(catalog.select(patterns))
    dependents = catalog.graph.descendants(names)
    if downstream:
        names |= dependents
    job = ForgetJob(
        designs=[catalog[name] for name in sorted(names)],
        date=None if all_dates else date or today(),
        s3=runtime.s3,
        layout=runtime.project.layout,
        warehouse=runtime.warehouse,
        marker_schema=runtime.settings.warehouse.marker_schema,
    )
    gone = would_forget(job) if dry_run else remove(job)
    click.echo(
        f"{job.date or 'all dates'}: {'would forget' if dry_run else 'forgot'}"
        f" {count(gone.manifests, 'dump')} and"
        f" {count(gone.markers, 'marker')} of {count(len(names), 'relation')}:"
        f" {', '.join(map(str, sorted(names)))}"
    )
    if dependents and not downstream:
        click.echo(
            f"Dependent relations keep their rows: {', '.join(map(str, sorted(dependents)))};"
            " --downstream forgets these, too"
        )
