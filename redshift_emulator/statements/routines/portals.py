"""The open cursors of procedures, which are cursors of PostgreSQL.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-constraints.html
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.tokens import quoted
from redshift_emulator.session.relations import type_of
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.cursors import require_no_cursor
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.routines.expressions import (
    Columns,
    Expressions,
    result_columns,
)
from redshift_emulator.statements.routines.transactions import Transactions
from redshift_emulator.statements.routines.variables import Value

IMPLICIT = "<unnamed portal 1>"


class Portals:
    """The cursors of one CALL: a session has at most one open, explicit or of a FOR loop."""

    def __init__(
        self, session: Session, expressions: Expressions, transactions: Transactions
    ) -> None:
        self._session = session
        self._expressions = expressions
        self._transactions = transactions
        self._queries: dict[str, str] = {}
        self._loop_in: int | None = None

    def open(self, name: str, text: str) -> None:
        """Open a cursor for the text of a query."""
        self._require_none()
        statement = self._expressions.parse_query(text)
        with rewritten(statement, self._session) as (query, _):
            self._queries[name] = query.sql.text
            self._session.run(f"DECLARE {quoted(name)} CURSOR FOR {query.sql.text}")

    def fetch(self, name: str) -> tuple[Columns, tuple[Value, ...] | None]:
        """Fetch the next row, with all digits of its floats; return it with its columns."""
        session = self._session
        ((digits,),) = session.query("SHOW extra_float_digits")
        described, rows = session.backend.fetch(
            f"SET LOCAL extra_float_digits = 3; FETCH NEXT FROM {quoted(name)};"
            f" SET LOCAL extra_float_digits = {digits}"
        )
        query = self._queries.get(name)
        if query is not None:
            columns = result_columns(session, query, described)
        else:
            columns = [(each, type_of(session, number, size)) for each, number, size in described]
        return columns, rows[0] if rows else None

    def close(self, name: str) -> None:
        """Close a cursor."""
        self._session.run(f"CLOSE {quoted(name)}")

    @contextmanager
    def loop(self) -> Iterator[Callable[[], None]]:
        """Open the cursor of a FOR loop; yield the check, before each row, that it is open."""
        self._require_none()
        begun = self._loop_in = self._transactions.ended

        def check() -> None:
            if self._transactions.ended != begun:
                message = f'cursor "{IMPLICIT}" does not exist'
                raise RedshiftError(message, sqlstate="34000")

        try:
            yield check
        finally:
            self._loop_in = None

    def _require_none(self) -> None:
        require_no_cursor(self._session, in_loop=self._loop_in == self._transactions.ended)
