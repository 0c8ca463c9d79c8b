"""The columns that an upstream expression mentions."""

import re
from collections.abc import Iterator

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
