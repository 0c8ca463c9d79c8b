"""Views: bound to the table object, or late-binding by name."""

import pytest


def test_rule_36_a_bound_view_follows_the_renamed_table(client):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    client.run_all("CREATE VIEW v AS SELECT a FROM t; ALTER TABLE t RENAME TO retired")
    client.run("CREATE TABLE t (a int)")
    assert client.run("SELECT a FROM v") == [(1,)]
    error = client.error("DROP TABLE retired")
    assert error.pgcode == "2BP01"
    client.run("DROP TABLE retired CASCADE")
    assert client.error("SELECT * FROM v").pgcode == "42P01"


def test_rule_36_a_late_binding_view_reads_the_table_that_has_the_name(client, plain):
    s = client.schema
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    client.run_all("ALTER TABLE t RENAME TO retired; CREATE TABLE t (a int, b int)")
    client.run_all("INSERT INTO t VALUES (2, 3); DROP TABLE retired")
    assert client.run("SELECT a FROM v") == [(2,)]
    assert plain.error("CREATE VIEW v AS SELECT 1 AS a WITH NO SCHEMA BINDING").pgcode == "42601"


def test_rule_36_a_late_binding_view_survives_its_table(client):
    s = client.schema
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    assert client.error("SELECT * FROM v").pgcode == "42P01"
    client.run("CREATE TABLE t (b int)")
    assert client.error("SELECT * FROM v").pgcode == "42703"
    client.run("DROP TABLE t")
    client.run("CREATE TABLE t (a int)")
    assert client.run("SELECT * FROM v") == []


def test_rule_36_names_in_a_late_binding_view_must_be_qualified(client):
    client.run("CREATE TABLE t (a int)")
    error = client.error("CREATE VIEW v AS SELECT a FROM t WITH NO SCHEMA BINDING")
    assert "should be qualified" in str(error)
    s = client.schema
    client.run(
        f"CREATE VIEW v AS WITH c AS (SELECT a FROM {s}.t) SELECT a FROM c WITH NO SCHEMA BINDING"
    )
    assert client.run("SELECT * FROM v") == []


@pytest.mark.parametrize(
    ("query", "sqlstate"),
    [
        ("SELEC 1", "42601"),
        ("SELECT a b c FROM s.t", "42601"),
        ("SELECT nosuchfunction(a) FROM s.t", "42883"),
        ("SELECT a FROM s.t WHERE", "42601"),
        ("SELECT (a FROM s.t", "42601"),
    ],
)
def test_rule_36_create_view_refuses_an_invalid_query(client, query, sqlstate):
    assert client.error(f"CREATE VIEW v AS {query} WITH NO SCHEMA BINDING").pgcode == sqlstate


def test_rule_36_a_late_binding_view_has_the_parameters_of_the_session_that_reads_it(client):
    client.run("CREATE TABLE t (a int)")
    client.run("INSERT INTO t VALUES (1)")
    select = f"SELECT a, current_setting('query_group') AS g FROM {client.schema}.t"
    client.run(f"CREATE VIEW v AS {select} WITH NO SCHEMA BINDING")
    for group in ("nightly", "hourly"):
        client.run(f"SET query_group TO '{group}'")
        assert client.run("SELECT * FROM v") == [(1, group)]


def test_rule_36_late_binding_views_can_be_nested(client):
    s = client.schema
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)")
    client.run(
        f"CREATE VIEW v AS SELECT a, nvl(NULL, 'it\\'s') AS b FROM {s}.t WITH NO SCHEMA BINDING"
    )
    client.run(f"CREATE VIEW w AS SELECT v.a + 1 AS c, {s}.v.b FROM {s}.v WITH NO SCHEMA BINDING")
    query = f"SELECT w.c, x.a, {s}.w.b FROM {s}.w JOIN v AS x ON x.a = w.c ORDER BY 1"
    assert client.run(query) == [(2, 2, "it's")]
    client.run("CREATE TABLE u AS SELECT c FROM w")
    client.run("INSERT INTO u SELECT c FROM w")
    client.run("DELETE FROM u WHERE c IN (SELECT a FROM v)")
    assert client.run("SELECT c FROM u") == [(3,), (3,)]


def test_rule_36_a_late_binding_view_that_reads_itself_is_an_error(client):
    s = client.schema
    client.run(f"CREATE VIEW v AS SELECT 1 AS a FROM {s}.w WITH NO SCHEMA BINDING")
    client.run(f"CREATE VIEW w AS SELECT 1 AS a FROM {s}.v WITH NO SCHEMA BINDING")
    assert client.error("SELECT * FROM v").pgcode == "42P17"


