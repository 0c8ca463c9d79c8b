"""What the sessions of a cluster did, for the system tables that show it until the emulator ends.

Rows are kept in memory and written when a statement reads their table: they cost nothing before.
"""

import threading
from collections import deque
from dataclasses import dataclass

from redshift_emulator.language.fill import fill
from redshift_emulator.language.queries.names.catalog_names import RECORDED
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.tokens import Statement
from redshift_emulator.protocol.backend import superuser_backend
from redshift_emulator.protocol.configuration import Settings

Value = str | int | None
MOST_ROWS = 10_000
"""That wait in memory; the oldest ones are dropped."""
OF_STATEMENTS = frozenset(
    {"sys_query_history", "sys_query_text", "stv_inflight", "stv_recents", "pg_stat_activity"}
)
"""System tables with the last statement of each session."""
_FORGET = "DELETE FROM pg_internal.session_statement"
_REMEMBER = """
INSERT INTO pg_internal.session_statement (pid, query_id, query)
VALUES ({process}, {query_id}, {query})"""
_USER = "(SELECT oid::integer FROM pg_catalog.pg_roles WHERE rolname = {name})"
_INSERT = "INSERT INTO {table:sql} ({columns:sql}) VALUES ({values:sql})"
_USERS = frozenset({"userid", "user_id", "session_userid"})


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
        self._statements: dict[int, tuple[int, str]] = {}

    def begin(self, process: int, query_id: int, text: str) -> None:
        """Remember the statement that a session begins."""
        self._statements[process] = (query_id, text)

    def end(self, process: int) -> None:
        """Forget a session that has ended."""
        self._statements.pop(process, None)

    def add(self, table: str, **values: Value) -> None:
        """Record a row."""
        self._rows.append(Row(table, values))

    def show_to(self, statement: Statement) -> None:
        """Write the rows if a statement may read them; it must have no snapshot yet."""
        names = {token.value for token in statement.tokens if token.is_name}
        if names.isdisjoint(RECORDED) and names.isdisjoint(OF_STATEMENTS):
            return
        with self._guard:  # until they are written: others wait for them, too
            written = [] if names.isdisjoint(OF_STATEMENTS) else self._last_statements()
            if not names.isdisjoint(RECORDED):
                written += [self._rows.popleft().sql for _ in range(len(self._rows))]
            if written:
                self._write(written)

    def _last_statements(self) -> list[str]:
        rows = list(self._statements.items())
        return [
            _FORGET,
            *(
                fill(_REMEMBER, process=process, query_id=query_id, query=text)
                for process, (query_id, text) in rows
            ),
        ]

    def _write(self, statements: list[str]) -> None:
        backend = superuser_backend(self._settings.backend)
        try:
            backend.execute(";".join(statements))
        finally:
            backend.close()
