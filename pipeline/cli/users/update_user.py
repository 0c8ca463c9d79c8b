"""``pipeline update-user``: change password, ETL group and schema; renew the search path."""

import click

from pipeline.access.users import Change
from pipeline.cli.arguments import DRY_RUN, PASSWORD_VARIABLE, UserName
from pipeline.cli.users.prompt import known_hash, new_hash
from pipeline.procedures.operations.users import UserAdministration
from pipeline.runtime import current
from pipeline.sql.preview import preview


@click.command("update-user")
@click.argument("name", type=UserName())
@click.option(
    "-e/-E",
    "--etl-user/--no-etl-user",
    default=None,
    help="Allow the user to write, or revoke that.",
)
@click.option(
    "-a", "--add-user-schema", is_flag=True, help="Create a schema for the user's tables."
)
@click.option("-p", "--password", "asked", is_flag=True, help="Set a new password.")
@PASSWORD_VARIABLE
@DRY_RUN
def update_user(
    name: str, password_variable: str | None, *, etl_user: bool | None, **flags: bool
) -> None:
    """Change a user's group, schema or password.

    NAME is the user's name. The search path is updated, too. With --password, the new
    password comes from the user's line in ~/.pgpass, else from a prompt.
    """
    runtime = current()
    users = UserAdministration(runtime.desired, runtime.administration())
    schema, dry_run = flags["add_user_schema"], flags["dry_run"]
    users.preview(users.plan_update(Change(name, etl=etl_user, schema=schema)))
    password = None
    if flags["asked"] or password_variable:
        known = known_hash if dry_run else new_hash
        password = known(runtime, name, password_variable) or "not prompted for"
    plan = users.plan_update(Change(name, etl=etl_user, schema=schema, password=password))
    statements = users.preview(plan) if dry_run else users.apply(plan)
    for statement in statements if dry_run else ():
        click.echo(preview(statement))
    if not statements:
        click.echo(f"The user {name} is up to date.")
    elif not dry_run:
        click.echo(f"Updated the user {name}.")
