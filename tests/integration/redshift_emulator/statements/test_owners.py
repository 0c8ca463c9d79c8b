"""Nobody becomes another user by what only the emulator may do in PostgreSQL."""

import pytest

ROLES = ("rs_engine", "definer:{admin}", "role:none", "group:none")
"""Roles of PostgreSQL that are no users of the emulator."""


@pytest.fixture
def user(client, new_user):
    """A user who may create objects, and has called a procedure of the administrator."""
    name, session = new_user()
    client.run(f"GRANT ALL ON SCHEMA {client.schema} TO {name}")
    session.run(f"SET search_path TO {client.schema}")
    client.run("CREATE TABLE secret (x int)")
    client.run(
        "CREATE PROCEDURE harmless() AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql SECURITY DEFINER"
    )
    client.run("GRANT EXECUTE ON PROCEDURE harmless() TO PUBLIC")
    session.run("CALL harmless()")
    session.run("CREATE TABLE mine (x int)")
    session.run("""
    CREATE PROCEDURE evil() AS $$ BEGIN DELETE FROM secret; END $$
    LANGUAGE plpgsql SECURITY DEFINER
    """)
    yield session
    client.run("ROLLBACK")
    client.run_all("DROP TABLE mine; DROP PROCEDURE evil(); DROP PROCEDURE harmless()")


def test_only_a_superuser_gives_an_object_to_another_user(client, emulator, user):
    heads = ("ALTER TABLE mine", "ALTER PROCEDURE evil()")
    for head in heads:
        for role in ROLES:
            statement = f'{head} OWNER TO "{role.format(admin=emulator.user)}"'
            for session in (user, client):
                assert session.error(statement).pgcode == "42704", statement
        assert user.error(f"{head} OWNER TO {emulator.user}").pgcode == "42501"
        assert user.run(f"{head} OWNER TO CURRENT_USER") == " ".join(head.split()[:2])
    assert user.error("CALL evil()").pgcode == "42501"
    default = f"ALTER DEFAULT PRIVILEGES FOR USER {emulator.user} GRANT SELECT ON TABLES TO PUBLIC"
    assert user.error(default).pgcode == "42501"
    assert user.error(f"CREATE SCHEMA AUTHORIZATION {emulator.user}").pgcode == "42501"
    assert user.error(f"ALTER SCHEMA {client.schema} OWNER TO {emulator.user}").pgcode == "42501"
    assert user.error("SELECT x FROM secret").pgcode == "42501"


def test_set_config_sets_redshifts_parameters_only(emulator, user):
    for role in ("rs_engine", emulator.user):
        assert user.error(f"SELECT set_config('role', '{role}', false)").pgcode == "0A000"
    for name in ("allow_system_table_mods", "Role", "session_authorization", "nothing"):
        assert user.error(f"SELECT set_config('{name}', 'on', false)").pgcode == "0A000"
    assert user.value("SELECT set_config('statement_timeout', '12000', false)") == "12s"
    assert user.value("SHOW statement_timeout") in {"12000", "12s"}
    assert user.error("SELECT x FROM secret").pgcode == "42501"


def test_names_of_the_emulators_own_roles_are_reserved(client):
    for name in ("definer:bob", "group:bob", "role:bob", "rs_bob", "pg_bob"):
        assert client.error(f"CREATE USER \"{name}\" PASSWORD 'Secret1pw'").pgcode == "42939"
