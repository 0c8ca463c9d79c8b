"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.procedures.arguments import take_signature
from redshift_emulator.language.tokens import Kind, Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.assumerole import change_assumerole, take_roles
from redshift_emulator.statements.access.database_usage import change_usage, take_databases
from redshift_emulator.statements.access.default_privileges import PROCEDURES, change_defaults
from redshift_emulator.statements.access.grant_role import (
    change_system_privileges,
    grant_roles,
    revoke_roles,
)
from redshift_emulator.statements.access.roles import (
    group_role,
    require_role,
    role_role,
    take_owner,
    take_role,
    take_user,
)
from redshift_emulator.statements.access.scoped import grant_scoped, is_scoped, revoke_scoped

ON_TABLES = frozenset({"select", "insert", "update", "delete", "references", "truncate"})
ON_SCHEMAS = frozenset({"create", "usage"})
ON_DATABASES = frozenset({"create", "temporary", "temp"})
ON_ROUTINES = frozenset({"execute"})
ON_LANGUAGES = frozenset({"usage"})
_DEFAULT_KINDS = {"tables": ON_TABLES, "functions": ON_ROUTINES, "procedures": ON_ROUTINES}
_LANGUAGES = frozenset({"plpgsql", "sql"})
# Redshift's privileges that the roles of PostgreSQL do not have.
_NOT_SUPPORTED = frozenset({"connect", "drop", "alter", "rule", "trigger", "share"})
_OTHER_OBJECTS = (
    *(("datashare",), ("model",), ("external", "schema"), ("external", "table")),
    *(("copy", "job"), ("template",)),
)
_OTHER_GRANTEES = (
    *(("masking", "policy"), ("rls", "policy"), ("account",), ("namespace",), ("iam_role",)),
)


def grant(statement: Statement, session: Session) -> str:
    """GRANT privileges ON objects TO grantees."""
    parser = Parser(statement, database=session.database)
    parser.expect("grant")
    if is_scoped(statement):
        return grant_scoped(parser, session)
    if parser.at("role"):
        grant_roles(parser, session)
        return "GRANT"
    if parser.at("assumerole"):
        _change_assumerole(parser, session, grants=True)
        return "GRANT"
    if parser.at("usage", "on", "database"):
        _change_usage(parser, session, grants=True)
        return "GRANT"
    if change_system_privileges(parser, session, "to"):
        return "GRANT"
    privileges = _parse_privileges(parser)
    parser.expect("on")
    objects = _parse_objects(parser, privileges)
    parser.expect("to")
    grantees = _parse_grantees(parser, session, grants=True)
    parser.expect_end()
    session.run(f"GRANT {', '.join(privileges)} ON {objects} TO {grantees}")
    return "GRANT"


