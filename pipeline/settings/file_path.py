"""Paths of a source of files in S3, with placeholders and wildcards.

``s3://bucket/exports/${date}/${table}/`` selects all objects below a folder, except names that
begin with a dot or an underscore. ``s3://bucket/${table}-*.csv.gz`` selects objects whose whole
key matches; ``*`` and ``?`` match any characters except a slash.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from pipeline.names import RunDate, TableName, did_you_mean

DATES = ("date", "yesterday", "hour")
PLACEHOLDERS = (*DATES, "prefix", "schema", "table")

HOUR = "${hour}"
"""What is left in the path of a run that is of a day: it has no files."""

_TOKEN = re.compile(r"\$\{(?P<name>[^}]*)\}|(?P<wildcard>[*?])")
_BELOW = r"(?:(?:[^/._][^/]*)?/)*(?![^/]*_\$folder\$\Z)[^/._][^/]*"
"""Objects below a folder, except those that writers use for themselves (``_SUCCESS``).

A writer that joins a folder ``in/`` and ``/a.csv`` stores ``in//a.csv``, which is below it.
"""

_ANYTHING = {"*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class FilePattern:
    """A pattern of object keys; all that match are below ``folder``."""

    path: str
    bucket: str
    folder: str
    expression: re.Pattern[str]

    @property
    def example(self) -> str:
        """The shortest key that matches."""
        key = self.path.removeprefix(f"s3://{self.bucket}/").replace("*", "").replace("?", "x")
        return f"{key}x" if key.endswith("/") else key

    def matches(self, key: str) -> bool:
        """Return whether an object matches."""
        return self.expression.fullmatch(key) is not None


def problems(path: str, *, appends: bool = False) -> Iterator[str]:
    """Yield the faults of a path that has the right form."""
    names = [match["name"] for match in _TOKEN.finditer(path) if match["name"] is not None]
    for name in names:
        if name not in PLACEHOLDERS:
            hint = did_you_mean(name, PLACEHOLDERS) or f"; known are {', '.join(PLACEHOLDERS)}"
            yield f"the placeholder ${{{name}}} is unknown{hint}"
        if appends and name in DATES:
            yield (
                f"${{{name}}} selects the files of one date, but s3_mode append loads each file"
                " that no load has taken; write * in its place"
            )
    if "table" not in names:
        yield "found no ${table}, without which all tables would have the same files"


def values(date: RunDate, prefix: str, source: TableName) -> dict[str, str]:
    """Return the values of the placeholders for a table and a date; ``HOUR`` stays for a day."""
    return {
        "date": date.day.isoformat(),
        "yesterday": (date.day - dt.timedelta(days=1)).isoformat(),
        "hour": HOUR if date.hour is None else f"{date.hour:02}",
        "prefix": prefix,
        "schema": source.schema,
        "table": source.table,
    }


def resolve(path: str, named: Mapping[str, str]) -> FilePattern:
    """Replace the placeholders.

    ``s3://bucket/in/${table}-*.csv`` gives the folder ``in/`` and matches ``in/orders-1.csv``.
    """
    shown = _TOKEN.sub(lambda found: named[found["name"]] if found["name"] else found[0], path)
    bucket, _, rest = path.removeprefix("s3://").partition("/")
    literal, expression, position, wild = "", "", 0, False
    for found in _TOKEN.finditer(rest):
        text = rest[position : found.start()]
        text += "" if found["name"] is None else named[found["name"]]
        expression += re.escape(text)
        literal += "" if wild else text
        if found["wildcard"]:
            expression, wild = expression + _ANYTHING[found["wildcard"]], True
        position = found.end()
    last = rest[position:]
    expression += re.escape(last) + (_BELOW if rest.endswith("/") else "")
    literal += "" if wild else last
    folder = literal[: literal.rfind("/") + 1]
    return FilePattern(shown, bucket, folder, re.compile(expression))


def find_shared(path: str, tables: Collection[TableName]) -> Iterator[tuple[TableName, TableName]]:
    """Yield each table with another one whose files are also its own, whatever the date.

    ``${table}*`` selects files of ``orders_archive`` for ``orders``, too.
    """
    if not {"*", "?"} & {*path}:
        return
    named = {table: values(RunDate.parse("2026-03-01T07"), "", table) for table in tables}
    examples = {table: resolve(path, names).example for table, names in named.items()}
    for table, names in named.items():
        pattern = resolve(path, names)
        yield from (
            (table, other)
            for other, key in examples.items()
            if other != table and pattern.matches(key)
        )
