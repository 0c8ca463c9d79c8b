"""The tokens of an SQL text: did anything but comments and white space change, where does it end.

A small scanner of its own, so that fingerprints stay the same when a parser's release names its
tokens anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<exact>'(?:[^'\\]|\\.|'')*'          # a string: two quotes or a backslash keep it open
      | "(?:[^"]|"")*"                      # a quoted name
      | (?P<dollar>\$\w*\$).*?(?P=dollar))  # a dollar quoted string
  | (?P<word>[^\W\d][\w$]*)
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)
  | (?P<operator><=|>=|<>|!=|\|\||::|:=|->>|->|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokens(sql: str) -> Iterator[str]:
    """Yield what counts: words in lower case, strings and quoted names as they are."""
    for kind, token, _ in _scan(sql):
        yield token if kind == "exact" else token.lower()


def without_semicolon(sql: str) -> str:
    """Cut the semicolons at the end, and the comments and white space around them."""
    found = [(token, end) for _, token, end in _scan(sql)]
    while found and found[-1][0] == ";":
        found.pop()
    return sql[: found[-1][1]] if found else ""


def _scan(sql: str) -> Iterator[tuple[str, str, int]]:
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        assert match is not None, "the last alternative takes any character"
        position = match.end()
        if match["comment"]:
            position = _comment_end(sql, position)
        elif not match["blank"]:
            yield "exact" if match["exact"] else "plain", match[0], position


def _comment_end(sql: str, start: int) -> int:
    """Return where a comment that was opened before ``start`` ends; comments nest."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)
