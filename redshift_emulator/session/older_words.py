"""The words of errors as Redshift has them, whose origin is PostgreSQL 8.0.

Hints and details that PostgreSQL has added since do not exist there.
https://github.com/OHDSI/CohortConstructor/issues/337 https://github.com/viz-centric/flair-bi/issues/814
"""

import re

from redshift_emulator.language.queries.text.scan import scan
from redshift_emulator.language.tokens import Statement, split

CASTS = "You may need to add explicit type casts."
_CASTS = re.compile(r"You might need to add (?:an )?explicit type casts?\.")
_NEWER = re.compile(
    r"Perhaps you meant|LATERAL|Explicitly cast|WITH RECURSIVE"
    r"|^There is a (?:column|WITH item) named"
)
# The type of a literal without a cast, among the types of arguments.
_UNKNOWN = re.compile(r"(?<=[(, ])unknown(?=[,) ]|$)")
_NO_CALL = frozenset({"42883", "42725"})
# A name before a dot may be that of a table.
_QUALIFIER = re.compile(r'("[^"]*"|[^\W\d]\w*)\s*\.')
_NO_COLUMN = re.compile(r'column "[^"]*" does not exist')


def older_hint(text: str) -> str:
    """Return a hint or a detail in Redshift's words, "" for one that Redshift does not have."""
    return "" if _NEWER.search(text) else _CASTS.sub(CASTS, text)


def older_message(text: str, sqlstate: str) -> str:
    """Return a message in Redshift's words: ``function f("unknown") does not exist``."""
    return _UNKNOWN.sub('"unknown"', text) if sqlstate in _NO_CALL else text


def with_table(message: str, text: str, position: int) -> str:
    """Name the table that lacks a column: ``column "b" does not exist in t``.

    Only of a query of one table, from which such messages are known.
    https://github.com/dbeaver/dbeaver/issues/41390
    """
    if not _NO_COLUMN.fullmatch(message) or _QUALIFIER.match(text, position):
        return message
    for statement in split(text, case_sensitive=True):
        if statement.tokens[0].start <= position < statement.tokens[-1].end:
            table = _only_table(statement)
            return f"{message} in {table}" if table else message
    return message


def _only_table(statement: Statement) -> str:
    """Return the alias or the name of a query's only table, "" for other statements."""
    tokens = statement.tokens
    tables = scan(statement).tables
    if not tokens[0].is_word("select") or len(tables) != 1:
        return ""
    if sum(token.is_word("select") for token in tokens) > 1:
        return ""
    (table,) = tables
    if not table.aliased:
        return table.name.name
    return tokens[table.last + tokens[table.last].is_word("as")].value
