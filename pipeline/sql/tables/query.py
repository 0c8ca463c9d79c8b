"""The query of a derived relation, to embed in another statement."""

from pipeline.designs.model.design import Design
from pipeline.designs.queries.tokens import positions
from pipeline.errors import DesignError
from pipeline.sql.statement import Origin, doubled, single


def embedded(design: Design) -> str:
    """Return the query for a template, without its final semicolon."""
    return doubled(_query(design))


def _query(design: Design) -> str:
    """Return the query without its final semicolon.

    Text that follows must start on a new line, because the query can end with a comment.
    DesignError if there is no query or more than one, or if a quote or comment is not closed.
    """
    query = (design.query or "").strip()
    scanned = [*positions(f"{query}\n;")]
    words = {word for word, _, _ in scanned}
    if scanned[-1:] != [(";", len(query) + 1, len(query) + 2)] or not words.isdisjoint("'\""):
        raise DesignError(f"{design.stem}.sql has an unclosed quote or comment")
    first, end = scanned[0][1], next(start for word, start, _ in scanned if word == ";")
    if first == end:
        raise DesignError(f"{design.name} has no query; add it to {design.stem}.sql")
    if any(start > end and word != ";" for word, start, _ in scanned):
        raise DesignError(f"{design.stem}.sql has more than one statement; keep one SELECT")
    return query[:end].rstrip()


def origin(design: Design, head: str) -> Origin:
    """Return the origin of a query that is embedded on the line after ``head``."""
    query, written = _query(design), design.query or ""
    blank = written[: len(written) - len(written.lstrip())]
    return Origin(
        file=f"{design.stem}.sql",
        text=query,
        line=1 + blank.count("\n"),
        indent=len(blank.rpartition("\n")[2]),
        start=len(single(head)) + 1,
    )
