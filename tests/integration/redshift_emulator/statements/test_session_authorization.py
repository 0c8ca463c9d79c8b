"""SET SESSION AUTHORIZATION.

https://docs.aws.amazon.com/redshift/latest/dg/r_SET_SESSION_AUTHORIZATION.html
"""

USERS = "SELECT current_user, session_user"


def test_rule_99_a_superuser_works_as_another_user(client, new_user, emulator):
    name, _ = new_user()
    client.run("CREATE TABLE t (a int)")
    for written in (f"'{name}'", name):
        client.run(f"SET SESSION AUTHORIZATION {written}")
        assert client.run(USERS) == [(name, name)]
        assert client.connection.info.parameter_status("session_authorization") == name
        assert client.error(f"SELECT * FROM {client.schema}.t").pgcode == "42501"
        assert client.error("CREATE USER x PASSWORD DISABLE").pgcode == "42501"
        client.run("SET SESSION AUTHORIZATION DEFAULT")
    assert client.run(USERS) == [(emulator.user, emulator.user)]
    assert client.run("SELECT * FROM t") == []


def test_rule_99_reset_restores_the_user_who_has_logged_in(client, new_user, emulator):
    """https://docs.aws.amazon.com/redshift/latest/dg/t_ddm.html."""
    name, _ = new_user()
    client.run(f"SET SESSION AUTHORIZATION {name}")
    client.run("RESET SESSION AUTHORIZATION")
    assert client.run(USERS) == [(emulator.user, emulator.user)]
    assert client.connection.info.parameter_status("session_authorization") == emulator.user
    assert client.error("RESET SESSION AUTHORIZATION x").pgcode == "42601"


def test_rule_99_what_the_other_user_makes_is_the_other_users(client, new_user):
    name, user = new_user()
    client.run(f"GRANT ALL ON SCHEMA {client.schema} TO {name}")
    client.run_all(f"SET SESSION AUTHORIZATION {name}; CREATE TABLE t (a int)")
    client.run("SET SESSION AUTHORIZATION DEFAULT")
    owner = f"SELECT tableowner FROM pg_tables WHERE schemaname = '{client.schema}'"
    assert client.value(owner) == name
    user.run(f"DROP TABLE {client.schema}.t")


def test_rule_99_local_is_until_the_end_of_the_transaction(client, new_user, emulator):
    name, _ = new_user()
    for end in ("COMMIT", "ROLLBACK"):
        client.run_all(f"BEGIN; SET LOCAL SESSION AUTHORIZATION {name}")
        assert client.run(USERS) == [(name, name)]
        client.run(end)
        assert client.run(USERS) == [(emulator.user, emulator.user)]
        reported = client.connection.info.parameter_status("session_authorization")
        assert reported == emulator.user
    client.run_all(f"BEGIN; SET SESSION AUTHORIZATION {name}; ROLLBACK")
    assert client.run(USERS) == [(emulator.user, emulator.user)]


def test_rule_99_who_may(client, new_user):
    name, _ = new_user()
    _, user = new_user()
    assert user.error(f"SET SESSION AUTHORIZATION {name}").pgcode == "42501"
    assert client.error("SET SESSION AUTHORIZATION nosuch").pgcode == "42704"
    assert client.error("SET SESSION AUTHORIZATION rs_engine").pgcode == "42704"
    client.run("SET SESSION AUTHORIZATION DEFAULT")
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO {user.value('SELECT current_user')}")
    for refused in (f"SET SESSION AUTHORIZATION {name}", "RESET SESSION AUTHORIZATION"):
        client.run(
            "CREATE OR REPLACE PROCEDURE p() AS"
            f" $$BEGIN {refused}; END$$ LANGUAGE plpgsql SECURITY DEFINER"
        )
        client.run(f"GRANT EXECUTE ON PROCEDURE p() TO {user.value('SELECT current_user')}")
        assert user.error(f"CALL {client.schema}.p()").pgcode == "0A000"
