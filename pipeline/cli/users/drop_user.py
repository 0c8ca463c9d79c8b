"""``pipeline drop-user``: somebody leaves, and what was theirs goes to an heir."""

from __future__ import annotations

import click

from pipeline.cli.users.secret import DRY_RUN, UserName
from pipeline.procedures.operations.users import People
from pipeline.runtime import current
from pipeline.sql.preview import preview


@click.command("drop-user")
@click.argument("name", type=UserName())
@click.option(
    "--new-owner", type=UserName(), help="Who gets schemas, tables and views (default: the owner)."
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@DRY_RUN
def drop_user(name: str, new_owner: str | None, *, yes: bool, dry_run: bool) -> None:
    """Drop the user NAME after giving away all that the user owns, and nothing else."""
    runtime = current()
    people = People(runtime.desired, runtime.administration())
    plan = people.departure(name, new_owner or people.desired.owner)
    statements = people.preview(plan)
    for statement in statements:
        click.echo(preview(statement))
    if dry_run:
        return
    if not yes:
        click.confirm(f"Drop the user {name}?", abort=True, err=True)
    people.apply(plan, shown=statements)
    click.echo(f"Dropped the user {name}.")
