"""What Amazon's driver for Java asks the catalog for, when a tool reads the metadata.

https://github.com/aws/amazon-redshift-jdbc-driver
"""

import pytest

FOREIGN_KEYS = """
SELECT pkc.relname, pka.attname, fkc.relname, fka.attname, pos.n, con.conname, pkic.relname
FROM pg_catalog.pg_class pkc, pg_catalog.pg_attribute pka, pg_catalog.pg_class fkc,
    pg_catalog.pg_attribute fka, pg_catalog.pg_constraint con,
    pg_catalog.generate_series(1, 32) pos(n), pg_catalog.pg_class pkic, pg_catalog.pg_depend dep
WHERE pkc.oid = pka.attrelid AND pka.attnum = con.confkey[pos.n] AND con.confrelid = pkc.oid
    AND fkc.oid = fka.attrelid AND fka.attnum = con.conkey[pos.n] AND con.conrelid = fkc.oid
    AND con.contype = 'f' AND pkic.relkind = 'i'
    AND con.oid = dep.objid AND pkic.oid = dep.refobjid
    AND dep.classid = 'pg_constraint'::regclass::oid
    AND dep.refclassid = 'pg_class'::regclass::oid
    AND fkc.oid = 'child'::regclass
ORDER BY pkc.relname, con.conname, pos.n"""


def test_getimportedkeys_has_the_foreign_keys_and_the_names_of_the_keys(client):
    client.run_all(
        "CREATE TABLE one (a int PRIMARY KEY)"
        "; CREATE TABLE two (a int, b int, CONSTRAINT two_key UNIQUE (b, a))"
        "; CREATE TABLE child (x int REFERENCES one (a), y int, z int,"
        " CONSTRAINT yz FOREIGN KEY (y, z) REFERENCES two (b, a))"
    )
    assert client.run(FOREIGN_KEYS) == [
        ("one", "a", "child", "x", 1, "child_x_fkey", "one_pkey"),
        ("two", "b", "child", "y", 1, "yz", "two_key"),
        ("two", "a", "child", "z", 2, "yz", "two_key"),
    ]


def test_gettypeinfo_compares_functions_of_types(client):
    query = "SELECT typinput = 'array_in'::regproc FROM pg_catalog.pg_type WHERE typname = %s"
    assert client.run(query, ("int4",)) == [(False,)]
    assert client.run(query, ("_int4",)) == [(True,)]


def test_getfunctions_lists_the_functions_of_users(client):
    client.run("CREATE FUNCTION f(int) RETURNS varchar STABLE AS $$ SELECT 'x' $$ LANGUAGE sql")
    query = (
        "SELECT routine_name, data_type FROM INFORMATION_SCHEMA.ROUTINES"
        " WHERE routine_type LIKE 'FUNCTION' AND routine_schema LIKE %s"
    )
    assert client.run(query, (client.schema,)) == [("f", "character varying")]
    assert client.run(query, ("pg_internal",)) == []


def test_getcolumns_reads_lengths_out_of_the_types_of_late_binding_views(client):
    s = client.schema
    client.run("CREATE TABLE t (a varchar(12), b int)")
    client.run(f"CREATE VIEW v AS SELECT a, b FROM {s}.t WITH NO SCHEMA BINDING")
    length = "isnull(nullif(regexp_substr(type, '[0-9]+', 7), ''), '0')::INTEGER"
    assert client.run(
        f"SELECT name, {length} FROM pg_get_late_binding_view_cols()"
        " cols(schema name, view name, name name, type varchar, num int) WHERE view = 'v'"
        f" AND schema = '{s}' ORDER BY num"
    ) == [("a", 12), ("b", 0)]


@pytest.mark.parametrize(("on", "off"), [("1", "0"), ("true", "false")])
def test_setreadonly_refuses_writes_in_all_transactions(client, on, off):
    client.run("CREATE TABLE t (a int)")
    client.run(f"SET readonly={on}")
    assert client.error("INSERT INTO t VALUES (1)").pgcode == "25006"
    client.run("BEGIN")
    assert client.error("CREATE TABLE u (a int)").pgcode == "25006"
    client.run("ROLLBACK")
    assert client.run("SELECT a FROM t") == []
    client.run(f"SET readonly={off}")
    client.run("INSERT INTO t VALUES (1)")
    assert client.value("SHOW readonly") == ("off" if off == "0" else "false")


def test_getcolumns_has_the_types_super_and_varbyte(client):
    client.run("CREATE TABLE t (a super, b varbyte(9), c int)")
    query = (
        "SELECT a.attname, t.oid, t.typname, format_type(a.atttypid, a.atttypmod)"
        " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
        " WHERE a.attrelid = 't'::regclass AND a.attnum > 0 ORDER BY a.attnum"
    )
    assert client.run(query) == [
        ("a", 4000, "super", "super"),
        ("b", 6551, "varbyte", "binary varying"),
        ("c", 23, "int4", "integer"),
    ]
    names = "SELECT udt_name FROM information_schema.columns WHERE table_schema = %s ORDER BY 1"
    assert client.run(names, (client.schema,)) == [("int4",), ("super",), ("varbyte",)]
    assert client.run("SELECT oid FROM pg_type WHERE typname IN ('json', 'jsonb')") == []


def test_functions_have_the_types_super_and_varbyte(client):
    client.run(
        "CREATE FUNCTION f(super, int) RETURNS super STABLE AS $$ SELECT $1 $$ LANGUAGE sql"
    )
    query = (
        "SELECT prorettype, proargtypes, oidvectortypes(proargtypes) FROM pg_proc p"
        " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE proname = 'f' AND nspname = %s"
    )
    assert client.run(query, (client.schema,)) == [(4000, "4000 23", "super, integer")]
