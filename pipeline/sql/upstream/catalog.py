"""Queries on an upstream PostgreSQL's catalog: one per kind of fact, for all tables at once.

https://www.postgresql.org/docs/current/catalogs.html
"""

from collections.abc import Mapping, Sequence

from pipeline.names import TableName
from pipeline.sql.statement import Statement

GENERATED_COLUMNS = 120000
"""https://www.postgresql.org/docs/release/12.0/"""

INCLUDED_COLUMNS = 110000
"""https://www.postgresql.org/docs/release/11.0/"""

UNKNOWN_ROWS = 140000
"""Older servers have 0 rows on 0 pages for a table that was never analyzed, newer ones -1.

https://www.postgresql.org/docs/release/14.0/
"""

_ESTIMATES = """\
WITH RECURSIVE tree (root, oid) AS (
  SELECT c.oid, c.oid
  FROM pg_catalog.pg_class AS c
  WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
  UNION
  SELECT t.root, i.inhrelid
  FROM pg_catalog.pg_inherits AS i
  JOIN tree AS t ON t.oid = i.inhparent
), estimate AS (
  SELECT
    t.root,
    pg_catalog.bool_or({unknown}) AS unknown,
    pg_catalog.sum(c.reltuples)::bigint AS rows
  FROM tree AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.oid AND c.relkind <> 'p'
  GROUP BY t.root
)"""


def relations(version: int) -> Statement:
    """List all relations with rows: tables, views of both kinds, foreign tables; no partitions.

    ``rows`` is the server's estimate for a table and all that inherit from it, NULL if one of them
    was never analyzed. ``extension`` is true for a relation that an extension created, ``usable``
    for one in a schema with the USAGE privilege, ``hidden`` if reading it is an error because
    row-level security hides rows.
    """
    never = "c.reltuples < 0" if version >= UNKNOWN_ROWS else "c.reltuples + c.relpages <= 0"
    return Statement(
        f"""\
{_ESTIMATES.format(unknown=never)}
SELECT
  c.oid::bigint AS oid,
  n.nspname AS schema,
  c.relname AS table,
  c.relkind AS kind,
  CASE WHEN NOT e.unknown THEN e.rows END AS rows,
  pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable,
  pg_catalog.row_security_active(c.oid)
    AND pg_catalog.current_setting('row_security') = 'off' AS hidden,
  EXISTS (
    SELECT
    FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  ) AS extension
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN estimate AS e ON e.root = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f')
  AND NOT c.relispartition
  AND n.nspname !~ '^pg_'
  AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname"""
    )


def columns(oids: Sequence[int]) -> Statement:
    """List the columns of relations in order.

    ``type`` is written as in CREATE TABLE, with its schema unless that is ``pg_catalog`` or
    ``public``, whatever the search path is; ``base`` and ``typmod`` are those of the type below
    all domains, ``type_schema`` is its schema. ``gap`` is NULL if NOT NULL holds for all rows that
    a SELECT from the relation returns, else where it does not: ``f:public.t`` is a foreign table,
    whose constraints are not enforced, ``v:public.t`` has a constraint that was never validated,
    ``c:public.t`` has none.
    https://www.postgresql.org/docs/current/ddl-inherit.html#DDL-INHERIT-CAVEATS
    """
    return _columns("%(oids)s::oid[]", {"oids": list(oids)})


def table_columns(name: TableName) -> Statement:
    """List the columns of one table, as ``columns`` does; no rows if there is no such table."""
    return _columns(_NAMED, {"schema": name.schema, "table": name.table})


_NAMED = """\
ARRAY(
    SELECT c.oid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %(schema)s AND c.relname = %(table)s
  )"""


