"""``pipeline drop-user``: transfer what a user owns, then drop the user."""

import click

from pipeline.cli.arguments import DRY_RUN, UserName
from pipeline.procedures.operations.users import UserAdministration
from pipeline.runtime import current
from pipeline.sql.preview import preview


@click.command("drop-user")
@click.argument("name", type=UserName())
@click.option(
    "--new-owner",
    type=UserName(),
    help="The user who receives schemas, tables and views (default: the warehouse's owner).",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")
@DRY_RUN
def drop_user(name: str, new_owner: str | None, *, yes: bool, dry_run: bool) -> None:
    """Drop a user and transfer what the user owns.

    NAME is the user's name. The statements are shown first; no table or schema is dropped.
    """
    runtime = current()
    users = UserAdministration(runtime.desired, runtime.administration())
    plan = users.plan_drop(name, new_owner or users.desired.owner)
    statements = users.preview(plan)
    for statement in statements:
        click.echo(preview(statement))
    if dry_run:
        return
    if not yes:
        click.confirm(f"Drop the user {name}?", abort=True, err=True)
    users.apply(plan, shown=statements)
    click.echo(f"Dropped the user {name}.")
