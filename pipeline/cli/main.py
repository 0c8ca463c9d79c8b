"""The group of commands, and the one place where errors become messages and exit codes."""

import logging
import sys
import traceback
from typing import Any

import click

from pipeline import versions
from pipeline.cli.check import check
from pipeline.cli.design import design
from pipeline.cli.docs import docs
from pipeline.cli.doctor import doctor
from pipeline.cli.explain import explain
from pipeline.cli.forget import forget
from pipeline.cli.history import history
from pipeline.cli.imports import imports
from pipeline.cli.init import init
from pipeline.cli.plan import plan
from pipeline.cli.prune import prune
from pipeline.cli.show import show
from pipeline.cli.status import status
from pipeline.cli.test import test
from pipeline.cli.users.create_user import create_user
from pipeline.cli.users.drop_user import drop_user
from pipeline.cli.users.password import password
from pipeline.cli.users.update_user import update_user
from pipeline.cli.users.users import users
from pipeline.cli.validate import validate
from pipeline.cli.verify import verify
from pipeline.errors import PipelineError
from pipeline.local.extra import local_command
from pipeline.local.help import WholeSentences
from pipeline.options import choose
from pipeline.screen import escape_unprintable

UNEXPECTED = 40
"""The same as luigi's, in ``config/luigi.cfg``."""

INTERRUPTED = 130


class Commands(WholeSentences):
    """A group of commands that report an error as a message and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; an unexpected error is shown with what a bug report needs."""
        escape_unprintable()
        try:
            return super().main(*args, **kwargs)
        except Exception:  # noqa: BLE001  (the one broad except: the program ends here)
            click.echo(f"{traceback.format_exc()}Unexpected error. {versions.request()}", err=True)
            sys.exit(UNEXPECTED)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options; --version ends here, so that --verbose can precede or follow it."""
        rest = super().parse_args(ctx, args)
        if ctx.params.pop("version") and not ctx.resilient_parsing:
            short = f"pipeline, version {versions.package()}"
            click.echo(versions.report() if ctx.params["verbose"] else short)
            ctx.exit()
        return rest

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
@click.option(
    "-V",
    "--version",
    is_flag=True,
    help="Print the version; with --verbose, those of all components.",
)
@click.option(
    "-v", "--verbose", count=True, help="Log each step to stderr; as -vv, each statement."
)
@click.option("-c", "--config", help="The configuration file, instead of DATA_WAREHOUSE_CONFIG.")
@click.option("-d", "--designs", help="The folder of designs, or s3://… of uploaded ones.")
@click.option("-p", "--prefix", help="The folder in the bucket (default: your user name).")
def main(verbose: int, **chosen: str | None) -> None:
    """Operate the warehouse pipeline. To load, run 'luigi --module pipeline LoadAll'.

    Results go to stdout, messages to stderr. Exit codes: 0 ok, 2 usage, 3 configuration or design,
    4 a database or S3, 5 'verify' found differences or 'check' a failure, 6 'status --check' found
    errors, 7 a case of 'test' failed, 40 unexpected.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("pipeline").setLevel(level)
    choose({name: value for name, value in chosen.items() if value})


for command in (
    check,
    create_user,
    design,
    docs,
    doctor,
    drop_user,
    explain,
    forget,
    history,
    imports,
    init,
    local_command(),
    password,
    plan,
    prune,
    show,
    status,
    test,
    update_user,
    users,
    validate,
    verify,
):
    main.add_command(command)
