"""Schemas, the database, comments, and maintenance that has nothing to do here.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_SCHEMA.html
"""

from __future__ import annotations

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, literal, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.users import take_user
from redshift_emulator.statements.tables.alter_table import refuse_in_block


def create_schema(statement: Statement, session: Session) -> str:
    """CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA ...]."""
    parser = Parser(statement)
    parser.expect("create", "schema")
    if_not_exists = "IF NOT EXISTS " if parser.accept("if", "not", "exists") else ""
    name = "" if parser.at("authorization") else quoted(parser.take_name())
    owner = f" AUTHORIZATION {quoted(take_user(parser))}" if parser.accept("authorization") else ""
    _quota(parser)
    if parser.peek is not None:
        raise NotSupportedError("elements of CREATE SCHEMA: this stand-in does not know them")
    session.run(f"CREATE SCHEMA {if_not_exists}{name}{owner}")
    return "CREATE SCHEMA"


def _quota(parser: Parser) -> None:
    """Read a quota, which nothing here would ever reach."""
    if parser.accept("quota") and not parser.accept("unlimited"):
        parser.take_number()
        parser.accept_any("mb", "gb", "tb")


def alter_schema(statement: Statement, session: Session) -> str:
    """ALTER SCHEMA name { RENAME TO | OWNER TO | QUOTA }."""
    parser = Parser(statement)
    parser.expect("alter", "schema")
    name = quoted(parser.take_name())
    if parser.accept("rename", "to"):
        action = f"RENAME TO {quoted(parser.take_name())}"
    elif parser.accept("owner", "to"):
        action = f"OWNER TO {quoted(take_user(parser))}"
    else:
        if not parser.at("quota"):
            raise parser.fail()
        _quota(parser)
        action = ""
    parser.expect_end()
    if action:
        session.run(f"ALTER SCHEMA {name} {action}")
    return "ALTER SCHEMA"


def drop_schema(statement: Statement, session: Session) -> str:
    """DROP SCHEMA [IF EXISTS] name, ... [CASCADE | RESTRICT]."""
    parser = Parser(statement)
    parser.expect("drop", "schema")
    if_exists = "IF EXISTS " if parser.accept("if", "exists") else ""
    names = [quoted(parser.take_name())]
    while parser.accept_operator(","):
        names.append(quoted(parser.take_name()))
    cascade = " CASCADE" if parser.accept_any("cascade", "restrict") == "cascade" else ""
    parser.expect_end()
    session.run(f"DROP SCHEMA {if_exists}{', '.join(names)}{cascade}")
    return "DROP SCHEMA"


def alter_database(statement: Statement, session: Session) -> str:
    """ALTER DATABASE name { OWNER TO user | CONNECTION LIMIT n | ISOLATION LEVEL level }."""
    parser = Parser(statement)
    parser.expect("alter", "database")
    name = parser.take_name()
    if name != session.database:
        raise RedshiftError(f'database "{name}" does not exist', sqlstate="3D000")
    head = f"ALTER DATABASE {quoted(name)}"
    if parser.accept("owner", "to"):
        action = f"OWNER TO {quoted(take_user(parser))}"
    elif parser.accept("connection", "limit"):
        action = f"CONNECTION LIMIT {-1 if parser.accept('unlimited') else parser.take_integer()}"
    elif parser.accept("isolation", "level"):
        refuse_in_block(session, "ALTER DATABASE ISOLATION LEVEL")
        level = parser.accept_any("snapshot", "serializable")
        if level is None:
            raise parser.fail()
        shown = "serializable" if level == "serializable" else "repeatable read"
        action = f"SET default_transaction_isolation = {literal(shown)}"
    else:
        raise NotSupportedError("ALTER DATABASE: this stand-in knows OWNER, CONNECTION, ISOLATION")
    parser.expect_end()
    session.run(f"{head} {action}")
    return "ALTER DATABASE"


def create_or_drop_database(statement: Statement, session: Session) -> str:
    """CREATE DATABASE and DROP DATABASE: refused in a block as by Redshift, and here always."""
    command = " ".join(statement.words(2)).upper()
    refuse_in_block(session, command)
    raise NotSupportedError(f"{command}: the stand-in has but one database")


def comment(statement: Statement, session: Session) -> str:
    """COMMENT ON { TABLE | COLUMN | VIEW | CONSTRAINT | DATABASE } object IS 'text'."""
    parser = Parser(statement, database=session.database)
    parser.expect("comment", "on")
    kind = parser.accept_any("table", "column", "view", "database")
    if kind is None:
        raise NotSupportedError(
            "COMMENT: this stand-in knows tables, columns, views, the database"
        )
    if kind == "column":
        names = [parser.take_name()]
        while parser.accept_operator("."):
            names.append(parser.take_type_word())
        what = ".".join(quoted(name) for name in names)
    elif kind == "database":
        what = quoted(parser.take_name())
    else:
        what = parser.take_qualified().sql
    parser.expect("is")
    text = "NULL" if parser.accept("null") else literal(parser.take_string())
    parser.expect_end()
    session.run(f"COMMENT ON {kind.upper()} {what} IS {text}")
    return "COMMENT"


def vacuum(statement: Statement, session: Session) -> str:
    """VACUUM [FULL | SORT ONLY | DELETE ONLY | REINDEX] [table [TO n PERCENT] [BOOST]]."""
    parser = Parser(statement, database=session.database)
    parser.expect("vacuum")
    refuse_in_block(session, "VACUUM")
    if not (parser.accept("sort", "only") or parser.accept("delete", "only")):
        parser.accept_any("full", "reindex", "recluster")
    if parser.peek is not None and not parser.at("boost"):
        name = parser.take_qualified()
        session.rows(f"SELECT FROM {name.sql} LIMIT 0")
    if parser.accept("to"):
        if not 0 <= parser.take_integer() <= 100:
            raise RedshiftError("threshold percent must be between 0 and 100", sqlstate="22023")
        parser.expect("percent")
    parser.accept("boost")
    parser.expect_end()
    return "VACUUM"


def analyze(statement: Statement, session: Session) -> str:
    """ANALYZE [VERBOSE] [table [(columns)]] [PREDICATE COLUMNS | ALL COLUMNS]."""
    parser = Parser(statement, database=session.database)
    parser.accept_any("analyze", "analyse")
    if parser.at("compression"):
        raise NotSupportedError("ANALYZE COMPRESSION: Redshift has it, this stand-in does not")
    parser.accept("verbose")
    target = ""
    if parser.peek is not None and not (parser.at("predicate") or parser.at("all")):
        target = f" {parser.take_qualified().sql}"
        if parser.at_operator("("):
            target += f" ({', '.join(quoted(name) for name in parser.take_names())})"
    if parser.accept_any("predicate", "all"):
        parser.expect("columns")
    parser.expect_end()
    session.run(f"ANALYZE{target}")
    return "ANALYZE"
