"""What drivers ask the catalog for: keys, defaults, encodings, databases, columns of views."""

import pytest

TABLE = """
CREATE TABLE t (
    a int IDENTITY(5, 2), b int DEFAULT 7, c varchar(9) ENCODE zstd, PRIMARY KEY (b, a), UNIQUE (c)
) DISTKEY (b) COMPOUND SORTKEY (c, a)
"""


def test_rule_76_keys_show_as_indexes(client):
    client.run(TABLE)
    keys = client.run(
        "SELECT i.relname, x.indisprimary, x.indisunique, pg_get_indexdef(x.indexrelid)"
        " FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
        " WHERE x.indrelid = 't'::regclass ORDER BY 1"
    )
    assert keys == [
        ("t_c_key", False, True, "CREATE UNIQUE INDEX t_c_key ON t USING btree (c)"),
        ("t_pkey", True, True, "CREATE UNIQUE INDEX t_pkey ON t USING btree (b, a)"),
    ]
    shown = client.run(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = 't'"
        " ORDER BY 1",
        (client.schema,),
    )
    table = f"{client.schema}.t"
    assert shown == [
        ("t_c_key", f"CREATE UNIQUE INDEX t_c_key ON {table} USING btree (c)"),
        ("t_pkey", f"CREATE UNIQUE INDEX t_pkey ON {table} USING btree (b, a)"),
    ]
    columns = client.run(
        "SELECT i.relname, a.attname, a.attnum FROM pg_class i"
        " JOIN pg_namespace n ON n.oid = i.relnamespace JOIN pg_attribute a ON a.attrelid = i.oid"
        " WHERE n.nspname = %s AND i.relkind = 'i' ORDER BY 1, 3",
        (client.schema,),
    )
    assert columns == [("t_c_key", "c", 1), ("t_pkey", "b", 1), ("t_pkey", "a", 2)]
    client.run("DROP TABLE t")
    query = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    assert client.value(f"{query} WHERE n.nspname = %s", (client.schema,)) == 0


def test_rule_76_defaults_and_identities_have_a_source_text(client):
    client.run(TABLE)
    found = client.run(
        "SELECT a.attname, d.adsrc, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d"
        " JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
        " WHERE d.adrelid = 't'::regclass AND a.atthasdef ORDER BY 1"
    )
    number = client.value("SELECT 't'::regclass::oid")
    identity = f"\"identity\"({number}, 0, '5,2'::text)"
    assert found == [("a", identity, identity), ("b", "7", "7")]
    assert client.run("SELECT pg_get_expr('{PARAM}', 0), pg_get_expr('{}'::text, 1)") == [
        (None, None)
    ]


def test_rule_76_a_char_of_the_catalog_is_a_text(client, plain):
    client.run("CREATE TABLE t (a int)")
    kind = "SELECT relkind{} FROM pg_class WHERE oid = 't'::regclass"
    literal = "(SELECT 'v' AS relkind FROM pg_user ORDER BY relkind LIMIT 1)"
    assert client.run(f"({kind.format('')}) UNION {literal} ORDER BY 1") == [("r",), ("v",)]
    assert client.run(kind.format(" || 'x', len(relkind), upper(relkind)")) == [("rx", 1, "R")]
    assert client.run(kind.format(" = 'r', relkind IN ('v', 'r')")) == [(True, True)]
    trees = "SELECT count(*) FROM pg_cast WHERE casttarget = 'pg_node_tree'::regtype"
    assert plain.value(trees) == 0


def test_rule_76_definitions_of_views(client):
    client.run("CREATE TABLE t (a int)")
    late = f"CREATE VIEW late AS SELECT a FROM {client.schema}.t WITH NO SCHEMA BINDING"
    stored = "CREATE MATERIALIZED VIEW stored AS SELECT a FROM t"
    client.run("CREATE VIEW bound AS SELECT a FROM t")
    for statement, view in ((late, "late"), (stored, "stored")):
        client.run(statement)
        shown = "SELECT definition FROM pg_views WHERE schemaname = %s AND viewname = %s"
        definition = client.value(shown, (client.schema, view))
        assert definition.lower().split()[0] == "create"
        for call in (f"'{view}'", f"'{view}'::regclass, true"):
            assert client.value(f"SELECT pg_get_viewdef({call})") == definition
    assert client.value("SELECT pg_get_viewdef('bound'::regclass)").split() == [
        *("SELECT", "a", "FROM", "t;")
    ]


