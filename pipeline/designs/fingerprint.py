"""Fingerprints: 12 hexadecimal digits of a hash over everything that determines a result.

Descriptions, tags, comments, white space in SQL and the time do not count. Fingerprints are
computed from files alone, so that no connection is needed to know what is complete.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, Self

from pipeline.designs.model.checks import Check, Query, SumEquals
from pipeline.designs.model.design import Design
from pipeline.designs.model.types import TEXTS, parse_type
from pipeline.designs.queries.tokens import POSTGRES, REDSHIFT, tokens
from pipeline.manifest import FORMAT_VERSION
from pipeline.names import Fingerprint, TableName

DIGITS = 12


def digest(*parts: Any) -> str:
    """Hash texts, numbers, None and lists of them; every Python gives the same digits."""
    canonical = json.dumps(parts, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:DIGITS]


def files(design: Design, place: Sequence[object]) -> Fingerprint:
    """Fingerprint the files of a design by their location and format."""
    names = [column.name for column in design.data_columns]
    source = [design.name.schema, str(design.source)]
    return Fingerprint(digest("files", FORMAT_VERSION, *source, names, place))


def dump(design: Design, *, limit: int | None = None) -> Fingerprint:
    """Fingerprint the data that a dump of this design writes, under a ``limit`` of rows."""
    columns = [
        [
            *(column.name, column.upstream_name, _sql(column.expression, POSTGRES)),
            *([column.too_long, column.sql_type] if column.too_long else ()),
        ]
        for column in design.data_columns
    ]
    source = [design.name.schema, str(design.source)]
    condition = _sql(design.extract.condition, POSTGRES)
    incremental = design.extract.incremental
    how = () if incremental is None else (list(incremental.identity),)
    parts = ("dump", FORMAT_VERSION, source, columns, condition, limit, *how)
    return Fingerprint(digest(*parts), limit)


def checked(dumped: Fingerprint, design: Design) -> Fingerprint:
    """Fingerprint a dump whose values were found to fit the types of a design.

    Texts fit by ``too_long``, which is in ``dumped``, or fail the load.
    """
    types = [(column.name, parse_type(column.sql_type)) for column in design.data_columns]
    checks = [[name, str(kind)] for name, kind in types if kind.base not in TEXTS]
    return replace(dumped, digits=digest("checked", dumped.digits, checks))


def create(ddl: str) -> Fingerprint:
    """Fingerprint a relation's definition, given as its rendered DDL."""
    return Fingerprint(digest("create", _sql(ddl)))


def copy(dumped: Fingerprint, created: Fingerprint) -> Fingerprint:
    """Fingerprint a table's content by what was dumped and how the table was created."""
    return Fingerprint(digest("copy", str(dumped), str(created)), dumped.limit)


def refresh(design: Design, created: Fingerprint, read: Iterable[Fingerprint]) -> Fingerprint:
    """Fingerprint a derived relation by its query, its definition and all that it reads."""
    parts = (design.kind, _sql(design.query), str(created), sorted(map(str, read)))
    return Fingerprint(digest("refresh", *parts))


def checks_fingerprint(design: Design) -> str:
    """Return a digest of the checks of a relation, in any order; empty if there are none.

    Rows do not depend on it: a changed check is run again, and nothing is loaded.
    """
    found = sorted(json.dumps(_check(check)) for check in design.checks)
    return digest("checks", *found) if found else ""


def _check(check: Check) -> list[object]:
    rule = check.rule
    found: list[object] = [_argument(getattr(rule, each.name)) for each in fields(rule)]
    if isinstance(rule, Query | SumEquals):
        found[-1] = _sql(rule.sql if isinstance(rule, Query) else rule.query)
    return [check.name, rule.kind, found, check.severity, _sql(check.where)]


def _argument(value: object) -> object:
    if isinstance(value, tuple):
        return [_argument(each) for each in value]
    return str(value) if isinstance(value, Decimal | TableName) else value


def upload(design: str, query: str | None = None) -> Fingerprint:
    """Fingerprint the contents of the files that UploadDesign stores."""
    return Fingerprint(digest("upload", design, query))


def _sql(text: str | None, grammar: re.Pattern[str] = REDSHIFT) -> list[str] | None:
    return None if text is None else list(tokens(text, grammar))


@dataclass(frozen=True, slots=True)
class Own:
    """Fingerprints of a design that depend on no other design: its whole dump, its DDL."""

    dumped: Fingerprint
    created: Fingerprint

    @classmethod
    def of(cls, design: Design, ddl: Callable[[Design], str]) -> Self:
        """Compute both; ``ddl`` renders the statement that creates a relation."""
        return cls(dump(design), create(ddl(design)))


@dataclass(slots=True)
class Fingerprints:
    """The fingerprints of all relations of a catalog, each computed once.

    ``ddl`` renders the statement that creates a relation. With a ``limit``, everything that comes
    from dumps has separate fingerprints.
    """

    designs: Mapping[TableName, Design]
    ddl: Callable[[Design], str]
    limit: int | None = None
    places: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """Location and format of the files, by source of files."""
    known: Mapping[TableName, Own] = field(default_factory=dict, repr=False)
    """Fingerprints that were computed before."""
    _created: dict[TableName, Fingerprint] = field(default_factory=dict, init=False, repr=False)
    _content: dict[TableName, Fingerprint] = field(default_factory=dict, init=False, repr=False)

    def dump(self, name: TableName) -> Fingerprint:
        """Fingerprint what DumpTable writes."""
        rows = self._dumped(name)
        return rows if name.schema in self.places else checked(rows, self.designs[name])

    def _dumped(self, name: TableName) -> Fingerprint:
        place = self.places.get(name.schema)
        if place is not None:
            return replace(files(self.designs[name], place), limit=self.limit)
        if self.limit is None and name in self.known:
            return self.known[name].dumped
        return dump(self.designs[name], limit=self.limit)

    def create(self, name: TableName) -> Fingerprint:
        """Fingerprint what CreateTable creates."""
        if name in self.known:
            return self.known[name].created
        if name not in self._created:
            self._created[name] = create(self.ddl(self.designs[name]))
        return self._created[name]

    def content(self, name: TableName) -> Fingerprint:
        """Fingerprint the rows that CopyTable or RefreshCtas publishes."""
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in self._content:
                continue
            needs = self.designs[current].needs
            missing = [needed for needed in needs if needed not in self._content]
            if missing:
                waiting += [current, *missing]
            else:
                self._compute(current)
        return self._content[name]

    def _compute(self, name: TableName) -> None:
        design, created = self.designs[name], self.create(name)
        if design.kind == "TABLE":
            self._content[name] = copy(self._dumped(name), created)
        else:
            read = (self._content[each] for each in design.needs)
            self._content[name] = replace(refresh(design, created, read), limit=self.limit)
