"""System privileges on objects of other users, and CANCEL.

https://docs.aws.amazon.com/redshift/latest/dg/r_roles-system-privileges.html
"""

import secrets
import threading

import psycopg2
import pytest

from tests.support.processes import until

FUNCTION = "CREATE FUNCTION f() RETURNS int STABLE AS $$ SELECT 1 $$ LANGUAGE sql"
PROCEDURE = "CREATE PROCEDURE p() AS $$ BEGIN END $$ LANGUAGE plpgsql"


@pytest.fixture
def role(client):
    name = f"r_{secrets.token_hex(4)}"
    client.run(f"CREATE ROLE {name}")
    yield name
    client.run(f"DROP ROLE {name} FORCE")


@pytest.fixture
def member(client, role, new_user):
    """A user with the role, and nothing else."""
    name, user = new_user()
    client.run(f"GRANT ROLE {role} TO {name}")
    return user


CASES = [
    ("ALTER TABLE", "CREATE TABLE t (a int)", "ALTER TABLE {s}.t ADD COLUMN b int"),
    ("TRUNCATE TABLE", "CREATE TABLE t (a int)", "TRUNCATE {s}.t"),
    ("ANALYZE", "CREATE TABLE t (a int)", "ANALYZE {s}.t"),
    ("VACUUM", "CREATE TABLE t (a int)", "VACUUM {s}.t"),
    ("DROP TABLE", "CREATE TABLE t (a int)", "DROP TABLE {s}.t"),
    ("DROP VIEW", "CREATE VIEW v AS SELECT 1 AS a", "DROP VIEW {s}.v"),
    ("DROP FUNCTION", FUNCTION, "DROP FUNCTION {s}.f()"),
    ("DROP PROCEDURE", PROCEDURE, "DROP PROCEDURE {s}.p()"),
    ("DROP SCHEMA", "CREATE TABLE t (a int)", "DROP SCHEMA {s} CASCADE"),
]


@pytest.mark.parametrize(("privilege", "before", "statement"), CASES)
def test_rule_96_objects_of_other_users(client, role, member, privilege, before, statement):
    client.run(before)
    written = statement.format(s=client.schema)
    assert member.error(written).pgcode == "42501"
    client.run(f"GRANT {privilege} TO ROLE {role}")
    member.run(written)
    assert member.value("SELECT current_user") == member.value("SELECT session_user")
    client.run(f"REVOKE {privilege} FROM ROLE {role}")
    if before.startswith("CREATE TABLE") and not written.startswith("DROP"):
        assert member.error(written).pgcode == "42501"


def test_rule_96_what_the_privilege_does_not_give(client, role, member):
    s = client.schema
    client.run("CREATE TABLE t (a int)")
    client.run(f"GRANT DROP TABLE, ALTER TABLE TO ROLE {role}")
    for statement in (
        f"SELECT * FROM {s}.t",
        f"TRUNCATE {s}.t",
        f"DROP SCHEMA {s} CASCADE",
        f"CREATE TABLE {s}.u (a int)",
    ):
        assert member.error(statement).pgcode == "42501"
    for privilege in ("ALTER DEFAULT PRIVILEGES", "CREATE OR REPLACE VIEW", "ACCESS CATALOG"):
        assert client.error(f"GRANT {privilege} TO ROLE {role}").pgcode == "0A000"


@pytest.mark.parametrize("definition", ["(a int PRIMARY KEY) DISTKEY (a)", "AS SELECT 1 AS a"])
def test_rule_96_tables_in_any_schema(client, role, member, definition):
    s = client.schema
    client.run("CREATE TABLE t (a int)")
    written = f"CREATE TABLE {s}.new {definition}"
    assert member.error(written).pgcode == "42501"
    client.run(f"GRANT CREATE TABLE TO ROLE {role}")
    member.run(written)
    owner = client.value("SELECT tableowner FROM pg_tables WHERE tablename = 'new'")
    assert owner == member.value("SELECT current_user")
    assert member.error(f"CREATE TABLE {s}.copy AS SELECT * FROM {s}.t").pgcode == "42501"
    assert member.error(f"CREATE VIEW {s}.v AS SELECT 1 AS a").pgcode == "42501"
    assert member.value(f"SELECT has_schema_privilege('{s}', 'CREATE')") is False
    client.run(f"REVOKE CREATE TABLE FROM ROLE {role}")
    assert member.error(f"CREATE TABLE {s}.other (a int)").pgcode == "42501"


