"""Users, groups, privileges, schemas and owners."""

import hashlib
import secrets

import psycopg2
import pytest


@pytest.fixture
def name():
    return f"n_{secrets.token_hex(4)}"


@pytest.mark.parametrize(
    "password",
    [
        "Short1x",
        "nouppercase1",
        "NOLOWERCASE1",
        "NoDigitsAtAll",
        "With@Sign1x",
        "With/Slash1",
        "With Blank1",
        "Ünicode1xx",
        "A1" + "x" * 63,
    ],
)
def test_rule_37_passwords_that_break_the_rules_are_refused(client, plain, name, password):
    error = client.error(f"CREATE USER {name} PASSWORD %s", (password,))
    assert error.pgcode == "22023"
    assert password not in str(error)
    plain.run(f"CREATE USER {name} PASSWORD %s", (password,))


def test_rule_37_create_user_requires_a_password(client, plain, name):
    assert client.error(f"CREATE USER {name}").pgcode == "42601"
    assert client.error(f"CREATE USER {name} CREATEDB").pgcode == "42601"
    plain.run(f"CREATE USER {name}")


def test_rule_37_a_user_with_an_md5_hash_can_log_in(client, emulator, name):
    password = "Secret1pw"
    digest = hashlib.md5((password + name).encode()).hexdigest()
    client.run(f"CREATE USER {name} PASSWORD 'md5{digest}'")
    emulator.connect(name, password).close()
    with pytest.raises(psycopg2.OperationalError):
        emulator.connect(name, "Secret2pw")


@pytest.mark.parametrize("prefix", ["jürgen", "ȡ", "ا1"], ids=["latin", "unassigned", "mixed"])
def test_a_user_whose_name_is_not_ascii_can_log_in(client, emulator, name, prefix):
    client.run(f"CREATE USER \"{prefix}_{name}\" PASSWORD 'Secret1pw'")
    emulator.connect(f"{prefix}_{name}", "Secret1pw").close()


def test_rule_37_a_user_with_a_sha256_password_can_log_in(client, emulator, name):
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(b"Secret1pw" + salt).hexdigest()
    client.run(f"CREATE USER {name} PASSWORD 'sha256|{digest}|{salt.hex()}'")
    emulator.connect(name, "Secret1pw").close()
    client.run(f"ALTER USER {name} PASSWORD 'sha256|Secret2pw'")
    emulator.connect(name, "Secret2pw").close()
    with pytest.raises(psycopg2.OperationalError):
        emulator.connect(name, "Secret1pw")


def test_rule_37_a_user_with_a_disabled_password_cannot_log_in(client, emulator, name):
    client.run(f"CREATE USER {name} PASSWORD DISABLE")
    with pytest.raises(psycopg2.OperationalError):
        emulator.connect(name, "Secret1pw")
    client.run(f"ALTER USER {name} PASSWORD 'Secret1pw'")
    emulator.connect(name, "Secret1pw").close()
    assert client.error(f"ALTER USER {emulator.user} PASSWORD DISABLE").pgcode == "0A000"


def test_rule_37_renaming_clears_an_md5_password(client, emulator, name):
    client.run(f"CREATE USER {name} PASSWORD 'Secret1pw'")
    client.run(f"ALTER USER {name} RENAME TO {name}_x")
    assert "password cleared" in client.notices()
    with pytest.raises(psycopg2.OperationalError):
        emulator.connect(f"{name}_x", "Secret1pw")


def test_rule_37_the_options_of_a_user_can_be_read_back(client, name):
    client.run(f"CREATE GROUP {name}_g")
    client.run(
        f"CREATE USER {name} WITH PASSWORD 'Secret1pw' NOCREATEDB NOCREATEUSER SYSLOG"
        f" ACCESS UNRESTRICTED"
        f" IN GROUP {name}_g VALID UNTIL '2035-01-01' CONNECTION LIMIT 7 SESSION TIMEOUT 600"
    )
    row = client.run(
        "SELECT usecreatedb, usesuper, passwd, valuntil::date::varchar, useconnlimit,"
        " syslogaccess, sessiontimeout"
        " FROM pg_user_info WHERE usename = %s",
        (name,),
    )
    assert row == [(False, False, "********", "2035-01-01", "7", "UNRESTRICTED", 600)]
    client.run(f"ALTER USER {name} WITH RESET SESSION TIMEOUT")
    query = "SELECT sessiontimeout FROM pg_user_info WHERE usename = %s"
    assert client.value(query, (name,)) is None
    assert client.error(f"CREATE USER {name} PASSWORD 'Secret1pw'").pgcode == "42710"
    assert client.error(f"ALTER USER {name} NOSUCHOPTION").pgcode == "42601"