def test_rule_76_encodings_have_numbers(client):
    client.run(TABLE)
    query = (
        "SELECT attname, format_encoding(attencodingtype::integer) FROM pg_attribute"
        " WHERE attrelid = 't'::regclass AND attnum > 0 AND attisdropped = false ORDER BY attnum"
    )
    assert client.run(query) == [("a", "none"), ("b", "az64"), ("c", "zstd")]


def test_rule_76_columns_of_late_binding_views(client, new_user):
    client.run("CREATE TABLE t (a int, b varchar(9))")
    view = f"CREATE VIEW {{}} AS SELECT {{}} FROM {client.schema}.{{}} WITH NO SCHEMA BINDING"
    client.run(view.format("good", "a + 1 AS n, b", "t"))
    client.run(view.format("bad", "*", "nothing"))
    query = (
        "SELECT v, c, y, n FROM pg_get_late_binding_view_cols() "
        "cols(s name, v name, c name, y varchar(256), n int) WHERE s = %s ORDER BY n"
    )
    found = [("good", "n", "integer", 1), ("good", "b", "character varying(9)", 2)]
    assert client.run(query, (client.schema,)) == found
    client.run("BEGIN")
    assert client.run(query, (client.schema,)) == found
    client.run("COMMIT")
    client.run(view.format("other", "a AS o", "t"))
    of_views = query.replace(" WHERE s = %s", f" WHERE {{}} AND s = '{client.schema}'")
    other = ("other", "o", "integer", 1)
    of_good = of_views.format("v = 'good'")
    assert client.run(f"SELECT * FROM ({of_good})") == found
    assert client.run(of_views.format("v = 'other' AND (n = 1 OR n = 2)")) == [other]
    either = of_views.format("v = 'other' AND c <> 'x' OR v = 'good'")
    assert sorted(client.run(either)) == sorted([*found, other])
    _, user = new_user()
    assert user.run(query, (client.schema,)) == []
    assert client.error("SELECT * FROM pg_get_late_binding_view_cols()").pgcode == "42601"
    wrong = "SELECT * FROM pg_get_late_binding_view_cols() AS cols(a name, b name)"
    assert client.error(wrong).pgcode == "42804"
    mixed = (
        "SELECT * FROM t, pg_get_late_binding_view_cols() c(s name, v name, c name, t text, n int)"
    )
    assert client.error(mixed).pgcode == "0A000"


def test_rule_76_views_about_databases_schemas_tables_and_columns(client, emulator):
    client.run(TABLE)
    here = (client.schema,)
    databases = client.run("SELECT database_name, database_type FROM svv_redshift_databases")
    assert databases == [(emulator.database, "local")]
    for view in ("svv_all_schemas", "svv_redshift_schemas"):
        query = f"SELECT schema_type FROM {view} WHERE schema_name = %s"
        assert client.run(query, here) == [("local",)]
    for view in ("svv_all_tables", "svv_redshift_tables"):
        query = f"SELECT table_name, table_type FROM {view} WHERE schema_name = %s"
        assert client.run(query, here) == [("t", "TABLE")]
    query = (
        "SELECT column_name, data_type, character_maximum_length FROM pg_catalog.svv_all_columns"
        " WHERE schema_name = %s ORDER BY ordinal_position"
    )
    assert client.run(query, here) == [
        ("a", "integer", None),
        ("b", "integer", None),
        ("c", "character varying", 9),
    ]
    query = (
        "SELECT column_name, encoding, distkey, sortkey FROM svv_redshift_columns"
        " WHERE schema_name = %s ORDER BY ordinal_position"
    )
    assert client.run(query, here)[1:] == [("b", "az64", True, 0), ("c", "zstd", False, 1)]
    limit = "SELECT datconnlimit FROM pg_database_info WHERE datname = %s"
    assert client.value(limit, (emulator.database,)) == "UNLIMITED"


