"""The upstream columns and tables that SQL of a design mentions."""

import re
from collections.abc import Iterable, Iterator

from pipeline.designs.model.design import Column, Design
from pipeline.designs.queries.tokens import POSTGRES, RESERVED, tokens

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
    names = {*design.extract.incremental_columns, *selected(design.data_columns)}
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
