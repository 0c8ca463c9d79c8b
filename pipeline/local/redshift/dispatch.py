"""Which handler runs which statement; what no handler knows is refused."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.local.redshift import queries, tables, writes
from pipeline.local.redshift.errors import NotSupportedError, RedshiftError
from pipeline.local.redshift.session import Session
from pipeline.local.redshift.tokens import Statement, syntax_error

Handler = Callable[[Statement, Session], str]

HANDLERS: dict[tuple[str, ...], Handler] = {
    ("select",): queries.select,
    ("with",): queries.select,
    ("explain",): queries.explain,
    ("declare",): queries.declare,
    ("fetch",): queries.fetch,
    ("close",): queries.close,
    ("insert",): writes.insert,
    ("update",): writes.update,
    ("delete",): writes.delete,
    ("lock",): writes.lock,
    ("truncate",): writes.truncate,
    ("create", "table"): tables.create_table,
    ("create", "temp"): tables.create_table,
    ("create", "temporary"): tables.create_table,
    ("create", "local"): tables.create_table,
    ("drop", "table"): tables.drop_table,
}


def dispatch(statement: Statement, session: Session) -> str:
    """Run a statement by the handler of its first words; return its command tag."""
    if statement.tokens[0].is_operator("("):
        return queries.select(statement, session)
    words = statement.words(2)
    handler = HANDLERS.get(words[:2]) or HANDLERS.get(words[:1])
    if handler is None:
        raise refusal(statement)
    return handler(statement, session)


def refusal(statement: Statement) -> RedshiftError:
    """Say why a statement is not run."""
    return syntax_error(statement.tokens[0].value)