def test_rule_37_all_privileges_on_columns_are_select_and_update(client, new_user):
    user, session = new_user()
    client.run("CREATE TABLE t (a int, b int)")
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO {user}")
    client.run(f"GRANT ALL PRIVILEGES (a) ON t TO {user}")
    assert session.run(f"SELECT a FROM {client.schema}.t") == []
    session.run(f"UPDATE {client.schema}.t SET a = 1")
    assert session.error(f"SELECT b FROM {client.schema}.t").pgcode == "42501"
    assert session.error(f"INSERT INTO {client.schema}.t (a) VALUES (1)").pgcode == "42501"


def test_rule_37_a_user_whose_password_has_expired_cannot_log_in(client, emulator, name):
    client.run(f"CREATE USER {name} PASSWORD 'Secret1pw' VALID UNTIL '2020-01-01'")
    with pytest.raises(psycopg2.OperationalError):
        emulator.connect(name, "Secret1pw")


def test_rule_37_quoted_user_names_keep_their_case(client, emulator, name):
    mixed = f"{name}_Mixed"
    client.run(f"CREATE USER \"{mixed}\" PASSWORD 'Secret1pw'")
    emulator.connect(mixed, "Secret1pw").close()
    assert client.value("SELECT count(*) FROM pg_user WHERE usename = %s", (mixed,)) == 1
    client.run(f'DROP USER "{mixed}"')


def test_rule_37_a_group_and_a_user_may_have_the_same_name(client, name):
    client.run(f"CREATE USER {name} PASSWORD 'Secret1pw'")
    client.run(f"CREATE GROUP {name} WITH USER {name}")  # the same name, twice
    sysid = client.value("SELECT usesysid FROM pg_user WHERE usename = %s", (name,))
    groups = client.run("SELECT grolist FROM pg_group WHERE groname = %s", (name,))
    assert groups == [([sysid],)]
    client.run(f"ALTER GROUP {name} DROP USER {name}")
    assert client.run("SELECT grolist FROM pg_group WHERE groname = %s", (name,)) == [(None,)]
    client.run(f"ALTER GROUP {name} RENAME TO {name}_2")
    client.run(f"DROP GROUP {name}_2")
    assert client.error(f"DROP GROUP {name}_2").pgcode == "42704"
    assert client.error("CREATE GROUP __reserved").pgcode == "42939"
    assert client.error(f"ALTER GROUP nosuchgroup ADD USER {name}").pgcode == "42704"
    client.run(f"DROP USER {name}")


def test_rule_37_users_have_the_privileges_of_their_groups(client, new_user, name):
    s = client.schema
    user, session = new_user()
    client.run_all(f"CREATE GROUP {name} WITH USER {user}; CREATE TABLE t (a int)")
    client.run(f"GRANT USAGE ON SCHEMA {s} TO GROUP {name}")
    assert session.error(f"SELECT * FROM {s}.t").pgcode == "42501"
    client.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA {s} TO GROUP {name}")
    assert session.run(f"SELECT * FROM {s}.t") == []
    acl = client.value(
        "SELECT array_to_string(relacl, ',') FROM pg_class WHERE relname = 't'"
        " AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)",
        (s,),
    )
    assert f"group {name}=r/" in acl
    client.run(f"REVOKE ALL ON TABLE t FROM GROUP {name}")
    assert session.error(f"SELECT * FROM {s}.t").pgcode == "42501"
    assert client.value("SELECT has_schema_privilege(%s, %s, 'usage')", (user, s)) is True
    assert client.value("SELECT has_table_privilege(%s, %s, 'select')", (user, f"{s}.t")) is False


def test_new_tables_have_no_privileges_but_the_default_ones(client, new_user, name):
    s = client.schema
    owner, owners = new_user()
    reader, readers = new_user()
    client.run_all(f"CREATE GROUP {name} WITH USER {reader}; GRANT ALL ON SCHEMA {s} TO {owner}")
    client.run(f"GRANT USAGE ON SCHEMA {s} TO GROUP {name}")
    owners.run(f"CREATE TABLE {s}.before (a int)")
    client.run(
        f"ALTER DEFAULT PRIVILEGES FOR USER {owner} IN SCHEMA {s} GRANT SELECT ON TABLES TO"
        f" GROUP {name}"
    )
    owners.run(f"CREATE TABLE {s}.after (a int)")
    client.run(f"CREATE TABLE {s}.others (a int)")
    assert readers.error(f"SELECT * FROM {s}.before").pgcode == "42501"
    assert readers.run(f"SELECT * FROM {s}.after") == []
    assert readers.error(f"SELECT * FROM {s}.others").pgcode == "42501"


