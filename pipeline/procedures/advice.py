"""The commands that messages advise.

What to do about rows that were not published: their dump is kept, and loaded again.
"""

import re
import shlex
from collections.abc import Iterable

from pipeline.designs.model.design import Design
from pipeline.names import RunDate, TableName

ADVISED = re.compile(
    r"--module pipeline [A-Z]|\bpipeline"
    r" (?:check|design|doctor|forget|plan|prune|show|status|validate|verify)\b"
)


def prefix_note(texts: Iterable[str], prefix: str) -> str:
    """Return what the commands in texts lack, if only the command line has the prefix.

    Empty without a ``prefix``, or if no text advises a command.
    """
    if not prefix or not any(map(ADVISED.search, texts)):
        return ""
    word = shlex.quote(prefix)
    return (
        f"the commands above are for this prefix if you write 'pipeline -p {word} …' and"
        f" 'luigi … --warehouse-prefix {word}'"
    )


def forget(name: TableName, date: RunDate | None) -> str:
    """Return the command that has a table dumped again: ``pipeline forget www.orders``."""
    return f"pipeline forget {name.argument}{_of(date)}"


def fix_rows(design: Design, date: RunDate | None, *, appends: bool = False) -> str:
    """Return how to have fixed rows loaded by a run of a date, without a full stop.

    A derived relation reads rows of tables whose dumps were loaded; ``appends`` is that new files
    are added to the table, of which a changed one is noticed.
    """
    if appends:
        return "Fix the files, upload them again, and start again"
    again = "so that they are dumped again"
    if design.kind == "TABLE":
        return f"Fix the rows upstream and run '{forget(design.name, date)}', {again}"
    command = f"pipeline forget {shlex.quote(f'+{design.name}')}{_of(date)} --downstream"
    return f"Fix the query; or fix the rows upstream and run '{command}', {again}"


def _of(date: RunDate | None) -> str:
    return f" --date {date}" if date else ""
