"""``pipeline create-user``: create a user who may read, or also write."""

import click

from pipeline.cli.arguments import DRY_RUN, PASSWORD_VARIABLE, UserName
from pipeline.cli.users.prompt import known_hash, new_hash
from pipeline.errors import UsageError
from pipeline.procedures.operations.users import UserAdministration
from pipeline.runtime import Runtime, current
from pipeline.settings import DeclaredUser
from pipeline.sql.preview import preview


@click.command("create-user")
@click.argument("name", type=UserName())
@click.option(
    "-e", "--etl-user", is_flag=True, help="Allow the user to write, too (for ETL tools)."
)
@click.option(
    "-a", "--add-user-schema", is_flag=True, help="Create a schema for the user's tables."
)
@PASSWORD_VARIABLE
@click.option("--no-password", is_flag=True, help="Set no password: the user logs in by IAM only.")
@DRY_RUN
def create_user(name: str, password_variable: str | None, **flags: bool) -> None:
    """Create a user who may read all sources.

    NAME is the user's name. The password comes from the variable, else from the user's line in
    ~/.pgpass, else from a prompt. The warehouse and its logs receive only its hash.
    """
    if password_variable and flags["no_password"]:
        raise UsageError("--password-variable and --no-password exclude each other")
    runtime = current()
    user = DeclaredUser(name, etl=flags["etl_user"], schema=flags["add_user_schema"])
    users = UserAdministration(runtime.desired, runtime.administration())
    users.preview(users.plan_create(user, None))
    password = _hash(runtime, name, password_variable, flags)
    plan = users.plan_create(user, password)
    if flags["dry_run"]:
        for statement in users.preview(plan):
            click.echo(preview(statement))
        return
    users.apply(plan)
    click.echo(f"Created the user {name}{' without a password' if password is None else ''}.")


def _hash(runtime: Runtime, name: str, variable: str | None, flags: dict[str, bool]) -> str | None:
    """Return the password's hash; a dry run does not prompt, since it shows no value."""
    if flags["no_password"]:
        return None
    if flags["dry_run"]:
        return known_hash(runtime, name, variable) or "not prompted for"
    return new_hash(runtime, name, variable)