@pytest.mark.parametrize("what", ["schemas", "databases", "tables", "columns", "partitions"])
def test_rule_76_there_is_nothing_external(client, what):
    assert client.run(f"SELECT * FROM svv_external_{what}") == []


def test_rule_76_routines(client):
    client.run(
        "CREATE FUNCTION twice(int) RETURNS int IMMUTABLE AS $$ SELECT 2 * $1 $$ LANGUAGE sql"
    )
    client.run("CREATE PROCEDURE p() AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql")
    query = (
        "FROM pg_namespace n JOIN {} p ON p.pronamespace = n.oid WHERE n.nspname = %s ORDER BY 1"
    )
    kinds = client.run(
        "SELECT proname, prokind " + query.format("pg_catalog.pg_proc_info"), (client.schema,)
    )
    assert kinds == [("p", "p"), ("twice", "f")]
    types = client.run(
        "SELECT proname, oidvectortypes(proargtypes), proisagg "
        + query.format("pg_catalog.pg_proc"),
        (client.schema,),
    )
    assert types == [("p", "", False), ("twice", "integer", False)]


def test_rule_76_has_table_privilege_knows_system_views(client, new_user):
    client.run("CREATE TABLE t (a int)")
    assert client.value("SELECT has_table_privilege('svv_table_info', 'select')") is True
    assert client.value("SELECT has_table_privilege('SVV_TABLE_INFO', 'SELECT')") is True
    assert client.value("SELECT has_table_privilege('t'::regclass, 'insert')") is True
    name, user = new_user()
    assert user.value("SELECT has_table_privilege('svv_table_info', 'select')") is False
    assert user.value("SELECT has_table_privilege('pg_catalog.svv_tables', 'select')") is True
    query = "SELECT has_table_privilege(%s, %s, 'select')"
    assert client.value(query, (name, f"{client.schema}.t")) is False
    assert client.error("SELECT has_table_privilege('user_password', 'select')").pgcode == "42P01"


def test_rule_40_arrays_are_of_the_leader_node(client):
    client.run("CREATE TABLE t (a int)")
    kinds = "SELECT relname FROM pg_class WHERE relkind = ANY (ARRAY['r', 'x'])"
    assert client.run(f"{kinds} AND oid = 't'::regclass") == [("t",)]
    groups = (
        "SELECT ARRAY(SELECT groname FROM pg_group WHERE usesysid = ANY (grolist)) FROM pg_user"
    )
    assert client.run(groups)
    for query in ("SELECT ARRAY[a] FROM t", "SELECT ARRAY(SELECT 1) FROM t"):
        assert client.error(query).pgcode == "0A000"
    assert client.run("SELECT ARRAY(1, 2)") == [("[1,2]",)]  # a SUPER


def test_a_column_of_the_catalog_may_have_the_schema_of_its_table(client):
    query = (
        "SELECT pg_catalog.pg_namespace.nspname FROM pg_catalog.pg_namespace"
        ' WHERE pg_catalog.pg_namespace."nspname" = %s'
    )
    assert client.run(query, (client.schema,)) == [(client.schema,)]


def test_rule_76_class_info_has_creation_time_and_distribution(client, new_user):
    client.run_all("CREATE TABLE k (a int DISTKEY); CREATE TABLE e (a int) DISTSTYLE EVEN")
    client.run("CREATE TABLE auto (a int)")
    query = (
        "SELECT relname, releffectivediststyle FROM pg_class_info i JOIN pg_namespace n"
        " ON n.oid = i.relnamespace WHERE nspname = %s AND relkind = 'r'"
        " AND relcreationtime > getdate() - interval '1 hour'"
        " AND i.reloid = (nspname || '.' || relname)::regclass ORDER BY relname"
    )
    assert client.run(query, (client.schema,)) == [("auto", 10), ("e", 0), ("k", 1)]
    _, user = new_user()
    assert user.run(query, (client.schema,)) == []
