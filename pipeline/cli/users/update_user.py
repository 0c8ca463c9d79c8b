"""``pipeline update-user``: a new password, other rights, a schema, the search path of today."""

from __future__ import annotations

import click

from pipeline.access.users import Change
from pipeline.cli.users.secret import DRY_RUN, PASSWORD_VARIABLE, UserName, known_hash, new_hash
from pipeline.procedures.operations.users import People
from pipeline.runtime import current
from pipeline.sql.preview import preview


@click.command("update-user")
@click.argument("name", type=UserName())
@click.option("-e/-E", "--etl-user/--no-etl-user", default=None, help="May write, or no longer.")
@click.option("-a", "--add-user-schema", is_flag=True, help="With a schema to create tables in.")
@click.option("-p", "--password", "asked", is_flag=True, help="Set a new password.")
@PASSWORD_VARIABLE
@DRY_RUN
def update_user(
    name: str, password_variable: str | None, *, etl_user: bool | None, **flags: bool
) -> None:
    """Bring the user NAME up to date: group, search path, and what the options say.

    With --password, the new one comes from the line of this user in ~/.pgpass, or is asked for,
    twice.
    """
    runtime = current()
    people = People(runtime.desired, runtime.administration())
    schema, dry_run = flags["add_user_schema"], flags["dry_run"]
    people.preview(people.update(Change(name, etl=etl_user, schema=schema)))
    password = None
    if flags["asked"] or password_variable:
        known = known_hash if dry_run else new_hash
        password = known(runtime, name, password_variable) or "not asked for"
    plan = people.update(Change(name, etl=etl_user, schema=schema, password=password))
    statements = people.preview(plan) if dry_run else people.apply(plan)
    for statement in statements if dry_run else ():
        click.echo(preview(statement))
    if not statements:
        click.echo(f"The user {name} is up to date.")
    elif not dry_run:
        click.echo(f"Updated the user {name}.")
