"""``pipeline status``: how old every relation is, and what it holds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from pipeline.cli.arguments import PATTERNS
from pipeline.designs.model import Design
from pipeline.runtime import Runtime, current
from pipeline.sql import marker
from pipeline.stores.warehouse import Row
from pipeline.tasks.summary import size

FILLING = ("CopyTable", "RefreshCtas")


@click.command()
@PATTERNS
def status(patterns: tuple[str, ...]) -> None:
    """Show for every relation its last load: when, for which date, rows, bytes, and whether its design changed since."""
    runtime = current()
    catalog = runtime.catalog
    markers = newest(runtime)
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("relation", "date", "loaded (UTC)", "age"):
        table.add_column(name, no_wrap=True)
    for name in ("rows", "bytes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for name in catalog.select(patterns):
        table.add_row(*line(runtime, catalog[name], markers.get(str(name))))
    Console().print(table)


def newest(runtime: Runtime) -> dict[str, Row]:
    """Return the newest marker of each relation's content."""
    statement = marker.select_markers(
        runtime.settings.warehouse.marker_schema, prefix=runtime.settings.storage.prefix
    )
    rows: Iterable[Row] = runtime.warehouse.query(statement)
    return {row["target_table"]: row for row in rows if row["task"] in FILLING}


def line(runtime: Runtime, design: Design, found: Row | None) -> tuple[str, ...]:
    """Render one relation."""
    if found is None:
        return (str(design.name), "", "", "", "", "", "never loaded")
    loaded: datetime.datetime = found["inserted_at"]
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    same = found["fingerprint"] == runtime.fingerprints.content(design.name)
    return (
        str(design.name),
        str(found["run_date"]),
        f"{loaded:%Y-%m-%d %H:%M:%S}",
        age(now - loaded),
        "" if found["row_count"] is None else f"{found['row_count']:,}",
        size(found["byte_count"]) if found["byte_count"] else "",
        "ok" if same else "changed since",
    )


def age(passed: datetime.timedelta) -> str:
    """Render a time span by its largest unit: ``3 h``."""
    seconds = int(passed.total_seconds())
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
