"""Queries on an upstream PostgreSQL's catalog: what holds for the values of columns.

https://www.postgresql.org/docs/current/catalogs.html
"""

from collections.abc import Sequence

from pipeline.sql.statement import Statement
from pipeline.sql.upstream.catalog import WHOLE


def labels(oids: Sequence[int]) -> Statement:
    """List the labels of all columns of enum types, in the order of the type."""
    text = """\
SELECT
  a.attrelid::bigint AS oid,
  a.attname AS name,
  ARRAY(
    SELECT e.enumlabel::text
    FROM pg_catalog.pg_enum AS e
    WHERE e.enumtypid = a.atttypid
    ORDER BY e.enumsortorder
  ) AS labels
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid AND t.typtype = 'e'
WHERE a.attrelid = ANY (%(oids)s::oid[])
  AND a.attnum > 0
  AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum"""
    return Statement(text, {"oids": list(oids)})


def conditions(oids: Sequence[int]) -> Statement:
    """List the conditions of CHECK constraints that hold for all rows, in the order of names.

    One that was never validated need not hold, nor one of a foreign table or of a table from which
    one inherits, nor one that tables which inherit from its table do not have.
    """
    text = f"""\
SELECT
  k.conrelid::bigint AS oid,
  pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS condition
FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid AND c.relkind <> 'f'
WHERE k.contype = 'c'
  AND k.convalidated
  AND (NOT k.connoinherit OR {WHOLE.format("k.conrelid")})
  AND NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS f ON f.oid = h.inhrelid AND f.relkind = 'f'
    WHERE h.inhparent = k.conrelid
  )
  AND k.conrelid = ANY (%(oids)s::oid[])
ORDER BY k.conrelid, k.conname"""
    return Statement(text, {"oids": list(oids)})


def domain_conditions(oids: Sequence[int]) -> Statement:
    """List the conditions of the domains of columns, in the order of names; VALUE is the column.

    A domain can be one of another domain, whose conditions hold, too.
    """
    text = """\
WITH RECURSIVE types (attrelid, attnum, attname, oid) AS (
  SELECT a.attrelid, a.attnum, a.attname, a.atttypid
  FROM pg_catalog.pg_attribute AS a
  WHERE a.attrelid = ANY (%(oids)s::oid[])
    AND a.attnum > 0
    AND NOT a.attisdropped
  UNION ALL
  SELECT t.attrelid, t.attnum, t.attname, d.typbasetype
  FROM types AS t
  JOIN pg_catalog.pg_type AS d ON d.oid = t.oid AND d.typtype = 'd'
)
SELECT
  t.attrelid::bigint AS oid,
  t.attname AS name,
  pg_catalog.pg_get_expr(k.conbin, 0) AS condition
FROM types AS t
JOIN pg_catalog.pg_constraint AS k ON k.contypid = t.oid AND k.contype = 'c' AND k.convalidated
ORDER BY t.attrelid, t.attnum, k.conname"""
    return Statement(text, {"oids": list(oids)})
