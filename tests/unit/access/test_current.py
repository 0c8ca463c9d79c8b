import pytest

from pipeline.access.current import (
    CurrentState,
    DefaultGrant,
    questions,
    read_current_state,
    search_path,
)
from pipeline.names import TableName
from pipeline.sql.access.acl import Grant
from pipeline.sql.access.privileges import PUBLIC, Grantee

ETL = Grantee("group", "etl_rw")
ANSWERS = {
    "database": [{"database_name": "dev", "owner_name": "admin", "acl": "=T/admin"}],
    "groups": [{"group_name": "etl_rw"}],
    "members": [{"group_name": "etl_rw", "user_name": "dw"}],
    "users": [
        {"user_name": "admin", "is_superuser": True, "settings": None},
        {
            "user_name": "dw",
            "is_superuser": False,
            "settings": 'statement_timeout=0\nsearch_path="$user", dw',
        },
    ],
    "schemas": [
        {"schema_name": "public", "owner_name": "rdsdb", "acl": "rdsdb=UC/rdsdb\n=UC/rdsdb"},
        {"schema_name": "www", "owner_name": "dw", "acl": None},
    ],
    "defaults": [
        {"owner_name": "dw", "schema_name": "www", "acl": "group etl_rw=r/dw"},
        {"owner_name": "dw", "schema_name": None, "acl": "=a/dw"},
    ],
    "tables": [{"schema_name": "etl", "table_name": "table_updates"}],
}


def test_answers_become_the_present_state():
    assert read_current_state(ANSWERS) == CurrentState(
        database="dev",
        database_owner="admin",
        open_by_default=False,
        groups=frozenset({"etl_rw"}),
        members=frozenset({("etl_rw", "dw")}),
        search_paths={"admin": (), "dw": ("$user", "dw")},
        superusers=frozenset({"admin"}),
        schema_owners={"public": "rdsdb", "www": "dw"},
        database_grants=frozenset({Grant("dev", "TEMP", PUBLIC)}),
        schema_grants=frozenset(
            Grant("public", privilege, grantee)
            for privilege in ("USAGE", "CREATE")
            for grantee in (PUBLIC, Grantee("user", "rdsdb"))
        ),
        default_grants=frozenset(
            {DefaultGrant("dw", "www", "SELECT", ETL), DefaultGrant("dw", None, "INSERT", PUBLIC)}
        ),
        tables=frozenset({TableName("etl", "table_updates")}),
    )


def test_a_database_whose_privileges_were_never_changed_is_open():
    untouched = {"database_name": "dev", "owner_name": "admin", "acl": None}

    assert read_current_state({**ANSWERS, "database": [untouched]}).open_by_default


def test_there_is_a_question_for_every_answer_and_only_the_last_has_a_value():
    asked = questions("etl")

    assert set(asked) == set(ANSWERS)
    assert {name: dict(each.parameters) for name, each in asked.items() if each.parameters} == {
        "tables": {"schema": "etl"}
    }


def test_default_privileges_are_asked_for_by_redshifts_own_column():
    """PostgreSQL calls it defaclrole."""
    assert (
        questions("etl")["defaults"].text
        == """\
SELECT
    PG_GET_USERBYID(d.defacluser) AS owner_name,
    n.nspname AS schema_name,
    ARRAY_TO_STRING(d.defaclacl, CHR(10)) AS acl
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n
    ON n.oid = d.defaclnamespace
WHERE d.defaclobjtype = 'r'
ORDER BY 1, 2"""
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", ()),
        ("statement_timeout=5", ()),
        ("search_path=dw, www", ("dw", "www")),
        ('search_path="$user", public', ("$user", "public")),
        ("search_path='$user', public", ("$user", "public")),
        ('search_path="a,b", "c""d",E', ("a,b", 'c"d', "e")),
        ('search_path=""', ("",)),
        ("x=search_path\nsearch_path=dw", ("dw",)),
    ],
)
def test_the_search_path_is_read_from_a_users_settings(settings, expected):
    assert search_path(settings) == expected
