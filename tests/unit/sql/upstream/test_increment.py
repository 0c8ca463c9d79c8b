"""The exact text of the statements of an incremental dump."""

import pytest

from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.statement import Statement
from pipeline.sql.upstream import increment
from pipeline.sql.upstream.extract import Extract

NAME = TableName("s", 't"')
EXTRACT = Extract(NAME, (Column("id"),), "a OR b -- c")

FROM = 'FROM "s"."t"""\nWHERE (a OR b -- c\n  )'


def test_running_transactions_are_read_with_who_may_see_them() -> None:
    text = increment.running(180000).text
    assert text == RUNNING
    assert "pg_read_all_stats" not in increment.running(90600).text
    assert "backend_type" not in increment.running(90600).text


RUNNING = """\
SELECT
  pg_catalog.to_char((LEAST(pg_catalog.statement_timestamp(), \
pg_catalog.min(COALESCE(a.xact_start, CASE WHEN a.state <> 'idle' \
AND a.backend_type = 'client backend' THEN a.query_start END))) \
- interval '1 second') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' AS bound,
  pg_catalog.to_char(pg_catalog.statement_timestamp() AT TIME ZONE 'UTC', \
'YYYY-MM-DD HH24:MI:SS.US') || '+00' AS clock,
  pg_catalog.count(*) FILTER (
    WHERE a.state = 'disabled'
      OR (a.xact_start IS NULL AND (a.backend_xid IS NOT NULL \
OR a.state IN ('idle in transaction', 'idle in transaction (aborted)')))
  ) AS hidden,
  pg_catalog.quote_ident(CURRENT_USER) AS role,
  pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS sees_all,
  pg_catalog.pg_is_in_recovery() AS standby,
  COALESCE(pg_catalog.has_function_privilege(\
pg_catalog.to_regprocedure('pg_catalog.pg_control_system()'), 'EXECUTE'), FALSE)
    AND COALESCE(pg_catalog.has_function_privilege(\
pg_catalog.to_regprocedure('pg_catalog.pg_control_checkpoint()'), 'EXECUTE'), FALSE) AS control
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = pg_catalog.current_database()
  AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.backend_type IS DISTINCT FROM 'autovacuum worker'"""


def test_rows_are_counted_under_the_condition() -> None:
    assert increment.count_rows(EXTRACT).text == f"SELECT pg_catalog.count(*) AS rows\n{FROM}"
    assert increment.count_nulls(EXTRACT, "a%").text == (
        f'SELECT pg_catalog.count(*) AS nulls\n{FROM}\n  AND "a%" IS NULL'
    )


@pytest.mark.parametrize(
    ("cursor", "version", "expected"),
    [
        ("int8", 180000, ""),
        ("numeric", 140000, "\n  AND \"at\" < 'Infinity'::numeric"),
        ("numeric", 130000, "\n  AND \"at\" < 'NaN'::numeric"),
        ("date", 130000, "\n  AND \"at\" < 'Infinity'::date"),
    ],
)
def test_the_largest_value_is_finite(cursor: str, version: int, expected: str) -> None:
    text = increment.largest(EXTRACT, "at", cursor, version).text
    assert text == f'SELECT pg_catalog.max("at")::text AS largest\n{FROM}{expected}'


MOMENT = "(%(moment)s::timestamptz - %(back)s::interval)"
LOCAL = "AT TIME ZONE 'UTC' - interval '12 hours'"
NOW = f"((%(clock)s::timestamptz) {LOCAL})"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            increment.is_ahead("p", "c", "timestamptz"),
            "%(position)s::timestamptz > (%(clock)s::timestamptz) AS ahead",
        ),
        (
            increment.is_ahead("p", "c", "date"),
            f"%(position)s::date > {NOW}::date AS ahead",
        ),
        (
            increment.before("m", "timestamptz", back="b", base=None),
            f"({MOMENT})::text AS position",
        ),
        (
            increment.before("m", "timestamp", back="b", base="x"),
            f"GREATEST(({MOMENT} {LOCAL})::timestamp, %(base)s::timestamp)::text AS position",
        ),
        (
            increment.behind("v", "c", "timestamp", lag="l", base=None),
            (
                f"((LEAST(%(value)s::timestamp, {NOW}::timestamp) - %(lag)s::interval)"
                "::timestamp)::text AS position"
            ),
        ),
        (
            increment.behind("v", "c", "int2", lag="5", base="3"),
            (
                "GREATEST((%(value)s::numeric - %(lag)s::numeric)::int8, %(base)s::int8)::text"
                " AS position"
            ),
        ),
    ],
)
def test_positions_are_calculated_by_the_server(statement: Statement, expected: str) -> None:
    assert statement.text == f"SELECT {expected}"
