"""GRANT and REVOKE of ASSUMEROLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from itertools import product

from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.session.assumed_roles import chain
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import require_superuser

COMMANDS = ("copy", "unload", "external function", "create model")
_SAVE = """
INSERT INTO pg_internal.assumerole_privilege (iam_role, grantee, command)
VALUES ({arn}, {grantee:sql}, {command}) ON CONFLICT DO NOTHING"""
_DELETE = """
DELETE FROM pg_internal.assumerole_privilege
WHERE grantee = {grantee:sql} AND command = {command} AND {arn} IN (iam_role, 'ALL')"""


def take_roles(parser: Parser, session: Session) -> list[str]:
    """Take ``ASSUMEROLE ON { 'iam_role', ... | DEFAULT | ALL }``, which follows GRANT."""
    parser.expect("assumerole", "on")
    if parser.accept("all"):
        return ["ALL"]
    if parser.accept("default"):
        return [chain(session, ())]
    return parser.take_list(parser.take_string)


def change_assumerole(
    parser: Parser, session: Session, arns: list[str], grantees: str, *, grants: bool
) -> None:
    """Run a GRANT or REVOKE, of which ``FOR { ALL | command, ... }`` is left."""
    parser.expect("for")
    commands = COMMANDS if parser.accept("all") else parser.take_list(lambda: _take(parser))
    parser.expect_end()
    require_superuser(session, "grant or revoke ASSUMEROLE")
    for arn, grantee, command in product(arns, grantees.split(", "), commands):
        number = "0" if grantee == "PUBLIC" else fill("{role}::regrole", role=grantee)
        values = {"arn": arn, "grantee": number, "command": command.upper()}
        session.run_as_engine(fill(_SAVE if grants else _DELETE, **values))


def _take(parser: Parser) -> str:
    """Take a command."""
    for command in COMMANDS:
        if parser.accept(*command.split()):
            return command
    raise parser.fail()
