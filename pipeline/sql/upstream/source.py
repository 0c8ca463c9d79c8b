"""The statement that reads what identifies the source of an incremental dump."""

from pipeline.names import TableName
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.catalog import GENERATED_COLUMNS
from pipeline.sql.upstream.increment import STATS_ROLE

_HOLDING = """\
written (oid) AS (
  SELECT srrelid FROM pg_catalog.pg_subscription_rel
  UNION
  SELECT i.inhrelid
  FROM pg_catalog.pg_inherits AS i
  JOIN written AS w ON w.oid = i.inhparent
),
holding (oid) AS (
  SELECT oid FROM written
  UNION
  SELECT i.inhparent
  FROM pg_catalog.pg_inherits AS i
  JOIN holding AS h ON h.oid = i.inhrelid
)"""

_TREE = """\
tree (oid) AS (
  SELECT c.oid
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = %(schema)s AND c.relname = %(table)s
  UNION
  SELECT i.inhrelid
  FROM pg_catalog.pg_inherits AS i
  JOIN tree AS t ON t.oid = i.inhparent
)"""

_FILES = """\
(
    SELECT pg_catalog.string_agg(x.oid || '/' || x.relfilenode, ' ' ORDER BY x.oid)
    FROM tree
    JOIN pg_catalog.pg_class AS x ON x.oid = tree.oid
  )"""

_NAMES = """\
(
    WITH RECURSIVE part (oid) AS (
      SELECT a.atttypid
      UNION
      SELECT u.oid
      FROM part AS p
      JOIN pg_catalog.pg_type AS t ON t.oid = p.oid
      CROSS JOIN LATERAL (
        SELECT t.typelem
        UNION ALL
        SELECT t.typbasetype
        UNION ALL
        SELECT r.rngsubtype FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid
        UNION ALL
        SELECT f.atttypid FROM pg_catalog.pg_attribute AS f WHERE f.attrelid = t.typrelid
      ) AS u (oid)
    )
    SELECT pg_catalog.array_agg(u.name ORDER BY t.oid, u.number)
    FROM part AS p
    JOIN pg_catalog.pg_type AS t ON t.oid = p.oid
    CROSS JOIN LATERAL (
      SELECT e.oid::bigint, e.enumlabel::text
      FROM pg_catalog.pg_enum AS e
      WHERE e.enumtypid = t.oid
      UNION ALL
      SELECT f.attnum, f.attnum || ' ' || f.attname
      FROM pg_catalog.pg_attribute AS f
      WHERE f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
    ) AS u (number, name)
  )"""

_EXPRESSIONS = """\
expressions (relation, name, text) AS (
  SELECT a.attrelid, a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
  FROM tree
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = tree.oid AND a.attgenerated <> ''
  JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
)"""

_GENERATED = """\
(
    SELECT pg_catalog.string_agg(
      DISTINCT CASE WHEN x.text <> own.text THEN x.relation || ' ' ELSE '' END || x.text, ' '
    )
    FROM expressions AS own
    JOIN expressions AS x ON x.name = own.name
    WHERE own.relation = c.oid AND own.name = a.attname
  )"""


def select_source(name: TableName, version: int) -> Statement:
    """List the columns of a table, with the oids of database and table.

    ``indexed`` is whether an index for comparisons begins with the column. ``replicated`` is
    whether a subscription writes the table, a partition at any level, or a table of which it is a
    partition: its rows have the times of another server.

    What changes values but no row is ``names`` in the type of a column and in those it is made of,
    labels of an enum and fields of a composite type; ``generated``, the expression, and those of
    partitions and children that have others; and ALTER TYPE, which changes both ``files`` of the
    table and ``altered`` of the column, so that GRANT and VACUUM FULL are not mistaken for it.

    TRUNCATE changes the ``file`` of a table and keeps its ``toast`` table, which VACUUM FULL and
    CLUSTER replace. A partitioned table has no file.
    """
    has_subscriptions = version >= STATS_ROLE
    replicated = "c.oid IN (SELECT oid FROM holding)" if has_subscriptions else "FALSE"
    has_generated = version >= GENERATED_COLUMNS
    generated = _GENERATED if has_generated else "NULL::text"
    queries = ",\n".join([_HOLDING] * has_subscriptions + [_TREE] + [_EXPRESSIONS] * has_generated)
    text = f"""\
WITH RECURSIVE {queries}
SELECT
  d.oid::bigint AS database,
  c.oid::bigint AS relation,
  {_FILES} AS files,
  c.relfilenode::bigint AS file,
  c.reltoastrelid::bigint AS toast,
  {_NAMES} AS names,
  {generated} AS generated,
  a.xmin::text AS altered,
  {replicated} AS replicated,
  a.attnum AS number,
  a.attname AS name,
  pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
  EXISTS (
    SELECT
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_catalog.pg_am AS m ON m.oid = x.relam AND m.amname = 'btree'
    WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL
  ) AS indexed
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
JOIN pg_catalog.pg_attribute AS a
  ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = %(schema)s AND c.relname = %(table)s
ORDER BY a.attnum"""
    return Statement(text, {"schema": name.schema, "table": name.table})
