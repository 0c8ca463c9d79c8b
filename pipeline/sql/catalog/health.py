"""Questions by which the doctor finds out whom it talks to, and whether clocks agree."""

from __future__ import annotations

from pipeline.sql.statement import Statement


def server() -> Statement:
    """Ask for the server's ``version``, the ``user_name`` that is logged in, its clock as ``now``.

    GETDATE is UTC, whatever the session's time zone, and is not frozen by a transaction.
    https://docs.aws.amazon.com/redshift/latest/dg/r_GETDATE.html
    """
    return Statement("SELECT VERSION() AS version, CURRENT_USER AS user_name, GETDATE() AS now")


def is_superuser() -> Statement:
    """Ask whether the user that is logged in may do everything, as ``usesuper``.

    https://docs.aws.amazon.com/redshift/latest/dg/r_PG_USER.html
    """
    return Statement("SELECT usesuper\nFROM pg_catalog.pg_user\nWHERE usename = CURRENT_USER")
