"""Choose relations by patterns, the same everywhere.

Nothing = all; ``www`` = a source; ``www.orders*``; several, by comma, blank or as a list;
``!www.tmp*`` leaves out; ``+analytics.dim_order`` adds what it needs, ``www.orders+`` what depends
on it. Case does not matter. What the configuration leaves out is never chosen.

A name with a blank or comma is one pattern where it stands alone, as one argument of a command or
as the whole text; among others in one text it is quoted: ``"www.gift cards" www.orders``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pipeline.designs.graph import Graph
from pipeline.errors import UsageError
from pipeline.names import TableName, did_you_mean, fold

TOKEN = re.compile(
    r"""
    ([!+]*) (?: "((?:[^"]|"")+)" | '((?:[^']|'')+)' ) (\+?) (?=[,\s]|$)
    | [^,\s]+
    """,
    re.VERBOSE,
)
"""A pattern within a text: quoted, where a quote within is doubled, or up to comma or blank."""


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


def parse_patterns(
    patterns: str | Sequence[str], names: Collection[TableName] = ()
) -> tuple[Pattern, ...]:
    """Take patterns apart; UsageError for one that says nothing.

    A text that is one of the ``names`` as it stands is one pattern, blanks and all. An empty text
    means no patterns, but in a list it is a mistake: ``pipeline forget "$TABLE"`` without TABLE
    must not forget everything.
    """
    known = {fold(str(name)) for name in names}
    if isinstance(patterns, str):
        return tuple(_split(patterns, known))
    parsed = [tuple(_split(text, known)) for text in patterns]
    if not all(parsed):
        raise UsageError(
            "one of the patterns is empty; is a variable not set? '*' chooses everything"
        )
    return tuple(pattern for several in parsed for pattern in several)


def as_text(patterns: Sequence[Pattern]) -> str:
    """Render patterns as one text, quoted where they need it, which means the same."""
    return " ".join(
        '"{}"'.format(each.text.replace('"', '""'))
        if re.search(r"[,\s]", each.text)
        else each.text
        for each in patterns
    )


def select(
    names: Collection[TableName],
    graph: Graph,
    patterns: str | Sequence[str],
    left_out: Mapping[TableName, str] | None = None,
) -> tuple[TableName, ...]:
    """Return the names that the patterns choose, sorted.

    UsageError for a pattern that matches none, and where others leave out all that some choose.
    ``left_out`` are never chosen; a pattern that asks for nothing else raises the reasons, which
    stand beside them.
    """
    parsed = parse_patterns(patterns, names)
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
    if parsed and included <= excluded:
        raise UsageError(_nothing_left(parsed, included, reasons))
    return tuple(sorted(included - excluded))


def _nothing_left(
    parsed: Sequence[Pattern], included: set[TableName], reasons: Mapping[TableName, str]
) -> str:
    excluding = as_text([each for each in parsed if each.exclude])
    message = f"'{as_text(parsed)}' chooses nothing: all of it is left out by '{excluding}'"
    return "\n".join([message, *(reasons[name] for name in sorted(included & reasons.keys()))])


def _split(text: str, known: Collection[str]) -> Iterator[Pattern]:
    """Yield the patterns of a text, which is one if it is a known name as it stands."""
    whole = text.strip()
    if fold(whole) in known:
        yield Pattern(whole, fold(whole))
    elif _bare(whole) in known:
        yield _pattern(whole)
    else:
        yield from map(_pattern, map(_unquoted, TOKEN.finditer(text)))


def _unquoted(found: re.Match[str]) -> str:
    before, double, single, after = found.groups()
    quoted = double.replace('""', '"') if double else (single or "").replace("''", "'")
    return f"{before}{quoted}{after}" if quoted else found[0]


def _bare(text: str) -> str:
    """Return what a pattern names, without the signs before and after it."""
    return fold(text.removeprefix("!").removeprefix("+").removesuffix("+"))


def _pattern(text: str) -> Pattern:
    exclude = text.startswith("!")
    rest = text.removeprefix("!")
    ancestors, descendants = rest.startswith("+"), rest.endswith("+")
    glob = _bare(text)
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
