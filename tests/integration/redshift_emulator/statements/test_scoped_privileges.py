"""Privileges on all objects of a schema or of the database.

https://docs.aws.amazon.com/redshift/latest/dg/t_scoped-permissions.html
https://docs.aws.amazon.com/redshift/latest/dg/t_scoped-permissions-considerations.html
"""

import secrets

import pytest


@pytest.fixture
def role(client):
    """A role that is dropped at the end, with what it has on schemas of the test."""
    name = f"r_{secrets.token_hex(4)}"
    client.run(f"CREATE ROLE {name}")
    yield name
    client.run("SET SESSION AUTHORIZATION DEFAULT")
    for what in ("USAGE FOR SCHEMAS", "USAGE FOR LANGUAGES", "EXECUTE FOR FUNCTIONS"):
        client.run(f"REVOKE {what} IN DATABASE {client.connection.info.dbname} FROM ROLE {name}")
    client.run(f"DROP SCHEMA {client.schema} CASCADE")
    client.run(f"DROP ROLE {name} FORCE")


def test_rule_100_tables_and_views_that_exist_and_later_ones(client, new_user):
    name, user = new_user()
    s = client.schema
    client.run_all(f"GRANT USAGE ON SCHEMA {s} TO {name}; CREATE TABLE t (a int)")
    client.run(f"GRANT SELECT, INSERT FOR TABLES IN SCHEMA {s} TO {name}")
    client.run_all(
        "CREATE TABLE u (a int); CREATE TABLE c AS SELECT 1 AS a;"
        " CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM t"
    )
    for relation in "tucvm":
        user.run(f"SELECT * FROM {s}.{relation}")
    user.run(f"INSERT INTO {s}.u VALUES (1)")
    assert user.error(f"DELETE FROM {s}.u").pgcode == "42501"
    client.run(f"REVOKE ALL FOR TABLES IN SCHEMA {s} FROM {name}")
    for relation in "tu":
        assert user.error(f"SELECT * FROM {s}.{relation}").pgcode == "42501"


def test_rule_100_privileges_of_objects_are_independent(client, new_user):
    name, user = new_user()
    s = client.schema
    client.run_all(f"GRANT USAGE ON SCHEMA {s} TO {name}; CREATE TABLE t (a int)")
    client.run(f"GRANT SELECT ON t TO {name}")
    client.run(f"GRANT SELECT FOR TABLES IN SCHEMA {s} TO {name}")
    client.run(f"REVOKE SELECT ON t FROM {name}")
    user.run(f"SELECT * FROM {s}.t")
    client.run(f"GRANT SELECT ON t TO {name}")
    client.run(f"REVOKE SELECT FOR TABLES IN SCHEMA {s} FROM {name}")
    user.run(f"SELECT * FROM {s}.t")
    shown = client.value("SELECT array_to_string(relacl, ',') FROM pg_class WHERE relname = 't'")
    assert "scope:" not in shown


def test_rule_100_routines_and_schemas_by_a_role(client, new_user, role, emulator):
    name, user = new_user()
    s = client.schema
    function = "CREATE FUNCTION {}() RETURNS int STABLE AS $$ SELECT 1 $$ LANGUAGE sql"
    procedure = "CREATE PROCEDURE {}() AS $$ BEGIN END $$ LANGUAGE plpgsql"
    client.run_all(f"{procedure.format('p')}; GRANT ROLE {role} TO {name}")
    client.run(f"GRANT USAGE FOR SCHEMAS IN DATABASE {emulator.database} TO ROLE {role}")
    client.run(f"GRANT EXECUTE FOR FUNCTIONS IN DATABASE {emulator.database} TO ROLE {role}")
    client.run(f"GRANT USAGE FOR LANGUAGES IN DATABASE {emulator.database} TO ROLE {role}")
    for statement in (function.format("f"), procedure.format("q")):
        client.run(statement)
    client.run("REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC")
    assert user.value(f"SELECT {s}.f()") == 1
    for each in "pq":
        user.run(f"CALL {s}.{each}()")
    listed = client.run(
        "SELECT privilege_type, identity_type, privilege_scope FROM svv_database_privileges"
        " WHERE identity_name = %s ORDER BY 1, 3",
        (role,),
    )
    assert listed == [
        ("EXECUTE", "role", "FUNCTIONS"),
        ("USAGE", "role", "LANGUAGES"),
        ("USAGE", "role", "SCHEMAS"),
    ]


