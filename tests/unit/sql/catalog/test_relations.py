from pipeline.names import TableName
from pipeline.sql.catalog import relations
from tests.support.values.statements import sql

ORDERS = TableName("www", "orders")


def test_the_kind_of_a_relation_is_read_from_the_catalog():
    assert relations.relation_kind(ORDERS).text == sql("""
        SELECT
            CASE
                WHEN c.relkind = 'r' THEN 'table'
                WHEN LOWER(v.definition) LIKE '%with no schema binding%' THEN 'late-binding view'
                WHEN c.relkind IN ('v', 'm') THEN 'view'
                ELSE 'other'
            END AS kind,
            CAST(c.oid AS bigint) AS object_id
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_views AS v
            ON v.schemaname = n.nspname AND v.viewname = c.relname
        WHERE n.nspname = %(schema)s
            AND c.relname = %(table)s
    """)


def test_the_states_of_both_tables_of_a_swap_are_read_at_once():
    staging, comments = TableName("www", "etl_stage_1a2b3c4d_orders"), [("", "all"), ("id", "key")]
    statement = relations.relation_states(ORDERS, staging, comments=comments)
    assert statement.text == sql("""
        SELECT
            c.relname AS table_name,
            CASE
                WHEN c.relkind = 'r' THEN 'table'
                WHEN LOWER(v.definition) LIKE '%with no schema binding%' THEN 'late-binding view'
                WHEN c.relkind IN ('v', 'm') THEN 'view'
                ELSE 'other'
            END AS kind,
            CAST(c.oid AS bigint) AS object_id,
            EXISTS (
                SELECT 1
                FROM pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_rewrite AS r
                    ON r.oid = d.objid
                WHERE d.refobjid = c.oid
                    AND r.ev_class <> c.oid
            ) AS has_views,
            EXISTS (
                SELECT 1
                FROM pg_catalog.pg_constraint AS k
                WHERE k.confrelid = c.oid
                    AND k.conrelid <> c.oid
                    AND k.contype = 'f'
            ) AS is_referenced,
            PG_GET_USERBYID(c.relowner) AS owner_name,
            ARRAY_TO_STRING(c.relacl, CHR(10)) AS acl,
            EXISTS (
                SELECT 1
                FROM pg_catalog.pg_user AS u
                WHERE u.usename = CURRENT_USER
                    AND (u.usesuper OR u.usesysid = c.relowner)
            ) AS may_alter,
            (
                SELECT COUNT(*)
                FROM pg_catalog.pg_description AS s
                LEFT JOIN pg_catalog.pg_attribute AS a
                    ON a.attrelid = s.objoid AND a.attnum = s.objsubid
                WHERE s.objoid = c.oid
                    AND COALESCE(a.attname, '') || CHR(10) || s.description IN %(comments)s
            ) AS comment_count
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_views AS v
            ON v.schemaname = n.nspname AND v.viewname = c.relname
        WHERE n.nspname = %(schema)s
            AND c.relname IN %(tables)s
    """)
    tables = ("orders", "etl_stage_1a2b3c4d_orders")
    assert statement.parameters == {
        "schema": "www",
        "tables": tables,
        "comments": ("\nall", "id\nkey"),
    }
    assert relations.relation_states(ORDERS).parameters["comments"] == ("",)
