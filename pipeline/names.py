"""Names of relations, of their files and objects, and of what determines their content."""

import datetime as dt
import functools
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self
from urllib.parse import quote, unquote

from pipeline.errors import UsageError

MAX_IDENTIFIER_BYTES = 127
"""Redshift truncates longer names without an error: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html"""


def fold(name: str) -> str:
    """Fold ASCII letters to lower case, as Redshift does with every identifier, quoted or not."""
    if name.isascii():
        return name.lower()
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)


def warehouse_name(name: str) -> str:
    """Return the warehouse name of an upstream object, which Redshift takes unless it is too long.

    It is folded, without white space at its end, with ``_`` for control characters and for ``#``
    at its beginning, by which Redshift knows a temporary table.
    """
    printable = "".join("_" if c < " " or c == "\x7f" else c for c in fold(name)).rstrip()
    return f"_{printable[1:]}" if printable[:1] in {"", "#"} else printable


def encode(name: str) -> str:
    """Encode a name for files and S3 keys: ``Gift Cards`` as ``Gift%20Cards``.

    Only letters, digits, ``_`` and ``$`` stay.
    """
    return quote(name, safe="$").replace("-", "%2D").replace(".", "%2E").replace("~", "%7E")


def decode(text: str) -> str:
    """Reverse ``encode``."""
    return unquote(text, errors="strict")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` with the nearest known names; empty if none is near."""
    folded = {fold(candidate): candidate for candidate in known}
    near = [folded[match] for match in get_close_matches(fold(name), folded, n=3, cutoff=0.6)]
    return f"; did you mean {' or '.join(repr(match) for match in near)}?" if near else ""


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A relation of the warehouse, ``www.orders``, or an upstream table, ``public.Orders``."""

    schema: str
    table: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``www.orders``; the first dot separates, later ones belong to the table."""
        schema, dot, table = text.strip().partition(".")
        if not (schema and dot and table):
            raise UsageError(
                f"'{text}' is not the name of a table; write schema.table, as in www.orders"
            )
        return cls(schema, table)

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"

    @property
    def argument(self) -> str:
        """The name as an argument of a command: ``'www.gift cards'``, quoted if necessary."""
        return shlex.quote(str(self))


def upstream_stem(source: str, upstream: TableName) -> str:
    """Return a design's path without suffix, ``www/public-orders`` for ``public.orders``."""
    return f"{source}/{encode(upstream.schema)}-{encode(upstream.table)}"


def split_stem(stem: str) -> tuple[str, str | None, str]:
    """Split ``www/public-orders`` into folder, upstream schema and table, decoded.

    The schema is None if there is no dash.
    """
    folder, _, file = stem.rpartition("/")
    schema, dash, table = file.partition("-")
    return (folder, decode(schema), decode(table)) if dash else (folder, None, decode(file))


_FINGERPRINT = re.compile(
    r"(?P<digits>.*?)(?:-limit(?P<limit>[1-9][0-9]*))?(?:-after-(?P<after>[0-9a-f]{8}))?"
    r"(?:-alone-(?P<run>.+))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What determines a result, as a short text in keys and markers.

    ``8f4ec5a24b46`` is for all rows; ``8f4ec5a24b46-limit10`` for at most 10 rows of each
    table; ``8f4ec5a24b46-after-1a2b3c4d`` for the rows that changed after a load, which the
    digits identify; ``8f4ec5a24b46-alone-1a2b3c4d`` for what run ``1a2b3c4d`` refreshed from the
    rows that the warehouse held.
    """

    digits: str
    limit: int | None = None
    run: str | None = None
    after: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text of a key or of a marker; ``str`` gives back the same text."""
        found = _FINGERPRINT.fullmatch(text)
        assert found is not None, "every text matches"
        limit = found["limit"]
        number = None if limit is None else int(limit)
        return cls(found["digits"], number, found["run"], found["after"])

    @property
    def is_partial(self) -> bool:
        """Whether a limit omitted rows."""
        return self.limit is not None

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"-limit{self.limit}"
        after = "" if self.after is None else f"-after-{self.after}"
        run = "" if self.run is None else f"-alone-{self.run}"
        return f"{self.digits}{limit}{after}{run}"


_RUN_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([01][0-9]|2[0-3]))?")


@functools.total_ordering
@dataclass(frozen=True, slots=True)
class RunDate:
    """The date of a run: a day, ``2026-11-28``, or an hour of it in UTC, ``2026-11-28T14``.

    A day precedes its hours, and these precede the next day, as their texts do.
    """

    day: dt.date
    hour: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse exactly these two forms; UsageError for any other text."""
        found = _RUN_DATE.fullmatch(text)
        try:
            day = dt.date.fromisoformat(found[1] if found else "")
        except ValueError:
            raise UsageError(
                f"'{text}' is not a date; write YYYY-MM-DD, as in 2026-11-28, or 2026-11-28T14 for"
                " an hour of it in UTC"
            ) from None
        return cls(day, int(found[2]) if found and found[2] else None)

    @classmethod
    def of(cls, value: dt.date) -> Self:
        """Return the day of a date or time, or the hour of a time on the hour without a zone.

        Luigi's RangeHourly passes such times: ``datetime(2026, 11, 28, 14)``.
        """
        if not isinstance(value, dt.datetime):
            return cls(value)
        hour = value.replace(minute=0, second=0, microsecond=0, tzinfo=None)
        return cls(value.date(), value.hour if value == hour else None)

    def __str__(self) -> str:
        return self.day.isoformat() + ("" if self.hour is None else f"T{self.hour:02}")

    def __lt__(self, other: "RunDate") -> bool:
        return str(self) < str(other)


@dataclass(frozen=True, slots=True)
class Layout:
    """The keys of objects in the bucket; all keys of the package are made here.

    ``stem`` is the design's path without its suffix, such as ``www/public-orders``. With the
    prefix ``production``::

        production/designs/www/public-orders.1dadc94e7be8.yaml               design(…)
        production/data/2026-11-21/www/public-orders.8f4ec5a24b46.manifest   manifest(…)
        production/data/2026-11-21/www/public-orders.8f4ec5a24b46/           dump(…)
    """

    prefix: str

    @property
    def designs(self) -> str:
        """Return the folder of uploaded designs."""
        return f"{self.prefix}/designs/"

    @property
    def data(self) -> str:
        """Return the folder of dumps, which holds a folder for each date."""
        return f"{self.prefix}/data/"

    @property
    def failure(self) -> str:
        """Return the object that exists from a message about a failure to that of the recovery."""
        return f"{self.prefix}/failure.json"

    def run(self, name: str) -> tuple[str, str]:
        """Return the object by which machines agree on a run, and the folder of their reports."""
        return f"{self.prefix}/runs/{name}.json", f"{self.prefix}/runs/{name}/"

    def day(self, date: RunDate) -> str:
        """Return the folder of a date's dumps: ``production/data/2026-11-21T14/`` of an hour's."""
        return f"{self.data}{date}/"

    def design(self, stem: str, fingerprint: Fingerprint, suffix: str) -> str:
        """Return the key of an uploaded design or query; ``suffix`` is ``yaml`` or ``sql``."""
        return f"{self.designs}{stem}.{fingerprint}.{suffix}"

    def manifest(self, date: RunDate, stem: str, fingerprint: Fingerprint) -> str:
        """Return the key of a dump's manifest, which is written last."""
        return f"{self.day(date)}{stem}.{fingerprint}.manifest"

    def dump(self, date: RunDate, stem: str, fingerprint: Fingerprint) -> str:
        """Return the folder of a dump, in which each attempt has its own folder."""
        return f"{self.day(date)}{stem}.{fingerprint}/"
