"""The demonstration: load everything once with Luigi, then say what to try next."""

import os
import shlex
import sys
from pathlib import Path

import click

from pipeline.local.binaries import find_binaries
from pipeline.local.errors import LocalStackError
from pipeline.local.ports import LOOPBACK
from pipeline.local.session import run_command, stack_environment
from pipeline.local.stack import ETL_USER, WAREHOUSE, Stack

LUIGI_CONFIG = Path("config") / "luigi.cfg"
PIPELINE = ("luigi", "--module", "pipeline", "LoadAll")

NEXT = """
The warehouse, with psql:
    {psql}

What to try next (the stack keeps running):
    eval "$({local} env)" && export LUIGI_CONFIG_PATH={config}
    luigi --module pipeline LoadAll                            # again: nothing is left to do
    luigi --module pipeline CopyTable --table www.orders       # a single task
    luigid --address {loopback} --port 8082                    # the scheduler's page: http://{loopback}:8082
    {local} down                                               # or: make down
"""


def run_demo(stack: Stack) -> int:
    """Run LoadAll against the running stack and print how to go on; return Luigi's exit code."""
    if not LUIGI_CONFIG.exists():
        raise LocalStackError(
            f"{LUIGI_CONFIG} is not in this directory: start the demo from the project's root"
        )
    environment = {**stack_environment(stack), "LUIGI_CONFIG_PATH": str(LUIGI_CONFIG)}
    code = run_command([sys.executable, "-m", *PIPELINE], environment)
    click.echo(
        NEXT.format(
            psql=psql_command(stack),
            local=f"{_short(Path(sys.executable))} -m pipeline.local",
            config=LUIGI_CONFIG,
            loopback=LOOPBACK,
        )
    )
    return code


def psql_command(stack: Stack) -> str:
    """Return a command line that opens the warehouse in psql, without a password in it."""
    psql = _short(Path(find_binaries().path("psql")))
    words = [psql, "-h", LOOPBACK, "-p", str(stack.stand_in.port), "-U", ETL_USER, WAREHOUSE]
    return f"PGPASSFILE={shlex.quote(_short(stack.pgpass))} {shlex.join(words)}"


def _short(path: Path) -> str:
    here = Path.cwd()
    return os.path.relpath(path, here) if path.is_relative_to(here) else str(path)
