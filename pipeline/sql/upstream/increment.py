"""Statements of an incremental dump: running transactions, identity of the cluster, positions.

A moment is a text, ``2026-11-21 03:04:05.000006+00``: no driver rounds it.
"""

from collections.abc import Sequence

from pipeline.designs.model.incremental import NUMBERS
from pipeline.sql.statement import Statement, upstream_identifier, upstream_table
from pipeline.sql.upstream.extract import Extract, where

STATS_ROLE = 100000
"""PostgreSQL 10 brought ``pg_read_all_stats``, ``backend_type`` and logical replication.

https://www.postgresql.org/docs/release/10.0/
"""

FINITE_NUMERIC = 140000
"""Older servers have no infinite numeric. https://www.postgresql.org/docs/release/14.0/"""

MARGIN = "1 second"
"""How much earlier than it is shown a transaction may have begun; see ``running``."""

_IN_TRANSACTION = "('idle in transaction', 'idle in transaction (aborted)')"

_MOMENT = "pg_catalog.to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"

# No zone of the world is more than 12 hours behind UTC.
_EARLIEST = "AT TIME ZONE 'UTC' - interval '12 hours'"


def running(version: int) -> Statement:
    """Read when the oldest other transaction of this database began, and who may see that.

    ``bound`` is a second before it, or before ``clock`` if there is none: no transaction that
    commits after this statement has an earlier ``now()``. ``hidden`` counts the sessions that do
    not show theirs: ``track_activities`` is off, or was when it began. ``control`` is whether
    the user may call the functions of ``control``.

    The server sets the start of a transaction to the time at which the message with its first
    statement arrived (``StartTransaction`` in xact.c takes the time of
    ``SetCurrentStatementStartTimestamp``, which ``PostgresMain`` calls for each message). Shortly
    after, ``pgstat_report_activity`` shows it as ``query_start``, then
    ``pgstat_report_xact_timestamp`` as ``xact_start``. Before ``query_start``, nothing waits: the
    second is for that moment, and for a column like ``timestamp(0)``, which rounds down by up to
    half a second. ``query_start`` counts while no ``xact_start`` is shown, also between two
    transactions of one message, which both begin with its arrival; not that of a sender of
    replication, whose command runs for days outside a transaction. ``xact_start`` disappears only
    after the transaction is visible (``CommitTransaction``). The clock is that of this statement's
    arrival, before the sessions are read.
    https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
    """
    is_new = version >= STATS_ROLE
    # Autovacuum changes no values, and may run for hours.
    writers = "\n  AND a.backend_type IS DISTINCT FROM 'autovacuum worker'" if is_new else ""
    sees_all = (
        "pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')"
        if is_new
        else "pg_catalog.current_setting('is_superuser') = 'on'"
    )
    clock = "pg_catalog.statement_timestamp()"
    works = "a.state <> 'idle'" + (" AND a.backend_type = 'client backend'" if is_new else "")
    start = f"COALESCE(a.xact_start, CASE WHEN {works} THEN a.query_start END)"
    bound = _MOMENT.format(f"(LEAST({clock}, pg_catalog.min({start})) - interval '{MARGIN}')")
    return Statement(
        f"""\
SELECT
  {bound} AS bound,
  {_MOMENT.format(clock)} AS clock,
  pg_catalog.count(*) FILTER (
    WHERE a.state = 'disabled'
      OR (a.xact_start IS NULL AND (a.backend_xid IS NOT NULL OR a.state IN {_IN_TRANSACTION}))
  ) AS hidden,
  pg_catalog.quote_ident(CURRENT_USER) AS role,
  {sees_all} AS sees_all,
  pg_catalog.pg_is_in_recovery() AS standby,
  {_may_call("pg_control_system")}
    AND {_may_call("pg_control_checkpoint")} AS control
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = pg_catalog.current_database()
  AND a.pid <> pg_catalog.pg_backend_pid(){writers}"""
    )


def _may_call(function: str) -> str:
    there = f"pg_catalog.to_regprocedure('pg_catalog.{function}()')"
    return f"COALESCE(pg_catalog.has_function_privilege({there}, 'EXECUTE'), FALSE)"


