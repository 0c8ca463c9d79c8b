"""Compare statements with their text."""

from collections.abc import Iterable
from textwrap import dedent

from pipeline.sql.statement import Statement


def sql(text: str) -> str:
    """Return a text as it is without the indentation that it has in a test."""
    return dedent(text).strip()


def texts(statements: Iterable[Statement]) -> list[str]:
    """Return each statement on one line."""
    return [statement.text.replace("\n", " ") for statement in statements]
