"""The demo: load everything once with Luigi, then print the next steps."""

import os
import shlex
import sys
from pathlib import Path

import click

from pipeline.local.commands.run import run_command, stack_environment
from pipeline.local.errors import LocalStackError
from pipeline.local.postgres.binaries import find_binaries
from pipeline.local.processes.ports import LOOPBACK
from pipeline.local.stack import DEFAULT_HOME, ETL_USER, WAREHOUSE, Stack

LUIGI_CONFIG = Path("config") / "luigi.cfg"
LOAD_ALL = ("luigi", "--module", "pipeline", "LoadAll", "--local-scheduler")

NEXT = """
The warehouse, in psql:
    {psql}

Next steps (the stack keeps running):
    eval "$({local} env{home})"; export LUIGI_CONFIG_PATH={config}

    # run it again: everything is complete
    {bin}luigi --module pipeline LoadAll --local-scheduler

    # run a single task
    {bin}luigi --module pipeline CopyTable --table www.orders --local-scheduler

    # write pages about all relations for a browser: site/index.html
    {bin}pipeline docs

    # start the scheduler for runs without --local-scheduler; its page: http://{loopback}:8082
    {bin}luigid --address {loopback} --port 8082

    # stop the stack and keep the data
    {local} down{home}
"""


def run_demo(stack: Stack) -> int:
    """Run LoadAll on the running stack and print the next steps; return Luigi's exit code."""
    if not LUIGI_CONFIG.exists():
        raise LocalStackError(
            f"{LUIGI_CONFIG} not found: run the demo in the root directory of the project"
        )
    environment = {**stack_environment(stack), "LUIGI_CONFIG_PATH": str(LUIGI_CONFIG)}
    code = run_command([sys.executable, "-m", *LOAD_ALL], environment)
    click.echo(next_steps(stack))
    return code


def next_steps(stack: Stack) -> str:
    """Return the next steps: commands that work in the current directory."""
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
    """Return a command that opens the warehouse in psql, without a password in it."""
    psql = _short(Path(find_binaries().path("psql")))
    words = [psql, "-h", LOOPBACK, "-p", str(stack.emulator.port), "-U", ETL_USER, WAREHOUSE]
    return f"PGPASSFILE={shlex.quote(_short(stack.pgpass))} {shlex.join(words)}"


def _short(path: Path) -> str:
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
