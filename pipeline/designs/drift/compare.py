"""Compare the columns of a design with those of its upstream table."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.designs.mapping.generated import keeps_null
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.upstream import UpstreamColumn
from pipeline.designs.queries.tokens import POSTGRES, RESERVED, tokens
from pipeline.names import did_you_mean

DriftKind = Literal["missing", "new", "back", "retyped", "not null lost"]
"""``back`` is a new column that the design has as ``skipped: missing``."""

ADDED = frozenset({"new", "back"})
"""Differences with which a dump is correct, but lacks a column."""

_BACK = "load it with --update of pipeline design, or set skipped: true"


_NEEDED = "extract_settings.incremental names it"


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference; ``column`` is the upstream name."""

    kind: DriftKind
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.column}: {self.message}"


def compare(design: Design, upstream: Iterable[UpstreamColumn]) -> tuple[Drift, ...]:
    """Return the differences between a design and the upstream columns."""
    facts = {column.name: column for column in upstream}
    differences = [
        drift for column in design.data_columns for drift in _compare_column(column, facts)
    ]
    reported = {drift.column for drift in differences}
    needed = _needed(design)
    differences += [
        Drift("missing", name, f"is missing upstream{did_you_mean(name, facts)}; {_NEEDED}")
        for name in needed
        if name not in facts and name not in reported
    ]
    covered = {*_mentioned(design), *needed}
    returned = {column.upstream_name for column in design.columns if column.missing}
    for name, found in facts.items():
        if name in returned:
            message = (
                f"is upstream again ({found.type}), but skipped: missing in the design; {_BACK}"
            )
            differences.append(Drift("back", name, message))
        elif name not in covered:
            message = f"is new upstream ({found.type}); add it, or set skipped: true"
            differences.append(Drift("new", name, message))
    return tuple(differences)


def _compare_column(column: Column, facts: dict[str, UpstreamColumn]) -> Iterator[Drift]:
    name = column.upstream_name
    found = facts.get(name)
    if found is None:
        if column.expression is None or column.source_sql_type is not None:
            message = f"is missing upstream{did_you_mean(name, facts)}"
            yield Drift("missing", name, message)
        return
    expected = column.source_sql_type
    if expected is not None and normal_type(expected) != normal_type(str(found.type)):
        yield Drift("retyped", name, f"is {found.type} upstream, but {expected} in the design")
    if column.not_null and not found.not_null and _keeps_null(column, found):
        message = f"{found.unproven or 'is nullable upstream'}, but not_null in the design"
        yield Drift("not null lost", name, message)


def _keeps_null(column: Column, found: UpstreamColumn) -> bool:
    return keeps_null(found.type, found.name, column.sql_type, column.expression)


def normal_type(text: str) -> str:
    """Normalize case and white space of a type, and remove the schema of a user-defined one."""
    words = " ".join(text.lower().split())
    head, paren, rest = words.partition("(")
    return head.rpartition(".")[2] + paren + rest.replace(" ", "")


def _mentioned(design: Design) -> set[str]:
    """Return the upstream columns that the design names, also in expressions."""
    named = {column.upstream_name for column in design.columns if not column.identity}
    for column in design.columns:
        named |= mentioned(column.expression or "")
    return named


def _needed(design: Design) -> tuple[str, ...]:
    """Return the upstream columns by which changes are found, which need not be loaded."""
    incremental = design.extract.incremental
    return () if incremental is None else incremental.columns


_WORD = re.compile(r"[^\W\d][\w$]*")
_TYPE_WORDS = frozenset({"double", "precision", "varying", "time", "zone", "with", "without"})


def mentioned(expression: str) -> frozenset[str]:
    """Return the names in a PostgreSQL expression that can be columns.

    ``lower("Name") || note::text`` mentions ``Name`` and ``note``: function names, type names
    (``::text``, ``AS text``, ``date '...'``) and reserved words are not columns, so that a cast
    to text does not mention a column ``text``.
    """
    return frozenset(_names(list(tokens(expression, POSTGRES))))


def names_relation(expression: str, relation: str) -> bool:
    """Return whether an expression can name a relation other than to qualify a column.

    Of ``orders``, ``row_to_json(orders)``, ``orders.*`` and ``public.orders.id`` do, and
    ``orders.id`` does not.
    """
    found = ["", *map(_unquoted, tokens(expression, POSTGRES)), "", ""]
    return any(
        word == relation
        and (found[index - 1] == "." or found[index + 1] != "." or found[index + 2] == "*")
        for index, word in enumerate(found)
    )


def selected(columns: Iterable[Column]) -> set[str]:
    """Return the upstream columns that columns of a design are made of."""
    names: set[str] = set()
    for column in columns:
        names |= mentioned(column.expression) if column.expression else {column.upstream_name}
    return names


def used(design: Design, columns: Iterable[str]) -> set[str]:
    """Return which of the upstream columns decide about the rows and values of a dump."""
    if takes_rows(design):
        return set(columns)
    names = {*_needed(design), *selected(design.data_columns)}
    names |= mentioned(design.extract.condition or "")
    return names.intersection(columns)


def takes_rows(design: Design) -> bool:
    """Return whether SQL of the design takes whole rows: ``row_to_json(t)``, ``(t.*)::text``."""
    table = design.source.table if design.source else ""
    expressions = [column.expression for column in design.data_columns]
    return any(
        _has_rows_of(table, list(tokens(sql, POSTGRES)))
        for sql in (design.extract.condition, *expressions)
        if sql
    )


def _has_rows_of(table: str, found: list[str]) -> bool:
    for index, token in enumerate(found):
        following = found[index + 1 : index + 3]
        if _unquoted(token) == table and following[:1] not in (["."], ["("]):
            return True
        if following == [".", "*"]:
            return True
    return False


def _names(found: list[str]) -> Iterator[str]:
    is_type = False
    for index, token in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else ""
        before = found[index - 1] if index else ""
        is_type = before in {"::", "as"} or (is_type and token in _TYPE_WORDS)
        if token.startswith('"'):
            if not is_type:
                yield _unquoted(token)
        elif _is_column(token, following) and not is_type:
            yield token


def _unquoted(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token


def _is_column(word: str, following: str) -> bool:
    is_word = _WORD.fullmatch(word) is not None
    return is_word and word not in RESERVED and not following.startswith(("(", "'"))
