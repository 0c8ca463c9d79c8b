"""The command that continues a run, as it was given and with its dates."""

import datetime as dt
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import luigi
from luigi.cmdline_parser import CmdlineParser

from pipeline.names import RunDate


def command(root: luigi.Task) -> str:
    """Return the command that continues the run of a root task; empty if there is none.

    A date that was not given is added if the root task has it: the command is meant for this
    date, also after midnight. ``luigi --module pipeline LoadAll --date 2026-11-21``
    """
    words = list(_typed())
    if CmdlineParser.get_instance() is not None and root.get_task_family() in words:
        words += _dates(root, words)
    return shlex.join(words)


def _typed() -> tuple[str, ...]:
    """Return the words of the command of this process; none for ``python -c``."""
    program = Path(sys.argv[0])
    if program.name == "luigi" or program.parts[-2:] == ("luigi", "__main__.py"):
        return ("luigi", *sys.argv[1:])
    return tuple(sys.orig_argv) if program.is_file() else ()


def _dates(root: luigi.Task, words: list[str]) -> Iterator[str]:
    given = {word.partition("=")[0] for word in words}
    for name, parameter in root.get_params():
        option, value = f"--{name.replace('_', '-')}", getattr(root, name)
        if isinstance(value, dt.date | RunDate) and option not in given:
            yield from (option, parameter.serialize(value))
