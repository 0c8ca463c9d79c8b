"""Materialized views.

https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-overview.html
"""

import pytest


@pytest.fixture
def base(client):
    client.run_all("CREATE TABLE t (a int, b varchar(9)); INSERT INTO t VALUES (1, 'x'), (1, 'y')")
    return client


def info(client, columns="state, is_stale, autorefresh", name="m"):
    query = f"SELECT {columns} FROM stv_mv_info WHERE schema = %s AND name = %s"
    return client.run(query, (client.schema, name))


def test_rule_62_a_materialized_view_keeps_its_rows_until_it_is_refreshed(base):
    created = "CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM t GROUP BY a"
    assert base.run(created) == "CREATE MATERIALIZED VIEW"
    assert info(base) == [(1, "f", "f")]
    base.run("INSERT INTO t VALUES (2, 'z')")
    assert base.run("SELECT a, n FROM m") == [(1, 2)]
    assert info(base) == [(1, "t", "f")]
    assert base.run("REFRESH MATERIALIZED VIEW m") == "REFRESH"
    assert base.run("SELECT a, n FROM m ORDER BY a") == [(1, 2), (2, 1)]
    assert info(base) == [(1, "f", "f")]
    refreshes = "SELECT TRIM(name), status FROM svl_mv_refresh_status WHERE schema = %s"
    status = "Refresh successfully recomputed MV from scratch"
    assert base.run(refreshes, (base.schema,)) == [("m", status)]
    assert base.error("DROP TABLE t").pgcode == "2BP01"
    assert base.error("DROP VIEW m").pgcode == "42809"
    assert base.error("INSERT INTO m VALUES (1, 1)").pgcode == "42809"
    assert base.error("ALTER TABLE m RENAME TO n").pgcode == "0A000"
    assert base.run("DROP MATERIALIZED VIEW m") == "DROP MATERIALIZED VIEW"
    assert base.error("DROP MATERIALIZED VIEW m").pgcode == "42P01"
    base.run("DROP MATERIALIZED VIEW IF EXISTS m")
    assert info(base) == []


def test_rule_62_attributes_and_auto_refresh_are_saved(base):
    base.run(
        "CREATE MATERIALIZED VIEW m BACKUP NO DISTKEY (a) SORTKEY (b) AUTO REFRESH YES"
        " AS SELECT a, b FROM t"
    )
    assert info(base, "autorefresh") == [("t",)]
    table = base.run(
        'SELECT diststyle, sortkey1, tbl_rows FROM svv_table_info WHERE "schema" = %s'
        " AND \"table\" = 'm'",
        (base.schema,),
    )
    assert [(style, key, int(rows)) for style, key, rows in table] == [("KEY(a)", "b", 2)]
    base.run("ALTER MATERIALIZED VIEW m AUTO REFRESH NO")
    assert info(base, "autorefresh") == [("f",)]
    created = base.value("SELECT definition FROM pg_views WHERE schemaname = %s", (base.schema,))
    assert "m BACKUP NO DISTKEY (a) SORTKEY (b) AUTO REFRESH YES AS SELECT" in created
    assert (
        base.error("CREATE MATERIALIZED VIEW n SORTKEY (z) AS SELECT a FROM t").pgcode == "42703"
    )
    assert base.error("CREATE MATERIALIZED VIEW m AS SELECT a FROM t").pgcode == "42P07"


