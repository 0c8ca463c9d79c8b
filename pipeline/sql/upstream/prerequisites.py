"""What an incremental load requires of a server and of a table."""

from collections.abc import Sequence

from pipeline.names import TableName
from pipeline.sql.statement import Statement


def sees_transactions() -> Statement:
    """Select the user, whether it sees the transactions of all users, and what hides them.

    ``prepared`` counts the prepared transactions of this database. A standby shows none of its
    primary's. The role pg_read_all_stats exists from PostgreSQL 10 on; before, only a superuser
    sees all.
    https://www.postgresql.org/docs/current/predefined-roles.html
    https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
    """
    return Statement(
        """\
SELECT
  CURRENT_USER AS user_name,
  pg_catalog.pg_is_in_recovery() AS standby,
  EXISTS (
    SELECT 1
    FROM pg_catalog.pg_roles AS r
    WHERE (r.rolname = CURRENT_USER AND r.rolsuper)
      OR (r.rolname = 'pg_read_all_stats' AND pg_catalog.pg_has_role(r.oid, 'USAGE'))
  ) AS sees_all,
  (
    SELECT pg_catalog.count(*)
    FROM pg_catalog.pg_prepared_xacts
    WHERE database = pg_catalog.current_database()
  ) AS prepared"""
    )


def has_index(table: TableName, column: str) -> Statement:
    """Select whether an index for comparisons, of all rows of a table, begins with a column."""
    text = """\
SELECT EXISTS (
  SELECT 1
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_am AS m ON m.oid = x.relam AND m.amname = 'btree'
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
  WHERE n.nspname = %(schema)s
    AND c.relname = %(table)s
    AND a.attname = %(column)s
    AND i.indisvalid
    AND i.indpred IS NULL
) AS has_index"""
    parameters = {"schema": table.schema, "table": table.table, "column": column}
    return Statement(text, parameters)


def has_unique_index(table: TableName, columns: Sequence[str]) -> Statement:
    """Select whether a unique index of a table guarantees that these columns identify a row.

    Rows of tables that inherit from it are in no index of it; those of partitions are.
    """
    text = """\
SELECT EXISTS (
  SELECT 1
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s
    AND c.relname = %(table)s
    AND i.indisunique
    AND i.indisvalid
    AND i.indpred IS NULL
    AND i.indexprs IS NULL
    AND (
      c.relkind = 'p'
      OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = c.oid)
    )
    AND (
      SELECT pg_catalog.bool_and(a.attname = ANY (%(columns)s))
      FROM pg_catalog.pg_attribute AS a
      WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey::int2[])
    )
) AS has_unique_index"""
    parameters = {"schema": table.schema, "table": table.table, "columns": list(columns)}
    return Statement(text, parameters)
