"""Columns of queries that are stored, with the types that Redshift documents for computed values.

CREATE TABLE AS and CREATE VIEW create another view of the query, from which the types follow.
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.text.splice import Spliced
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.tokens import quoted
from redshift_emulator.language.type_names import STORED, backend_type
from redshift_emulator.language.types import UNKNOWN_WIDTH, RedshiftType, TableColumn
from redshift_emulator.session.relations import read_columns
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.analysis import analyze_view
from redshift_emulator.statements.queries.column_types import (
    DECIMAL,
    SHORTEST,
    UNSIZED,
    Derivation,
    derived,
)
from redshift_emulator.statements.tables.column_sql import unknown_width_check

# pg_internal.show_definition removes what is around the query, which it knows by the alias.
_TYPED = '{head:sql} AS SELECT {items:sql} FROM ({query:sql}) AS "pg_internal columns"'
_TEMPORARY = "pg_temp"
_DEFINITION = "SELECT pg_catalog.pg_get_viewdef({view}::regclass)"
_LONGEST = "coalesce(max(octet_length({column:sql})), 0)"
_READ_LONGEST = "SELECT {lengths:sql} FROM {table:sql}"


def create_probe(
    session: Session, query: Spliced, names: tuple[str, ...] = (), schema: str | None = _TEMPORARY
) -> Name:
    """Create a view of a query, to be dropped; positions in errors are those of the client's text.

    Its schema is that of the view that the client creates: temporary ones need a privilege.
    """
    view = Name(schema, f"stored_query_{session.backend.process_id}")
    temporary = "TEMP " if schema == _TEMPORARY else ""
    session.relay(query.after(f"CREATE {temporary}VIEW {view.sql}{_listed(names)} AS "))
    return view


def computed_columns(session: Session, probe: Name) -> tuple[Column, ...]:
    """Return the columns of a view; refuse a type that cannot be derived.

    A text whose length cannot be derived has the type UNKNOWN_WIDTH.
    """
    columns = _derive(session, probe, derived)
    for each, _ in columns:
        if each.type.name not in STORED:
            message = f'Column "{each.name}" has unsupported type "{each.type.name}".'
            raise NotSupportedError(message, hint="Cast the column to another type.")
    return tuple(Column(each.name, found or _refuse(each)) for each, found in columns)


def limit_unknown_widths(session: Session, table: Name, columns: tuple[Column, ...]) -> None:
    """Give a new table's texts of unknown width a check that no later one is longer.

    A cluster has given these columns a width that holds the rows of the query. Whether a longer
    text fits is not known: ``session.error_messages`` refuses it by name.
    """
    unknown = [each for each in enumerate(columns, 1) if each[1].type == UNKNOWN_WIDTH]
    if not unknown:
        return
    longest = ", ".join(fill(_LONGEST, column=quoted(each.name)) for _, each in unknown)
    (lengths,) = session.query(fill(_READ_LONGEST, lengths=longest, table=table.sql))
    checks = (
        f"ADD {unknown_width_check(each.name, int(length or 0), number)}"
        for (number, each), length in zip(unknown, lengths, strict=True)
    )
    session.run(f"ALTER TABLE {table.sql} {', '.join(checks)}")


def create_as(
    session: Session,
    head: str,
    query: Spliced,
    schema: str | None,
    names: tuple[str, ...] = (),
    *,
    derive: Derivation = derived,
) -> None:
    """Run ``head`` AS query, which creates a view whose computed columns have their types.

    A text whose length cannot be derived is a VARCHAR without one.
    """
    probe = create_probe(session, query, names, schema)
    columns = _derive(session, probe, derive)
    inner = _definition(session, probe)
    session.run(f"DROP VIEW {probe.sql}")
    if all(each.type not in UNSIZED for each, _ in columns):
        session.relay(query.after(f"{head}{_listed(names)} AS "))
        return
    items = ", ".join(_item(each, found) for each, found in columns)
    session.relay(fill(_TYPED, head=head, items=items, query=inner))


def _listed(names: tuple[str, ...]) -> str:
    return f" ({', '.join(quoted(name) for name in names)})" if names else ""


def _definition(session: Session, view: Name) -> str:
    ((text,),) = session.query(fill(_DEFINITION, view=view.sql))
    return (text or "").rstrip("; ")


def _item(found: TableColumn, known: RedshiftType | None) -> str:
    name = quoted(found.name)
    if found.type not in UNSIZED or (known is None and found.type != UNKNOWN_WIDTH):
        return name
    return f"{name}::{backend_type(known or UNKNOWN_WIDTH)} AS {name}"


def _derive(
    session: Session, view: Name, derive: Derivation
) -> list[tuple[TableColumn, RedshiftType | None]]:
    """Return the columns of a view and their types, None if it cannot be derived."""
    columns = read_columns(session, view)
    if all(each.type not in UNSIZED for each in columns):
        return [(each, each.type) for each in columns]
    query = analyze_view(session, view.sql)
    return [(each, derive(each.type, query, n)) for n, each in enumerate(columns)]


def _refuse(found: TableColumn) -> RedshiftType:
    what = "precision" if found.type == DECIMAL else "width"
    into = {SHORTEST: "CHAR(n)", DECIMAL: "DECIMAL(precision, scale)"}
    raise NotSupportedError(
        f'the {what} of the computed column "{found.name}": not supported by the emulator',
        hint=f"Cast the column to {into.get(found.type, 'VARCHAR(n)')}.",
    )
