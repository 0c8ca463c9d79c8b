"""Resolve the names in a SELECT to the columns of its relations.

Only certain problems are reported: if the columns of a relation are not known, no name is wrong,
because a false alarm would stop a run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.designs.model.design import SYSTEM_COLUMNS
from pipeline.designs.queries.returned import NAMELESS
from pipeline.designs.queries.tokens import RESERVED
from pipeline.names import TableName, did_you_mean

Names = tuple[str, ...] | None
"""Columns in order, in lower case; None if they are not known."""

_VALUES = """
sysdate user current_user_id current_aws_account current_database current_namespace
current_session_arn level unknown
"""
NO_COLUMNS = RESERVED | SYSTEM_COLUMNS | set(_VALUES.split())
"""Keywords that are values without parentheses, and columns that no design has.

https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
"""


@dataclass(frozen=True, slots=True)
class Source:
    """One relation of a FROM clause; ``alias`` is its name there."""

    alias: str
    names: Names
    relation: TableName | None = None
    skipped: frozenset[str] = frozenset()
    """Columns of the design that the warehouse does not have."""

    def __str__(self) -> str:
        return str(self.relation or self.alias)


@dataclass(frozen=True, slots=True)
class Level:
    """The names that one SELECT defines: its relations and the columns that it returns."""

    sources: tuple[Source, ...]
    aliases: frozenset[str]
    """Names defined by AS, which later columns of the same SELECT can use."""
    returned: frozenset[str] | None
    """Returned columns that ORDER BY and similar clauses can use as well, without plain columns,
    which are checked in the SELECT list. None if the name of a column is not certain."""
    merged: frozenset[str] | None = field(default=frozenset())
    """Columns of USING; None with a NATURAL join."""
    among_returned: bool = False
    """Whether the clause can name returned columns, as ORDER BY does."""
    joined: tuple[Source, ...] | None = None
    """For ON, the relations joined so far."""

    @property
    def is_open(self) -> bool:
        """Return whether the columns of a relation are not known."""
        return any(source.names is None for source in self.sources)

    @property
    def columns(self) -> frozenset[str]:
        """Return all known columns of all relations."""
        return frozenset(name for source in self.sources for name in source.names or ())

    def having(self, name: str) -> list[Source]:
        """Return the relations known to have a column."""
        return [source for source in self.sources if name in (source.names or ())]

    def called(self, alias: str) -> list[Source]:
        """Return the relations with an alias; several if tables of different schemas share it."""
        return [source for source in self.sources if source.alias == alias]

    def gives(self, name: str) -> bool:
        """Return whether a name can be an alias instead of a column."""
        return name in self.aliases or bool(self.called(name))


Levels = tuple[Level, ...]
"""A SELECT and the enclosing ones whose columns it can use, innermost first."""


def problem_of(name: str, levels: Levels) -> str | None:
    """Return the problem of an unqualified column name, or None."""
    own = levels[0]
    if own.among_returned and (own.returned is None or name in own.returned):
        return None
    found = [each for each in own.having(name) if own.joined is None or each in own.joined]
    if len(found) > 1 and own.merged is not None and not (name in own.merged or own.gives(name)):
        choices = " or ".join(f"{source.alias}.{name}" for source in found)
        return f"'{name}' is ambiguous; write {choices}"
    if any(level.is_open or level.having(name) or level.gives(name) for level in levels):
        return None
    return _nowhere(name, [source for level in levels for source in level.sources], own.aliases)


def problem_of_path(parts: list[str], levels: Levels) -> str | None:
    """Return the problem of ``alias.column``, ``schema.table.column`` or a path into a SUPER."""
    first, second = parts[0], parts[1]
    for level in levels:
        if found := level.called(first):
            return _missing(second, found)
        if found := [
            source
            for source in level.sources
            if str(source.relation).lower() == f"{first}.{second}"
        ]:
            return _missing(parts[2], found) if len(parts) > 2 else None
        if level.is_open or first in level.columns or first in level.aliases:
            return None
    known = [source.alias for level in levels for source in level.sources if source.alias]
    hint = did_you_mean(first, known) or _list(known)
    return f"'{'.'.join(parts)}': FROM has no relation or column '{first}'{hint}"


def problem_of_using(name: str, left: tuple[Source, ...], right: Source) -> str | None:
    """Return the problem of a column of JOIN … USING, which both sides must have, or None."""
    if right.names is not None and name not in right.names:
        return _missing(name, [right])
    if any(source.names is None or name in source.names for source in left):
        return None
    return _nowhere(name, left)


def _nowhere(name: str, sources: Sequence[Source], others: Iterable[str] = ()) -> str:
    """Return that no relation has a column; ``others`` are more names to suggest."""
    if not sources:
        return f"'{name}' is not a column: the query has no FROM"
    where = " or ".join(dict.fromkeys(f"'{source}'" for source in sources))
    for source in sources:
        if name in source.skipped:
            return f"'{name}' is not a column of {where}{_left_out(source)}"
    known = [column for source in sources for column in source.names or ()]
    return f"'{name}' is not a column of {where}{did_you_mean(name, [*known, *others])}"


def _missing(name: str, sources: list[Source]) -> str | None:
    """Return that no relation has a column, or None if one has it or may have it."""
    if (
        name == "*"
        or name in SYSTEM_COLUMNS
        or any(source.names is None or name in source.names for source in sources)
    ):
        return None
    source = sources[0]
    if name in source.skipped:
        return f"'{source}' has no column '{name}'{_left_out(source)}"
    return f"'{source}' has no column '{name}'{did_you_mean(name, source.names or ())}"


def _left_out(source: Source) -> str:
    return f" in the warehouse: the design of '{source}' skips it"


def _list(known: list[str]) -> str:
    return f"; it has {', '.join(dict.fromkeys(known))}" if known else ""


def renamed(names: Names, aliases: list[str]) -> Names:
    """Return the columns as renamed by ``AS alias (a, b)``, which can name fewer than all."""
    if names is None or len(aliases) > len(names):
        return None
    found = (*aliases, *names[len(aliases) :])
    return None if NAMELESS in found else found


Merged = tuple[str, ...] | None
"""The columns that a join merges by USING; None for all that both sides have (NATURAL)."""


def star(sources: Sequence[Source], joins: Sequence[tuple[bool, Merged]]) -> Names:
    """Return the columns of ``*``; ``joins`` tells of each whether it is a comma, and USING.

    Merged columns are returned once, before the others of their join.
    """
    parts: list[tuple[str, ...]] = [()]
    commas = [(True, ()), *joins]
    for source, (is_comma, merged) in zip(sources, commas, strict=False):
        if source.names is None:
            return None
        if is_comma:
            parts.append(source.names)
            continue
        left = parts.pop()
        both = tuple(n for n in left if n in source.names) if merged is None else merged
        rest = (name for name in (*left, *source.names) if name not in both)
        parts.append((*both, *rest))
    is_known = 0 < len(sources) <= len(commas)
    return tuple(name for part in parts for name in part) if is_known else None
