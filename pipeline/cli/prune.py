"""``pipeline prune``: delete what nobody needs any more, after showing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import click

from pipeline.cli.tables import number, show
from pipeline.procedures.prune import PruneOrder, Rubbish, find, remove
from pipeline.runtime import Runtime, current
from pipeline.sql.marker import FILLING
from pipeline.stores.s3 import StoredObject
from pipeline.tasks.summary import size

HEADINGS = ("what", "of", "when", "objects", "bytes")


@click.command()
@click.option(
    "--keep",
    required=True,
    type=click.IntRange(1),
    help="How many days with complete dumps each table keeps.",
)
@click.option("--yes", is_flag=True, help="Delete what is shown; without it, nothing is deleted.")
def prune(keep: int, *, yes: bool) -> None:
    """Show old dumps and what interrupted runs left in S3 and the warehouse; delete it with --yes.

    Of each table the newest dumps stay, and the one from which its last load came. Rows in the
    warehouse, markers, designs and what is being written now are left alone.
    """
    order = prune_order(current(), keep)
    rubbish = find(order)
    lines = list(describe(rubbish))
    if not lines:
        click.echo("There is nothing to delete.")
        return
    show(HEADINGS, lines)
    if not yes:
        click.echo("Nothing was deleted; to delete all this, add --yes.")
        return
    remove(order, rubbish)
    objects = [*rubbish.manifests, *rubbish.parts]
    amount = size(sum(item.size for item in objects))
    click.echo(
        f"Deleted {len(objects)} objects ({amount}), {len(rubbish.uploads)} unfinished"
        f" uploads, {len(rubbish.generations)} tables in the warehouse."
    )


def prune_order(runtime: Runtime, keep: int) -> PruneOrder:
    """Return where to look, and what the last loads came from."""
    markers = runtime.newest_markers()
    return PruneOrder(
        s3=runtime.s3,
        folder=runtime.layout.data,
        warehouse=runtime.warehouse,
        schemas=tuple(source.name for source in runtime.settings.sources),
        needed={row["manifest"] for row in markers if row["task"] in FILLING and row["manifest"]},
        keep=keep,
    )


def describe(rubbish: Rubbish) -> Iterator[tuple[str, ...]]:
    """Yield a line for each table's old dumps, each attempt, upload and generation."""
    by_stem: defaultdict[str, list[StoredObject]] = defaultdict(list)
    days: defaultdict[str, set[str]] = defaultdict(set)
    for dump in rubbish.dumps:
        by_stem[dump.stem] += dump.objects
        days[dump.stem].add(dump.day.isoformat())
    for stem, items in sorted(by_stem.items()):
        yield ("old dumps", stem, ", ".join(sorted(days[stem])), *_figures(items))
    for attempt in rubbish.attempts:
        begun = attempt.name.partition("-")[0]
        yield ("interrupted dump", attempt.stem, begun, *_figures(attempt.objects))
    for upload in rubbish.uploads:
        yield ("unfinished upload", upload.key, f"{upload.begun:%Y-%m-%d %H:%M}", "", "")
    for name in rubbish.generations:
        yield ("interrupted load", str(name), "", "", "")


def _figures(items: list[StoredObject] | tuple[StoredObject, ...]) -> tuple[str, str]:
    return number(len(items)), size(sum(item.size for item in items))
