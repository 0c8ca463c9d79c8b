"""The text of the questions about a server and a table before an incremental load."""

from pipeline.names import TableName
from pipeline.sql.upstream.prerequisites import has_index, sees_transactions
from tests.support.values.statements import sql


def test_an_index_is_found_by_the_names_of_table_and_column():
    statement = has_index(TableName("public", 'Gift "1" Cards%'), "a%")
    assert statement.text == sql("""
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
        ) AS has_index
    """)
    assert statement.parameters == {
        "schema": "public",
        "table": 'Gift "1" Cards%',
        "column": "a%",
    }


def test_the_sight_of_transactions_is_asked_of_every_version_alike():
    assert sees_transactions().text == sql("""
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
          ) AS prepared
    """)
