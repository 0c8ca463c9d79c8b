"""The commands of the local stack: up, down, status, env, run, demo, destroy."""

import logging
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from pipeline.local.commands.demo import run_demo
from pipeline.local.commands.help import WholeSentences
from pipeline.local.commands.run import (
    FOREIGN,
    ending_on_signals,
    run_command,
    running_stack,
    stack_environment,
)
from pipeline.local.errors import LocalStackError
from pipeline.local.samples.loading import SampleError
from pipeline.local.stack import DEFAULT_HOME, DEFAULT_SCALE, Service, Stack

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_HOME,
    show_default=True,
    help="Directory for data, logs and passwords.",
)
scale_option = click.option(
    "--scale",
    type=float,
    help=f"Scale of the samples at the first start; {DEFAULT_SCALE:g} is a million order items.",
)


class StackFault(click.ClickException):
    """An error of the stack, printed without a traceback."""

    exit_code = 4


class LocalGroup(WholeSentences):
    """Log progress to stderr and print the stack's errors as messages."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        _log_to_stderr()
        try:
            return super().invoke(context)
        except (LocalStackError, SampleError) as error:
            raise StackFault(str(error)) from error


@click.group(cls=LocalGroup)
def local() -> None:
    """Run PostgreSQL, S3 and a Redshift emulator on this machine."""


@local.command()
@home_option
@scale_option
def up(home: Path, scale: float | None) -> None:
    """Start the servers that are not running."""
    stack = Stack(home)
    stack.up(scale)
    _print_status(stack)


@local.command()
@home_option
def down(home: Path) -> None:
    """Stop all servers and keep the data."""
    Stack(home).down()


@local.command()
@home_option
def status(home: Path) -> None:
    """Show the servers; exit with 0 if all are running, otherwise with 1."""
    stack = Stack(home)
    _print_status(stack)
    if not stack.is_running():
        sys.exit(1)


@local.command()
@home_option
def env(home: Path) -> None:
    """Print shell commands that set the environment for the stack: eval "$(… env)"."""
    variables = Stack(home).environment()
    for name in FOREIGN:
        click.echo(f"unset {name}")
    for name, value in variables.items():
        # The bytes of paths, whatever the encoding of stdout is.
        click.echo(os.fsencode(f"export {name}={shlex.quote(value)}"))


@local.command(context_settings={"ignore_unknown_options": True})
@home_option
@scale_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(home: Path, scale: float | None, command: tuple[str, ...]) -> None:
    """Run a command on the stack; afterwards, stop the stack if this command started it."""
    stack = Stack(home)
    with ending_on_signals(), running_stack(stack, scale):
        code = run_command(command, stack_environment(stack))
    sys.exit(code)


@local.command()
@home_option
@scale_option
def demo(home: Path, scale: float | None) -> None:
    """Load the sample databases into the warehouse and print the next steps."""
    stack = Stack(home)
    stack.up(scale)
    sys.exit(run_demo(stack))


@local.command()
@home_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def destroy(home: Path, *, yes: bool) -> None:
    """Stop all servers and remove all data."""
    if not yes:
        click.confirm(f"Remove {home} with all its data?", abort=True)
    Stack(home).destroy()


def _print_status(stack: Stack) -> None:
    for service in stack.status():
        click.echo(f"{service.name:<10}{_state(service)}")


def _state(service: Service) -> str:
    if not service.pid:
        return "stopped"
    state = f"unavailable without {service.lacks}" if service.lacks else "running"
    return f"{state}  {service.address}  (pid {service.pid})"


def _log_to_stderr() -> None:
    log = logging.getLogger("pipeline.local")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False  # the root logger, which 'pipeline' configures, would repeat it
