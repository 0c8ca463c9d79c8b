"""SHOW GRANTS on databases, schemas and tables, and of users and roles.

https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_GRANTS.html
"""

import secrets

import pytest

GRANTS = """\
GRANT USAGE ON SCHEMA {s} TO {alice}; \
GRANT SELECT, UPDATE ON t TO {alice}; \
GRANT INSERT ON t TO ROLE {role}; \
GRANT SELECT ON v TO public; \
GRANT SELECT FOR TABLES IN SCHEMA {s} TO {alice}; \
GRANT EXECUTE ON FUNCTION {s}.f(int) TO {alice}"""


@pytest.fixture
def granted(client, new_user):
    """Return a user with privileges, the session of it, and a role with some."""
    alice, session = new_user()
    role = f"r_{secrets.token_hex(4)}"
    client.run_all(
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t;"
        f" CREATE FUNCTION {client.schema}.f(int) RETURNS int STABLE AS $$ SELECT $1 $$"
        f" LANGUAGE sql; CREATE ROLE {role}"
    )
    client.run_all(GRANTS.format(s=client.schema, alice=alice, role=role))
    yield alice, session, role
    client.run(f"REVOKE SELECT FOR TABLES IN SCHEMA {client.schema} FROM {alice}")
    client.run(f"REVOKE INSERT ON t FROM ROLE {role}")
    client.run(f"DROP ROLE {role}")


def shown(session, statement):
    """Run a statement; return the names of its columns, and its rows without numbers of users."""
    with session.connection.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        assert all(isinstance(row.pop("identity_id"), int) for row in rows)
        return names, [tuple(row.values()) for row in rows]


def test_rule_103_grants_on_a_table_and_a_view(client, emulator, granted):
    alice, _, role = granted
    s, d, admin = client.schema, emulator.database, emulator.user
    names, rows = shown(client, "SHOW GRANTS ON TABLE t")
    assert names == [
        *("schema_name", "object_name", "object_type", "privilege_type", "identity_id"),
        *("identity_name", "identity_type", "admin_option", "privilege_scope", "database_name"),
        "grantor_name",
    ]
    assert rows == [
        (s, "t", "TABLE", "SELECT", alice, "user", False, "TABLE", d, admin),
        (s, "t", "TABLE", "UPDATE", alice, "user", False, "TABLE", d, admin),
        (s, "t", "TABLE", "INSERT", role, "role", False, "TABLE", d, admin),
    ]
    assert shown(client, f"SHOW GRANTS ON {d}.{s}.t FOR {alice} LIMIT 1")[1] == rows[:1]
    assert shown(client, f"SHOW GRANTS ON {s}.t FOR ROLE {role}")[1] == rows[2:]
    assert shown(client, f"SHOW GRANTS ON TABLE {s}.v FOR PUBLIC")[1] == [
        (s, "v", "VIEW", "SELECT", "public", "public", False, "VIEW", d, admin)
    ]


def test_rule_103_a_group_is_shown_as_dbt_redshift_finds_it(client):
    group = f"g_{secrets.token_hex(4)}"
    client.run_all(
        f"CREATE TABLE t (a int); CREATE GROUP {group}; GRANT SELECT ON t TO GROUP {group}"
    )
    ((*_, name, kind, _, _, _, _),) = shown(client, "SHOW GRANTS ON t")[1]
    client.run(f"REVOKE SELECT ON t FROM GROUP {group}")
    client.run(f"DROP GROUP {group}")
    assert (name, kind) == (f"/{group}", "role")


def test_rule_103_grants_on_a_schema_and_on_the_database(client, emulator, granted):
    alice, _, _ = granted
    s, d, admin = client.schema, emulator.database, emulator.user
    assert shown(client, f"SHOW GRANTS ON SCHEMA {s}")[1] == [
        (s, s, "SCHEMA", "USAGE", alice, "user", False, "SCHEMA", d, admin),
        (s, s, "SCHEMA", "SELECT", alice, "user", False, "TABLES", d, None),
    ]
    client.run(f"GRANT CREATE ON DATABASE {d} TO {alice}")
    names, rows = shown(client, f"SHOW GRANTS ON DATABASE {d} FOR {alice}")
    client.run(f"REVOKE CREATE ON DATABASE {d} FROM {alice}")
    assert names == [
        *("database_name", "privilege_type", "identity_id", "identity_name", "identity_type"),
        *("admin_option", "privilege_scope", "grantor_name"),
    ]
    assert [row[:-1] for row in rows] == [(d, "CREATE", alice, "user", False, "DATABASE")]
    _, public = shown(client, f"SHOW GRANTS ON DATABASE {d} FOR PUBLIC")
    assert [row[:-1] for row in public] == [(d, "TEMP", "public", "public", False, "DATABASE")]