def test_rule_62_the_catalog_shows_a_view(base):
    base.run("CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t")
    s = (base.schema,)
    assert base.run("SELECT relkind FROM pg_class WHERE oid = 'm'::regclass") == [("v",)]
    definition = "SELECT definition FROM pg_views WHERE schemaname = %s"
    shown = f"create materialized view {base.schema}.m AS SELECT a, b FROM t;"
    assert base.value(definition, s) == shown
    views = "SELECT table_name, view_definition FROM information_schema.views"
    assert base.run(f"{views} WHERE table_schema = %s", s) == [("m", shown)]
    kinds = "SELECT table_name, table_type FROM svv_tables WHERE table_schema = %s ORDER BY 1"
    assert base.run(kinds, s) == [("m", "VIEW"), ("t", "BASE TABLE")]
    columns = (
        "SELECT column_name, ordinal_position, data_type, character_maximum_length"
        " FROM svv_columns WHERE table_schema = %s AND table_name = 'm' ORDER BY 2"
    )
    assert base.run(columns, s) == [
        ("a", 1, "integer", None),
        ("b", 2, "character varying", 9),
    ]


def test_rule_62_views_on_views_and_what_cannot_be_materialized(base):
    s = base.schema
    base.run("CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t")
    base.run("CREATE MATERIALIZED VIEW n AS SELECT a FROM m UNION SELECT 5")
    assert info(base, "state", "n") == [(0,)]
    dependencies = "SELECT TRIM(name), TRIM(ref_name) FROM stv_mv_deps WHERE schema = %s"
    assert base.run(dependencies, (s,)) == [("n", "m")]
    base.run_all("CREATE VIEW v AS SELECT a FROM t; CREATE TEMP TABLE tmp (a int)")
    base.run(f"CREATE VIEW late AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    queries = {
        "SELECT a FROM v": "0A000",
        "SELECT a FROM late": "0A000",
        "SELECT a FROM tmp": "0A000",
        "SELECT a FROM t ORDER BY a": "0A000",
        "SELECT a FROM t LIMIT 1": "0A000",
        "SELECT a FROM (SELECT a FROM t LIMIT 1 OFFSET 1) AS q": "0A000",
        "SELECT TOP 1 a FROM t": "0A000",
        "SELECT a, current_schema() AS c FROM t": "0A000",
        "SELECT usename FROM pg_user": "0A000",
        "SELECT z FROM t": "42703",
        "SELECT a FROM none": "42P01",
        "": "42601",
    }
    found = {q: base.error(f"CREATE MATERIALIZED VIEW x AS {q}").pgcode for q in queries}
    assert found == queries
    for query in ("SELECT a, getdate() AS d FROM t", "SELECT a FROM m"):
        error = base.error(f"CREATE MATERIALIZED VIEW x AUTO REFRESH YES AS {query}")
        assert error.pgcode == "0A000"
    for statement in (
        "CREATE MATERIALIZED VIEW x (c) AS SELECT a FROM t",
        "CREATE MATERIALIZED VIEW x AUTO REFRESH MAYBE AS SELECT a FROM t",
        "CREATE OR REPLACE MATERIALIZED VIEW x AS SELECT a FROM t",
        "REFRESH m",
    ):
        assert base.error(statement).pgcode == "42601", statement
    assert base.error("REFRESH MATERIALIZED VIEW m CASCADE").pgcode == "0A000"
    assert base.error("REFRESH MATERIALIZED VIEW t").pgcode == "42809"
    base.run(
        "CREATE MATERIALIZED VIEW w AS SELECT a, rank() OVER (ORDER BY b) AS r FROM t"
        " WHERE a IN (SELECT a FROM t)"
    )
    assert info(base, "state", "w") == [(0,)]


@pytest.mark.parametrize(
    "change", ["ALTER TABLE t RENAME TO other", "ALTER TABLE t RENAME COLUMN a TO c"]
)
def test_rule_62_a_view_whose_base_was_renamed_cannot_be_refreshed(base, change):
    base.run_all("CREATE MATERIALIZED VIEW m AS SELECT a FROM t; ALTER TABLE t ADD COLUMN z int")
    base.run("REFRESH MATERIALIZED VIEW m")
    base.run(change)
    error = base.error("REFRESH MATERIALIZED VIEW m")
    assert "Materialized view m is unrefreshable" in error.diag.message_primary
    assert base.value("SELECT count(*) FROM m") == 2