def test_rule_100_functions_and_procedures_are_one_kind(client, new_user, emulator):
    name, user = new_user()
    s, d = client.schema, emulator.database
    client.run(f"GRANT USAGE ON SCHEMA {s} TO {name}")
    client.run("CREATE PROCEDURE p() AS $$ BEGIN END $$ LANGUAGE plpgsql")
    client.run(f"GRANT EXECUTE FOR FUNCTIONS IN SCHEMA {s} DATABASE {d} TO {name}")
    user.run(f"CALL {s}.p()")
    client.run(f"REVOKE ALL FOR PROCEDURES IN SCHEMA {s} FROM {name}")
    assert user.error(f"CALL {s}.p()").pgcode == "42501"


def test_rule_37_usage_on_a_database_is_listed(client, new_user, emulator):
    name, user = new_user()
    d = emulator.database
    listed = (
        "SELECT privilege_scope, admin_option FROM svv_database_privileges"
        " WHERE privilege_type = 'USAGE' AND identity_name = %s"
    )
    client.run(f"GRANT USAGE ON DATABASE {d} TO {name} WITH GRANT OPTION")
    assert user.run(listed, (name,)) == [("DATABASE", True)]
    assert user.error(f"GRANT USAGE ON DATABASE {d} TO {name}").pgcode == "42501"
    client.run(f"REVOKE USAGE ON DATABASE {d} FROM {name}")
    assert user.run(listed, (name,)) == []
    assert client.error(f"GRANT USAGE ON DATABASE nosuch TO {name}").pgcode == "0A000"
    assert client.error(f"GRANT CREATE, USAGE ON DATABASE {d} TO {name}").pgcode == "0A000"


def test_rule_100_who_may_grant_and_what_is_listed(client, new_user):
    name, user = new_user()
    other, _ = new_user()
    s = client.schema
    grant = f"GRANT {{}} FOR TABLES IN SCHEMA {s} TO {{}}"
    client.run(grant.format("SELECT", name) + " WITH GRANT OPTION")
    client.run(grant.format("DELETE", name))
    user.run(grant.format("SELECT", other))
    assert user.error(grant.format("DELETE", other)).pgcode == "42501"
    client.run(f"REVOKE GRANT OPTION FOR SELECT FOR TABLES IN SCHEMA {s} FROM {name}")
    assert user.error(grant.format("SELECT", other)).pgcode == "42501"
    listed = client.run(
        "SELECT privilege_type, admin_option, privilege_scope FROM svv_schema_privileges"
        " WHERE namespace_name = %s AND identity_name = %s ORDER BY 1",
        (s, name),
    )
    assert listed == [("DELETE", False, "TABLES"), ("SELECT", False, "TABLES")]
    assert client.error(f"DROP USER {name}").pgcode == "55006"
    client.run(f"DROP SCHEMA {s} CASCADE")
    client.run(f"DROP USER {name}")


def test_rule_100_what_is_refused(client, new_user, role):
    name, _ = new_user()
    s = client.schema
    cases = {
        f"GRANT SELECT FOR TABLES IN SCHEMA nosuch TO {name}": "3F000",
        "GRANT SELECT FOR TABLES IN DATABASE nosuch TO x": "0A000",
        f"GRANT EXECUTE FOR TABLES IN SCHEMA {s} TO {name}": "0LP01",
        f"GRANT DROP FOR TABLES IN SCHEMA {s} TO {name}": "0A000",
        f"GRANT USAGE FOR SCHEMAS IN SCHEMA {s} TO {name}": "42601",
        f"GRANT SELECT FOR TABLES IN SCHEMA {s} TO GROUP g": "0LP01",
        f"GRANT SELECT FOR TABLES IN SCHEMA {s} TO PUBLIC": "0LP01",
        f"GRANT SELECT FOR TABLES IN SCHEMA {s} TO nosuch": "42704",
        f"GRANT SELECT FOR TABLES IN SCHEMA {s} TO ROLE {role} WITH GRANT OPTION": "42601",
        f"GRANT ALL FOR COPY JOBS IN SCHEMA {s} TO {name}": "0A000",
    }
    assert {statement: client.error(statement).pgcode for statement in cases} == cases
