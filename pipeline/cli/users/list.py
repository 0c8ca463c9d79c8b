"""``pipeline users``: who there is, and what each may do."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from pipeline.access.users import User
from pipeline.cli.tables import show
from pipeline.procedures.operations.users import People
from pipeline.runtime import current

HEADINGS = ("user", "groups", "schemas", "rights", "declared")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def users(*, as_json: bool) -> None:
    """List the warehouse's users: groups, schemas, rights, and who is declared."""
    runtime = current()
    everybody = People(runtime.desired, runtime.warehouse).listed()
    if as_json:
        click.echo(json.dumps([asdict(person) for person in everybody], indent=2))
        return
    show(HEADINGS, map(_line, everybody))


def _line(person: User) -> tuple[str, ...]:
    declared = "yes" if person.present else "yes, and not there: run BootstrapWarehouse"
    return (
        person.name,
        ", ".join(person.groups),
        ", ".join(person.schemas),
        "; ".join(person.rights),
        declared if person.declared else "",
    )
