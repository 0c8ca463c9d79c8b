"""Privileges as the catalog writes them: ``group etl_rw=UC/dw``, one item a line.

A group is told from a user by the word before its name, PUBLIC by having no name.
https://docs.aws.amazon.com/redshift/latest/dg/r_PG_DEFAULT_ACL.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.sql.access.privileges import PUBLIC, Grantee

NAMES = {
    "C": "CREATE",
    "T": "TEMP",
    "U": "USAGE",
    "a": "INSERT",
    "d": "DELETE",
    "r": "SELECT",
    "w": "UPDATE",
}
"""Of the letters that matter here; others stay letters."""

_ITEM = re.compile(
    r'(?:(?P<kind>group|role) )?(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^"=]*))'
    r"=(?P<letters>[A-Za-z*]*)/.*"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege on a database, schema or relation; ``on`` is its name."""

    on: str
    privilege: str
    grantee: Grantee


def grants(on: str, items: str | None) -> Iterator[Grant]:
    """Read an ACL, its items one a line; none where nothing was ever granted or revoked."""
    for grantee, privilege in read(items):
        yield Grant(on, privilege, grantee)


def read(items: str | None) -> Iterator[tuple[Grantee, str]]:
    """Yield who holds which privilege; ValueError for what is no ACL."""
    for item in (items or "").splitlines():
        text = item.strip()
        if text.startswith('"') and text.endswith('"'):
            text = text[1:-1]  # the item as it stands in an array
        match = _ITEM.fullmatch(text)
        if match is None:
            raise ValueError(f"{item!r} is not an item of a list of privileges")
        for letter in match["letters"].replace("*", ""):
            yield _grantee(match), NAMES.get(letter, letter)


def _grantee(match: re.Match[str]) -> Grantee:
    name = match["plain"] if match["quoted"] is None else match["quoted"].replace('""', '"')
    kind: Any = match["kind"] or "user"
    return Grantee(kind, name) if name else PUBLIC
