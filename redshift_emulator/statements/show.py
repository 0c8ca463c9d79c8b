"""SHOW DATABASES, SCHEMAS, TABLES, COLUMNS, CONSTRAINTS, PROCEDURES, FUNCTIONS, DATASHARES.

Of an object that does not exist, they have no rows, as the tests of an Amazon driver expect:
https://github.com/aws/amazon-redshift-python-driver/tree/master/test/integration/metadata
https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLES.html
"""

from collections.abc import Callable

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.relations import name_of
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import show_view_columns

MOST_ROWS = 10_000
_SELECT = """
SELECT * FROM pg_internal.{view:name}
WHERE {condition:sql} AND pg_internal.long_names({column:name}) LIKE {pattern}
ORDER BY {order:sql} LIMIT {limit}"""

_CONSTRAINTS = """
SELECT * FROM pg_internal.{view:name}
WHERE {schema_column:name} = {schema} AND {table_column:name} = {table}
ORDER BY {order:sql} LIMIT {limit}"""
_FOREIGN_ORDER = "fk_schema_name, fk_table_name, fk_name, key_seq"
_MAY_NOT_READ = "SELECT WHERE NOT has_table_privilege(to_regclass({table}), 'SELECT')"


def show_databases(statement: Statement, session: Session) -> str:
    """SHOW DATABASES [LIKE pattern] [LIMIT count]."""
    parser = Parser(statement)
    parser.expect("show", "databases")
    if parser.at("from", "data", "catalog"):
        raise NotSupportedError("SHOW DATABASES FROM DATA CATALOG: not supported by the emulator")
    return _relay(session, parser, "show_databases", "database_name", "true")


def show_schemas(statement: Statement, session: Session) -> str:
    """SHOW SCHEMAS FROM DATABASE database [LIKE pattern] [LIMIT count]."""
    parser = _after(statement, session, "schemas", "database")
    parser.take_database()
    return _relay(session, parser, "show_schemas", "schema_name", "true")


def show_tables(statement: Statement, session: Session) -> str:
    """SHOW TABLES FROM SCHEMA [database.]schema [LIKE pattern] [LIMIT count]."""
    parser = _after(statement, session, "tables", "schema")
    condition = fill("schema_name = {schema}", schema=parser.take_schema())
    return _relay(session, parser, "show_tables", "table_name", condition)


def show_columns(statement: Statement, session: Session) -> str:
    """SHOW COLUMNS FROM TABLE [database.][schema.]table [LIKE pattern] [LIMIT count]."""
    parser = _after(statement, session, "columns", "table")
    name = name_of(session, parser.take_qualified())
    condition = fill(
        "schema_name = {schema} AND table_name = {table}", schema=name.schema, table=name.name
    )
    show_view_columns(session)
    return _relay(session, parser, "show_columns", "column_name", condition)


def show_procedures(statement: Statement, session: Session) -> str:
    """SHOW PROCEDURES FROM SCHEMA [database.]schema [LIKE pattern] [LIMIT count]."""
    return _show_routines(statement, session, "procedure")


def show_functions(statement: Statement, session: Session) -> str:
    """SHOW FUNCTIONS FROM SCHEMA [database.]schema [LIKE pattern] [LIMIT count]."""
    return _show_routines(statement, session, "function")


def _show_routines(statement: Statement, session: Session, kind: str) -> str:
    parser = _after(statement, session, f"{kind}s", "schema")
    condition = fill("schema_name = {schema}", schema=parser.take_schema())
    return _relay(session, parser, f"show_{kind}s", f"{kind}_name", condition)


def show_constraints(statement: Statement, session: Session) -> str:
    """SHOW CONSTRAINTS { PRIMARY KEYS | FOREIGN KEYS [EXPORTED] } FROM TABLE table [LIMIT count].

    https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_CONSTRAINTS.html
    """
    parser = Parser(statement, database=session.database)
    parser.expect("show", "constraints")
    if parser.accept("primary", "keys"):
        view, side = "show_primary_keys", ""
    else:
        parser.expect("foreign", "keys")
        view, side = "show_foreign_keys", "pk_" if parser.accept("exported") else "fk_"
    parser.expect("from", "table")
    table = name_of(session, parser.take_qualified())
    limit = take_limit(parser)
    parser.expect_end()
    if session.query(fill(_MAY_NOT_READ, table=table.sql)):
        raise RedshiftError(f"permission denied for relation {table.name}", sqlstate="42501")
    session.relay(
        fill(
            _CONSTRAINTS,
            view=view,
            schema_column=f"{side}schema_name",
            table_column=f"{side}table_name",
            schema=table.schema,
            table=table.name,
            order="key_seq" if view == "show_primary_keys" else _FOREIGN_ORDER,
            limit=MOST_ROWS if limit is None else limit,
        )
    )
    return "SHOW"


def show_datashares(statement: Statement, session: Session) -> str:
    """SHOW DATASHARES [LIKE pattern]: there are none."""
    parser = Parser(statement)
    parser.expect("show", "datashares")
    if parser.accept("like"):
        parser.take_string()
    parser.expect_end()
    session.relay("SELECT * FROM pg_internal.show_datashares")
    return "SHOW"


SHOWS: dict[str, Callable[[Statement, Session], str]] = {
    "schemas": show_schemas,
    "tables": show_tables,
    "columns": show_columns,
    "procedures": show_procedures,
    "functions": show_functions,
}


def _after(statement: Statement, session: Session, what: str, where: str) -> Parser:
    parser = Parser(statement, database=session.database)
    parser.expect("show", what, "from", where)
    return parser


def take_limit(parser: Parser) -> int | None:
    """Take ``LIMIT count``; None without one."""
    if not parser.accept("limit"):
        return None
    limit = parser.take_integer()
    if not 0 <= limit <= MOST_ROWS:
        raise RedshiftError(f"LIMIT must be between 0 and {MOST_ROWS}", sqlstate="22023")
    return limit


def _relay(session: Session, parser: Parser, view: str, column: str, condition: str) -> str:
    pattern = parser.take_string() if parser.accept("like") else "%"
    limit = take_limit(parser)
    parser.expect_end()
    order = "ordinal_position" if view == "show_columns" else column
    session.relay(
        fill(
            _SELECT,
            view=view,
            condition=condition,
            column=column,
            pattern=pattern,
            order=order,
            limit=MOST_ROWS if limit is None else limit,
        )
    )
    return "SHOW"
