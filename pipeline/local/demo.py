"""The demonstration: load everything once with Luigi, then say what to try next."""

import os
import shlex
import sys
from pathlib import Path

import click

from pipeline.local.errors import LocalStackError
from pipeline.local.ports import LOOPBACK
from pipeline.local.postgres.binaries import find_binaries
from pipeline.local.session import run_command, stack_environment
from pipeline.local.stack import DEFAULT_HOME, ETL_USER, WAREHOUSE, Stack

LUIGI_CONFIG = Path("config") / "luigi.cfg"
LOAD_ALL = ("luigi", "--module", "pipeline", "LoadAll", "--local-scheduler")

NEXT = """
The warehouse, in psql:
    {psql}

What to try next (the stack keeps running):
    eval "$({local} env{home})"; export LUIGI_CONFIG_PATH={config}

    # again: nothing is left to do
    {bin}luigi --module pipeline LoadAll --local-scheduler

    # a single task
    {bin}luigi --module pipeline CopyTable --table www.orders --local-scheduler

    # the scheduler's page on http://{loopback}:8082, for runs without --local-scheduler
    {bin}luigid --address {loopback} --port 8082

    # stop it; the data stays
    {local} down{home}
"""


def run_demo(stack: Stack) -> int:
    """Run LoadAll against the running stack and print how to go on; return Luigi's exit code."""
    if not LUIGI_CONFIG.exists():
        raise LocalStackError(
            f"{LUIGI_CONFIG} is not in this directory: start the demo from the project's root"
        )
    environment = {**stack_environment(stack), "LUIGI_CONFIG_PATH": str(LUIGI_CONFIG)}
    code = run_command([sys.executable, "-m", *LOAD_ALL], environment)
    click.echo(next_steps(stack))
    return code


def next_steps(stack: Stack) -> str:
    """Return the commands that a user may type now, as they work from this directory."""
    home = _short(stack.home)
    return NEXT.format(
        psql=psql_command(stack),
        bin=f"{_short(Path(sys.executable).parent)}/",
        local=f"{_short(Path(sys.executable))} -m pipeline.local",
        home="" if home == str(DEFAULT_HOME) else f" --home {shlex.quote(home)}",
        config=LUIGI_CONFIG,
        loopback=LOOPBACK,
    )


def psql_command(stack: Stack) -> str:
    """Return a command line that opens the warehouse in psql, without a password in it."""
    psql = _short(Path(find_binaries().path("psql")))
    words = [psql, "-h", LOOPBACK, "-p", str(stack.emulator.port), "-U", ETL_USER, WAREHOUSE]
    return f"PGPASSFILE={shlex.quote(_short(stack.pgpass))} {shlex.join(words)}"


def _short(path: Path) -> str:
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