def test_rule_103_grants_of_a_user_and_of_a_role(client, emulator, granted):
    alice, session, role = granted
    s, d, admin = client.schema, emulator.database, emulator.user
    names, rows = shown(client, f"SHOW GRANTS FOR {alice}")
    assert names == [
        *("database_name", "schema_name", "object_name", "object_type", "privilege_type"),
        *("identity_id", "identity_name", "identity_type", "privilege_scope", "grantor_name"),
    ]
    assert rows == [
        (d, s, None, "SCHEMA", "USAGE", alice, "user", "SCHEMA", admin),
        (d, s, None, "SCHEMA", "SELECT", alice, "user", "TABLES", None),
        (d, s, "f", "FUNCTION", "EXECUTE", alice, "user", "FUNCTION", admin),
        (d, s, "t", "TABLE", "SELECT", alice, "user", "TABLE", admin),
        (d, s, "t", "TABLE", "UPDATE", alice, "user", "TABLE", admin),
    ]
    assert shown(session, f"SHOW GRANTS FOR {alice} FROM DATABASE {d}") == (names, rows)
    assert [row[2:5] for row in shown(client, f"SHOW GRANTS FOR ROLE {role}")[1]] == [
        ("t", "TABLE", "INSERT")
    ]


def test_rule_103_what_grant_all_comprises(client, emulator, new_user):
    """In the order of users' numbers, as Amazon's driver expects in its tests."""
    (first, _), (second, _) = sorted((new_user(), new_user()), key=lambda user: user[0])
    client.run_all(
        f"CREATE TABLE t (a int); GRANT ALL ON t TO {second} WITH GRANT OPTION;"
        f" GRANT UPDATE ON t TO {first}"
    )
    rows = shown(client, "SHOW GRANTS ON TABLE t")[1]
    assert [row[3] for row in rows if row[4] == second] == [
        *("ALTER", "DELETE", "DROP", "INSERT", "REFERENCES", "RULE", "SELECT", "TRIGGER"),
        *("TRUNCATE", "UPDATE"),
    ]
    assert {row[6] for row in rows if row[4] == second} == {True}
    numbers = dict(client.run("SELECT usename, usesysid FROM pg_user"))
    names = list(dict.fromkeys(row[4] for row in rows))
    assert names == sorted(names, key=numbers.get)


def test_rule_103_what_others_have_is_not_shown(client, emulator, granted, new_user):
    alice, session, role = granted
    bob, other = new_user()
    assert {row[4] for row in shown(session, f"SHOW GRANTS ON {client.schema}.t")[1]} == {alice}
    assert shown(session, f"SHOW GRANTS ON {client.schema}.t FOR ROLE {role}")[1] == []
    cases = {
        f"SHOW GRANTS FOR {alice}": "42501",
        f"SHOW GRANTS FOR ROLE {role}": "42501",
        "SHOW GRANTS FOR nosuch": "42704",
        "SHOW GRANTS FOR ROLE nosuch": "42704",
        "SHOW GRANTS ON DATABASE nosuch": "0A000",
        f"SHOW GRANTS FOR {bob} FROM DATABASE nosuch": "0A000",
        f"SHOW GRANTS FOR {bob} LIMIT 10001": "22023",
        "SHOW GRANTS ON FUNCTION f(int)": "0A000",
        "SHOW GRANTS t": "42601",
    }
    assert {statement: other.error(statement).pgcode for statement in cases} == cases


def test_rule_103_more_than_10000_rows_are_an_error(client, emulator, granted):
    alice, _, _ = granted
    plain = emulator.plain()
    with plain.cursor() as cursor:
        cursor.execute(
            "DO $$ BEGIN FOR n IN 1..1700 LOOP"
            f" EXECUTE format('CREATE TABLE {client.schema}.t%s (a int)', n);"
            f" EXECUTE format('GRANT ALL ON {client.schema}.t%s TO {alice}', n);"
            " END LOOP; END $$"
        )
    plain.close()
    error = client.error(f"SHOW GRANTS FOR {alice}")
    assert (error.pgcode, "more than 10000 rows" in str(error)) == ("54000", True)
    assert len(client.run(f"SHOW GRANTS FOR {alice} LIMIT 3")) == 3
