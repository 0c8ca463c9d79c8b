"""What the sessions of a cluster did, for the system tables that show it until the emulator ends.

Rows are kept in memory and written when a statement reads their table: they cost nothing before.
"""

import datetime as dt
import threading
from collections import deque
from dataclasses import dataclass

from redshift_emulator.language.fill import fill
from redshift_emulator.language.queries.catalog_names import RECORDED
from redshift_emulator.language.queries.functions import INTERNAL
from redshift_emulator.language.tokens import Statement
from redshift_emulator.protocol.backend import superuser_backend
from redshift_emulator.protocol.configuration import Settings

Value = str | int | None
MOST_ROWS = 10_000
"""That wait in memory; the oldest ones are dropped."""
_USER = "(SELECT oid::integer FROM pg_catalog.pg_roles WHERE rolname = {name})"
_INSERT = "INSERT INTO {table:sql} ({columns:sql}) VALUES ({values:sql})"
_USERS = frozenset({"userid", "user_id", "session_userid"})


def now() -> dt.datetime:
    """Return the time in UTC, as system tables show it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def microseconds(started: dt.datetime, ended: dt.datetime) -> int:
    """Return a duration."""
    return (ended - started) // dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a system table; columns that hold a user's number have the name of the user."""

    table: str
    values: dict[str, Value]

    @property
    def sql(self) -> str:
        """The statement that stores it."""
        values = (
            fill(_USER if column in _USERS else "{name}", name=value)
            for column, value in self.values.items()
        )
        table, columns = f"{INTERNAL}.{self.table}_all", ", ".join(self.values)
        return fill(_INSERT, table=table, columns=columns, values=", ".join(values))


class History:
    """The rows that no statement has read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rows: deque[Row] = deque(maxlen=MOST_ROWS)
        self._guard = threading.Lock()

    def add(self, table: str, **values: Value) -> None:
        """Record a row."""
        self._rows.append(Row(table, values))

    def show_to(self, statement: Statement) -> None:
        """Write the rows if a statement may read them; it must have no snapshot yet."""
        if not any(token.value in RECORDED for token in statement.tokens if token.is_name):
            return
        with self._guard:  # until they are written: others wait for them, too
            rows = [self._rows.popleft() for _ in range(len(self._rows))]
            if rows:
                self._write(rows)

    def _write(self, rows: list[Row]) -> None:
        backend = superuser_backend(self._settings.backend)
        try:
            backend.execute(";".join(row.sql for row in rows))
        finally:
            backend.close()
