"""Questions about a session, asked by another one."""

from pipeline.sql.catalog import sessions
from tests.support.values.statements import sql


def test_the_running_statements_of_a_session_are_counted():
    statement = sessions.statements(4711)
    assert statement.parameters == {"session_id": 4711}
    assert statement.text == sql("""
        SELECT
            COUNT(*) AS known,
            SUM(CASE WHEN TRIM(status) IN ('planning', 'queued', 'running') THEN 1 ELSE 0 END) AS running
        FROM sys_query_history
        WHERE session_id = %(session_id)s
    """)  # noqa: E501


def test_the_lock_that_a_session_waits_for_is_read_with_its_holder():
    statement = sessions.lock_wait(4711)
    assert statement.parameters == {"session_id": 4711}
    assert statement.text == sql("""
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
        LIMIT 1
    """)