def test_rule_37_default_privileges_on_functions_and_procedures_differ(client, new_user):
    s = client.schema
    owner, owners = new_user()
    caller, callers = new_user()
    other, others = new_user()
    for user in (owner, caller, other):
        client.run(f"GRANT ALL ON SCHEMA {s} TO {user}")
    default = f"ALTER DEFAULT PRIVILEGES FOR USER {owner}"
    client.run(f"{default} GRANT EXECUTE ON PROCEDURES TO {caller} WITH GRANT OPTION")
    client.run(f"{default} GRANT EXECUTE ON FUNCTIONS TO {other}")
    client.run(f"{default} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    function = "() RETURNS int STABLE AS $$ SELECT 1 $$ LANGUAGE sql"
    procedure = "() AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql"
    owners.run(f"CREATE FUNCTION {s}.f{function}")
    owners.run(f"CREATE PROCEDURE {s}.p{procedure}")
    assert others.value(f"SELECT {s}.f()") == 1
    assert callers.error(f"SELECT {s}.f()").pgcode == "42501"
    assert callers.run(f"CALL {s}.p()") == "CALL"
    assert others.error(f"CALL {s}.p()").pgcode == "42501"
    acl = "SELECT defaclacl FROM pg_default_acl WHERE defaclobjtype = 'p'"
    assert client.run(acl) == [([f"{caller}=X*/{owner}"],)]
    client.run(f"{default} REVOKE ALL ON PROCEDURES FROM {caller}")
    assert client.run(acl) == []
    client.run(f"{default} IN SCHEMA {s} GRANT EXECUTE ON PROCEDURES TO PUBLIC")
    client.run(f"{default} GRANT EXECUTE ON PROCEDURES TO PUBLIC")
    owners.run(f"CREATE PROCEDURE {s}.q{procedure}")
    assert others.run(f"CALL {s}.q()") == "CALL"
    for schema in ("", f" IN SCHEMA {s}"):
        client.run(f"{default}{schema} REVOKE EXECUTE ON PROCEDURES FROM PUBLIC")
    assert client.run(acl) == []
    assert client.error(f"{default} GRANT SELECT ON PROCEDURES TO PUBLIC").pgcode == "0LP01"


def test_rule_37_default_privileges_of_the_current_user(client, new_user):
    s = client.schema
    owner, owners = new_user()
    caller, callers = new_user()
    client.run(f"GRANT ALL ON SCHEMA {s} TO {owner}")
    client.run(f"GRANT USAGE ON SCHEMA {s} TO {caller}")
    default = "ALTER DEFAULT PRIVILEGES FOR USER CURRENT_USER"
    owners.run(f"{default} GRANT EXECUTE ON PROCEDURES TO {caller}")
    acl = (
        "SELECT a.defaclobjtype FROM pg_default_acl a JOIN pg_user u ON u.usesysid = a.defacluser"
        f" WHERE u.usename = '{owner}'"
    )
    assert client.run(acl) == [("p",)]
    owners.run(f"{default} REVOKE EXECUTE ON PROCEDURES FROM {caller}")
    owners.run(
        f"CREATE PROCEDURE {s}.p() AS $$ BEGIN ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO"
        f" {caller}; END $$ LANGUAGE plpgsql SECURITY DEFINER"
    )
    owners.run(f"GRANT EXECUTE ON PROCEDURE {s}.p() TO {caller}")
    callers.run(f"CALL {s}.p()")
    assert client.run(acl) == [("r",)]
    owners.run(f"ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM {caller}")


def test_rule_37_only_superusers_create_users_and_groups(client, new_user, name):
    user, session = new_user()
    for statement in (
        f"CREATE USER {name} PASSWORD 'Secret1pw'",
        f"CREATE GROUP {name}",
        f"DROP USER {user}",
        f"ALTER USER {user} CREATEUSER",
        "ALTER DEFAULT PRIVILEGES FOR USER nobody GRANT SELECT ON TABLES TO PUBLIC",
    ):
        assert session.error(statement).pgcode in {"42501", "42704"}, statement
    session.run(f"ALTER USER {user} PASSWORD 'Secret1pw'")
    _, superuser = new_user("CREATEUSER")
    superuser.run(f"CREATE USER {name} PASSWORD 'Secret1pw'")


def test_rule_37_a_user_with_objects_or_privileges_cannot_be_dropped(client, new_user):
    user, session = new_user()
    client.run_all(f"CREATE TABLE t (a int); GRANT SELECT ON t TO {user}")
    error = client.error(f"DROP USER {user}")
    assert (error.pgcode, "has a privilege on some object" in str(error)) == ("55006", True)
    client.run(f"REVOKE SELECT ON t FROM {user}")
    client.run(f"ALTER TABLE t OWNER TO {user}")
    error = client.error(f"DROP USER {user}")
    assert (error.pgcode, "owns some object" in str(error)) == ("55006", True)
    client.run("DROP TABLE t")
    session.connection.close()
    client.run(f"DROP USER {user}")
    client.run(f"DROP USER IF EXISTS {user}")
    assert client.error(f"DROP USER {user}").pgcode == "42704"


def test_rule_37_a_group_with_privileges_cannot_be_dropped(client, name):
    client.run_all(f"CREATE TABLE t (a int); CREATE GROUP {name}")
    client.run(f"GRANT SELECT ON t TO GROUP {name}")
    assert client.error(f"DROP GROUP {name}").pgcode == "55006"
    client.run("DROP TABLE t")
    client.run(f"DROP GROUP {name}")


def test_alter_user_sets_the_search_path_of_new_sessions(client, emulator, name):
    client.run(f"CREATE USER {name} PASSWORD 'Secret1pw'")
    client.run(f"ALTER USER {name} WITH SET search_path TO {client.schema}, public")
    client.run(f"ALTER USER {name} SET enable_case_sensitive_identifier TO TRUE")
    client.run(f"ALTER USER {name} SET query_group = 'a=b'")
    connection = emulator.connect(name, "Secret1pw")
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchone() == (f"{client.schema}, public",)
        cursor.execute('SELECT 1 AS "Kept"')
        assert cursor.description[0].name == "Kept"
        cursor.execute("SET query_group TO 'other'; RESET query_group; SHOW query_group")
        assert cursor.fetchone() == ("a=b",)
    connection.close()
    settings = [f"search_path={client.schema}, public", "enable_case_sensitive_identifier=true"]
    assert client.run("SELECT useconfig FROM pg_user WHERE usename = %s", (name,)) == [
        ([*settings, "query_group=a=b"],)
    ]
    client.run(f"ALTER USER {name} SET query_group TO DEFAULT")
    client.run(f"ALTER USER {name} RESET enable_case_sensitive_identifier")
    assert client.error(f"ALTER USER {name} SET wlm_query_slot_count TO 99").pgcode == "22023"
    client.run(f"ALTER USER {name} WITH RESET search_path")
    assert client.error(f"ALTER USER {name} SET nosuch TO 1").pgcode == "42704"


def test_rule_38_all_users_may_create_in_public(client, new_user, plain):
    user, session = new_user()
    table = f"public.t_{secrets.token_hex(4)}"
    session.run_all(f"CREATE TABLE {table} (a int); DROP TABLE {table}")
    assert client.value("SELECT has_schema_privilege(%s, 'public', 'create')", (user,)) is True


def test_the_owner_of_a_schema_may_create_in_it(client, new_user, name):
    user, session = new_user()
    assert session.error(f"CREATE SCHEMA {name}").pgcode == "42501"
    client.run(f"CREATE SCHEMA {name} AUTHORIZATION {user} QUOTA 10 GB")
    session.run(f"CREATE TABLE {name}.t (a int)")
    assert client.error(f"DROP SCHEMA {name}").pgcode == "2BP01"
    client.run(f"ALTER SCHEMA {name} RENAME TO {name}_2")
    session.run(f"INSERT INTO {name}_2.t VALUES (1)")
    client.run(f"DROP SCHEMA {name}_2 CASCADE")
    client.run(f"DROP SCHEMA IF EXISTS {name}_2")


def test_the_owner_of_the_database_does_not_own_the_schema_public(client, emulator, name):
    client.run(f"CREATE USER {name} PASSWORD 'Secret1pw'")
    client.run(f"ALTER DATABASE {emulator.database} OWNER TO {name}")
    connection = emulator.connect(name, "Secret1pw")
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {name}")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute(f"DROP SCHEMA {name}")
    connection.close()
    client.run(f"ALTER DATABASE {emulator.database} OWNER TO {emulator.user}")


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("GRANT USAGE ON TABLE t TO public", "0LP01"),
        ("GRANT SELECT ON SCHEMA public TO public", "0LP01"),
        ("GRANT SELECT ON t TO GROUP nosuchgroup", "42704"),
        ("GRANT SELECT ON t TO nosuchuser", "42704"),
        ("GRANT SELECT ON nosuch TO public", "42P01"),
        ("GRANT SELECT ON t TO public WITH GRANT OPTION", "0LP01"),
        ("GRANT NONSENSE ON t TO public", "42601"),
    ],
)
def test_invalid_grants_are_refused(client, statement, sqlstate):
    client.run("CREATE TABLE t (a int)")
    assert client.error(statement).pgcode == sqlstate
