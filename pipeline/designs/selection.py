"""Select relations by patterns.

=========================  ==================================================
no pattern                 all relations
``www``                    all relations of a source
``www.orders*``            relations by name, with ``*``, ``?`` and ``[...]``
``www, dw.fact_orders``    several patterns, separated by commas or spaces
``!www.tmp*``              excludes relations
``+analytics.dim_order``   a relation and its dependencies
``www.orders+``            a relation and its dependents
=========================  ==================================================

Patterns are case-insensitive. Relations that the configuration excludes are never selected.
A name with a space or comma is one pattern if it is the whole text or a whole argument of a
command; otherwise it is quoted: ``"www.gift cards" www.orders``.
"""

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
"""A pattern in a text: quoted, with quotes doubled, or up to a comma or space."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern: ``!www.tmp*`` excludes the glob ``www.tmp*``."""

    text: str
    glob: str
    exclude: bool = False
    ancestors: bool = False
    descendants: bool = False

    def matches(self, name: TableName) -> bool:
        """Return whether the pattern matches the relation's name or its schema."""
        full = fold(str(name))
        return self.glob == full or fnmatchcase(full, self._full_glob)

    @property
    def _full_glob(self) -> str:
        return self.glob if "." in self.glob else f"{self.glob}.*"


def parse_patterns(
    patterns: str | Sequence[str], names: Collection[TableName] = ()
) -> tuple[Pattern, ...]:
    """Parse patterns; UsageError for one without a name.

    A text that equals one of the ``names`` is one pattern, even with spaces. An empty text means
    no patterns, but in a list it is an error: ``pipeline forget "$TABLE"`` with TABLE unset must
    not forget everything.
    """
    known = {fold(str(name)) for name in names}
    if isinstance(patterns, str):
        return tuple(_split(patterns, known))
    parsed = [tuple(_split(text, known)) for text in patterns]
    if not all(parsed):
        raise UsageError(
            "a pattern is empty; check that all variables are set, or use '*' for all relations"
        )
    return tuple(pattern for several in parsed for pattern in several)


def as_text(patterns: Sequence[Pattern]) -> str:
    """Render patterns as one text, quoted if needed, that parses to the same patterns."""
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
    """Return the names that the patterns select, sorted.

    UsageError for a pattern that matches nothing, and if exclusions leave nothing. ``left_out``
    maps names that are never selected to the reason; a pattern that matches only these raises
    the reasons.
    """
    parsed = parse_patterns(patterns, names)
    reasons = left_out or {}
    included: set[TableName] = set()
    excluded: set[TableName] = set(reasons)
    for pattern in parsed:
        found = _matches(names, pattern)
        if not pattern.exclude and found <= reasons.keys():
            raise UsageError("\n".join(reasons[name] for name in sorted(found)))
        target = excluded if pattern.exclude else included
        target.update(_reached(graph, pattern, found))
    if all(pattern.exclude for pattern in parsed):
        included = set(names)
    if parsed and included <= excluded:
        raise UsageError(_nothing_left(parsed, included, reasons))
    return tuple(sorted(included - excluded))


def _nothing_left(
    parsed: Sequence[Pattern], included: set[TableName], reasons: Mapping[TableName, str]
) -> str:
    excluding = as_text([each for each in parsed if each.exclude])
    message = f"'{as_text(parsed)}' selects nothing: everything is excluded by '{excluding}'"
    return "\n".join([message, *(reasons[name] for name in sorted(included & reasons.keys()))])


def _split(text: str, known: Collection[str]) -> Iterator[Pattern]:
    """Yield the patterns of a text; a known name is one pattern."""
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
    """Return the name in a pattern, without ``!`` and ``+``."""
    return fold(text.removeprefix("!").removeprefix("+").removesuffix("+"))


def _pattern(text: str) -> Pattern:
    exclude = text.startswith("!")
    rest = text.removeprefix("!")
    ancestors, descendants = rest.startswith("+"), rest.endswith("+")
    glob = _bare(text)
    if not glob:
        raise UsageError(f"the pattern '{text}' has no name; write for example www or www.orders*")
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
