"""Choose relations by patterns, the same everywhere.

Nothing = all; ``www`` = a source; ``www.orders*``; several, by comma, blank or as a list;
``!www.tmp*`` leaves out; ``+analytics.dim_order`` adds what it needs, ``www.orders+`` what depends
on it. Case does not matter. What the configuration leaves out is never chosen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pipeline.designs.graph import Graph
from pipeline.errors import UsageError
from pipeline.names import TableName, did_you_mean, fold


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, taken apart."""

    text: str
    glob: str
    exclude: bool = False
    ancestors: bool = False
    descendants: bool = False

    def matches(self, name: TableName) -> bool:
        """Tell whether the pattern names the relation, by itself or by its schema."""
        full = fold(str(name))
        return self.glob == full or fnmatchcase(full, self._full_glob)

    @property
    def _full_glob(self) -> str:
        return self.glob if "." in self.glob else f"{self.glob}.*"


def parse_patterns(patterns: str | Sequence[str]) -> tuple[Pattern, ...]:
    """Take patterns apart; UsageError for one that says nothing."""
    texts = [patterns] if isinstance(patterns, str) else patterns
    return tuple(_pattern(part) for text in texts for part in re.split(r"[,\s]+", text) if part)


def select(
    names: Collection[TableName],
    graph: Graph,
    patterns: str | Sequence[str],
    left_out: Mapping[TableName, str] | None = None,
) -> tuple[TableName, ...]:
    """Return the names that the patterns choose, sorted; UsageError for one that matches none.

    ``left_out`` are never chosen; a pattern that asks for nothing else raises the reasons, which
    stand beside them.
    """
    parsed = _literal(names, patterns) or parse_patterns(patterns)
    reasons = left_out or {}
    included: set[TableName] = set()
    excluded: set[TableName] = set(reasons)
    for pattern in parsed:
        found = _matches(names, pattern)
        if not pattern.exclude and found <= reasons.keys():
            raise UsageError("\n".join(reasons[name] for name in sorted(found)))
        chosen = excluded if pattern.exclude else included
        chosen.update(_reached(graph, pattern, found))
    if all(pattern.exclude for pattern in parsed):
        included = set(names)
    return tuple(sorted(included - excluded))


def _literal(names: Collection[TableName], patterns: str | Sequence[str]) -> tuple[Pattern, ...]:
    """Take a single text that is a relation's name as it is, blanks and all."""
    if isinstance(patterns, str) and any(fold(patterns) == str(name) for name in names):
        return (Pattern(patterns, fold(patterns)),)
    return ()


def _pattern(text: str) -> Pattern:
    exclude = text.startswith("!")
    rest = text.removeprefix("!")
    ancestors, descendants = rest.startswith("+"), rest.endswith("+")
    glob = fold(rest.removeprefix("+").removesuffix("+"))
    if not glob:
        raise UsageError(f"the pattern '{text}' names nothing; write www or www.orders*")
    return Pattern(text, glob, exclude, ancestors, descendants)


def _matches(names: Collection[TableName], pattern: Pattern) -> set[TableName]:
    found = {name for name in names if pattern.matches(name)}
    if not found:
        schemas = {name.schema for name in names}
        hint = did_you_mean(pattern.glob, {*map(str, names), *schemas})
        raise UsageError(f"no relation matches '{pattern.text}'{hint}")
    return found


def _reached(graph: Graph, pattern: Pattern, found: set[TableName]) -> set[TableName]:
    reached = set(found)
    if pattern.ancestors:
        reached |= graph.ancestors(found)
    if pattern.descendants:
        reached |= graph.descendants(found)
    return reached