def revoke(statement: Statement, session: Session) -> str:
    """REVOKE [GRANT OPTION FOR] privileges ON objects FROM grantees [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("revoke")
    if is_scoped(statement):
        return revoke_scoped(parser, session)
    admin_only = parser.accept("admin", "option", "for")
    if admin_only or parser.at("role"):
        revoke_roles(parser, session, admin_only=admin_only)
        return "REVOKE"
    if parser.at("assumerole"):
        _change_assumerole(parser, session, grants=False)
        return "REVOKE"
    if parser.at("usage", "on", "database"):
        _change_usage(parser, session, grants=False)
        return "REVOKE"
    if change_system_privileges(parser, session, "from"):
        return "REVOKE"
    option = _parse_grant_option(parser)
    privileges = _parse_privileges(parser)
    parser.expect("on")
    objects = _parse_objects(parser, privileges)
    parser.expect("from")
    grantees = _parse_grantees(parser, session, grants=False)
    cascade = parser.take_cascade()
    parser.expect_end()
    session.run(f"REVOKE {option}{', '.join(privileges)} ON {objects} FROM {grantees}{cascade}")
    return "REVOKE"


def _change_assumerole(parser: Parser, session: Session, *, grants: bool) -> None:
    arns = take_roles(parser, session)
    parser.expect("to" if grants else "from")
    grantees = _parse_grantees(parser, session, grants=False)
    change_assumerole(parser, session, arns, grantees, grants=grants)


def _change_usage(parser: Parser, session: Session, *, grants: bool) -> None:
    take_databases(parser)
    parser.expect("to" if grants else "from")
    grantees = _parse_grantees(parser, session, grants=grants)
    parser.expect_end()
    change_usage(session, grantees, grants=grants)


def _parse_objects(parser: Parser, privileges: list[str]) -> str:
    code = _parse_code(parser, privileges)
    if code:
        return code
    if parser.accept("schema"):
        _check_privileges(privileges, ON_SCHEMAS, "SCHEMA")
        return f"SCHEMA {_take_quoted(parser)}"
    if parser.accept("database"):
        if "usage" in privileges:
            message = "USAGE ON DATABASE beside other privileges: not supported by the emulator"
            raise NotSupportedError(message)
        _check_privileges(privileges, ON_DATABASES, "DATABASE")
        return f"DATABASE {_take_quoted(parser)}"
    _refuse_kinds(parser, "ON", _OTHER_OBJECTS)
    _check_privileges(privileges, ON_TABLES, "TABLE")
    if parser.accept("all", "tables", "in", "schema"):
        return f"ALL TABLES IN SCHEMA {_take_quoted(parser)}"
    parser.accept("table")
    tables = parser.take_list(parser.take_qualified)
    return f"TABLE {', '.join(table.sql for table in tables)}"


def _parse_code(parser: Parser, privileges: list[str]) -> str:
    """Parse procedures, functions or languages if they come next."""
    for kind in ("procedure", "function"):
        if parser.accept(kind) or parser.at("all", f"{kind}s"):
            _check_privileges(privileges, ON_ROUTINES, kind.upper())
            return _parse_routines(parser, kind)
    if parser.accept("language"):
        _check_privileges(privileges, ON_LANGUAGES, "LANGUAGE")
        return f"LANGUAGE {', '.join(parser.take_list(lambda: _take_language(parser)))}"
    return ""


def _parse_routines(parser: Parser, kind: str) -> str:
    """Parse ``name(types), ...`` or ``ALL PROCEDURES IN SCHEMA name, ...``."""
    if parser.accept("all", f"{kind}s", "in", "schema"):
        return f"ALL {kind.upper()}S IN SCHEMA {_take_quoted(parser)}"
    return f"{kind.upper()} {', '.join(parser.take_list(lambda: take_signature(parser)))}"


def _take_language(parser: Parser) -> str:
    name = parser.take_name()
    if name not in _LANGUAGES:
        raise NotSupportedError(f"LANGUAGE {name}: not supported by the emulator")
    return name


def alter_default_privileges(statement: Statement, session: Session) -> str:
    """ALTER DEFAULT PRIVILEGES [FOR USER ...] [IN SCHEMA ...] { GRANT | REVOKE } ..."""
    parser = Parser(statement, database=session.database)
    parser.expect("alter", "default", "privileges")
    owners = _take_owners(parser, session)
    schemas = f" IN SCHEMA {_take_quoted(parser)}" if parser.accept("in", "schema") else ""
    verb = parser.accept_any("grant", "revoke")
    if verb is None:
        raise parser.fail()
    option = _parse_grant_option(parser)
    privileges = _parse_privileges(parser)
    parser.expect("on")
    kind = _parse_default_kind(parser, privileges)
    link = "to" if verb == "grant" else "from"
    parser.expect(link)
    grantees = _parse_grantees(parser, session, grants=verb == "grant")
    parser.take_cascade()
    parser.expect_end()
    is_global = kind == "procedures" and not schemas
    if kind == "procedures":
        kind, privileges = PROCEDURES, ["USAGE"]
    action = f"{verb.upper()} {option}{', '.join(privileges)} ON {kind.upper()} {link.upper()}"
    change_defaults(session, owners, f"{schemas} {action} {grantees}", is_global=is_global)
    return "ALTER DEFAULT PRIVILEGES"


def _take_owners(parser: Parser, session: Session) -> list[str]:
    """Take ``FOR USER name, ...``, quoted; without it, the user is who a procedure runs as."""
    names = ["CURRENT_USER"]
    if parser.accept("for", "user"):
        names = parser.take_list(lambda: take_owner(parser, session))
    current = quoted(session.query("SELECT current_user")[0][0] or "")
    return [current if name == "CURRENT_USER" else name for name in names]


def _parse_default_kind(parser: Parser, privileges: list[str]) -> str:
    kind = parser.accept_any(*_DEFAULT_KINDS)
    if kind is None:
        raise NotSupportedError(
            "ALTER DEFAULT PRIVILEGES: the emulator supports privileges ON TABLES, FUNCTIONS and"
            " PROCEDURES only"
        )
    _check_privileges(privileges, _DEFAULT_KINDS[kind], kind.upper())
    return kind


def _parse_grant_option(parser: Parser) -> str:
    """Take ``GRANT OPTION FOR`` if it comes next, and render it."""
    return "GRANT OPTION FOR " if parser.accept("grant", "option", "for") else ""


def _parse_privileges(parser: Parser) -> list[str]:
    """Parse ``ALL [PRIVILEGES] [(a, b)]`` or a list such as ``SELECT, UPDATE (a, b)``."""
    if parser.accept("all"):
        parser.accept("privileges")
        if parser.at_operator("("):
            names = ", ".join(quoted(name) for name in parser.take_names())
            return [f"select ({names})", f"update ({names})"]
        return ["ALL"]
    return parser.take_list(lambda: _parse_privilege(parser))


def _parse_privilege(parser: Parser) -> str:
    token = parser.take()
    word = token.value
    known = ON_TABLES | ON_SCHEMAS | ON_DATABASES | ON_ROUTINES
    if token.kind is not Kind.WORD or word not in known:
        if word in _NOT_SUPPORTED:
            raise NotSupportedError(f"privilege {word.upper()}: not supported by the emulator")
        if parser.at("to") or parser.at("from") or parser.at_operator(","):
            raise NotSupportedError(
                "GRANT of a role without the word ROLE: not supported by the emulator"
            )
        raise RedshiftError(f"unrecognized privilege type {word}", sqlstate="42601")
    if parser.at_operator("("):
        return f"{word} ({', '.join(quoted(name) for name in parser.take_names())})"
    return word


def _check_privileges(privileges: list[str], allowed: frozenset[str], kind: str) -> None:
    """Refuse privileges that objects of this kind do not have."""
    for privilege in privileges:
        word = privilege.split(" ", 1)[0]
        if word != "ALL" and word not in allowed:
            message = f"invalid privilege type {word.upper()} for {kind}"
            raise RedshiftError(message, sqlstate="0LP01")


def _refuse_kinds(parser: Parser, link: str, kinds: tuple[tuple[str, ...], ...]) -> None:
    """Refuse kinds of objects or grantees, whose words are names if no name follows them."""
    for words in kinds:
        following = parser.ahead(len(words))
        if not parser.at(*words) or following is None or following.kind is Kind.OPERATOR:
            continue
        if not following.is_word("to", "from", "with"):
            message = f"GRANT and REVOKE {link} {' '.join(words).upper()}"
            raise NotSupportedError(f"{message}: not supported by the emulator")


def _take_quoted(parser: Parser) -> str:
    """Take ``name, ...`` and quote each name."""
    return ", ".join(map(quoted, parser.take_list(parser.take_name)))


def _parse_grantees(parser: Parser, session: Session, *, grants: bool) -> str:
    """Parse ``{ user | GROUP group | ROLE role | PUBLIC }, ...``, and ``WITH GRANT OPTION``."""
    found = parser.take_list(lambda: _parse_grantee(parser, session))
    if not (grants and parser.accept("with", "grant", "option")):
        return ", ".join(found)
    if any(name == "PUBLIC" or name.startswith(('"group:', '"role:')) for name in found):
        message = "grant options can only be granted to individual users"
        raise RedshiftError(message, sqlstate="0LP01")
    return f"{', '.join(found)} WITH GRANT OPTION"


def _parse_grantee(parser: Parser, session: Session) -> str:
    if parser.accept("role"):
        name = take_role(parser)
        require_role(session, name)
        return role_role(name)
    if parser.accept("group"):
        return group_role(parser.take_name())
    _refuse_kinds(parser, "TO", _OTHER_GRANTEES)
    return "PUBLIC" if parser.accept("public") else quoted(take_user(parser))
