"""Questions about a session upstream, asked by another session."""

import datetime as dt

from pipeline.sql.statement import Statement


def identity() -> Statement:
    """Select what identifies this session on its server: ``session_id`` and ``server_started``.

    The time tells servers apart that share an address.
    """
    return Statement(
        """\
SELECT
  pg_catalog.pg_backend_pid() AS session_id,
  pg_catalog.pg_postmaster_start_time() AS server_started"""
    )


def server() -> Statement:
    """Select what identifies the server and the database: ``started`` and ``database``."""
    return Statement(
        """\
SELECT
  pg_catalog.pg_postmaster_start_time() AS started,
  pg_catalog.current_database()::text AS database"""
    )


def state(session_id: int, server_started: dt.datetime) -> Statement:
    """Select whether a session works, and the lock for which it waits, in one row.

    ``same`` is false if another server answers. A session that has ended, or waits for its client,
    does not work. ``relation`` is NULL if the lock is not on one, ``holder`` if a prepared
    transaction holds it; a user without privileges does not see ``since``.
    https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
    """
    text = """\
SELECT
  pg_catalog.pg_postmaster_start_time() = %(server_started)s AS same,
  COALESCE(s.state = 'active' AND s.wait_event_type IS DISTINCT FROM 'Client', FALSE) AS works,
  COALESCE(s.wait_event_type = 'Lock', FALSE) AS waits,
  n.nspname || '.' || c.relname AS relation,
  h.pid AS holder,
  h.usename AS holder_user,
  h.application_name AS application,
  h.xact_start AS since
FROM (SELECT %(session_id)s::integer AS pid) AS asked
LEFT JOIN pg_catalog.pg_stat_activity AS s ON s.pid = asked.pid
LEFT JOIN pg_catalog.pg_locks AS l ON l.pid = s.pid AND NOT l.granted
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_activity AS h
  ON s.wait_event_type = 'Lock' AND h.pid = ANY (pg_catalog.pg_blocking_pids(s.pid))
ORDER BY h.xact_start
LIMIT 1"""
    return Statement(text, {"session_id": session_id, "server_started": server_started})
