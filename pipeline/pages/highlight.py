"""SQL as HTML with classes for keywords, strings, numbers and comments.

The project's own scanner reads Redshift's strings and comments as Redshift does.
"""

from collections.abc import Iterator
from html import escape

from pipeline.designs.queries.tokens import RESERVED, positions

_WORDS = """
as az64 backup by bytedict compound copy create current delta diststyle distkey encode even exists
following generated group identity insert interleaved into join key lzo materialized mostly8
mostly16 mostly32 no over partition preceding qualify range recursive replace row rows runlength
schema sortkey style unbounded update values view within zstd auto binding default
"""
_KEYWORDS = RESERVED | set(_WORDS.split())


def sql(text: str) -> str:
    """Return a Redshift text as HTML, in which everything of the text is escaped."""
    return "".join(_marked(text))


def _marked(text: str) -> Iterator[str]:
    last = 0
    for token, start, end in positions(text):
        yield _between(text[last:start])
        yield _token(token, escape(text[start:end]))
        last = end
    yield _between(text[last:])


def _between(text: str) -> str:
    """Mark what is between two tokens: white space or comments."""
    return text if not text or text.isspace() else _span("c", escape(text))


def _token(token: str, escaped: str) -> str:
    if token in _KEYWORDS:
        return _span("k", escaped)
    if token[0] in "'$":
        return _span("s", escaped)
    return _span("n", escaped) if token[0].isdigit() else escaped


def _span(kind: str, escaped: str) -> str:
    return f'<span class="{kind}">{escaped}</span>'
