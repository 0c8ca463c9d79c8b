"""Whether a name in a SELECT can be a column, as far as its relations tell for certain.

Nothing is said where a relation's columns are not known: a false alarm would stop a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.designs.queries.tokens import RESERVED
from pipeline.designs.rules import SYSTEM_COLUMNS
from pipeline.names import TableName, did_you_mean

Names = tuple[str, ...] | None
"""Columns in order, in lower case; None where they are not known."""

NAMELESS = ""
"""Stands for a column to which Redshift gives a name, as to ``COUNT(*)`` without AS."""

_VALUES = """
sysdate user current_user_id current_aws_account current_database current_namespace
current_session_arn level unknown
"""
NO_COLUMNS = RESERVED | SYSTEM_COLUMNS | set(_VALUES.split())
"""Words that stand for a value without parentheses, and columns that no design names.

https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One relation of a FROM, under the name that it has there."""

    alias: str
    names: Names
    relation: TableName | None = None
    skipped: frozenset[str] = frozenset()
    """Columns that the design knows and the warehouse does not have."""

    def __str__(self) -> str:
        return str(self.relation or self.alias)


@dataclass(frozen=True, slots=True)
class Level:
    """The names that one SELECT gives: its relations, and the columns that it returns."""

    sources: tuple[Source, ...]
    aliases: frozenset[str]
    """Given by AS, which later columns of the same SELECT may use."""
    returned: frozenset[str] | None
    """What ORDER BY and the like may use too, but for columns that stand alone: these are judged
    where they stand. None where a column has no certain name."""
    merged: frozenset[str] | None = field(default=frozenset())
    """Columns of USING; None beside a NATURAL join."""
    among_returned: bool = False
    """Whether it is for a clause that may name what the SELECT returns, as ORDER BY does."""
    joined: tuple[Source, ...] | None = None
    """For ON, the relations that are joined so far."""

    @property
    def is_open(self) -> bool:
        """Tell whether there may be columns that are not known."""
        return any(source.names is None for source in self.sources)

    @property
    def columns(self) -> frozenset[str]:
        """Return all columns of all relations, as far as they are known."""
        return frozenset(name for source in self.sources for name in source.names or ())

    def having(self, name: str) -> list[Source]:
        """Return the relations that are known to have a column."""
        return [source for source in self.sources if name in (source.names or ())]

    def called(self, alias: str) -> list[Source]:
        """Return the relations that go by a name; more than one where schemas differ."""
        return [source for source in self.sources if source.alias == alias]

    def gives(self, name: str) -> bool:
        """Tell whether a name may be something else than a column of a relation."""
        return name in self.aliases or bool(self.called(name))


Levels = tuple[Level, ...]
"""A SELECT and those around it whose columns it may use, innermost first."""


def problem_of(name: str, levels: Levels) -> str | None:
    """Say what is wrong with a column's name that stands alone, where that is certain."""
    own = levels[0]
    if own.among_returned and (own.returned is None or name in own.returned):
        return None
    found = [each for each in own.having(name) if own.joined is None or each in own.joined]
    if len(found) > 1 and own.merged is not None and not (name in own.merged or own.gives(name)):
        return f"'{name}' is ambiguous; write {_choices(name, found)}"
    if any(level.is_open or level.having(name) or level.gives(name) for level in levels):
        return None
    return _nowhere(name, [source for level in levels for source in level.sources], own.aliases)


def problem_of_path(parts: list[str], levels: Levels) -> str | None:
    """Say what is wrong with ``alias.column``, ``schema.table.column`` or a way into a SUPER."""
    first, second = parts[0], parts[1]
    for level in levels:
        if found := level.called(first):
            return _missing(second, found)
        if found := [source for source in level.sources if _is(source, first, second)]:
            return _missing(parts[2], found) if len(parts) > 2 else None
        if level.is_open or first in level.columns or first in level.aliases:
            return None
    known = [source.alias for level in levels for source in level.sources if source.alias]
    hint = did_you_mean(first, known) or _list(known)
    return f"'{'.'.join(parts)}': the FROM holds neither a relation nor a column '{first}'{hint}"


def problem_of_using(name: str, left: tuple[Source, ...], right: Source) -> str | None:
    """Say on which side of JOIN … USING a column is missing, where that is certain."""
    if right.names is not None and name not in right.names:
        return _missing(name, [right])
    if any(source.names is None or name in source.names for source in left):
        return None
    return _nowhere(name, left)


def _is(source: Source, schema: str, table: str) -> bool:
    return str(source.relation).lower() == f"{schema}.{table}"


def _nowhere(name: str, sources: Sequence[Source], others: Iterable[str] = ()) -> str:
    """Say that a column is in none of these; ``others`` are names that could be meant too."""
    if not sources:
        return f"'{name}' is no column: there is no FROM"
    where = " or ".join(dict.fromkeys(f"'{source}'" for source in sources))
    for source in sources:
        if name in source.skipped:
            return f"'{name}' is no column of {where}{_left_out(source)}"
    known = [column for source in sources for column in source.names or ()]
    return f"'{name}' is no column of {where}{did_you_mean(name, [*known, *others])}"


def _missing(name: str, sources: list[Source]) -> str | None:
    """Say that none of these has a column; nothing where one has it or may have it."""
    if name == "*" or name in SYSTEM_COLUMNS or any(_may_have(source, name) for source in sources):
        return None
    source = sources[0]
    if name in source.skipped:
        return f"'{source}' has no column '{name}'{_left_out(source)}"
    return f"'{source}' has no column '{name}'{did_you_mean(name, source.names or ())}"


def _may_have(source: Source, name: str) -> bool:
    return source.names is None or name in source.names


def _left_out(source: Source) -> str:
    return f" in the warehouse: the design of '{source}' says skipped"


def _choices(name: str, sources: list[Source]) -> str:
    return " or ".join(f"{source.alias}.{name}" for source in sources)


def _list(known: list[str]) -> str:
    return f"; there is {', '.join(dict.fromkeys(known))}" if known else ""


def renamed(names: Names, aliases: list[str]) -> Names:
    """Return the columns under the names of ``AS alias (a, b)``, which may be fewer than all."""
    if names is None or len(aliases) > len(names):
        return None
    found = (*aliases, *names[len(aliases) :])
    return None if NAMELESS in found else found


def stars(sources: Sequence[Source], alias: str | None = None) -> Iterator[Names]:
    """Yield what ``*`` or ``alias.*`` stands for, relation by relation."""
    found = [source for source in sources if alias in {None, source.alias}]
    yield from ([source.names for source in found] or [None])
