"""Queries of ``pipeline doctor``: server version, user and clock."""

from pipeline.sql.statement import Statement


def server() -> Statement:
    """Select the server's ``version``, the current ``user_name`` and the server's time ``now``.

    GETDATE returns UTC in any time zone, and the current time also within a transaction.
    https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html
    """
    return Statement("SELECT VERSION() AS version, CURRENT_USER AS user_name, GETDATE() AS now")


def is_superuser() -> Statement:
    """Select whether the current user is a superuser, as ``usesuper``.

    https://docs.aws.amazon.com/redshift/latest/dg/r_PG_USER.html
    """
    return Statement("SELECT usesuper\nFROM pg_catalog.pg_user\nWHERE usename = CURRENT_USER")
