"""``pipeline users``: list users with groups, schemas and rights."""

from dataclasses import asdict

import click

from pipeline.access.listing import User
from pipeline.cli.output import AS_JSON, show_json
from pipeline.cli.tables import show
from pipeline.procedures.operations.users import UserAdministration
from pipeline.runtime import current

HEADINGS = ("user", "groups", "schemas", "rights", "declared")


@click.command()
@AS_JSON
def users(*, as_json: bool) -> None:
    """List the warehouse's users and their rights.

    The column 'declared' marks the users of data_warehouse.users in the configuration.
    """
    runtime = current()
    found = UserAdministration(runtime.desired, runtime.warehouse).list_users()
    if as_json:
        show_json([asdict(user) for user in found])
        return
    show(HEADINGS, map(_line, found))


def _line(user: User) -> tuple[str, ...]:
    declared = "yes" if user.present else "yes, but missing: run BootstrapWarehouse"
    return (
        user.name,
        ", ".join(user.groups),
        ", ".join(user.schemas),
        "; ".join(user.rights),
        declared if user.declared else "",
    )
