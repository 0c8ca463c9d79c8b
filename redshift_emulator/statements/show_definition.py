"""SHOW TABLE, SHOW VIEW and SHOW PROCEDURE: the statement that makes an object again.

https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLE.html
https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_VIEW.html
https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_PROCEDURE.html
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.procedures.arguments import (
    input_types,
    listed_arguments,
    parse_arguments,
)
from redshift_emulator.language.queries.names.catalog_names import backend_name
from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.words import RESERVED
from redshift_emulator.session.relations import (
    TABLE,
    Relation,
    find_one,
    read_columns,
    refuse_unknown_width,
)
from redshift_emulator.session.session import Session

_RESERVED = tuple(sorted(RESERVED))
_TABLE = """
SELECT pg_internal.show_table({oid}, {reserved}) AS "Show Table DDL statement" """
_VIEW = """
SELECT definition AS "Show View DDL statement" FROM pg_internal.pg_views
WHERE schemaname = {schema} AND viewname = {name}"""
_PROCEDURE = """
SELECT pg_internal.show_procedure({oid}::oid, {names}, {reserved})
    AS "Stored Procedure Definition" """
_MAY_READ = "SELECT has_any_column_privilege({oid}::oid, 'SELECT')"
_FIND = """
SELECT p.oid, u.arguments
FROM pg_catalog.pg_proc AS p
JOIN pg_internal.user_procedure AS u ON u.oid = p.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.prokind = 'p' AND p.proname = {name} AND ({schema} = n.nspname OR {schema} IS NULL
    AND n.nspname = ANY (current_schemas(false)))"""
_SIGNATURE = " AND p.oid = to_regprocedure({signature})"


def show_table(statement: Statement, session: Session) -> str:
    """SHOW TABLE [schema.]table."""
    relation = _find(statement, session, "table")
    if relation.kind != TABLE:
        raise RedshiftError(f'"{relation.name.name}" is not a table', sqlstate="42809")
    refuse_unknown_width("SHOW TABLE", relation.name, read_columns(session, relation.name))
    return _relay(session, fill(_TABLE, oid=relation.oid, reserved=_RESERVED))


def show_view(statement: Statement, session: Session) -> str:
    """SHOW VIEW [schema.]view; of a bound view, its query."""
    relation = _find(statement, session, "view")
    if relation.kind == TABLE:
        raise RedshiftError(f'"{relation.name.name}" is not a view', sqlstate="42809")
    name = relation.name
    return _relay(session, fill(_VIEW, schema=name.schema, name=name.name))


def show_procedure(statement: Statement, session: Session) -> str:
    """SHOW PROCEDURE name [(arguments)]."""
    parser = Parser(statement, database=session.database)
    parser.expect("show", "procedure")
    name = parser.take_qualified()
    types = f"({input_types(parse_arguments(parser))})" if parser.at_operator("(") else ""
    parser.expect_end()
    query = fill(_FIND, schema=name.schema, name=name.name)
    if types:
        query += fill(_SIGNATURE, signature=f"{name.sql}{types}")
    found = session.query(query)
    if len(found) != 1:
        raise _not_one(name, types, len(found))
    ((oid, listed),) = found
    arguments = listed_arguments(listed or "", case_sensitive=session.case_sensitive)
    names = [argument.name for argument in arguments]
    return _relay(session, fill(_PROCEDURE, oid=oid, names=names, reserved=_RESERVED))


def _find(statement: Statement, session: Session, kind: str) -> Relation:
    """Find the relation, of which the user must be able to read a column."""
    parser = Parser(statement, database=session.database)
    parser.expect("show", kind)
    name = parser.take_qualified()
    parser.expect_end()
    known = backend_name(name)
    if known is not None:
        raise RedshiftError(f'"{name}" is a system table or view', sqlstate="42809")
    relation = find_one(session, name)
    if session.query(fill(_MAY_READ, oid=relation.oid)) != [("t",)]:
        message = f"permission denied for relation {relation.name.name}"
        raise RedshiftError(message, sqlstate="42501")
    return relation


def _not_one(name: Name, types: str, count: int) -> RedshiftError:
    """Return the error about a name that several procedures have, or none."""
    if count:
        message = f'procedure name "{name}" is not unique: add the types of its arguments'
        return RedshiftError(message, sqlstate="42725")
    return RedshiftError(f"procedure {name}{types} does not exist", sqlstate="42883")


def _relay(session: Session, query: str) -> str:
    session.relay(query)
    return "SHOW"
