"""Roles: the examples of the documentation, and the rules.

https://docs.aws.amazon.com/redshift/latest/dg/t_Roles.html
"""

import secrets

import pytest


@pytest.fixture
def names(client):
    """Names of roles, which are dropped afterwards."""
    found = [f"r{number}_{secrets.token_hex(4)}" for number in range(4)]
    yield found
    client.run("ROLLBACK")
    for name in found:
        if client.run("SELECT 1 FROM svv_roles WHERE role_name = %s", (name,)):
            client.run(f"REVOKE ALL ON SCHEMA {client.schema} FROM ROLE {name}")
            client.run(f"REVOKE ALL ON ALL TABLES IN SCHEMA {client.schema} FROM ROLE {name}")
            client.run(f"DROP ROLE {name} FORCE")


def test_rule_94_create_alter_drop_role(client, emulator, names, new_user):
    one, two, three, four = names
    user, session = new_user()
    assert client.run(f"CREATE ROLE {one}") == "CREATE ROLE"
    query = "SELECT role_name, role_owner, external_id FROM svv_roles WHERE role_name = %s"
    assert client.run(query, (one,)) == [(one, emulator.user, None)]
    client.run(f"ALTER ROLE {one} WITH RENAME TO {two}")
    client.run(f"ALTER ROLE {two} WITH OWNER TO {user}")
    assert session.run(query, (two,)) == [(two, user, None)]
    assert client.error(f"DROP USER {user}").pgcode == "55006"
    session.run(f"ALTER ROLE {two} RENAME TO {three}")
    for statement, code in (
        (f"CREATE ROLE {three}", "42710"),
        (f"CREATE ROLE {user}", "42710"),
        (f"CREATE USER {three} PASSWORD 'Secret1pw'", "42710"),
        ("CREATE ROLE sys:mine", "42939"),
        ("CREATE ROLE public", "42939"),
        ('CREATE ROLE "a.b"', "42939"),
        (f'CREATE ROLE {four} EXTERNALID "ABC123"', "0A000"),
        (f"DROP ROLE {four}", "42704"),
        ("DROP ROLE sys:secadmin", "42501"),
        (f"GRANT ROLE {four} TO {user}", "42704"),
        (f"GRANT ROLE {three} TO {four}", "42704"),
        (f"GRANT ROLE {three} TO PUBLIC", "0A000"),
        (f"GRANT {three} TO {user}", "0A000"),
        (f"GRANT ROLE sys:dba TO {user}", "0A000"),
        (f"GRANT CREATE MODEL TO ROLE {three}", "0A000"),
        (f"GRANT ALL TO ROLE {three}", "0A000"),
        (f"GRANT USAGE ON SCHEMA {client.schema} TO ROLE {three} WITH GRANT OPTION", "0LP01"),
    ):
        assert client.error(statement).pgcode == code, statement
    assert session.run(f"DROP ROLE {three}") == "DROP ROLE"
    assert session.error(f"CREATE ROLE {four}").pgcode == "42501"


def test_rule_94_a_granted_role_is_dropped_only_by_force(client, names, new_user):
    one, two, _, _ = names
    user, _ = new_user()
    client.run_all(f"CREATE ROLE {one}; CREATE ROLE {two}; GRANT ROLE {one} TO {user}")
    error = client.error(f"DROP ROLE {one}")
    expected = "cannot drop this role since it has been granted on a user"
    assert error.diag.message_primary == expected
    client.run(f"REVOKE ROLE {one} FROM {user}")
    client.run(f"GRANT ROLE {one} TO ROLE {two}")
    error = client.error(f"DROP ROLE {two}")
    expected = "cannot drop this role since it depends on another role"
    assert error.diag.message_primary == expected
    assert "granted on a role" in client.error(f"DROP ROLE {one}").diag.message_primary
    client.run(f"DROP ROLE {two} FORCE")
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO ROLE {one}")
    error = client.error(f"DROP ROLE {one} FORCE")
    assert (error.pgcode, error.diag.message_primary) == (
        "55006",
        f'role "{one}" can\'t be dropped because the role has a privilege on some object',
    )
    client.run(f"REVOKE USAGE ON SCHEMA {client.schema} FROM ROLE {one}")
    client.run(f"DROP ROLE {one}")


