"""Relations of a query that were replaced upstream after the snapshot that reads them."""

from collections.abc import Collection

from pipeline.designs.mentions import mentioned, selected
from pipeline.names import TableName
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.extract import Extract

PARTITION_FUNCTIONS = 120000
"""https://www.postgresql.org/docs/release/12.0/"""

DETACH_CONCURRENTLY = 140000
"""https://www.postgresql.org/docs/release/14.0/"""

VIRTUAL_COLUMNS = 180000
"""https://www.postgresql.org/docs/release/18.0/"""


def replaced(extract: Extract, scanned: Collection[TableName], version: int) -> Statement:
    """List what an extract's query cannot read as it was; ``scanned`` are its plan's relations.

    A query finds relations and partitions in the current catalog, but sees rows as of its
    snapshot. It lacks the rows of a relation that has a new file, that took the name of another,
    or that was a partition. It has rows too many of one that became a partition. A partition that
    was created since has no rows that the snapshot sees. Names of columns are found in the current
    catalog, too: one that was given to another column since has none of the snapshot's values. A
    virtual column that was given another expression, and so another entry in the catalog, computes
    values that no row had. The locks of the plan prevent all this from then on.

    No function shows from which table another inherits now. So a relation that was created since,
    if some inherit, counts as one of them, and replaces one that a query without a condition does
    not scan.

    Tables of the catalog show the state of the snapshot, and functions (``regclass``,
    ``pg_relation_filenode``, ``pg_partition_root``, ``pg_identify_object``) the current one.
    ``to_regclass`` is an error for a schema without the USAGE privilege, which views may read.
    https://www.postgresql.org/docs/current/mvcc-caveats.html
    """
    has_functions = version >= PARTITION_FUNCTIONS
    root = "pg_catalog.pg_partition_root(r.{})::oid" if has_functions else "NULL::oid"
    table = extract.table
    names = sorted({table, *scanned}, key=str)
    text = _REPLACED.format(
        root=root.format("oid"),
        current_root=root.format("current"),
        ancestors=_ANCESTORS if has_functions else "ARRAY[p.root]",
        recomputed=_RECOMPUTED if version >= VIRTUAL_COLUMNS else "",
        attached="NOT i.inhdetachpending" if version >= DETACH_CONCURRENTLY else "TRUE",
    )
    values = {
        "schema": table.schema,
        "table": table.table,
        "every": extract.condition is None and extract.since is None,
        "schemas": [name.schema for name in names],
        "tables": [name.table for name in names],
        "columns": sorted(_columns(extract)),
    }
    return Statement(text, values)


def _columns(extract: Extract) -> set[str]:
    """Return the names in an extract that can be columns, the table's if it takes whole rows."""
    names = selected(extract.columns) | mentioned(extract.condition or "")
    return names | ({extract.since.column} if extract.since else set())


_ANCESTORS = "ARRAY(SELECT a.relid::oid FROM pg_catalog.pg_partition_ancestors(p.oid) AS a)"

_RECOMPUTED = """
  WHEN EXISTS (
    SELECT
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(
      'pg_catalog.pg_attrdef'::regclass, d.oid, 0
    ) AS i
    WHERE a.attrelid = r.oid AND a.attgenerated = 'v' AND i.identity IS NULL
      AND (NOT r.is_table OR %(columns)s::name[] && ARRAY[a.attname, r.name])
  ) THEN TRUE"""

_REPLACED = """\
WITH RECURSIVE relation AS (
  SELECT
    u.schema,
    u.name,
    (u.schema, u.name) = (%(schema)s::name, %(table)s::name) AS is_table,
    c.oid,
    c.relkind AS kind,
    c.relfilenode AS file,
    c.relispartition AS is_partition,
    CASE
      WHEN c.oid IS NULL AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') THEN
        pg_catalog.to_regclass(
          pg_catalog.quote_ident(u.schema) || '.' || pg_catalog.quote_ident(u.name)
        )::oid
    END AS current
  FROM ROWS FROM (
    pg_catalog.unnest(%(schemas)s::name[]),
    pg_catalog.unnest(%(tables)s::name[])
  ) AS u (schema, name)
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = u.schema
  LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = u.name
), tree (root, oid) AS (
  SELECT r.oid, r.oid
  FROM relation AS r
  WHERE r.is_table AND r.oid IS NOT NULL
  UNION
  SELECT p.oid, p.oid
  FROM relation AS r
  CROSS JOIN LATERAL (
    SELECT {root}
    UNION ALL
    SELECT i.inhparent
    FROM pg_catalog.pg_inherits AS i
    WHERE i.inhrelid = r.oid AND NOT r.is_partition
  ) AS p (oid)
  WHERE p.oid IS NOT NULL AND NOT EXISTS (SELECT FROM relation WHERE is_table AND is_partition)
  UNION
  SELECT t.root, i.inhrelid
  FROM tree AS t
  JOIN pg_catalog.pg_inherits AS i ON i.inhparent = t.oid AND {attached}
), part AS (
  SELECT t.root, c.oid, c.relnamespace, c.relname, c.relispartition AS is_partition
  FROM tree AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.oid AND c.oid <> t.root AND c.relkind IN ('r', 'f')
)
SELECT r.schema, r.name AS table
FROM relation AS r
WHERE CASE
  WHEN r.oid IS NULL THEN
    EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = r.current)
    OR NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = {current_root})
      AND NOT EXISTS (SELECT FROM part AS p WHERE NOT p.is_partition)
  WHEN r.oid::regclass::text NOT IN (
    pg_catalog.quote_ident(r.name),
    pg_catalog.quote_ident(r.schema) || '.' || pg_catalog.quote_ident(r.name)
  ) THEN TRUE
  WHEN r.kind IN ('r', 'm') AND r.file <> 0
    AND pg_catalog.pg_relation_filenode(r.oid) IS DISTINCT FROM r.file THEN TRUE
  WHEN r.is_table AND EXISTS (
    SELECT
    FROM pg_catalog.pg_attribute AS a
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(
      'pg_catalog.pg_class'::regclass, r.oid, a.attnum
    ) AS i
    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND %(columns)s::name[] && ARRAY[a.attname, r.name]
      AND i.identity IS DISTINCT FROM
        pg_catalog.concat_ws(
          '.',
          pg_catalog.quote_ident(r.schema),
          pg_catalog.quote_ident(r.name),
          pg_catalog.quote_ident(a.attname)
        )
  ) THEN TRUE{recomputed}
  ELSE NOT r.is_table AND NOT r.is_partition AND {root} <> r.oid
    AND pg_catalog.pg_relation_size(r.oid) > 0
END
UNION
SELECT n.nspname, p.relname
FROM part AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.relnamespace
WHERE NOT EXISTS (SELECT FROM relation AS r WHERE r.oid = p.oid)
  AND CASE
    WHEN p.is_partition THEN p.root <> ALL ({ancestors})
    WHEN p.oid::regclass::text = p.oid::text THEN TRUE
    ELSE %(every)s
      AND EXISTS (SELECT FROM relation AS r WHERE r.is_table AND r.oid = p.root)
      AND EXISTS (SELECT FROM relation AS r WHERE r.oid IS NULL)
  END
ORDER BY 1, 2"""
