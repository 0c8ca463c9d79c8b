"""The text of a derived relation's query, made ready to stand inside another statement."""

from __future__ import annotations

from sqlglot import TokenType, tokenize
from sqlglot.errors import TokenError

from pipeline.designs.model import Design
from pipeline.errors import DesignError
from pipeline.sql.statement import Origin, doubled, single


def embedded(design: Design) -> str:
    """Return the query for a template, without the semicolon that ends it."""
    return doubled(_query(design))


def _query(design: Design) -> str:
    """Return the query without the semicolon that ends it.

    What follows must start on a line of its own: a comment that ends the query ends with its line,
    so it swallows nothing that follows. DesignError where there is no query, more than one, or
    where a quote or comment stays open.
    """
    query = (design.query or "").strip()
    try:
        tokens = tokenize(query, read="redshift")
    except TokenError as error:
        raise DesignError(
            f"{design.stem}.sql has a quote or comment that is never closed: {error}"
        ) from error
    ends = [token.start for token in tokens if token.token_type is TokenType.SEMICOLON]
    end = ends[0] if ends else len(query)
    if not tokens or tokens[0].start >= end:
        raise DesignError(f"{design.name} has no query; write it into {design.stem}.sql")
    if any(t.start > end and t.token_type is not TokenType.SEMICOLON for t in tokens):
        raise DesignError(f"{design.stem}.sql holds more than one statement; keep one SELECT")
    return query[:end].rstrip()


def origin(design: Design, head: str) -> Origin:
    """Return where the query comes from that follows ``head`` on a line of its own."""
    query, written = _query(design), design.query or ""
    blank = written[: len(written) - len(written.lstrip())]
    return Origin(
        file=f"{design.stem}.sql",
        text=query,
        line=1 + blank.count("\n"),
        indent=len(blank.rpartition("\n")[2]),
        start=len(single(head)) + 1,
    )
