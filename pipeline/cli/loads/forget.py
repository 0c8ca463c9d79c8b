"""``pipeline forget``: remove completion markers."""

from collections.abc import Iterable

import click

from pipeline.cli.arguments import DATE_HELP, Date, complete_relations
from pipeline.errors import UsageError
from pipeline.figures import count
from pipeline.names import RunDate, TableName
from pipeline.procedures.files import describe_lost
from pipeline.procedures.operations.forget import ForgetJob, forget_files, would_forget
from pipeline.procedures.operations.forget import forget as remove
from pipeline.runtime import current
from pipeline.tasks.dump import DumpTable
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
@click.option(
    "--accept-loss", is_flag=True, help="Forget files that are gone; their rows will be lost."
)
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be removed; remove nothing.")
def forget(
    patterns: tuple[str, ...],
    date: RunDate | None,
    *,
    all_dates: bool,
    downstream: bool,
    accept_loss: bool,
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
        incremental=runtime.project.incremental,
    )
    appending = names & set(runtime.project.appending)
    if not accept_loss:
        _check_files(appending, job.date or today())
    gone = would_forget(job) if dry_run else remove(job)
    if appending and not dry_run:
        forget_files(job, appending)
    click.echo(
        f"{job.date or 'all dates'}: {'would forget' if dry_run else 'forgot'}"
        f" {count(gone.manifests, 'dump')} and"
        f" {count(gone.markers, 'marker')} of {count(len(names), 'relation')}:"
        f" {', '.join(map(str, sorted(names)))}"
    )
    if whole := sorted(names & set(runtime.project.incremental)):
        takes = "would take" if dry_run else "takes"
        click.echo(f"The next load {takes} all rows of {', '.join(map(str, whole))}")
    if dependents and not downstream:
        click.echo(
            "Derived relations that depend on these are refreshed after them:"
            f" {', '.join(map(str, sorted(dependents)))}; --downstream forgets them, too"
        )


def _check_files(names: Iterable[TableName], date: RunDate) -> None:
    """Raise UsageError if rows of these tables cannot be loaded again: their files are gone."""
    for name in sorted(names):
        files = DumpTable(table=name, date=date).files()
        if files is not None and (lost := describe_lost(files)):
            raise UsageError(
                f"{name}: {lost}, cannot be found any more, so a load of all files would lose"
                " their rows; to give them up, add --accept-loss"
            )
