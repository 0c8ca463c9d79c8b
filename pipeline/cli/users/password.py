"""``pipeline password``: suggest one that Redshift accepts and a person can remember."""

from __future__ import annotations

import click

from pipeline.access import passwords


@click.command()
@click.option(
    "-w",
    "--words",
    default=6,
    show_default=True,
    type=click.IntRange(4, 8),
    help="How many words.",
)
def password(words: int) -> None:
    """Suggest a password: long, memorable, and within Redshift's rules."""
    click.echo(passwords.suggest(words))
