"""``pipeline password``: suggest a password that Redshift accepts."""

import click

from pipeline.access import passwords


@click.command()
@click.option(
    "-w",
    "--words",
    default=6,
    show_default=True,
    type=click.IntRange(4, 8),
    help="The number of words.",
)
def password(words: int) -> None:
    """Suggest a long, memorable password."""
    click.echo(passwords.suggest(words))
