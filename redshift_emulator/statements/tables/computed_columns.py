"""Columns of queries that are stored, with the types that Redshift documents for computed values.

CREATE TABLE AS and views create a temporary view of the query first, from which the types follow.
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.splice import Spliced
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.tokens import quoted
from redshift_emulator.language.type_names import backend_type
from redshift_emulator.language.types import RedshiftType, TableColumn
from redshift_emulator.session.relations import read_columns
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyze_view
from redshift_emulator.statements.queries.column_types import (
    DECIMAL,
    LONGEST,
    SHORTEST,
    UNSIZED,
    derived,
)

QUERY = Name("pg_temp", "stored_query")
# pg_internal.show_definition removes what is around the query, which it knows by the alias.
_TYPED = '{head:sql} AS SELECT {items:sql} FROM ({query:sql}) AS "pg_internal columns"'
_DEFINITION = "SELECT pg_catalog.pg_get_viewdef({view}::regclass)"


def create_temporary(session: Session, query: Spliced, names: tuple[str, ...] = ()) -> None:
    """Create the temporary view QUERY; positions in errors are those of the client's text."""
    session.relay(query.after(f"CREATE TEMP VIEW {quoted(QUERY.name)}{_listed(names)} AS "))


def drop_temporary(session: Session) -> None:
    """Drop the view that ``create_temporary`` created."""
    session.run(f"DROP VIEW {QUERY.sql}")


def computed_columns(session: Session) -> tuple[Column, ...]:
    """Return the columns of the temporary view; refuse a type that cannot be derived."""
    return tuple(Column(each.name, found or _refuse(each)) for each, found in _derive(session))


def create_as(session: Session, head: str, query: Spliced, names: tuple[str, ...] = ()) -> None:
    """Run ``head`` AS query, which creates a view whose computed columns have their types.

    A text whose length cannot be derived is a VARCHAR without one.
    """
    create_temporary(session, query, names)
    columns = _derive(session)
    inner = _definition(session)
    drop_temporary(session)
    if all(each.type not in UNSIZED for each, _ in columns):
        session.relay(query.after(f"{head}{_listed(names)} AS "))
        return
    items = ", ".join(_item(each, found) for each, found in columns)
    session.relay(fill(_TYPED, head=head, items=items, query=inner))


def _listed(names: tuple[str, ...]) -> str:
    return f" ({', '.join(quoted(name) for name in names)})" if names else ""


def _definition(session: Session) -> str:
    ((text,),) = session.query(fill(_DEFINITION, view=QUERY.sql))
    return (text or "").rstrip("; ")


def _item(found: TableColumn, known: RedshiftType | None) -> str:
    name = quoted(found.name)
    if found.type not in UNSIZED or (known is None and found.type != LONGEST):
        return name
    return f"{name}::{backend_type(known) if known else 'varchar'} AS {name}"


def _derive(session: Session) -> list[tuple[TableColumn, RedshiftType | None]]:
    """Return the columns of the temporary view and their types, None if it cannot be derived."""
    columns = read_columns(session, QUERY)
    if all(each.type not in UNSIZED for each in columns):
        return [(each, each.type) for each in columns]
    query = analyze_view(session, QUERY.sql)
    return [(each, derived(each.type, query, n)) for n, each in enumerate(columns)]


def _refuse(found: TableColumn) -> RedshiftType:
    what = "precision" if found.type == DECIMAL else "width"
    into = {LONGEST: "VARCHAR(n)", SHORTEST: "CHAR(n)", DECIMAL: "DECIMAL(precision, scale)"}
    raise NotSupportedError(
        f'the {what} of the computed column "{found.name}": not supported by the emulator',
        hint=f"Cast the column to {into[found.type]}.",
    )
