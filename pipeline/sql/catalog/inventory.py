"""One query for everything that completion markers prove: schemas, relations, marker columns."""

from collections.abc import Collection

from pipeline.names import TableName
from pipeline.sql.statement import Statement


def inventory(schemas: Collection[str], own: Collection[TableName]) -> Statement:
    """List the relations of schemas: ``schema_name``, ``relation_name``, ``object_id``.

    An empty schema has a row without a relation. A table of ``own`` has a row for each
    ``column_name``. Every user may read these tables; the object id is the table id of
    SVV_TABLE_INFO, which only superusers may read. Renaming keeps it, DROP and CREATE do not.
    https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html
    """
    text = """\
SELECT
    n.nspname AS schema_name,
    c.relname AS relation_name,
    CAST(c.oid AS bigint) AS object_id,
    a.attname AS column_name
FROM pg_catalog.pg_namespace AS n
LEFT JOIN pg_catalog.pg_class AS c
    ON c.relnamespace = n.oid
    AND c.relkind IN ('r', 'v', 'm')
LEFT JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid = c.oid
    AND c.relname IN %(own)s
    AND a.attnum > 0
    AND NOT a.attisdropped
WHERE n.nspname IN %(schemas)s
ORDER BY 1, 2, a.attnum"""
    names = tuple(dict.fromkeys(name.table for name in own))
    return Statement(text, {"schemas": tuple(dict.fromkeys(schemas)), "own": names})


def filled_tables(schemas: Collection[str]) -> Statement:
    """List the tables of schemas that hold rows: ``schema_name``, ``relation_name``.

    Only superusers may read the view, which has no row for an empty table.
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html
    """
    text = """\
SELECT
    "schema" AS schema_name,
    "table" AS relation_name
FROM svv_table_info
WHERE "schema" IN %(schemas)s
    AND estimated_visible_rows > 0
ORDER BY 1, 2"""
    return Statement(text, {"schemas": tuple(dict.fromkeys(schemas))})


def protected_tables(schemas: Collection[str]) -> tuple[Statement, Statement]:
    """List the relations of schemas that have policies: ``schema_name``, ``relation_name``.

    First those of row-level security, then those of masking. Superusers see all of them.
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RLS_RELATION.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_ATTACHED_MASKING_POLICY.html
    """
    rows = """\
SELECT
    relschema AS schema_name,
    relname AS relation_name
FROM svv_rls_relation
WHERE relschema IN %(schemas)s
    AND datname = CURRENT_DATABASE()
    AND is_rls_on"""
    masks = """\
SELECT
    schema_name,
    table_name AS relation_name
FROM svv_attached_masking_policy
WHERE schema_name IN %(schemas)s"""
    parameters = {"schemas": tuple(dict.fromkeys(schemas))}
    return Statement(rows, parameters), Statement(masks, parameters)
