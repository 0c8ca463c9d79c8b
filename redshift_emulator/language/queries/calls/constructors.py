"""Calls whose arguments become SUPER values.

https://docs.aws.amazon.com/redshift/latest/dg/r_array.html
"""

import json
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.queries.calls.site import Site
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.tokens import Kind, literal, syntax_error

_TO_SUPER = f"{INTERNAL}.to_super("
_PATH = re.compile(r'"[^"\\]+"(\."[^"\\]+")*')


def make_array(site: Site) -> None:
    """Convert ARRAY(value, ...), which makes a SUPER; ARRAY(SELECT ...) is PostgreSQL's."""
    if site.statement.tokens[site.call.opening + 1].is_word("select"):
        return
    site.head(f'{INTERNAL}."array"(')
    for number in range(len(site.call.arguments)):
        site.enclose(number, _TO_SUPER, ")")


def make_object(site: Site) -> None:
    """Convert OBJECT(key, value, ...) to OBJECT(attribute(key, value), ...)."""
    count = len(site.call.arguments)
    if count % 2:
        site.expect(count + 1)
    site.head(f"{INTERNAL}.object(")
    for number in range(0, count, 2):
        site.enclose(number, f"{INTERNAL}.attribute(", "")
        site.enclose(number + 1, _TO_SUPER, "))")


def searching(name: str) -> Callable[[Site], None]:
    """Return the template of a function that searches an array for a value of any type."""

    def run(site: Site) -> None:
        site.expect(2, 3)
        site.head(f"{INTERNAL}.{name}(")
        site.enclose(1, _TO_SUPER, ")")

    return run


def transform_object(site: Site) -> None:
    """Convert OBJECT_TRANSFORM(value KEEP path, ... SET path, content, ...).

    The paths become two JSON arrays of arrays of names, which the contents follow.
    https://docs.aws.amazon.com/redshift/latest/dg/r_object_transform_function.html
    """
    tokens, call = site.statement.tokens, site.call
    keeps, sets = (_clause(site, word) for word in ("keep", "set"))
    edges = [sets, *(comma for comma in call.commas if comma > sets), call.closing]
    items = list(pairwise(edges)) if sets < call.closing else []
    begins = min(keeps, sets)
    kept = [each for each in (keeps, *call.commas) if keeps <= each < sets]
    if len(items) % 2 or any(comma < begins for comma in call.commas):
        raise RedshiftError(f"function {call.name}: wrong arguments", sqlstate="42601")
    site.head(f"{INTERNAL}.object_transform(")
    if begins == call.closing:
        return
    placed = [path for path, _ in items[::2]]
    paths = [f", {literal(_paths(site, each, sets))}" for each in (kept, placed)]
    for path in (*kept, *placed):
        site.splice.drop(tokens[path + 1].start, tokens[path + 1].end)
    first = tokens[begins].start
    for (_, comma), (_, last) in zip(items[::2], items[1::2], strict=True):
        site.splice.replace(first, tokens[comma].end, f"{''.join(paths)}, {_TO_SUPER}")
        if last == comma + 1:
            raise syntax_error(tokens[last].value)
        site.splice.insert(tokens[last - 1].end, ")")
        first, paths = tokens[last].start, []
    if not items:
        site.splice.replace(first, tokens[call.closing].start, "".join(paths))


def _clause(site: Site, word: str) -> int:
    """Return the index of a word before a literal, or that of the closing parenthesis."""
    tokens, call = site.statement.tokens, site.call
    for index in site.shape.outer(call.opening, call.closing):
        begins = index > call.opening + 1 and tokens[index + 1].kind is Kind.STRING
        if begins and tokens[index].is_word(word):
            return index
    return call.closing


def _paths(site: Site, before: Sequence[int], sets: int) -> str:
    """Return the paths in the literals after tokens: ``[["a", "b"], ["c"]]``.

    A literal is followed by a comma, a parenthesis or the token ``sets``, the word SET.
    """
    tokens = site.statement.tokens
    for index in before:
        path = tokens[index + 1]
        if path.kind is not Kind.STRING or not _PATH.fullmatch(path.value):
            message = f'function {site.call.name}: a path is a literal such as \'"a"."b"\''
            raise RedshiftError(message, sqlstate="22023")
        following = tokens[index + 2]
        if not (following.is_operator(",", ")") or index + 2 == sets):
            raise syntax_error(following.value)
    return json.dumps([tokens[index + 1].value[1:-1].split('"."') for index in before])
