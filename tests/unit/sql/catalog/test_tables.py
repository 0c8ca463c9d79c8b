from pipeline.designs.model.design import ForeignKey
from pipeline.names import TableName
from pipeline.sql.catalog import relations
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.catalog.tables import NamedKey, Reference
from tests.support.values.statements import sql

ORDERS = TableName("www", "orders")


def test_each_query_has_schema_and_table_as_parameters():
    for ask in (
        relations.relation_kind,
        catalog.table_columns,
        catalog.bound_views,
        catalog.referencing_foreign_keys,
        catalog.own_foreign_keys,
        catalog.named_keys,
    ):
        statement = ask(TableName("s'; --", 't"%s'))
        assert statement.parameters == {"schema": "s'; --", "table": 't"%s'}
        assert "%(schema)s" in statement.text
        assert "%(table)s" in statement.text


def test_columns_come_in_the_tables_order():
    assert catalog.table_columns(ORDERS).text == sql("""
        SELECT
            a.attname AS column_name,
            FORMAT_TYPE(a.atttypid, a.atttypmod) AS column_type,
            a.attnotnull AS not_null
        FROM pg_catalog.pg_attribute AS a
        JOIN pg_catalog.pg_class AS c
            ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace
        WHERE n.nspname = %(schema)s
            AND c.relname = %(table)s
            AND a.attnum > 0
            AND NOT a.attisdropped
        ORDER BY a.attnum
    """)


def test_reading_a_relation_of_another_database_is_planned():
    assert catalog.explain_reading(TableName("sales", "public.o%")).text == (
        'EXPLAIN\nSELECT 1\nFROM "sales"."public"."o%"'
    )


def test_tables_that_may_be_staging_tables_are_listed():
    statement = catalog.staging_tables(("www", "dw"))

    assert statement.text == sql("""
        SELECT
            n.nspname AS table_schema,
            c.relname AS table_name
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace
        WHERE n.nspname IN %(schemas)s
            AND (c.relname LIKE %(pattern)s OR c.relname LIKE %(earlier)s)
            AND c.relkind = 'r'
        ORDER BY 1, 2
    """)
    assert statement.parameters == {
        "schemas": ("www", "dw"),
        "pattern": "etl%",
        "earlier": "%$next$%",
    }


def test_bound_views_are_found_by_their_rules():
    assert catalog.bound_views(ORDERS).text == sql("""
        SELECT DISTINCT
            vn.nspname AS view_schema,
            v.relname AS view_name
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_depend AS d
            ON d.refobjid = c.oid
        JOIN pg_catalog.pg_rewrite AS r
            ON r.oid = d.objid
        JOIN pg_catalog.pg_class AS v
            ON v.oid = r.ev_class
        JOIN pg_catalog.pg_namespace AS vn
            ON vn.oid = v.relnamespace
        WHERE n.nspname = %(schema)s
            AND c.relname = %(table)s
            AND v.oid <> c.oid
            AND v.relkind IN ('v', 'm')
        ORDER BY 1, 2
    """)


def test_foreign_keys_of_both_directions_have_a_row_for_each_column_in_key_order():
    pointing, own = (
        catalog.referencing_foreign_keys(ORDERS).text,
        catalog.own_foreign_keys(ORDERS).text,
    )
    head, _, tail = own.partition("WHERE n.nspname")

    assert own.startswith("""\
SELECT
    n.nspname AS table_schema,
    c.relname AS table_name,
    k.conname AS constraint_name,
    a.attname AS column_name,
    fn.nspname AS referenced_schema,
    f.relname AS referenced_table,
    fa.attname AS referenced_column,
    HAS_SCHEMA_PRIVILEGE(n.nspname, 'USAGE')
    AND EXISTS (
        SELECT 1
        FROM pg_catalog.pg_user AS u
        WHERE u.usename = CURRENT_USER
            AND (u.usesuper OR u.usesysid = c.relowner)
    ) AS may_alter
FROM (
    SELECT
        conname,
        conrelid,
        conkey,
        confrelid,
        confkey,
        GENERATE_SERIES(1, ARRAY_UPPER(conkey, 1)) AS place
    FROM pg_catalog.pg_constraint
    WHERE contype = 'f'
) AS k
""")
    assert tail == " = %(schema)s\n    AND c.relname = %(table)s\nORDER BY 1, 2, 3, k.place"
    assert pointing == (
        f"{head}WHERE fn.nspname = %(schema)s\n    AND f.relname = %(table)s\n"
        "    AND c.oid <> f.oid\nORDER BY 1, 2, 3, k.place"
    )


def row(table, constraint, column, referenced):
    return {
        "table_schema": "www",
        "table_name": table,
        "constraint_name": constraint,
        "column_name": column,
        "referenced_schema": "www",
        "referenced_table": "orders",
        "referenced_column": referenced,
        "may_alter": True,
    }


def test_rows_become_foreign_keys_with_their_columns_paired():
    rows = [
        row("items", "fk_a", "order_id", "id"),
        row("items", "fk_b", "b", "y"),
        row("items", "fk_b", "a", "x"),
        row("notes", "fk_a", "order_id", "id"),
    ]

    assert catalog.references(rows) == (
        Reference(TableName("www", "items"), "fk_a", ForeignKey(("order_id",), ORDERS, ("id",))),
        Reference(TableName("www", "items"), "fk_b", ForeignKey(("b", "a"), ORDERS, ("y", "x"))),
        Reference(TableName("www", "notes"), "fk_a", ForeignKey(("order_id",), ORDERS, ("id",))),
    )
    assert catalog.references([]) == ()


def test_primary_and_unique_keys_have_a_row_for_each_column_in_key_order():
    assert catalog.named_keys(ORDERS).text == sql("""
        SELECT
            k.conname AS constraint_name,
            k.contype = 'p' AS is_primary,
            a.attname AS column_name
        FROM (
            SELECT
                conname,
                contype,
                conrelid,
                conkey,
                GENERATE_SERIES(1, ARRAY_UPPER(conkey, 1)) AS place
            FROM pg_catalog.pg_constraint
            WHERE contype IN ('p', 'u')
        ) AS k
        JOIN pg_catalog.pg_class AS c
            ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = k.conrelid AND a.attnum = k.conkey[k.place]
        WHERE n.nspname = %(schema)s
            AND c.relname = %(table)s
        ORDER BY 1, k.place
    """)


def test_rows_of_keys_are_grouped_by_constraint():
    rows = [
        {"constraint_name": name, "is_primary": name == "p", "column_name": column}
        for name, column in (("p", "b"), ("p", "a"), ("u", "c"))
    ]
    assert catalog.keys_of(rows) == (
        NamedKey("p", ("b", "a"), is_primary=True),
        NamedKey("u", ("c",), is_primary=False),
    )
