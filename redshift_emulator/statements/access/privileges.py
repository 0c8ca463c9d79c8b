"""Privileges and grantees as GRANT, REVOKE and ALTER DEFAULT PRIVILEGES name them.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, quoted
from redshift_emulator.statements.access.roles import group_role, take_user

ON_TABLES = frozenset({"select", "insert", "update", "delete", "references"})
ON_SCHEMAS = frozenset({"create", "usage"})
ON_DATABASES = frozenset({"create", "temporary", "temp"})
# Redshift's privileges that the roles of PostgreSQL do not have.
_NOT_SUPPORTED = frozenset(
    {"role", "drop", "alter", "truncate", "rule", "trigger", "execute", "assumerole"}
)


def parse_grant_option(parser: Parser) -> str:
    """Take ``GRANT OPTION FOR`` if it comes next, and render it."""
    return "GRANT OPTION FOR " if parser.accept("grant", "option", "for") else ""


def parse_privileges(parser: Parser) -> list[str]:
    """Parse ``ALL [PRIVILEGES]`` or a list such as ``SELECT, UPDATE (a, b)``."""
    if parser.accept("all"):
        parser.accept("privileges")
        return ["ALL"]
    return parser.take_list(lambda: _parse_privilege(parser))


def _parse_privilege(parser: Parser) -> str:
    token = parser.take()
    word = token.value
    if token.kind is not Kind.WORD or word not in ON_TABLES | ON_SCHEMAS | ON_DATABASES:
        if word in _NOT_SUPPORTED:
            raise NotSupportedError(f"privilege {word.upper()}: not supported by the emulator")
        if parser.at("to") or parser.at("from") or parser.at_operator(","):
            raise NotSupportedError("GRANT of a role: not supported by the emulator")
        raise RedshiftError(f"unrecognized privilege type {word}", sqlstate="42601")
    if parser.at_operator("("):
        return f"{word} ({', '.join(quoted(name) for name in parser.take_names())})"
    return word


def check_privileges(privileges: list[str], allowed: frozenset[str], kind: str) -> None:
    """Refuse privileges that objects of this kind do not have."""
    for privilege in privileges:
        word = privilege.split(" ", 1)[0]
        if word != "ALL" and word not in allowed:
            message = f"invalid privilege type {word.upper()} for {kind}"
            raise RedshiftError(message, sqlstate="0LP01")


def take_quoted(parser: Parser) -> str:
    """Take ``name, ...`` and quote each name."""
    return ", ".join(map(quoted, parser.take_list(parser.take_name)))


def parse_grantees(parser: Parser, *, grants: bool) -> str:
    """Parse ``{ user | GROUP group | PUBLIC }, ...``, for GRANT with ``[WITH GRANT OPTION]``."""
    found = parser.take_list(lambda: _parse_grantee(parser))
    if not (grants and parser.accept("with", "grant", "option")):
        return ", ".join(found)
    if any(name == "PUBLIC" or name.startswith('"group:') for name in found):
        message = "grant options can only be granted to individual users"
        raise RedshiftError(message, sqlstate="0LP01")
    return f"{', '.join(found)} WITH GRANT OPTION"


def _parse_grantee(parser: Parser) -> str:
    group = parser.accept("group")
    if parser.at("role"):
        raise NotSupportedError("roles: not supported by the emulator")
    if group:
        return group_role(parser.take_name())
    return "PUBLIC" if parser.accept("public") else quoted(take_user(parser))
