"""The tokens of an SQL text, without comments and white space.

Fingerprints cover these tokens. The scanner does not depend on sqlglot, whose releases may
tokenize differently.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator

_FORM = r"""
    (?P<blank>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<exact>{string}
      | "(?:[^"]|"")*"
      | (?P<dollar>\$\w*\$).*?(?P=dollar))
  | (?P<plain>[^\W\d][\w$]*
      | (?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?
      | <=|>=|<>|!=|\|\||::|:=|->>|->|.)
"""
_ESCAPED = r"'(?:[^'\\]|\\.|'')*'"
_STANDARD = r"'(?:[^']|'')*'"
_FLAGS = re.VERBOSE | re.DOTALL

REDSHIFT = re.compile(_FORM.format(string=_ESCAPED), _FLAGS)
"""Redshift SQL: a backslash is an escape in every string."""
POSTGRES = re.compile(_FORM.format(string=f"[eE]{_ESCAPED}|{_STANDARD}"), _FLAGS)
"""PostgreSQL SQL: a backslash is an escape in E'...' only."""

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
"""Reserved words, which cannot be column names without quotes.

https://www.postgresql.org/docs/current/sql-keywords-appendix.html
"""

_SIMILAR = {"@": "+", "#": "|"}
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})

_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokens(sql: str, grammar: re.Pattern[str] = REDSHIFT) -> Iterator[str]:
    """Yield the tokens: words in lower case, strings and quoted names unchanged."""
    if "/*" in sql:
        scanned = ((kind, token) for kind, token, _ in _scan(sql, grammar))
    else:  # in half the time: most texts are rendered DDL
        scanned = ((match.lastgroup, match[0]) for match in grammar.finditer(sql))
    for kind, token in scanned:
        if kind != "blank":
            yield token if kind == "exact" else token.lower()


def positions(sql: str) -> Iterator[tuple[str, int, int]]:
    """Yield each token of Redshift SQL as ``tokens`` does, with its start and end in the text."""
    for kind, token, end in _scan(sql, REDSHIFT):
        if kind != "blank":
            yield token if kind == "exact" else token.lower(), end - len(token), end


def without_semicolon(sql: str) -> str:
    """Remove semicolons at the end, and the comments and white space around them."""
    found = [(token, end) for kind, token, end in _scan(sql, REDSHIFT) if kind != "blank"]
    while found and found[-1][0] == ";":
        found.pop()
    return sql[: found[-1][1]] if found else ""


def invisible(sql: str) -> Iterator[tuple[int, str]]:
    """Yield position and character of what looks like a space, or like nothing, and is neither.

    Redshift takes such a character, as copied from a web page, for a letter. Strings, quoted names
    and comments may contain it.
    """
    if sql.isascii():
        return
    for kind, token, end in _scan(sql, REDSHIFT):
        if kind == "exact" or token.startswith("--") or token.isascii():
            continue
        for place, character in enumerate(token, end - len(token)):
            if not character.isascii() and unicodedata.category(character) in _INVISIBLE:
                yield place, character


def for_parser(sql: str) -> str:
    """Replace operators that sqlglot does not know by similar ones; positions stay the same.

    ``@ x`` is the absolute value, which sqlglot reads as a parameter; ``a # b`` is XOR.
    https://docs.aws.amazon.com/redshift/latest/dg/r_OPERATOR_SYMBOLS.html
    """
    if not any(sign in sql for sign in _SIMILAR):
        return sql
    text = list(sql)
    for kind, word, end in _scan(sql, REDSHIFT):
        is_temporary_table = word == "#" and sql[end : end + 1].isidentifier()
        if kind == "plain" and word in _SIMILAR and not is_temporary_table:
            text[end - 1] = _SIMILAR[word]
    return "".join(text)


def _scan(sql: str, grammar: re.Pattern[str]) -> Iterator[tuple[str | None, str, int]]:
    position = 0
    while position < len(sql):
        for match in grammar.finditer(sql, position):
            position = match.end()
            if match.lastgroup == "comment":
                position = _comment_end(sql, position)
                break
            yield match.lastgroup, match[0], position


def _comment_end(sql: str, start: int) -> int:
    """Return the end of the comment that was opened before ``start``; comments nest."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


MAX_LENGTH, MAX_TOKENS, MAX_DEPTH, MAX_TYPES = 500_000, 20_000, 50, 6
"""Limits of a query; the parser takes twice as long for each type inside a type: int(int(…))."""

OPENING, CLOSING = frozenset({"(", "[", "case"}), frozenset({")", "]", "end"})


def problem_of_size(sql: str, types: Collection[str]) -> str | None:
    """Return what makes a query too large for its parser, None if nothing does.

    ``types`` are the words that begin a type.
    """
    if len(sql) > MAX_LENGTH:
        return f"has {len(sql):,} characters, expected at most {MAX_LENGTH:,}"
    nested: list[bool] = []
    before = ""
    for number, word in enumerate(tokens(sql)):
        if number >= MAX_TOKENS:
            return f"has more than {MAX_TOKENS:,} words and signs; split it into several relations"
        if word in OPENING:
            nested.append(before in types)
        elif word in CLOSING and nested:
            nested.pop()
        if len(nested) > MAX_DEPTH or sum(nested) > MAX_TYPES:
            return TOO_DEEP
        before = word
    return None


TOO_DEEP = "is nested too deeply; use WITH, or split it into several relations"
