import pytest

from pipeline.access.acl import Grant
from pipeline.access.current import (
    CurrentState,
    DefaultGrant,
    Holdings,
    read_current_state,
    read_holdings,
    search_path,
)
from pipeline.names import TableName
from pipeline.sql.access.catalog import select_current_state, select_holdings
from pipeline.sql.access.privileges import PUBLIC, Grantee, Routine

ETL = Grantee("group", "etl_rw")
DEFAULT = {"owner_name": "dw"}
ROWS = {
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
        {**DEFAULT, "schema_name": "www", "object_type": "r", "acl": "group etl_rw=r/dw"},
        {**DEFAULT, "schema_name": None, "object_type": "r", "acl": "=a/dw"},
        {**DEFAULT, "schema_name": None, "object_type": "f", "acl": "=X/dw"},
    ],
    "columns": [
        {
            "schema_name": "etl",
            "table_name": "table_updates",
            "column_name": name,
            "acl": "dw=r/dw\ngroup etl_rw=a/dw",
        }
        for name in ("update_id", "task")
    ],
    "others": [{"schema_name": "www", "relation_name": "users", "owner_name": "ann"}],
}


def test_rows_are_read_as_the_current_state():
    assert set(ROWS) == set(select_current_state("etl"))
    assert read_current_state(ROWS) == CurrentState(
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
            {
                DefaultGrant("dw", "www", "SELECT", ETL),
                DefaultGrant("dw", None, "INSERT", PUBLIC),
                DefaultGrant("dw", None, "EXECUTE", PUBLIC, "FUNCTIONS"),
            }
        ),
        tables={TableName("etl", "table_updates"): frozenset({"update_id", "task"})},
        table_grants=frozenset(
            {
                Grant("etl.table_updates", "SELECT", Grantee("user", "dw")),
                Grant("etl.table_updates", "INSERT", ETL),
            }
        ),
        others={TableName("www", "users"): "ann"},
    )


def test_a_database_whose_privileges_were_never_changed_is_open():
    untouched = {"database_name": "dev", "owner_name": "admin", "acl": None}

    assert read_current_state({**ROWS, "database": [untouched]}).open_by_default


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


ROUTINE = {"schema_name": "www", "routine_name": "f", "argument_types": "integer"}


def test_rows_are_read_as_holdings_and_users_with_longer_names_are_ignored():
    rows = {
        "relations": [{"schema_name": "tom", "relation_name": "notes"}],
        "routines": [{"schema_name": "x", "routine_name": "f"}],
        "databases": [{"database_name": "other"}],
        "granted": [
            {"schema_name": "www", "relation_name": "orders", "acl": "dw=r/dw\ntom=r/dw"},
            {"schema_name": "www", "relation_name": "users", "acl": "tommy=r/dw\ngroup tom=r/tom"},
        ],
        "granted_columns": [
            {"schema_name": "www", "relation_name": "users", "column_name": "id"},
            {"schema_name": "www", "relation_name": "users", "column_name": "name"},
        ],
        "granted_routines": [
            {**ROUTINE, "routine_kind": "f", "acl": "dw=X/dw\ntom=X/dw"},
            {**ROUTINE, "routine_kind": "p", "acl": "tommy=X/dw"},
        ],
    }

    assert set(rows) == set(select_holdings("tom"))
    assert read_holdings("tom", rows) == Holdings(
        relations=(TableName("tom", "notes"),),
        routines=("x.f",),
        databases=("other",),
        granted=(TableName("www", "orders"),),
        columns={TableName("www", "users"): ("id", "name")},
        callable=(Routine("FUNCTION", "www", "f", "integer"),),
    )