def test_rule_62_only_the_owner_refreshes_and_drops(base, new_user):
    base.run("CREATE MATERIALIZED VIEW m AS SELECT a FROM t")
    name, user = new_user()
    base.run_all(f"GRANT USAGE ON SCHEMA {base.schema} TO {name}; GRANT SELECT ON m TO {name}")
    user.run(f"SET search_path TO {base.schema}")
    assert user.value("SELECT count(*) FROM m") == 2
    assert user.error("REFRESH MATERIALIZED VIEW m").pgcode == "42501"
    assert user.error("DROP MATERIALIZED VIEW m").pgcode == "42501"
    assert user.run("SELECT name FROM svv_mv_info") == []
    base.run("SET search_path TO public")
    base.run(f"REFRESH MATERIALIZED VIEW {base.schema}.m")


def test_rule_62_the_types_of_computed_columns_are_known(client):
    client.run_all(
        "CREATE TABLE t (a decimal(8, 2), b varchar(9), s super);"
        " INSERT INTO t SELECT 10, 'x', json_parse('[1, 2]');"
        " CREATE MATERIALIZED VIEW m AS SELECT a / 3.00 AS q, upper(b) AS u, s FROM t;"
        " CREATE TABLE c AS SELECT q, u, s FROM m WHERE u = 'X '"
    )
    types = "SELECT type FROM pg_table_def WHERE schemaname = %s AND tablename = 'c'"
    assert client.run(types, (client.schema,)) == [
        ("numeric(12,4)",),
        ("character varying(9)",),
        ("super",),
    ]
    assert info(client, "is_stale") == [("f",)]
    client.run("UPDATE t SET s = json_parse('[2, 1]')")
    assert info(client, "is_stale") == [("t",)]


def test_rule_62_the_table_with_the_rows_has_the_keys(client):
    client.run("CREATE TABLE t (a int, b int)")
    client.run("CREATE MATERIALIZED VIEW m DISTKEY (b) SORTKEY (b, a) AS SELECT a, b FROM t")
    query = (
        "SELECT a.attname, a.attisdistkey, a.attsortkeyord FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE n.nspname = %s AND c.relkind = 'r' AND c.relname LIKE 'mv_tbl__m__%%' ORDER BY 1"
    )
    own = [("padb_internal_txn_id_col", False, 0), ("padb_internal_txn_seq_col", False, 0)]
    assert client.run(query, (client.schema,)) == [("a", False, 2), ("b", True, 1), *own]
    client.run("DROP MATERIALIZED VIEW m")
    assert client.run(query, (client.schema,)) == []


def test_rule_62_the_table_with_the_rows_is_rdsdbs(base, new_user):
    name, _ = new_user()
    base.run("CREATE MATERIALIZED VIEW m AS SELECT a FROM t")
    query = (
        "SELECT t.tablename, t.tableowner, c.relnatts, c.relowner FROM pg_tables t"
        " JOIN pg_namespace n ON n.nspname = t.schemaname"
        " JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename"
        " WHERE t.schemaname = %s ORDER BY t.tablename"
    )
    owner = base.value("SELECT current_user_id")
    assert base.run(query, (base.schema,)) == [
        ("mv_tbl__m__0", "rdsdb", 3, 1),
        ("t", base.value("SELECT current_user"), 2, owner),
    ]
    privileges = (
        "SELECT tablename, has_table_privilege(%s, schemaname || '.' || tablename, 'select')"
        " FROM pg_tables WHERE schemaname = %s ORDER BY tablename"
    )
    assert base.run(privileges, (name, base.schema)) == [("mv_tbl__m__0", False), ("t", False)]
    assert base.run("SELECT has_table_privilege('mv_tbl__m__0', 'select')") == [(True,)]
    assert base.error("SELECT has_table_privilege('mv_tbl__n__0', 'select')").pgcode == "42P01"
    base.run("DROP MATERIALIZED VIEW m")
    assert len(base.run(query, (base.schema,))) == 1
