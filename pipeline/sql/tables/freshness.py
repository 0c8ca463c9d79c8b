"""The newest values of columns, of many relations in one statement."""

from collections.abc import Sequence

from pipeline.names import TableName
from pipeline.sql.statement import Statement, identifier, table

TO_TIMESTAMP = {
    "date": "CAST({} AS timestamp)",
    "timestamp": "{}",
    "timestamptz": "{} AT TIME ZONE 'UTC'",
}
"""By type, the expression of a value in UTC; a timestamp without a zone is taken to be in UTC.

https://docs.aws.amazon.com/redshift/latest/dg/r_AT_TIME_ZONE.html
"""


def select_newest_values(found: Sequence[tuple[TableName, str, str]]) -> Statement:
    """Read the newest value of a column, given with its type, of each relation.

    A row holds the ``place`` of the relation in the list and the ``newest`` value as text in UTC,
    to the second; NULL if the relation is empty or all values are NULL.
    """
    parts = (
        f"SELECT {place} AS place, TO_CHAR({_newest(column, kind)}, 'YYYY-MM-DD HH24:MI:SS')"
        f" AS newest\nFROM {table(name)}"
        for place, (name, column, kind) in enumerate(found)
    )
    return Statement("\nUNION ALL\n".join(parts))


def _newest(column: str, kind: str) -> str:
    return TO_TIMESTAMP[kind].format(f"MAX({identifier(column)})")