def test_rule_36_a_late_binding_view_has_the_privileges_of_its_owner(client, new_user):
    name, user = new_user()
    s = client.schema
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    client.run(f"CREATE VIEW w AS SELECT a FROM {s}.v WITH NO SCHEMA BINDING")
    client.run(f"GRANT USAGE ON SCHEMA {s} TO {name}")
    assert user.error(f"SELECT * FROM {s}.w").pgcode == "42501"
    client.run(f"GRANT SELECT ON w TO {name}")
    assert user.run(f"SELECT * FROM {s}.w") == [(1,)]
    assert user.error(f"SELECT * FROM {s}.v").pgcode == "42501"
    assert user.error(f"SELECT * FROM {s}.t").pgcode == "42501"


def test_rule_36_replacing_a_late_binding_view_keeps_its_privileges(client, new_user):
    name, user = new_user()
    s = client.schema
    client.run("CREATE TABLE t (a int, b int)")
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    client.run_all(f"GRANT USAGE ON SCHEMA {s} TO {name}; GRANT SELECT ON v TO {name}")
    client.run(f"CREATE OR REPLACE VIEW v AS SELECT b, a FROM {s}.t WITH NO SCHEMA BINDING")
    assert user.run(f"SELECT * FROM {s}.v") == []
    error = user.error(f"CREATE OR REPLACE VIEW {s}.v AS SELECT 1 AS a WITH NO SCHEMA BINDING")
    assert error.pgcode == "42501"
    assert (
        client.error(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING").pgcode
        == "42P07"
    )


def test_rule_36_the_definition_of_a_view_can_be_read_back(client):
    s = client.schema
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    client.run("CREATE VIEW b AS SELECT 1 AS a")
    for query in (
        "SELECT viewname, definition FROM pg_views WHERE schemaname = %s ORDER BY 1",
        (
            "SELECT table_name, view_definition FROM information_schema.views"
            " WHERE table_schema = %s ORDER BY 1"
        ),
    ):
        bound, late = client.run(query, (s,))
        assert (bound[0], late[0]) == ("b", "v")
        assert "with no schema binding" not in bound[1].lower()
        assert f"SELECT a FROM {s}.t WITH NO SCHEMA BINDING" in late[1]
    tables = client.run(
        "SELECT table_name, table_type FROM svv_all_tables WHERE schema_name = %s", (s,)
    )
    assert ("v", "VIEW") in tables


def test_rule_36_a_late_binding_view_may_name_its_columns(client):
    s = client.schema
    client.run_all("CREATE TABLE t (a int, b int, c int); INSERT INTO t VALUES (1, 2, 3)")
    view = f'VIEW v (x, "y z") AS SELECT a, b, c FROM {s}.t'
    client.run(f"CREATE {view} WITH NO SCHEMA BINDING")
    assert client.run('SELECT "y z", x, c FROM v') == [(2, 1, 3)]
    assert client.error("SELECT a FROM v").pgcode == "42703"
    definition = client.value("SELECT definition FROM pg_views WHERE viewname = 'v'")
    assert definition.endswith(
        f' ("x", "y z") AS SELECT a, b, c FROM {s}.t WITH NO SCHEMA BINDING;'
    )
    client.run(f"CREATE OR REPLACE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    assert client.run("SELECT a FROM v") == [(1,)]
    twice = f"CREATE VIEW w (x, x) AS SELECT a, b FROM {s}.t WITH NO SCHEMA BINDING"
    assert client.error(twice).pgcode == "42701"


OF_COLUMNS = """
SELECT column_name, ordinal_position, data_type, character_maximum_length, numeric_precision,
    numeric_scale
FROM svv_columns WHERE table_schema = '{}' AND table_name = '{}' ORDER BY ordinal_position"""


def test_svv_columns_has_the_columns_of_late_binding_views(client):
    s = client.schema
    client.run("CREATE TABLE t (a int, b varchar(7), c decimal(9, 2), d varbyte(8), e date)")
    query = f"SELECT a, b || 'x' AS b2, c, d, e, sysdate AS f FROM {s}.t"
    client.run(f"CREATE VIEW v AS {query} WITH NO SCHEMA BINDING")
    client.run(f"CREATE VIEW broken AS SELECT a FROM {s}.nosuch WITH NO SCHEMA BINDING")
    expected = [
        ("a", 1, "integer", None, 32, 0),
        ("b2", 2, "character varying", 8, None, None),
        ("c", 3, "numeric", None, 9, 2),
        ("d", 4, "binary varying", None, None, None),
        ("e", 5, "date", None, None, None),
        ("f", 6, "timestamp without time zone", None, None, None),
    ]
    assert client.run(OF_COLUMNS.format(s, "v")) == expected
    assert client.run(OF_COLUMNS.format(s, "broken")) == []
    of_all = f"SELECT * FROM pg_catalog.svv_columns WHERE table_schema = '{s}'"
    client.run(f"CREATE VIEW late AS {of_all} WITH NO SCHEMA BINDING")
    assert client.run("SELECT column_name FROM late WHERE table_name = 'v' LIMIT 1") == [("a",)]
    assert ("late",) in client.run("SELECT DISTINCT table_name FROM late")


def test_svv_columns_has_the_length_of_varbyte(client):
    client.run("CREATE TABLE t (a varbyte(10), b varbyte, c char(3))")
    assert [(row[2], row[3]) for row in client.run(OF_COLUMNS.format(client.schema, "t"))] == [
        ("binary varying", 10),
        ("binary varying", 64000),
        ("character", 3),
    ]


def test_rule_36_only_bound_views_depend_on_their_tables(client):
    s = client.schema
    client.run_all("CREATE TABLE t (a int); CREATE VIEW bound AS SELECT a FROM t")
    client.run(f"CREATE VIEW late AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    client.run("SELECT * FROM late")
    found = client.run(
        "SELECT DISTINCT v.relname FROM pg_class c JOIN pg_depend d ON d.refobjid = c.oid"
        " JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relname = 't' AND n.nspname = %s AND v.oid <> c.oid",
        (s,),
    )
    assert found == [("bound",)]


def test_rule_36_a_table_that_a_late_binding_view_has_read_can_be_dropped(client, second):
    s = client.schema
    client.run("CREATE TABLE t (a int)")
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    assert second.run("SELECT * FROM v") == []
    client.run("DROP TABLE t")


def test_a_cursor_can_read_a_late_binding_view(client):
    s = client.schema
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)")
    client.run_all(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING; BEGIN")
    client.run("DECLARE c CURSOR FOR SELECT a FROM v ORDER BY a")
    assert client.run("FETCH 1 FROM c") == [(1,)]
    assert client.run("FETCH FORWARD 5 FROM c") == [(2,)]
    client.run("CLOSE c")
    client.run("COMMIT")


def test_views_can_be_dropped_but_not_written_to(client):
    s = client.schema
    client.run_all("CREATE TABLE t (a int); CREATE VIEW b AS SELECT a FROM t")
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    for view in "bv":
        assert client.error(f"INSERT INTO {view} VALUES (1)").pgcode == "0A000"
        assert client.error(f"DELETE FROM {view}").pgcode == "0A000"
    assert client.error(f"CREATE VIEW x AS SELECT * FROM {s}.v").pgcode == "0A000"
    client.run("DROP VIEW b, v")
    assert client.error("DROP VIEW v").pgcode == "42P01"
    client.run("DROP VIEW IF EXISTS v")


def test_a_bound_view_can_be_replaced(client):
    client.run_all("CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t")
    client.run("CREATE OR REPLACE VIEW v AS SELECT a, getdate() AS b FROM t")
    assert client.run("SELECT * FROM v") == []
    assert client.error("CREATE OR REPLACE TABLE t (a int)").pgcode == "0A000"


def test_rule_36_a_view_needs_no_privilege_on_temporary_tables(client, emulator, new_user):
    name, _ = new_user()
    client.run("CREATE TABLE t (a varchar(3))")
    client.run(f"GRANT ALL ON SCHEMA {client.schema} TO {name}")
    client.run_all(f"BEGIN; REVOKE TEMP ON DATABASE {emulator.database} FROM PUBLIC")
    client.run(f"SET LOCAL SESSION AUTHORIZATION {name}")
    client.run("CREATE VIEW v AS SELECT a || 'x' AS b FROM t")
    assert client.run("SELECT tablename FROM pg_tables WHERE tablename LIKE 'stored%'") == []
    assert client.run("SELECT viewname FROM pg_views WHERE viewowner = current_user") == [("v",)]
    client.run("ROLLBACK")


def test_rule_36_a_view_of_a_temporary_table_is_temporary(client):
    client.run_all("CREATE TEMP TABLE t (a varchar(3)); INSERT INTO t VALUES ('a')")
    client.run("CREATE VIEW v AS SELECT a || 'x' AS b FROM t")
    assert client.run("SELECT b FROM v") == [("ax",)]
    assert "stored_query" not in client.notices()
