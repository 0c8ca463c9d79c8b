"""``pipeline prune``: show old dumps and leftovers, and delete them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

import click

from pipeline.cli.tables import moment, number, show
from pipeline.errors import UsageError
from pipeline.figures import count, size
from pipeline.procedures.operations.prune import (
    Attempt,
    Leftovers,
    PruneJob,
    find_leftovers,
    remove,
)
from pipeline.runtime import Runtime, current
from pipeline.sql.markers.marker import FILLING
from pipeline.stores.s3.bucket import StoredObject

HEADINGS = ("what", "of", "when", "objects", "bytes")

KEEP = 14
"""Days, if --keep is not given. To delete anything, --keep is required."""


@click.command()
@click.option(
    "--keep",
    type=click.IntRange(1),
    help=f"Days with complete dumps to keep of each table (default without --yes: {KEEP}).",
)
@click.option("--yes", is_flag=True, help="Delete what is shown; needs --keep.")
def prune(keep: int | None, *, yes: bool) -> None:
    """Show old dumps and leftovers; delete them with --yes.

    Each table keeps its newest dumps and the one its last load came from. Rows in the warehouse,
    markers, designs and dumps in progress are kept. A dump without a manifest was interrupted or
    forgotten, and cannot be loaded. Results of checks are kept for 90 days.
    """
    if yes and keep is None:
        raise UsageError(f"--yes needs --keep, the number of days to keep: --keep {KEEP} --yes")
    keep = keep or KEEP
    job = prune_job(current(), keep)
    leftovers = find_leftovers(job)
    lines = list(describe(leftovers))
    if not lines:
        click.echo("There is nothing to delete.")
        return
    show(HEADINGS, lines)
    if not yes:
        days = count(keep, "day")
        click.echo(
            f"Of each table, its newest {days} with a complete dump would be kept. Nothing was"
            f" deleted; to delete all this, give --keep {keep} --yes."
        )
        return
    remove(job, leftovers)
    objects = [*leftovers.manifests, *leftovers.parts]
    amount = size(sum(item.size for item in objects))
    click.echo(
        f"Deleted {count(len(objects), 'object')} ({amount}),"
        f" {count(len(leftovers.uploads), 'unfinished upload')},"
        f" {count(len(leftovers.staging_tables), 'table')} in the warehouse"
        f"{_deleted_results(leftovers)}."
    )


def _deleted_results(leftovers: Leftovers) -> str:
    rows = sum(old.rows for old in leftovers.results)
    return f", {count(rows, 'row')} of results of checks" if rows else ""


def prune_job(runtime: Runtime, keep: int) -> PruneJob:
    """Return the job, with the manifests of the last loads as ``needed``."""
    markers = runtime.markers.newest()
    return PruneJob(
        s3=runtime.s3,
        folder=runtime.project.layout.data,
        warehouse=runtime.warehouse,
        schemas=tuple(source.name for source in runtime.settings.sources),
        needed={row["manifest"] for row in markers if row["task"] in FILLING and row["manifest"]},
        keep=keep,
        marker_schema=runtime.settings.warehouse.marker_schema,
    )


def describe(leftovers: Leftovers) -> Iterator[tuple[str, ...]]:
    """Yield a row for each table's old dumps, each attempt, upload and staging table."""
    by_stem: defaultdict[str, list[StoredObject]] = defaultdict(list)
    days: defaultdict[str, set[str]] = defaultdict(set)
    for dump in leftovers.dumps:
        by_stem[dump.stem] += dump.objects
        days[dump.stem].add(str(dump.date))
    for stem, items in sorted(by_stem.items()):
        yield ("old dumps", stem, ", ".join(sorted(days[stem])), *_figures(items))
    for attempt in leftovers.attempts:
        yield ("dump without manifest", attempt.stem, _begun(attempt), *_figures(attempt.objects))
    for upload in leftovers.uploads:
        yield ("unfinished upload", upload.key, f"{upload.begun:%Y-%m-%d %H:%M}", "", "")
    for name in leftovers.staging_tables:
        yield ("interrupted load", str(name), "", "", "")
    for old in leftovers.results:
        when = f"before {old.before:%Y-%m-%d}"
        yield ("results of checks", str(old.table), when, number(old.rows), "")


def _begun(attempt: Attempt) -> str:
    """Return the start of an attempt, read from its name; the name itself if it has none.

    ``20261121T030405-0f3a…`` gives ``2026-11-21 03:04:05``.
    """
    begun = attempt.name.partition("-")[0]
    try:
        return moment(dt.datetime.strptime(f"{begun}Z", "%Y%m%dT%H%M%S%z"))
    except ValueError:
        return attempt.name


def _figures(items: list[StoredObject] | tuple[StoredObject, ...]) -> tuple[str, str]:
    return number(len(items)), size(sum(item.size for item in items))
