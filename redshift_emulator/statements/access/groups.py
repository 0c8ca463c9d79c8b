"""CREATE, ALTER and DROP GROUP.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_GROUP.html
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import (
    drop_role,
    group_role,
    require_superuser,
    require_user,
    take_users,
)


def create_group(statement: Statement, session: Session) -> str:
    """CREATE GROUP name [[WITH] USER name, ...]."""
    parser = Parser(statement)
    parser.expect("create", "group")
    name = parser.take_name()
    parser.accept("with")
    members = take_users(parser) if parser.accept("user") else []
    parser.expect_end()
    require_superuser(session, "create groups")
    if name.startswith("__"):
        raise RedshiftError(f'group name "{name}" is reserved', sqlstate="42939")
    session.run(f"CREATE ROLE {group_role(name)} NOLOGIN")
    _add_members(session, name, members)
    return "CREATE GROUP"


def alter_group(statement: Statement, session: Session) -> str:
    """ALTER GROUP name { ADD USER | DROP USER } name, ... | RENAME TO name."""
    parser = Parser(statement)
    parser.expect("alter", "group")
    name = parser.take_name()
    verb = parser.accept_any("add", "drop", "rename")
    if verb is None:
        raise parser.fail()
    parser.expect("to" if verb == "rename" else "user")
    others = take_users(parser)
    parser.expect_end()
    require_superuser(session, "alter groups")
    if verb == "rename":
        session.run(f"ALTER ROLE {group_role(name)} RENAME TO {group_role(others[0])}")
    elif verb == "add":
        _add_members(session, name, others)
    else:
        for user in others:
            require_user(session, user)
            session.run(f"REVOKE {group_role(name)} FROM {quoted(user)}")
    return "ALTER GROUP"


def drop_group(statement: Statement, session: Session) -> str:
    """DROP GROUP name; refused while the group has a privilege on an object."""
    parser = Parser(statement)
    parser.expect("drop", "group")
    name = parser.take_name()
    parser.expect_end()
    require_superuser(session, "drop groups")
    drop_role(session, group_role(name), "group", name)
    return "DROP GROUP"


def _add_members(session: Session, group: str, users: list[str]) -> None:
    for user in users:
        require_user(session, user)
        session.run(f"GRANT {group_role(group)} TO {quoted(user)}")