def test_rule_94_roles_give_their_privileges_to_users_and_roles(client, names, new_user):
    one, two, three, _ = names
    user, session = new_user()
    _, other = new_user()
    client.run_all(f"CREATE ROLE {one}; CREATE ROLE {two}; CREATE ROLE {three}")
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO ROLE {one}")
    client.run(f"GRANT SELECT ON t TO ROLE {one}, ROLE {two}")
    client.run(f"GRANT ROLE {one} TO ROLE {two}")
    client.run(f"GRANT ROLE {two} TO ROLE {three}")
    error = client.error(f"GRANT ROLE {three} TO ROLE {one}")
    expected = "cannot grant this role, a circular dependency was detected between these roles"
    assert error.diag.message_primary == expected
    select = f"SELECT a FROM {client.schema}.t"
    assert session.error(select).pgcode == "42501"
    client.run(f"GRANT ROLE {three} TO {user} WITH ADMIN OPTION")
    assert session.run(select) == [(1,)]
    grants = "SELECT user_name, role_name, admin_option FROM svv_user_grants WHERE user_name = %s"
    assert client.run(grants, (user,)) == [(user, three, True)]
    assert other.run(grants, (user,)) == []
    assert client.run(
        "SELECT role_name, granted_role_name FROM svv_role_grants WHERE role_name IN (%s, %s)"
        " ORDER BY role_name",
        (two, three),
    ) == [(two, one), (three, two)]
    # an administrator of the role grants and revokes it
    assert other.error(f"GRANT ROLE {three} TO {other.value('SELECT user')}").pgcode == "42501"
    session.run(f"GRANT ROLE {three} TO {other.value('SELECT user')}")
    assert other.run(select) == [(1,)]
    session.run(f"REVOKE ROLE {three} FROM {other.value('SELECT user')}")
    assert other.error(select).pgcode == "42501"
    client.run(f"REVOKE ADMIN OPTION FOR ROLE {three} FROM {user}")
    assert client.run(grants, (user,)) == [(user, three, False)]


def test_rule_94_privileges_on_columns_and_functions(client, names, new_user):
    """The rows of the pages r_SVV_COLUMN_PRIVILEGES and r_SVV_FUNCTION_PRIVILEGES."""
    role = names[0]
    user, session = new_user()
    client.run_all(f"CREATE ROLE {role}; CREATE TABLE lineitem (l_orderkey int, l_partkey int)")
    client.run(f"GRANT SELECT (l_orderkey, l_partkey) ON lineitem TO {user}, ROLE {role}")
    query = (
        "SELECT relation_name, column_name, privilege_type, identity_name, identity_type"
        f" FROM svv_column_privileges WHERE namespace_name = '{client.schema}' ORDER BY 2, 5 DESC"
    )
    listed = [
        ("lineitem", column, "SELECT", *identity)
        for column in ("l_orderkey", "l_partkey")
        for identity in ((user, "user"), (role, "role"))
    ]
    assert client.run(query) == listed
    assert session.run(query) == listed[::2]
    for name, types, grantee in (
        ("test_func1", "int", f"ROLE {role}"),
        ("test_func2", "int, varchar", user),
    ):
        client.run(
            f"CREATE FUNCTION {name}({types}) RETURNS int STABLE AS $$ SELECT $1 $$ LANGUAGE sql"
        )
        client.run(f"GRANT EXECUTE ON FUNCTION {name}({types}) TO {grantee}")
    query = (
        "SELECT function_name, argument_types, privilege_type, identity_name, identity_type,"
        f" admin_option FROM svv_function_privileges WHERE namespace_name = '{client.schema}'"
        f" AND identity_name IN ('{role}', '{user}') ORDER BY 1"
    )
    listed = [
        ("test_func1", "integer", "EXECUTE", role, "role", False),
        ("test_func2", "integer, character varying", "EXECUTE", user, "user", False),
    ]
    assert client.run(query) == listed
    assert session.run(query) == listed[1:]
    client.run("DROP FUNCTION test_func1(int)")  # a role with privileges cannot be dropped


