"""Compare statements with their text, and count rows."""

from collections.abc import Iterable
from textwrap import dedent

from pipeline.names import TableName
from pipeline.sql.statement import Statement, table


def sql(text: str) -> str:
    """Return a text as it is without the indentation that it has in a test."""
    return dedent(text).strip()


def texts(statements: Iterable[Statement]) -> list[str]:
    """Return each statement on one line."""
    return [statement.text.replace("\n", " ") for statement in statements]


def row_count(name: TableName) -> Statement:
    return Statement(f"SELECT COUNT(*) AS row_count FROM {table(name)}")
