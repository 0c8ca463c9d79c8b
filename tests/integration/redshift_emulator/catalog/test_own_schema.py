"""The schema that holds the emulator's own objects: no client changes it, not even a superuser."""

import pytest

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