def test_rule_94_users_see_their_own_properties(client, new_user):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_USER_INFO.html."""
    user, session = new_user()
    client.run(f"ALTER USER {user} CREATEDB CONNECTION LIMIT 7 SESSION TIMEOUT 120")
    query = (
        "SELECT user_name, createdb, superuser, catalog_update, connection_limit, syslog_access,"
        " last_ddl_timestamp, session_timeout, external_user_id FROM svv_user_info"
    )
    own = (user, True, False, False, "7", "RESTRICTED", None, 120, None)
    assert session.run(query) == [own]
    assert own in client.run(query)
    assert len(client.run(query)) > 1


def test_rule_94_privileges_that_were_granted(client, names, new_user):
    one, group, _, _ = names
    user, session = new_user()
    client.run_all(f"CREATE ROLE {one}; CREATE GROUP {group}; CREATE TABLE orders (a int)")
    client.run(f"GRANT SELECT ON orders TO {user}, ROLE {one}, GROUP {group}")
    client.run(f"GRANT DELETE ON orders TO {user} WITH GRANT OPTION")
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO ROLE {one}, PUBLIC")
    query = (
        "SELECT relation_name, privilege_type, identity_name, identity_type, admin_option"
        f" FROM svv_relation_privileges WHERE namespace_name = '{client.schema}'"
        " ORDER BY privilege_type, identity_type DESC"
    )
    own = [
        ("orders", "DELETE", user, "user", True),
        ("orders", "SELECT", user, "user", False),
    ]
    others = [
        ("orders", "SELECT", one, "role", False),
        ("orders", "SELECT", group, "group", False),
    ]
    assert client.run(query) == [*own, *others]
    assert session.run(query) == own
    query = (
        "SELECT privilege_type, identity_name, identity_type, admin_option, privilege_scope"
        f" FROM svv_schema_privileges WHERE namespace_name = '{client.schema}' ORDER BY 3"
    )
    assert client.run(query) == [
        ("USAGE", "public", "public", False, "SCHEMA"),
        ("USAGE", one, "role", False, "SCHEMA"),
    ]
    assert session.run(query) == [("USAGE", "public", "public", False, "SCHEMA")]
    shown = client.value(
        "SELECT array_to_string(relacl, ',') FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE relname = 'orders'"
        " AND nspname = %s",
        (client.schema,),
    )
    assert f"group {group}=r" in shown
    assert one not in shown
    client.run(f"REVOKE ALL ON orders FROM GROUP {group}")
    client.run(f"DROP GROUP {group}")


def test_rule_95_membership(client, names, new_user):
    one, two, three, _ = names
    user, session = new_user()
    other, _ = new_user()
    client.run_all(f"CREATE ROLE {one}; CREATE ROLE {two}; CREATE GROUP {three}")
    client.run_all(f"GRANT ROLE {one} TO ROLE {two}; GRANT ROLE {two} TO {user}")
    client.run(f"ALTER GROUP {three} ADD USER {user}")
    member = "SELECT user_is_member_of('{}', '{}')"
    found = {
        (who, role): client.value(member.format(who, role))
        for who, role in ((user, two), (user, one), (user, three), (other, two))
    }
    assert list(found.values()) == [True, True, True, False]
    role = "SELECT role_is_member_of('{}', '{}')"
    assert client.value(role.format(two, one)) is True
    assert client.value(role.format(one, two)) is False
    assert client.error(member.format(user, "nosuch")).pgcode == "42704"
    assert client.error(member.format("nosuch", two)).pgcode == "42704"
    assert client.error(role.format(two, three)).pgcode == "42704"
    assert session.value(f"SELECT user_is_member_of(current_user, '{two}')") is True
    assert session.error(member.format(other, two)).pgcode == "42501"
    client.run(f"GRANT ROLE sys:secadmin TO {user}")
    assert session.value(member.format(other, two)) is False
    client.run(f"REVOKE ROLE sys:secadmin FROM {user}")
    client.run(f"ALTER GROUP {three} DROP USER {user}")
    client.run(f"DROP GROUP {three}")


def test_rule_96_system_privileges_that_are_checked(client, names, new_user):
    one, two, _, new = names
    user, session = new_user()
    client.run(f"CREATE ROLE {one}")
    client.run(f"GRANT ROLE {one} TO {user}")
    create = f"CREATE USER {new} PASSWORD 'Secret1pw'"
    assert session.error(create).pgcode == "42501"
    client.run(f"GRANT CREATE USER, DROP USER, ALTER USER TO ROLE {one}")
    privileges = "SELECT system_privilege FROM svv_system_privileges WHERE identity_name = %s"
    expected = [("ALTER USER",), ("CREATE USER",), ("DROP USER",)]
    assert session.run(f"{privileges} ORDER BY 1", (one,)) == expected
    assert session.error(f"{create} CREATEUSER").pgcode == "42501"
    session.run(create)
    session.run(f"ALTER USER {new} VALID UNTIL '2035-01-01'")
    admin = client.value("SELECT user")
    assert session.error(f"ALTER USER {admin} VALID UNTIL '2035-01-01'").pgcode == "42501"
    assert session.error(f"ALTER USER {new} CREATEUSER").pgcode == "42501"
    assert session.error(f"DROP USER {admin}").pgcode == "42501"
    session.run(f"DROP USER {new}")
    assert session.error(f"CREATE ROLE {two}").pgcode == "42501"
    assert session.error(f"GRANT CREATE ROLE TO ROLE {one}").pgcode == "42501"
    client.run(f"GRANT CREATE ROLE TO ROLE {one}")
    session.run(f"CREATE ROLE {two}")
    client.run(f"REVOKE CREATE USER FROM ROLE {one}")
    assert session.error(create).pgcode == "42501"
    session.run(f"DROP ROLE {two}")
    client.run(f"CREATE ROLE {two}")
    assert session.error(f"DROP ROLE {two}").pgcode == "42501"
    client.run(f"GRANT DROP ROLE TO ROLE {one}")
    assert session.error(f"ALTER ROLE {two} RENAME TO {new}").pgcode == "42501"
    session.run(f"DROP ROLE {two}")
    system = "SELECT role_name FROM svv_roles WHERE role_name LIKE 'sys:%' ORDER BY 1"
    assert [name for (name,) in client.run(system)] == [
        *("sys:dba", "sys:monitor", "sys:operator", "sys:secadmin", "sys:superuser"),
    ]
