"""GRANT and REVOKE of privileges on all objects of a schema or of the database.

Later objects have them, too.
https://docs.aws.amazon.com/redshift/latest/dg/t_scoped-permissions.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import (
    is_superuser,
    require_role,
    require_user,
    take_role,
    take_user,
)

# The privileges that each kind of objects has, and those that the emulator does not.
_KINDS = {
    "tables": ("select", "insert", "update", "delete", "references", "truncate"),
    "functions": ("execute",),
    "procedures": ("execute",),
    "schemas": ("create", "usage"),
    "languages": ("usage",),
}
_NOT_SUPPORTED = {"tables": ("alter", "drop"), "schemas": ("alter", "drop")}
_NO_KINDS = ("copy", "templates")
_BEHIND = ("in", "jobs")
_OF_DATABASES = ("schemas", "languages")
_SCHEMA = "SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {name}"
_SAVE = """
SELECT pg_internal.save_scoped(oid, {kind}, {scope}::oid, {privileges}, {grantable})
FROM pg_catalog.pg_roles WHERE rolname = {role}"""
_DELETE = """
SELECT pg_internal.delete_scoped(oid, {kind}, {scope}::oid, {privileges}, {option})
FROM pg_catalog.pg_roles WHERE rolname = {role}"""
_MAY = """
SELECT FROM pg_internal.scoped_privilege AS p
JOIN pg_catalog.pg_roles AS r ON r.oid = p.grantee
WHERE r.rolname = current_user AND p.grantable AND p.kind = {kind} AND p.scope IN (0, {scope}::oid)
    AND p.privilege IN ({privilege}, 'ALL')"""


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is granted: ``SELECT FOR TABLES IN SCHEMA`` with the schema's number."""

    privileges: tuple[str, ...]
    kind: str
    schema: int


def is_scoped(statement: Statement) -> bool:
    """Return whether a GRANT or REVOKE is about all objects: ``FOR TABLES``, for example."""
    return any(
        token.is_word("for")
        and following.is_word(*_KINDS, *_NO_KINDS)
        and behind.is_word(*_BEHIND)
        for token, following, behind in zip(
            statement.tokens, statement.tokens[1:], statement.tokens[2:], strict=False
        )
    )


def grant_scoped(parser: Parser, session: Session) -> str:
    """Run ``privileges FOR kind IN scope TO grantees``, which follows GRANT."""
    scope = _take_scope(parser, session)
    parser.expect("to")
    grantees = parser.take_list(lambda: _take_grantee(parser, session))
    parser.expect_end()
    _require_may(session, scope)
    for role, grantable in grantees:
        _run(session, _SAVE, scope, role, grantable=grantable)
    return "GRANT"


def revoke_scoped(parser: Parser, session: Session) -> str:
    """Run ``[GRANT OPTION FOR] privileges FOR kind IN scope FROM grantees``."""
    option = parser.accept("grant", "option", "for")
    scope = _take_scope(parser, session)
    parser.expect("from")
    grantees = parser.take_list(lambda: _take_grantee(parser, session))
    parser.take_cascade()
    parser.expect_end()
    _require_may(session, scope)
    for role, _ in grantees:
        _run(session, _DELETE, scope, role, option=option)
    return "REVOKE"


def _run(session: Session, template: str, scope: _Scope, role: str, **values: bool) -> None:
    session.run_as_engine(
        fill(
            template,
            role=role,
            kind=scope.kind.upper(),
            scope=scope.schema,
            privileges=scope.privileges,
            **values,
        )
    )


def _take_scope(parser: Parser, session: Session) -> _Scope:
    """Take ``privileges FOR kind IN { SCHEMA schema [DATABASE name] | DATABASE name }``."""
    if parser.accept("all"):
        parser.accept("privileges")
        words = ["all"]
    else:
        words = parser.take_list(parser.take_type_word)
    parser.expect("for")
    if parser.accept_any(*_NO_KINDS) is not None:
        raise NotSupportedError(
            "privileges FOR COPY JOBS and TEMPLATES: not supported by the emulator"
        )
    kind = parser.accept_any(*_KINDS) or ""
    _check_privileges(words, kind)
    parser.expect("in")
    place = _take_place(parser, session, kind)
    # scoped privileges do not distinguish functions and procedures
    return _Scope(tuple(map(str.upper, words)), kind.replace("procedures", "functions"), place)


def _check_privileges(words: list[str], kind: str) -> None:
    for word in words:
        if word in _NOT_SUPPORTED.get(kind, ()):
            raise NotSupportedError(f"privilege {word.upper()}: not supported by the emulator")
        if word != "all" and word not in _KINDS[kind]:
            message = f"invalid privilege type {word.upper()} for {kind.upper()}"
            raise RedshiftError(message, sqlstate="0LP01")


def _take_place(parser: Parser, session: Session, kind: str) -> int:
    """Take the schema or the database; return the number of the schema, or 0."""
    found = 0
    if kind not in _OF_DATABASES and parser.accept("schema"):
        name = parser.take_name()
        rows = session.query(fill(_SCHEMA, name=name))
        if not rows:
            raise RedshiftError(f'schema "{name}" does not exist', sqlstate="3F000")
        found = int(rows[0][0] or 0)
    elif not parser.at("database"):
        raise parser.fail()
    if parser.accept("database"):
        parser.take_database()
    return found


def _take_grantee(parser: Parser, session: Session) -> tuple[str, bool]:
    """Take ``{ user [WITH GRANT OPTION] | ROLE role }``; return PostgreSQL's role, and whether."""
    if parser.accept("role"):
        name = take_role(parser)
        require_role(session, name)
        return f"role:{name}", False
    if parser.at("group") or parser.at("public"):
        message = (
            f"privileges FOR the objects of a scope cannot be granted to {parser.take().value}"
        )
        raise RedshiftError(message, sqlstate="0LP01")
    user = take_user(parser)
    require_user(session, user)
    return user, parser.accept("with", "grant", "option")


def _require_may(session: Session, scope: _Scope) -> None:
    """Refuse users other than superusers and those who have the grant option."""
    if is_superuser(session):
        return
    for privilege in scope.privileges:
        values = {"kind": scope.kind.upper(), "scope": scope.schema, "privilege": privilege}
        if not session.query(fill(_MAY, **values)):
            message = f"permission denied to grant {privilege} for {scope.kind}"
            raise RedshiftError(message, sqlstate="42501")
