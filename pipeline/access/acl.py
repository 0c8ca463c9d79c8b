"""Parse access control lists as the catalog stores them, one item per line.

``grantee=privileges/grantor``, for example::

    group etl_rw=UC/dw    group etl_rw: USAGE, CREATE
    tom=r*/dw             user tom: SELECT (``*``: with grant option)
    =T/dw                 PUBLIC: TEMP

https://docs.aws.amazon.com/redshift/latest/dg/r_PG_DEFAULT_ACL.html
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.sql.access.privileges import PUBLIC, Grantee

NAMES = {
    "C": "CREATE",
    "T": "TEMP",
    "U": "USAGE",
    "X": "EXECUTE",
    "a": "INSERT",
    "d": "DELETE",
    "r": "SELECT",
    "w": "UPDATE",
}
"""Privileges by letter; a privilege that is not used here keeps its letter as its name."""

READ_AND_WRITE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
"""Privileges that count as ALL; the others that ALL includes differ between versions."""

_ITEM = re.compile(
    r'(?:(?P<kind>group|role) )?(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^"=]*))'
    r"=(?P<letters>[A-Za-z*]*)/.*"
)
_GRANTABLE = re.compile(r"([A-Za-z])\*")


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege on the database, schema or relation named ``on``."""

    on: str
    privilege: str
    grantee: Grantee


def grants(on: str, items: str | None) -> Iterator[Grant]:
    """Parse the ACL of an object; None means that its default privileges were never changed."""
    for grantee, privilege in read(items):
        yield Grant(on, privilege, grantee)


@dataclass(frozen=True, slots=True)
class Item:
    """The privileges of one grantee, by letter; those of ``grantable`` with grant option."""

    grantee: Grantee
    letters: frozenset[str]
    grantable: frozenset[str] = frozenset()

    def without(self, others: Iterable["Item"]) -> "Item":
        """Return what the grantee does not have by the others."""
        own = [other for other in others if other.grantee == self.grantee]
        grantable = self.grantable.difference(*(other.grantable for other in own))
        letters = self.letters.difference(*(other.letters for other in own)) | grantable
        return Item(self.grantee, letters, grantable)


def read(items: str | None) -> Iterator[tuple[Grantee, str]]:
    """Yield each grantee with one privilege; ValueError if an item is malformed."""
    for grantee, letters in _split(items):
        for letter in letters.replace("*", ""):
            yield grantee, NAMES.get(letter, letter)


def read_items(items: str | None) -> Iterator[Item]:
    """Yield the items; ValueError if one is malformed."""
    for grantee, letters in _split(items):
        yield Item(grantee, frozenset(letters) - {"*"}, frozenset(_GRANTABLE.findall(letters)))


def _split(items: str | None) -> Iterator[tuple[Grantee, str]]:
    for item in (items or "").splitlines():
        text = item.strip()
        match = _ITEM.fullmatch(text)
        if match is None and text.startswith('"') and text.endswith('"'):
            match = _ITEM.fullmatch(text[1:-1])  # quoted as an element of an array
        if match is None:
            raise ValueError(f"{item!r} is not an ACL item")
        yield _grantee(match), match["letters"]


def _grantee(match: re.Match[str]) -> Grantee:
    name = match["plain"] if match["quoted"] is None else match["quoted"].replace('""', '"')
    kind: Any = match["kind"] or "user"
    return Grantee(kind, name) if name else PUBLIC
