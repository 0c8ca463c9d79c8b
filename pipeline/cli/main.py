"""The group of commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import logging
import sys
from importlib.metadata import version
from typing import Any

import click

from pipeline.cli.design import design
from pipeline.cli.doctor import doctor
from pipeline.cli.explain import explain
from pipeline.cli.forget import forget
from pipeline.cli.history import history
from pipeline.cli.plan import plan
from pipeline.cli.prune import prune
from pipeline.cli.status import status
from pipeline.cli.users.create_user import create_user
from pipeline.cli.users.drop_user import drop_user
from pipeline.cli.users.password import password
from pipeline.cli.users.update_user import update_user
from pipeline.cli.users.users import users
from pipeline.cli.validate import validate
from pipeline.errors import PipelineError
from pipeline.local.cli import local
from pipeline.options import choose

INTERRUPTED = 130


class Commands(click.Group):
    """A group whose commands fail with a message and the code of who has to act."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; errors of the package are shown without a traceback."""
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("redshift-pipeline"), "-V", "--version", prog_name="pipeline")
@click.option(
    "-v", "--verbose", help="Show what is done; twice as -vv: every statement.", count=True
)
@click.option("-c", "--config", help="The configuration, instead of DATA_WAREHOUSE_CONFIG's.")
@click.option("-d", "--designs", help="The folder of designs, or s3://… of uploaded ones.")
@click.option("-p", "--prefix", help="The folder in the bucket (default: your user name).")
def main(verbose: int, **chosen: str | None) -> None:
    """Operate the warehouse pipeline; its work itself is run by 'luigi --module pipeline LoadAll'.

    Results go to stdout, messages to stderr. Exit codes: 0 ok, 2 usage, 3 configuration or design,
    4 a database or S3.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("pipeline").setLevel(level)
    choose({name: value for name, value in chosen.items() if value})


for command in (
    create_user,
    design,
    doctor,
    drop_user,
    explain,
    forget,
    history,
    local,
    password,
    plan,
    prune,
    status,
    update_user,
    users,
    validate,
):
    main.add_command(command)
