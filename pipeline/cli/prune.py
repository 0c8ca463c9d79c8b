"""``pipeline prune``: delete what nobody needs any more, after showing it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

import click

from pipeline.cli.tables import moment, number, show
from pipeline.errors import UsageError
from pipeline.figures import count, size
from pipeline.procedures.operations.prune import Attempt, Leftovers, PruneJob, find, remove
from pipeline.runtime import Runtime, current
from pipeline.sql.markers.marker import FILLING
from pipeline.stores.s3.bucket import StoredObject

HEADINGS = ("what", "of", "when", "objects", "bytes")

KEEP = 14
"""Days; only to show what there is: whoever deletes says how many stay."""


@click.command()
@click.option(
    "--keep",
    type=click.IntRange(1),
    help=f"How many days with complete dumps each table keeps (to look without --yes: {KEEP}).",
)
@click.option("--yes", is_flag=True, help="Delete what is shown; needs --keep.")
def prune(keep: int | None, *, yes: bool) -> None:
    """Show old dumps and what nobody needs in S3 and the warehouse; delete it with --yes.

    Of each table the newest dumps stay, and the one from which its last load came. Rows in the
    warehouse, markers, designs and what is being written now are left alone. A dump without
    manifest was interrupted or forgotten, so that nothing can be loaded from it.
    """
    if yes and keep is None:
        raise UsageError(f"--yes needs --keep: how many days stay, as in --keep {KEEP} --yes")
    keep = keep or KEEP
    job = prune_job(current(), keep)
    leftovers = find(job)
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
        f" {count(len(leftovers.staging_tables), 'table')} in the warehouse."
    )


def prune_job(runtime: Runtime, keep: int) -> PruneJob:
    """Return where to look, and what the last loads came from."""
    markers = runtime.markers.newest()
    return PruneJob(
        s3=runtime.s3,
        folder=runtime.project.layout.data,
        warehouse=runtime.warehouse,
        schemas=tuple(source.name for source in runtime.settings.sources),
        needed={row["manifest"] for row in markers if row["task"] in FILLING and row["manifest"]},
        keep=keep,
    )


def describe(leftovers: Leftovers) -> Iterator[tuple[str, ...]]:
    """Yield a line for each table's old dumps, each attempt, upload and generation."""
    by_stem: defaultdict[str, list[StoredObject]] = defaultdict(list)
    days: defaultdict[str, set[str]] = defaultdict(set)
    for dump in leftovers.dumps:
        by_stem[dump.stem] += dump.objects
        days[dump.stem].add(dump.day.isoformat())
    for stem, items in sorted(by_stem.items()):
        yield ("old dumps", stem, ", ".join(sorted(days[stem])), *_figures(items))
    for attempt in leftovers.attempts:
        yield ("dump without manifest", attempt.stem, _begun(attempt), *_figures(attempt.objects))
    for upload in leftovers.uploads:
        yield ("unfinished upload", upload.key, f"{upload.begun:%Y-%m-%d %H:%M}", "", "")
    for name in leftovers.staging_tables:
        yield ("interrupted load", str(name), "", "", "")


def _begun(attempt: Attempt) -> str:
    """Read from its name when an attempt began; the whole name where it is another one."""
    begun = attempt.name.partition("-")[0]
    try:
        return moment(dt.datetime.strptime(f"{begun}Z", "%Y%m%dT%H%M%S%z"))
    except ValueError:
        return attempt.name


def _figures(items: list[StoredObject] | tuple[StoredObject, ...]) -> tuple[str, str]:
    return number(len(items)), size(sum(item.size for item in items))
