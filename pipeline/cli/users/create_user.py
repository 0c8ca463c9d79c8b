"""``pipeline create-user``: somebody new, who may read, or write too."""

from __future__ import annotations

import click

from pipeline.cli.users.secret import DRY_RUN, PASSWORD_VARIABLE, UserName, known_hash, new_hash
from pipeline.errors import UsageError
from pipeline.procedures.operations.users import People
from pipeline.runtime import Runtime, current
from pipeline.settings import DeclaredUser
from pipeline.sql.preview import preview


@click.command("create-user")
@click.argument("name", type=UserName())
@click.option("-e", "--etl-user", is_flag=True, help="May write, too: for users of ETL tools.")
@click.option("-a", "--add-user-schema", is_flag=True, help="With a schema to create tables in.")
@PASSWORD_VARIABLE
@click.option("--no-password", is_flag=True, help="Without: the user logs in by IAM only.")
@DRY_RUN
def create_user(name: str, password_variable: str | None, **flags: bool) -> None:
    """Create the user NAME, who may read all sources.

    The password comes from the variable that is named, else from the line of this user in
    ~/.pgpass, else it is asked for, twice. The warehouse and its logs get a hash of it.
    """
    if password_variable and flags["no_password"]:
        raise UsageError("--password-variable and --no-password exclude each other")
    runtime = current()
    user = DeclaredUser(name, etl=flags["etl_user"], schema=flags["add_user_schema"])
    people = People(runtime.desired, runtime.administration())
    people.preview(people.creation(user, None))
    password = _hash(runtime, name, password_variable, flags)
    plan = people.creation(user, password)
    if flags["dry_run"]:
        for statement in people.preview(plan):
            click.echo(preview(statement))
        return
    people.apply(plan)
    click.echo(f"Created the user {name}{' without a password' if password is None else ''}.")


def _hash(runtime: Runtime, name: str, variable: str | None, flags: dict[str, bool]) -> str | None:
    """Return the password's hash; a dry run asks nobody, and shows no value anyway."""
    if flags["no_password"]:
        return None
    if flags["dry_run"]:
        return known_hash(runtime, name, variable) or "not asked for"
    return new_hash(runtime, name, variable)
