"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from __future__ import annotations

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.users import group_role, take_user, take_users

_ON_TABLES = frozenset({"select", "insert", "update", "delete", "references"})
_ON_SCHEMAS = frozenset({"create", "usage"})
_ON_DATABASES = frozenset({"create", "temporary", "temp"})
# Privileges of Redshift that the stand-in cannot keep apart.
_NOT_HERE = frozenset(
    {"role", "drop", "alter", "truncate", "rule", "trigger", "execute", "assumerole"}
)


def grant(statement: Statement, session: Session) -> str:
    """GRANT privileges ON objects TO grantees."""
    parser = Parser(statement, database=session.database)
    parser.expect("grant")
    what = _privileges(parser)
    parser.expect("on")
    objects = _objects(parser, what)
    parser.expect("to")
    to = _grantees(parser, grants=True)
    parser.expect_end()
    session.run(f"GRANT {', '.join(what)} ON {objects} TO {to}")
    return "GRANT"


def revoke(statement: Statement, session: Session) -> str:
    """REVOKE [GRANT OPTION FOR] privileges ON objects FROM grantees [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("revoke")
    option = "GRANT OPTION FOR " if parser.accept("grant", "option", "for") else ""
    what = _privileges(parser)
    parser.expect("on")
    objects = _objects(parser, what)
    parser.expect("from")
    source = _grantees(parser, grants=False)
    cascade = " CASCADE" if parser.accept_any("cascade", "restrict") == "cascade" else ""
    parser.expect_end()
    session.run(f"REVOKE {option}{', '.join(what)} ON {objects} FROM {source}{cascade}")
    return "REVOKE"


def alter_default_privileges(statement: Statement, session: Session) -> str:
    """ALTER DEFAULT PRIVILEGES [FOR USER ...] [IN SCHEMA ...] { GRANT | REVOKE } ..."""
    parser = Parser(statement, database=session.database)
    parser.expect("alter", "default", "privileges")
    head = "ALTER DEFAULT PRIVILEGES"
    if parser.accept("for", "user"):
        head += f" FOR ROLE {', '.join(quoted(user) for user in take_users(parser))}"
    if parser.accept("in", "schema"):
        head += f" IN SCHEMA {_schemas(parser)}"
    verb = parser.accept_any("grant", "revoke")
    if verb is None:
        raise parser.fail()
    option = "GRANT OPTION FOR " if parser.accept("grant", "option", "for") else ""
    what = _privileges(parser)
    parser.expect("on")
    if not parser.accept("tables"):
        raise NotSupportedError("default privileges on functions: the stand-in has no functions")
    _check(what, _ON_TABLES, "TABLES")
    parser.expect("to" if verb == "grant" else "from")
    whom = _grantees(parser, grants=verb == "grant")
    parser.accept_any("cascade", "restrict")
    parser.expect_end()
    link = "TO" if verb == "grant" else "FROM"
    session.run(f"{head} {verb.upper()} {option}{', '.join(what)} ON TABLES {link} {whom}")
    return "ALTER DEFAULT PRIVILEGES"


def _privileges(parser: Parser) -> list[str]:
    if parser.accept("all"):
        parser.accept("privileges")
        return ["ALL"]
    found = [_privilege(parser)]
    while parser.accept_operator(","):
        found.append(_privilege(parser))
    return found


def _privilege(parser: Parser) -> str:
    token = parser.take()
    word = token.value
    if token.kind is not Kind.WORD or word not in _ON_TABLES | _ON_SCHEMAS | _ON_DATABASES:
        if word in _NOT_HERE:
            message = f"privilege {word.upper()}: Redshift has it, this stand-in does not"
            raise NotSupportedError(message)
        if parser.at("to") or parser.at("from") or parser.at_operator(","):
            raise NotSupportedError("GRANT of a role: Redshift has it, this stand-in does not")
        raise RedshiftError(f"unrecognized privilege type {word}", sqlstate="42601")
    if parser.at_operator("("):
        return f"{word} ({', '.join(quoted(name) for name in parser.take_names())})"
    return word


def _objects(parser: Parser, what: list[str]) -> str:
    if parser.accept("schema"):
        _check(what, _ON_SCHEMAS, "SCHEMA")
        return f"SCHEMA {_schemas(parser)}"
    if parser.accept("database"):
        _check(what, _ON_DATABASES, "DATABASE")
        return f"DATABASE {_schemas(parser)}"
    _check(what, _ON_TABLES, "TABLE")
    if parser.accept("all", "tables", "in", "schema"):
        return f"ALL TABLES IN SCHEMA {_schemas(parser)}"
    for word in ("function", "procedure", "language", "datashare", "model", "external", "copy"):
        if parser.at(word):
            raise NotSupportedError(f"GRANT ON {word.upper()}: this stand-in does not know it")
    parser.accept("table")
    names = [parser.take_qualified().sql]
    while parser.accept_operator(","):
        names.append(parser.take_qualified().sql)
    return f"TABLE {', '.join(names)}"


def _schemas(parser: Parser) -> str:
    names = [quoted(parser.take_name())]
    while parser.accept_operator(","):
        names.append(quoted(parser.take_name()))
    return ", ".join(names)


def _check(what: list[str], allowed: frozenset[str], kind: str) -> None:
    for privilege in what:
        word = privilege.split(" ", 1)[0]
        if word != "ALL" and word not in allowed:
            message = f"invalid privilege type {word.upper()} for {kind}"
            raise RedshiftError(message, sqlstate="0LP01")


def _grantees(parser: Parser, *, grants: bool) -> str:
    found: list[str] = []
    while True:
        group = parser.accept("group")
        if parser.at("role"):
            raise NotSupportedError("roles: Redshift has them, this stand-in does not")
        if group:
            found.append(group_role(parser.take_name()))
        elif parser.accept("public"):
            found.append("PUBLIC")
        else:
            found.append(quoted(take_user(parser)))
        if not parser.accept_operator(","):
            break
    if not (grants and parser.accept("with", "grant", "option")):
        return ", ".join(found)
    if any(name == "PUBLIC" or name.startswith('"group:') for name in found):
        message = "grant options can only be granted to individual users"
        raise RedshiftError(message, sqlstate="0LP01")
    return f"{', '.join(found)} WITH GRANT OPTION"
