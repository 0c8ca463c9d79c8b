"""``pipeline users``: who there is, and what each may do."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from pipeline.procedures.people import People
from pipeline.runtime import current
from pipeline.sql.people import Person

WIDTH = 160
"""Of the table in a file or a pipe, which have none."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def users(*, as_json: bool) -> None:
    """List the warehouse's users: groups, schemas, rights, and who is declared."""
    runtime = current()
    everybody = People(runtime.wanted, runtime.warehouse).listed()
    if as_json:
        click.echo(json.dumps([asdict(person) for person in everybody], indent=2))
        return
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("user", "groups", "schemas", "rights", "declared"):
        table.add_column(name, no_wrap=name not in {"groups", "schemas"})
    for person in everybody:
        table.add_row(*_line(person))
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


def _line(person: Person) -> tuple[str, ...]:
    declared = "yes" if person.present else "yes, and not there: run BootstrapWarehouse"
    return (
        person.name,
        ", ".join(person.groups),
        ", ".join(person.schemas),
        "; ".join(person.rights),
        declared if person.declared else "",
    )