def prepared() -> Statement:
    """Count the prepared transactions of this database, which do not show when they began.

    Read it after ``running``: a transaction that is prepared in between is in one of the two.
    https://www.postgresql.org/docs/current/view-pg-prepared-xacts.html
    """
    return Statement(
        """\
SELECT pg_catalog.count(*) AS prepared
FROM pg_catalog.pg_prepared_xacts
WHERE database = pg_catalog.current_database()"""
    )


def control() -> Statement:
    """Read what identifies the cluster; a standby that was promoted has another timeline.

    https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA
    """
    return Statement(
        """\
SELECT s.system_identifier::text || '/' || c.timeline_id::text AS cluster
FROM pg_catalog.pg_control_system() AS s
CROSS JOIN pg_catalog.pg_control_checkpoint() AS c"""
    )


def count_rows(extract: Extract) -> Statement:
    """Count the rows of an extract."""
    return Statement("\n".join(["SELECT pg_catalog.count(*) AS rows", *_from(extract)]))


def count_nulls(extract: Extract, column: str) -> Statement:
    """Count the rows that have no value of the cursor."""
    rows = _from(extract, f"{upstream_identifier(column)} IS NULL")
    return Statement("\n".join(["SELECT pg_catalog.count(*) AS nulls", *rows]))


def largest(extract: Extract, column: str, cursor: str, version: int) -> Statement:
    """Read the largest finite value of the cursor, of type ``cursor``, as text."""
    value = upstream_identifier(column)
    end = "NaN" if cursor == "numeric" and version < FINITE_NUMERIC else "Infinity"
    is_finite = [] if cursor.startswith("int") else [f"{value} < '{end}'::{cursor}"]
    rows = _from(extract, *is_finite)
    return Statement("\n".join([f"SELECT pg_catalog.max({value})::text AS largest", *rows]))


def _from(extract: Extract, *terms: str) -> Sequence[str]:
    return [f"FROM {upstream_table(extract.table)}", *where(extract, *terms)]


def position_type(cursor: str) -> str:
    """Return the type of a cursor's positions: less a lag, a value may be no smallint."""
    return "int8" if cursor.startswith("int") else cursor


def is_ahead(position: str, clock: str, cursor: str) -> Statement:
    """Compare a position with the clock: ``ahead`` if it is later, which no run can have left.

    Without a time zone, the clock is the earliest local time anywhere, as for all positions.
    """
    text = f"SELECT %(position)s::{cursor} > {_at('%(clock)s', cursor)} AS ahead"
    return Statement(text, {"position": position, "clock": clock})


def before(moment: str, cursor: str, *, back: str, base: str | None) -> Statement:
    """Calculate the ``position`` that is an interval before a moment, or ``base`` if later.

    Without a time zone, it is the earliest local time of that moment anywhere.
    """
    text = _at("%(moment)s", cursor, back="%(back)s")
    parameters = {"moment": moment, "back": back}
    return _position(text, cursor, parameters, base)


def behind(value: str, clock: str, cursor: str, *, lag: str, base: str | None) -> Statement:
    """Calculate the ``position`` that is ``lag`` behind a value, or ``base`` if that is later.

    ``lag`` is an interval for times, else a number. A time that is later than the clock counts as
    the clock's; without a time zone, as the earliest local time of the clock anywhere: whose local
    time a value is cannot be known.
    """
    if cursor in NUMBERS:
        number = position_type(cursor)
        text = f"(%(value)s::numeric - %(lag)s::numeric)::{number}"
        return _position(text, number, {"value": value, "lag": lag}, base)
    capped = f"LEAST(%(value)s::{cursor}, {_at('%(clock)s', cursor)})"
    text = f"({capped} - %(lag)s::interval)::{cursor}"
    return _position(text, cursor, {"value": value, "clock": clock, "lag": lag}, base)


def _at(moment: str, cursor: str, back: str | None = None) -> str:
    """Convert a moment to the cursor's type; without a time zone, to the earliest local time."""
    value = f"{moment}::timestamptz" + (f" - {back}::interval" if back else "")
    return f"({value})" if cursor == "timestamptz" else f"(({value}) {_EARLIEST})::{cursor}"


def _position(text: str, cursor: str, parameters: dict[str, str], base: str | None) -> Statement:
    if base is None:
        return Statement(f"SELECT ({text})::text AS position", parameters)
    text = f"SELECT GREATEST({text}, %(base)s::{cursor})::text AS position"
    return Statement(text, {**parameters, "base": base})
