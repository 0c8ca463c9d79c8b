"""Where somebody else's files lie in S3: a path with placeholders and wildcards.

``s3://bucket/exports/${date}/${table}/`` is everything below a folder, but for what begins with a
dot or an underscore; ``…/${table}-*.csv.gz`` are the objects whose whole key fits, where ``*`` and
``?`` stand for anything but a slash.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.names import TableName, did_you_mean

PLACEHOLDERS = ("date", "yesterday", "prefix", "schema", "table")

_TOKEN = re.compile(r"\$\{(?P<name>[^}]*)\}|(?P<wildcard>[*?])")
_BELOW = r"(?:[^/._][^/]*/)*(?![^/]*_\$folder\$\Z)[^/._][^/]*"
"""Objects of a folder and the folders in it; writers keep their own notes under other names."""

_ANYTHING = {"*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class FilePattern:
    """Which objects of a bucket are meant; all of them lie below ``folder``."""

    path: str
    bucket: str
    folder: str
    expression: re.Pattern[str]

    def matches(self, key: str) -> bool:
        """Tell whether an object is meant."""
        return self.expression.fullmatch(key) is not None


def problems(path: str) -> Iterator[str]:
    """Yield what is wrong with a path beyond its form."""
    names = [match["name"] for match in _TOKEN.finditer(path) if match["name"] is not None]
    for name in names:
        if name not in PLACEHOLDERS:
            hint = did_you_mean(name, PLACEHOLDERS) or f"; known are {', '.join(PLACEHOLDERS)}"
            yield f"the placeholder ${{{name}}} is unknown{hint}"
    if "table" not in names:
        yield "found no ${table}, without which every table would have the same files"


def values(date: dt.date, prefix: str, source: TableName) -> dict[str, str]:
    """Return what the placeholders stand for in a table's path on a date."""
    yesterday = date - dt.timedelta(days=1)
    return {
        "date": date.isoformat(),
        "yesterday": yesterday.isoformat(),
        "prefix": prefix,
        "schema": source.schema,
        "table": source.table,
    }


def resolve(path: str, named: Mapping[str, str]) -> FilePattern:
    """Fill in the placeholders."""
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
