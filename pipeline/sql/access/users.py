"""Statements about users and groups. A password is a hash, and always a parameter.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_USER.html
"""

from collections.abc import Iterable

from pipeline.sql.statement import Statement, columns, identifier

OWN_SCHEMA = "$user"


def create_group(name: str) -> Statement:
    """Create a group."""
    return Statement(f"CREATE GROUP {identifier(name)}")


def create_user(name: str, password: str | None, groups: tuple[str, ...]) -> Statement:
    """Create a user in groups; ``password`` is a hash, None for logins by IAM only."""
    clause = f"\nIN GROUP {columns(groups)}" if groups else ""
    if password is None:
        return Statement(f"CREATE USER {identifier(name)}\nPASSWORD DISABLE{clause}")
    return Statement(
        f"CREATE USER {identifier(name)}\nPASSWORD %(password)s{clause}", {"password": password}
    )


def alter_password(name: str, password: str) -> Statement:
    """Set a user's password, given as its hash."""
    return Statement(
        f"ALTER USER {identifier(name)}\nPASSWORD %(password)s", {"password": password}
    )


def alter_search_path(name: str, schemas: Iterable[str]) -> Statement:
    """Set the search path of a user's next sessions; ``$user`` is the user's own schema."""
    path = ", ".join(
        "'$user'" if schema == OWN_SCHEMA else identifier(schema) for schema in schemas
    )
    return Statement(f"ALTER USER {identifier(name)}\nSET search_path TO {path}")


def add_to_group(group: str, user: str) -> Statement:
    """Add a user to a group."""
    return Statement(f"ALTER GROUP {identifier(group)}\nADD USER {identifier(user)}")


def remove_from_group(group: str, user: str) -> Statement:
    """Remove a user from a group."""
    return Statement(f"ALTER GROUP {identifier(group)}\nDROP USER {identifier(user)}")


def drop_user(name: str) -> Statement:
    """Drop a user, who must own nothing and have no privileges in this database.

    https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_USER.html
    """
    return Statement(f"DROP USER {identifier(name)}")
