import pytest

from pipeline.names import TableName
from pipeline.sql.access import privileges, users
from pipeline.sql.access.privileges import PUBLIC, Grantee

ETL = Grantee("group", "etl_rw")
TOM = Grantee("user", 'to"m')
TABLE = TableName("a", "b")


def test_a_users_password_is_a_bound_hash():
    statement = users.create_user("tom", "md5abc", ("analyst_ro", "etl_rw"))

    assert statement.text == (
        'CREATE USER "tom"\nPASSWORD %(password)s\nIN GROUP "analyst_ro", "etl_rw"'
    )
    assert statement.parameters == {"password": "md5abc"}
    assert "md5abc" not in repr(statement)


def test_a_user_without_a_password_is_created_with_password_disable():
    statement = users.create_user("tom%", None, ("a%",))

    assert statement.text == 'CREATE USER "tom%"\nPASSWORD DISABLE\nIN GROUP "a%"'
    assert not statement.parameters


def test_percent_signs_in_names_survive_binding_the_password():
    bound = users.create_user("tom%s", "x", ("%(password)s",)).template % {"password": "'x'"}

    assert bound == 'CREATE USER "tom%s"\nPASSWORD \'x\'\nIN GROUP "%(password)s"'


def test_a_new_password_is_a_bound_hash():
    statement = users.alter_password("to%m", "md5abc")

    assert statement.text == 'ALTER USER "to%m"\nPASSWORD %(password)s'
    assert statement.parameters == {"password": "md5abc"}
    assert "md5abc" not in repr(statement)


STATEMENTS = [
    (users.create_group("etl_rw"), 'CREATE GROUP "etl_rw"'),
    (users.create_user("tom", None, ()), 'CREATE USER "tom"\nPASSWORD DISABLE'),
    (users.add_to_group("etl_rw", "tom"), 'ALTER GROUP "etl_rw"\nADD USER "tom"'),
    (users.remove_from_group("etl_rw", "tom"), 'ALTER GROUP "etl_rw"\nDROP USER "tom"'),
    (users.drop_user("tom"), 'DROP USER "tom"'),
    (
        users.alter_search_path("tom", ("$user", "dw", "w;w")),
        'ALTER USER "tom"\nSET search_path TO \'$user\', "dw", "w;w"',
    ),
    (privileges.alter_database_owner("dev", "dw"), 'ALTER DATABASE "dev"\nOWNER TO "dw"'),
    (privileges.alter_schema_owner("www", "dw"), 'ALTER SCHEMA "www"\nOWNER TO "dw"'),
    (privileges.grant_temp("dev", ETL), 'GRANT TEMP\nON DATABASE "dev"\nTO GROUP "etl_rw"'),
    (privileges.revoke_temp("dev", PUBLIC), 'REVOKE TEMP\nON DATABASE "dev"\nFROM PUBLIC'),
    (
        privileges.revoke_database("dev", TOM),
        'REVOKE ALL PRIVILEGES\nON DATABASE "dev"\nFROM "to""m"',
    ),
    (
        privileges.grant_schema("www", ETL),
        'GRANT ALL PRIVILEGES\nON SCHEMA "www"\nTO GROUP "etl_rw"',
    ),
    (privileges.grant_usage("www", ETL), 'GRANT USAGE\nON SCHEMA "www"\nTO GROUP "etl_rw"'),
    (
        privileges.revoke_schema("public", PUBLIC),
        'REVOKE ALL PRIVILEGES\nON SCHEMA "public"\nFROM PUBLIC',
    ),
    (
        privileges.grant_table(TABLE, ETL),
        'GRANT ALL PRIVILEGES\nON TABLE "a"."b"\nTO GROUP "etl_rw"',
    ),
    (
        privileges.grant_some(TABLE, ("SELECT", "UPDATE"), ETL),
        'GRANT SELECT, UPDATE\nON TABLE "a"."b"\nTO GROUP "etl_rw"',
    ),
    (
        privileges.grant_some(TABLE, ("SELECT",), Grantee("user", "x"), grant_option=True),
        'GRANT SELECT\nON TABLE "a"."b"\nTO "x"\nWITH GRANT OPTION',
    ),
    (privileges.grant_select(TABLE, ETL), 'GRANT SELECT\nON TABLE "a"."b"\nTO GROUP "etl_rw"'),
    (
        privileges.revoke_table(TABLE, Grantee("role", "r")),
        'REVOKE ALL PRIVILEGES\nON TABLE "a"."b"\nFROM ROLE "r"',
    ),
    (
        privileges.default_grant_all("dw", "www", ETL),
        (
            'ALTER DEFAULT PRIVILEGES FOR USER "dw"\nIN SCHEMA "www"\n'
            'GRANT ALL PRIVILEGES ON TABLES TO GROUP "etl_rw"'
        ),
    ),
    (
        privileges.default_grant_select("dw", "www", ETL),
        (
            'ALTER DEFAULT PRIVILEGES FOR USER "dw"\nIN SCHEMA "www"\n'
            'GRANT SELECT ON TABLES TO GROUP "etl_rw"'
        ),
    ),
    (
        privileges.default_revoke("dw", None, PUBLIC),
        'ALTER DEFAULT PRIVILEGES FOR USER "dw"\nREVOKE ALL PRIVILEGES ON TABLES FROM PUBLIC',
    ),
]


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS)
def test_statements_about_users_and_privileges(statement, expected):
    assert statement.text == expected
    assert not statement.parameters
