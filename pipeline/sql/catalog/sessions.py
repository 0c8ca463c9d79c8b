"""Questions about a session in the warehouse, asked by another session."""

from pipeline.sql.statement import Statement


def statements(session_id: int) -> Statement:
    """Select the numbers of a session's statements that are ``known``, and ``running`` now.

    A statement whose result waits for the client is not running.
    https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html
    """
    text = """\
SELECT
    COUNT(*) AS known,
    SUM(CASE WHEN TRIM(status) IN ('planning', 'queued', 'running') THEN 1 ELSE 0 END) AS running
FROM sys_query_history
WHERE session_id = %(session_id)s"""
    return Statement(text, {"session_id": session_id})


def lock_wait(session_id: int) -> Statement:
    """Select the lock for which a session waits, and who holds it; no row if it waits for none.

    ``holder_user``, ``is_own_user`` and ``since`` (in UTC) are NULL for sessions of other users,
    unless the user is a superuser or has SYSLOG ACCESS UNRESTRICTED.
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TRANSACTIONS.html
    """
    text = """\
SELECT
    n.nspname || '.' || c.relname AS relation,
    h.pid AS holder,
    t.txn_owner AS holder_user,
    t.txn_owner = CURRENT_USER AS is_own_user,
    t.txn_start AS since
FROM pg_locks AS w
LEFT JOIN pg_class AS c ON c.oid = w.relation
LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_locks AS h ON h.relation = w.relation AND h.granted AND h.pid <> w.pid
LEFT JOIN svv_transactions AS t ON t.pid = h.pid AND t.relation = h.relation
WHERE w.pid = %(session_id)s AND NOT w.granted
ORDER BY t.txn_start
LIMIT 1"""
    return Statement(text, {"session_id": session_id})
