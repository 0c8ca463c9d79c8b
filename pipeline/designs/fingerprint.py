"""Fingerprints: 12 hex digits over all that determines a task's result, and over nothing else.

Descriptions, tags, comments, white space in SQL and the time do not count. They come from texts
alone, so that what is complete can be told without a connection.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.designs.model import Design
from pipeline.designs.queries.tokens import POSTGRES, REDSHIFT, tokens
from pipeline.manifest import FORMAT_VERSION
from pipeline.names import TableName

DIGITS = 12

LIMITED = "-limit"
"""Follows the digits of what is partial, with the limit, so that its names tell so everywhere."""

ALONE = "-alone-"
"""Follows the digits of what was refreshed from rows of whatever origin, with the run."""


def digest(*parts: Any) -> str:
    """Hash texts, numbers, None and lists of them, the same with every Python."""
    canonical = json.dumps(parts, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:DIGITS]


def files(design: Design, place: Sequence[object]) -> str:
    """Fingerprint the files of a design by where they lie and their form."""
    names = [column.name for column in design.data_columns]
    return digest("files", FORMAT_VERSION, design.name.schema, str(design.source), names, place)


def dump(design: Design, *, limit: int | None = None) -> str:
    """Fingerprint the data that a dump of this design writes; a ``limit`` makes another one."""
    columns = [
        [column.name, column.source_name or column.name, _sql(column.expression, POSTGRES)]
        for column in design.data_columns
    ]
    source = [design.name.schema, str(design.source)]
    condition = _sql(design.extract.condition, POSTGRES)
    return digest("dump", FORMAT_VERSION, source, columns, condition, limit)


def create(ddl: str) -> str:
    """Fingerprint a relation's definition, given as its rendered DDL."""
    return digest("create", _sql(ddl))


def copy(dumped: str, created: str) -> str:
    """Fingerprint a table's content: what was dumped, in the form in which it was created."""
    return digest("copy", dumped, created)


def refresh(design: Design, created: str, read: Iterable[str]) -> str:
    """Fingerprint a derived relation by its query, its definition and all that it reads."""
    return digest("refresh", design.kind, _sql(design.query), created, sorted(read))


def upload(design: str, query: str | None = None) -> str:
    """Fingerprint the contents of the files that UploadDesign stores."""
    return digest("upload", design, query)


def alone(content: str, run: str) -> str:
    """Return what a run leaves that refreshed a relation from rows of whatever origin."""
    return f"{content}{ALONE}{run}"


def is_alone(fingerprint: str) -> bool:
    """Tell whether this was refreshed from rows of whatever origin."""
    return ALONE in fingerprint


def limit_of(fingerprint: str) -> int | None:
    """Return the limit under which something partial was made, None for what is whole."""
    _, mark, limit = fingerprint.partition(LIMITED)
    return int(limit) if mark else None


def _sql(text: str | None, grammar: re.Pattern[str] = REDSHIFT) -> list[str] | None:
    return None if text is None else list(tokens(text, grammar))


@dataclass(frozen=True, slots=True)
class Own:
    """Fingerprints that a design has by itself, whatever it reads: its whole dump, its DDL."""

    dumped: str
    created: str

    @classmethod
    def of(cls, design: Design, ddl: Callable[[Design], str]) -> Own:
        """Compute both; ``ddl`` renders what creates a relation."""
        return cls(dump(design), create(ddl(design)))


@dataclass(slots=True)
class Fingerprints:
    """The fingerprints of all relations of a catalogue, each computed once.

    ``ddl`` renders what creates a relation; with a ``limit`` everything that comes from dumps has
    fingerprints of its own, which end with it.
    """

    designs: Mapping[TableName, Design]
    ddl: Callable[[Design], str]
    limit: int | None = None
    places: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """By source of files: where these lie, and their form."""
    known: Mapping[TableName, Own] = field(default_factory=dict, repr=False)
    """What need not be computed again."""
    _created: dict[TableName, str] = field(default_factory=dict, init=False, repr=False)
    _content: dict[TableName, str] = field(default_factory=dict, init=False, repr=False)

    def dump(self, name: TableName) -> str:
        """Fingerprint what DumpTable writes."""
        place = self.places.get(name.schema)
        if place is not None:
            return self._marked(files(self.designs[name], place))
        if self.limit is None and name in self.known:
            return self.known[name].dumped
        return self._marked(dump(self.designs[name], limit=self.limit))

    def create(self, name: TableName) -> str:
        """Fingerprint what CreateTable makes."""
        if name in self.known:
            return self.known[name].created
        if name not in self._created:
            self._created[name] = create(self.ddl(self.designs[name]))
        return self._created[name]

    def content(self, name: TableName) -> str:
        """Fingerprint what CopyTable or RefreshCtas, whichever applies, leaves in the relation."""
        waiting = [name]
        while waiting:
            current = waiting[-1]
            missing = [] if current in self._content else self._missing(current)
            waiting += missing
            if not missing:
                waiting.pop()
                self._compute(current)
        return self._content[name]

    def _missing(self, name: TableName) -> list[TableName]:
        return [each for each in self.designs[name].needs if each not in self._content]

    def _compute(self, name: TableName) -> None:
        if name in self._content:
            return
        design, created = self.designs[name], self.create(name)
        if design.kind == "TABLE":
            self._content[name] = self._marked(copy(self.dump(name), created))
        else:
            read = (self._content[each] for each in design.needs)
            self._content[name] = self._marked(refresh(design, created, read))

    def _marked(self, digits: str) -> str:
        return digits if self.limit is None else f"{digits}{LIMITED}{self.limit}"
