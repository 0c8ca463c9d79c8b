"""The schema that holds the emulator's own objects: no client changes it, not even a superuser."""

import pytest

from redshift_emulator.language.queries.names import catalog_names

STATEMENTS = [
    "ALTER SCHEMA pg_internal RENAME TO other",
    "ALTER TABLE pg_internal.long_name ADD COLUMN a int",
    "ANALYZE pg_internal.long_name",
    "COMMENT ON TABLE pg_internal.long_name IS 'a'",
    "CREATE FUNCTION pg_internal.f(int) RETURNS int IMMUTABLE AS $$ SELECT $1 $$ LANGUAGE sql",
    "CREATE MATERIALIZED VIEW pg_internal.v AS SELECT a FROM t",
    "CREATE PROCEDURE pg_internal.p() AS $$ BEGIN END $$ LANGUAGE plpgsql",
    "CREATE TABLE n (LIKE pg_internal.long_name)",
    "CREATE TABLE pg_internal.n (a int)",
    'CREATE TABLE "pg_internal".n AS SELECT 1 AS a',
    "CREATE VIEW pg_internal.v AS SELECT 1 AS a",
    "DROP FUNCTION pg_internal.sha1(varchar)",
    "DROP SCHEMA pg_internal CASCADE",
    "DROP TABLE Pg_Internal.long_name",
    "GRANT USAGE ON SCHEMA pg_internal TO PUBLIC",
    "SELECT 1 AS a INTO pg_internal.n",
    "SELECT set_config('search_path', 'public, pg_internal', false)",
    "SELECT set_config('search_path', 'PG_INTERNAL', false)",
    "SET search_path TO 'pg_internal'",
    "TRUNCATE pg_internal.long_name",
    "VACUUM pg_internal.long_name",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_superusers_cannot_change_the_emulators_own_schema(client, statement):
    client.run("CREATE TABLE t (a int)")
    error = client.error(statement)
    assert error.pgcode == "42501"
    assert str(error).strip() == "permission denied for schema pg_internal"


def test_the_name_of_the_emulators_own_schema_is_a_text_as_any_other(client):
    client.run("CREATE TABLE t (a varchar(20) DEFAULT 'pg_internal')")
    client.run("INSERT INTO t VALUES (DEFAULT), ('pg_internal')")
    assert client.run("SELECT a AS pg_internal FROM t") == [("pg_internal",)] * 2


# PG_NAMESPACE has a schema of this name on a cluster, too, which tools exclude
# (https://github.com/getredash/redash/pull/4792); logins have the names that clients sent.
SHOWN = {"pg_namespace", "pg_settings", "stl_connection_log", "sys_connection_log"}


def test_rule_33_no_system_table_shows_the_emulators_own_objects(client, plain):
    own = {
        name for (name,) in plain.run("SELECT datname FROM pg_database WHERE NOT datistemplate")
    }
    own |= {plain.value("SELECT pg_get_userbyid(10)"), "pg_internal", "rs_engine"}
    own.discard(client.connection.info.dbname)
    names = catalog_names.IMPLEMENTED | catalog_names.SAME | catalog_names.REPLACED
    for name in sorted(names - SHOWN):
        for row in client.run(f"SELECT * FROM {name}"):
            found = own.intersection(each.strip() for each in row if isinstance(each, str))
            assert not found, (name, row)
    assert client.run("SHOW TABLES FROM SCHEMA pg_internal") == []
    hidden = "SELECT count(*) FROM pg_attribute WHERE attrelid NOT IN (SELECT oid FROM pg_class)"
    assert client.value(hidden) == 0


def test_rule_33_pg_database_has_the_database_and_the_templates(client):
    found = {name for (name,) in client.run("SELECT datname FROM pg_database_info")}
    assert found == {client.connection.info.dbname, "template0", "template1"}


def test_rule_33_the_privileges_of_information_schema_are_those_of_users_groups_and_public(client):
    group = f"g_{client.schema}"
    client.run_all(f"CREATE TABLE t (a int); CREATE GROUP {group}; GRANT SELECT ON t TO PUBLIC")
    client.run(f"GRANT SELECT ON t TO GROUP {group}")
    query = "SELECT DISTINCT grantee FROM information_schema.{}_privileges WHERE table_name = 't'"
    for kind in ("table", "column"):
        grantees = {name for (name,) in client.run(query.format(kind))}
        assert grantees == {client.connection.info.user, "PUBLIC", group}
    roles = "SELECT grantee, role_name FROM information_schema.applicable_roles"
    assert client.run(roles) == []
    client.run(f"ALTER GROUP {group} ADD USER {client.connection.info.user}")
    assert client.run(roles) == [(client.connection.info.user, group)]
    client.run_all(f"DROP TABLE t; DROP GROUP {group}")
