import pytest

from pipeline.names import TableName
from pipeline.sql.bootstrap import (
    DefaultGrant,
    Grant,
    Present,
    questions,
    read_present,
    search_path,
)
from pipeline.sql.privileges import PUBLIC, Grantee


def granted(privilege, kind, name):
    return {"privilege_type": privilege, "identity_type": kind, "identity_name": name}


ANSWERS = {
    "database": [{"database_name": "dev", "owner_name": "admin", "open_by_default": 1}],
    "groups": [{"group_name": "etl_rw"}],
    "members": [{"group_name": "etl_rw", "user_name": "dw"}],
    "users": [
        {"user_name": "admin", "settings": None},
        {"user_name": "dw", "settings": 'statement_timeout=0\nsearch_path="$user", dw'},
    ],
    "schemas": [{"schema_name": "public", "owner_name": "rdsdb"}],
    "database_grants": [
        {"database_name": "dev", **granted("TEMP", "public", "public")},
        {"database_name": "other", **granted("TEMP", "group", "etl_rw")},
    ],
    "schema_grants": [
        {"schema_name": "www", **granted("usage", "group", "etl_rw")},
        {"schema_name": "www", **granted("USAGE", "user", "tom")},
    ],
    "default_grants": [
        {
            "schema_name": None,
            "owner_name": "dw",
            "privilege_type": "SELECT",
            "grantee_type": "group",
            "grantee_name": "analyst_ro",
        }
    ],
    "tables": [{"schema_name": "etl", "table_name": "table_updates"}],
}


def test_answers_become_the_present_state_of_this_database():
    assert read_present(ANSWERS) == Present(
        database="dev",
        database_owner="admin",
        open_by_default=True,
        groups=frozenset({"etl_rw"}),
        members=frozenset({("etl_rw", "dw")}),
        search_paths={"admin": (), "dw": ("$user", "dw")},
        schema_owners={"public": "rdsdb"},
        database_grants=frozenset({Grant("dev", "TEMP", PUBLIC)}),
        schema_grants=frozenset(
            {
                Grant("www", "USAGE", Grantee("group", "etl_rw")),
                Grant("www", "USAGE", Grantee("user", "tom")),
            }
        ),
        default_grants=frozenset(
            {DefaultGrant("dw", None, "SELECT", Grantee("group", "analyst_ro"))}
        ),
        tables=frozenset({TableName("etl", "table_updates")}),
    )


def test_there_is_a_question_for_every_answer_and_only_the_last_has_a_value():
    asked = questions("etl")

    assert set(asked) == set(ANSWERS)
    assert {name: dict(each.parameters) for name, each in asked.items() if each.parameters} == {
        "tables": {"schema": "etl"}
    }


def test_no_question_joins_what_the_leader_knows_with_what_the_compute_nodes_know():
    for statement in questions("etl").values():
        assert not ("svv_" in statement.text and "pg_catalog" in statement.text)


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