_COLUMNS = """\
WITH RECURSIVE attributes AS (
  SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull
  FROM pg_catalog.pg_attribute AS a
  WHERE a.attrelid = ANY ({relations})
    AND a.attnum > 0
    AND NOT a.attisdropped
), types (oid, base, typmod, domain) AS (
  SELECT DISTINCT a.atttypid, a.atttypid, -1, FALSE
  FROM attributes AS a
  UNION ALL
  SELECT t.oid, d.typbasetype, d.typtypmod, TRUE
  FROM types AS t
  JOIN pg_catalog.pg_type AS d ON d.oid = t.base
  WHERE d.typtype = 'd'
), tree (root, oid) AS (
  SELECT DISTINCT a.attrelid, a.attrelid
  FROM attributes AS a
  UNION
  SELECT t.root, i.inhrelid
  FROM tree AS t
  JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid
), gaps AS (
  SELECT t.root, a.attname, pg_catalog.min(
    CASE WHEN c.relkind = 'f' THEN 'f:' WHEN a.attnotnull THEN 'v:' ELSE 'c:' END
    || n.nspname || '.' || c.relname
  ) AS gap
  FROM tree AS t
  JOIN pg_catalog.pg_class AS c
    ON c.oid = t.oid AND (c.oid = t.root OR c.relkind = 'f' OR NOT c.relispartition)
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE c.relkind = 'f' OR NOT a.attnotnull OR EXISTS (
    SELECT
    FROM pg_catalog.pg_constraint AS k
    WHERE k.conrelid = a.attrelid
      AND k.contype = 'n'
      AND k.conkey = ARRAY[a.attnum]
      AND NOT k.convalidated
  )
  GROUP BY t.root, a.attname
)
SELECT
  a.attrelid::bigint AS oid,
  a.attname AS name,
  CASE
    WHEN s.nspname = 'public' THEN pg_catalog.regexp_replace(f.type, '^public[.]', '')
    WHEN s.nspname = 'pg_catalog'
      OR pg_catalog.strpos(f.type, pg_catalog.quote_ident(s.nspname) || '.') = 1 THEN f.type
    ELSE pg_catalog.quote_ident(s.nspname) || '.' || f.type
  END AS type,
  b.typname AS base,
  CASE WHEN t.domain THEN t.typmod ELSE a.atttypmod END AS typmod,
  CASE
    WHEN b.typtype = 'e' THEN 'enum'
    WHEN b.typtype = 'c' THEN 'composite'
    WHEN b.typtype = 'r' THEN 'range'
    WHEN b.typtype = 'm' THEN 'multirange'
    WHEN b.typcategory = 'A' THEN 'array'
    ELSE 'base'
  END AS category,
  n.nspname AS type_schema,
  a.attnotnull AS not_null,
  g.gap,
  pg_catalog.col_description(a.attrelid, a.attnum) AS comment,
  pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable
FROM attributes AS a
CROSS JOIN LATERAL pg_catalog.format_type(a.atttypid, a.atttypmod) AS f (type)
JOIN pg_catalog.pg_type AS d ON d.oid = a.atttypid
JOIN pg_catalog.pg_namespace AS s ON s.oid = d.typnamespace
LEFT JOIN gaps AS g ON g.root = a.attrelid AND g.attname = a.attname
JOIN types AS t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type AS b ON b.oid = t.base AND b.typtype <> 'd'
JOIN pg_catalog.pg_namespace AS n ON n.oid = b.typnamespace
ORDER BY a.attrelid, a.attnum"""


def _columns(relations: str, parameters: Mapping[str, object]) -> Statement:
    return Statement(_COLUMNS.format(relations=relations), parameters)


WHOLE = """\
NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_inherits AS h
    JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent AND p.relkind <> 'p'
    WHERE h.inhparent = {0}
  )"""


def keys(oids: Sequence[int], version: int) -> Statement:
    """List unique keys: primary keys, then unique constraints and indexes, columns in order.

    Partial indexes, indexes on expressions and the included columns of an index do not count.
    ``whole`` is false for a table from which others inherit: a SELECT from it also returns their
    rows, for which its keys do not hold. Those of a partitioned table hold for all its rows.
    """
    width = "i.indnkeyatts" if version >= INCLUDED_COLUMNS else "i.indnatts"
    text = f"""\
SELECT
  i.indrelid::bigint AS oid,
  i.indisprimary AS is_primary,
  {WHOLE.format("i.indrelid")} AS whole,
  ARRAY(
    SELECT a.attname::text
    FROM pg_catalog.generate_series(0, {width} - 1) AS k (place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place]
    ORDER BY k.place
  ) AS columns
FROM pg_catalog.pg_index AS i
WHERE i.indrelid = ANY (%(oids)s::oid[])
  AND i.indisunique
  AND i.indisvalid
  AND i.indisready
  AND i.indpred IS NULL
  AND i.indexprs IS NULL
ORDER BY i.indrelid, i.indisprimary DESC, columns"""
    return Statement(text, {"oids": list(oids)})


def foreign_keys(oids: Sequence[int]) -> Statement:
    """List the foreign keys that hold for all rows, columns in the order of the key.

    One that was never validated or whose triggers are disabled need not hold, nor does that of a
    table for the rows of tables that inherit from it.
    """
    text = f"""\
SELECT
  k.conrelid::bigint AS oid,
  k.confrelid::bigint AS target,
  {_in_order("k.conrelid", "k.conkey")} AS columns,
  {_in_order("k.confrelid", "k.confkey")} AS referenced
FROM pg_catalog.pg_constraint AS k
WHERE k.contype = 'f'
  AND k.convalidated
  AND {WHOLE.format("k.conrelid")}
  AND NOT EXISTS (
    SELECT
    FROM pg_catalog.pg_trigger AS g
    WHERE g.tgconstraint = k.oid AND g.tgenabled NOT IN ('O', 'A')
  )
  AND k.conrelid = ANY (%(oids)s::oid[])
  AND k.confrelid = ANY (%(oids)s::oid[])
ORDER BY k.conrelid, k.conname"""
    return Statement(text, {"oids": list(oids)})


def in_bytes(statement: Statement) -> Statement:
    """Return the same rows, each as ``row``: JSON in the database's own encoding, unchecked.

    A server refuses to send a text that it cannot convert to the client's encoding, and with it
    all others.
    """
    text = f"""\
SELECT pg_catalog.convert_to(
  pg_catalog.row_to_json(q)::text, pg_catalog.getdatabaseencoding()
) AS row
FROM (
{statement.template}
) AS q"""
    return Statement(text, statement.parameters)


def _in_order(relation: str, numbers: str) -> str:
    return f"""\
ARRAY(
    SELECT a.attname::text
    FROM pg_catalog.unnest({numbers}) WITH ORDINALITY AS u (number, place)
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = {relation} AND a.attnum = u.number
    ORDER BY u.place
  )"""
