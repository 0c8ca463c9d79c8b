"""SHOW GRANTS and SHOW COLUMN GRANTS: the privileges on an object, or those of a user or role.

https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_GRANTS.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.relations import name_of
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import (
    require_role,
    require_user,
    take_role,
    take_user,
)
from redshift_emulator.statements.show import MOST_ROWS, take_limit

_IDENTITY = "privilege_type, identity_id, identity_name, identity_type"
OF_DATABASE = f"database_name, {_IDENTITY}, admin_option, privilege_scope, grantor_name"
OF_OBJECT = f"""
schema_name, coalesce(object_name, schema_name) AS object_name, object_type, {_IDENTITY},
admin_option, privilege_scope, database_name, grantor_name"""
OF_GRANTEE = f"""
database_name, schema_name, object_name, object_type, {_IDENTITY}, privilege_scope, grantor_name"""
_SELECT = """
SELECT {columns:sql} FROM pg_internal.show_grants WHERE {object:sql} AND {grantee:sql}
ORDER BY array_position('{{DATABASE,SCHEMA}}', object_type), schema_name, object_name,
    identity_type DESC, identity_id, privilege_scope, privilege_type {limit:sql}"""
_EXCESS = """
SELECT FROM pg_internal.show_grants WHERE {object:sql} AND {grantee:sql} OFFSET {most} LIMIT 1"""
_COLUMNS = """
SELECT * FROM pg_internal.show_column_grants
WHERE schema_name = {schema} AND table_name = {table} AND {grantee:sql}
ORDER BY column_name, identity_type DESC, identity_id, privilege_type LIMIT {limit}"""
_IS_OWN = "SELECT FROM pg_internal.identity WHERE type = {kind} AND name = {name} AND is_own"
_TABLES = ("TABLE", "VIEW")


def show_grants(statement: Statement, session: Session) -> str:
    """SHOW GRANTS { ON object [FOR grantee] | FOR grantee [FROM DATABASE name] } [LIMIT count]."""
    parser = Parser(statement, database=session.database)
    parser.expect("show", "grants")
    columns, on = OF_GRANTEE, "true"
    if parser.accept("on"):
        columns, on = _take_object(parser, session)
        grantee = _take_grantee(parser, session) if parser.accept("for") else "true"
    else:
        parser.expect("for")
        grantee = _take_grantee(parser, session, must_be_own=True)
        if parser.accept("from", "database"):
            parser.take_database()
    limit = take_limit(parser)
    parser.expect_end()
    if limit is None and session.query(fill(_EXCESS, object=on, grantee=grantee, most=MOST_ROWS)):
        message = f"SHOW GRANTS would return more than {MOST_ROWS} rows"
        raise RedshiftError(message, sqlstate="54000", hint="Add LIMIT.")
    shown = "" if limit is None else f"LIMIT {limit}"
    session.relay(fill(_SELECT, columns=columns, object=on, grantee=grantee, limit=shown))
    return "SHOW"


def show_column_grants(statement: Statement, session: Session) -> str:
    """SHOW COLUMN GRANTS ON TABLE [database.]schema.table [FOR grantee] [LIMIT count].

    https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_COLUMN_GRANTS.html
    """
    parser = Parser(statement, database=session.database)
    parser.expect("show", "column", "grants", "on", "table")
    name = name_of(session, parser.take_qualified())
    grantee = _take_grantee(parser, session) if parser.accept("for") else "true"
    limit = take_limit(parser)
    parser.expect_end()
    limit = MOST_ROWS if limit is None else limit
    session.relay(
        fill(_COLUMNS, schema=name.schema, table=name.name, grantee=grantee, limit=limit)
    )
    return "SHOW"


def _take_object(parser: Parser, session: Session) -> tuple[str, str]:
    """Take what follows ON; return the columns that are shown, and the condition."""
    for kind in ("function", "procedure", "template"):
        if parser.at(kind):
            message = f"SHOW GRANTS ON {kind.upper()}: not supported by the emulator"
            raise NotSupportedError(message)
    if parser.accept("database"):
        parser.take_database()
        return OF_DATABASE, "object_type = 'DATABASE'"
    if parser.accept("schema"):
        condition = "object_type = 'SCHEMA' AND schema_name = {name}"
        return OF_OBJECT, fill(condition, name=parser.take_schema())
    parser.accept("table")
    name = name_of(session, parser.take_qualified())
    condition = "object_type = ANY ({kinds}) AND schema_name = {schema} AND object_name = {name}"
    return OF_OBJECT, fill(condition, kinds=_TABLES, schema=name.schema, name=name.name)


def _take_grantee(parser: Parser, session: Session, *, must_be_own: bool = False) -> str:
    """Take a user, ``ROLE name`` or PUBLIC; return the condition."""
    if parser.accept("public"):
        kind, name = "public", "public"
    elif parser.accept("role"):
        kind, name = "role", take_role(parser)
        require_role(session, name)
    else:
        kind, name = "user", take_user(parser)
        require_user(session, name)
    if must_be_own and not session.query(fill(_IS_OWN, kind=kind, name=name)):
        raise RedshiftError(
            f"permission denied to show the grants of {kind} {name}", sqlstate="42501"
        )
    return fill("identity_type = {kind} AND identity_name = {name}", kind=kind, name=name)
