"""Which columns upstream an expression may name, so that they count as taken care of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.designs.queries.tokens import POSTGRES, tokens

_KEYWORDS = """
all analyse analyze and any array as asc asymmetric authorization between binary both case cast
check collate collation column concurrently constraint create cross current_catalog current_date
current_role current_schema current_time current_timestamp current_user default deferrable desc
distinct do else end except false fetch for foreign freeze from full grant group having ilike in
initially inner intersect into is isnull join lateral leading left like limit localtime
localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
references returning right select session_user similar some symmetric system_user table
tablesample then to trailing true union unique user using variadic verbose when where window
with
"""
RESERVED = frozenset(_KEYWORDS.split())
"""No column has such a name without quotes.

https://www.postgresql.org/docs/current/sql-keywords-appendix.html
"""

_WORD = re.compile(r"[^\W\d][\w$]*")
_TYPE_WORDS = frozenset({"double", "precision", "varying", "time", "zone", "with", "without"})


def mentioned(expression: str) -> frozenset[str]:
    """Return the names in PostgreSQL's SQL that may be columns, as the catalogue has them.

    Functions (``lower(``), types (``::text``, ``AS text``, ``date '...'``) and reserved words are
    none, so that a column ``text`` is not taken for named wherever something is cast.
    """
    return frozenset(_names(list(tokens(expression, POSTGRES))))


def _names(found: list[str]) -> Iterator[str]:
    is_type = False
    for index, token in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else ""
        before = found[index - 1] if index else ""
        is_type = before in {"::", "as"} or (is_type and token in _TYPE_WORDS)
        if token.startswith('"'):
            if not is_type:
                yield token[1:-1].replace('""', '"')
        elif _is_column(token, following) and not is_type:
            yield token


def _is_column(word: str, following: str) -> bool:
    is_word = _WORD.fullmatch(word) is not None
    return is_word and word not in RESERVED and not following.startswith(("(", "'"))