def test_rule_96_a_created_schema_is_the_users(client, role, member):
    new = f"{client.schema}_new"
    assert member.error(f"CREATE SCHEMA {new}").pgcode == "42501"
    client.run(f"GRANT CREATE SCHEMA TO ROLE {role}")
    member.run(f"CREATE SCHEMA {new}")
    member.run(f"CREATE TABLE {new}.t (a int)")
    member.run(f"DROP SCHEMA {new} CASCADE")


@pytest.fixture
def wait(client, second, new_user):
    """Let a user's query wait for a lock; return its process, and its error once it ends."""
    name, user = new_user()
    s = client.schema
    client.run_all(f"CREATE TABLE t (a int); GRANT ALL ON t TO {name}")
    client.run_all(f"GRANT USAGE ON SCHEMA {s} TO {name}; BEGIN; LOCK t")
    process = user.value("SELECT pg_backend_pid()")
    waits = f"SELECT count(*) FROM pg_locks WHERE pid = {process} AND NOT granted"

    def start():
        errors = []

        def read():
            with pytest.raises(psycopg2.Error) as caught:
                user.run(f"SELECT * FROM {s}.t")
            errors.append(caught.value.pgcode)

        thread = threading.Thread(target=read)
        thread.start()
        until(lambda: second.value(waits) > 0)

        def ended():
            thread.join()
            return errors

        return process, ended

    yield start
    client.run("ROLLBACK")


def test_rule_102_a_superuser_cancels_the_query_of_a_user(second, wait):
    process, ended = wait()
    second.run(f"CANCEL {process} 'stopped by the operator'")
    assert "stopped by the operator" in second.notices()
    assert ended() == ["57014"]


def test_rule_96_cancel_of_the_queries_of_other_users(client, second, role, member, wait):
    process, ended = wait()
    for statement in (f"CANCEL {process}", f"SELECT pg_cancel_backend({process})"):
        assert member.error(statement).pgcode == "42501"
    second.run(f"GRANT CANCEL TO ROLE {role}")
    member.run(f"CANCEL {process}")
    assert ended() == ["57014"]
    superusers = client.value("SELECT pg_backend_pid()")
    assert member.error(f"CANCEL {superusers}").pgcode == "42501"


def test_rule_102_what_cancel_refuses(client):
    error = client.error("CANCEL 2147483647")
    assert "Session 2147483647 does not exist" in str(error)
    for written in ("CANCEL", "CANCEL x", "CANCEL 1 'a' b"):
        assert client.error(written).pgcode == "42601"


def test_rule_37_the_privilege_to_truncate_a_table(client, new_user):
    name, user = new_user()
    client.run_all(f"CREATE TABLE t (a int); GRANT USAGE ON SCHEMA {client.schema} TO {name}")
    client.run(f"GRANT SELECT, DELETE ON t TO {name}")
    assert user.error(f"TRUNCATE {client.schema}.t").pgcode == "42501"
    client.run(f"GRANT TRUNCATE ON t TO {name}")
    user.run(f"TRUNCATE {client.schema}.t")
    listed = (
        "SELECT privilege_type FROM svv_relation_privileges"
        " WHERE namespace_name = %s AND identity_name = %s ORDER BY 1"
    )
    expected = [("DELETE",), ("SELECT",), ("TRUNCATE",)]
    assert client.run(listed, (client.schema, name)) == expected
