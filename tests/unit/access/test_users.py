"""Plans that create, update and drop users, and the list of users."""

from dataclasses import replace

import pytest

from pipeline.access.acl import Grant
from pipeline.access.current import CurrentState, DefaultGrant, Holdings
from pipeline.access.listing import User, list_users
from pipeline.access.users import Change, plan_create, plan_drop, plan_update
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.settings import DeclaredUser
from pipeline.sql.access.privileges import Grantee, Routine
from tests.support.values.statements import texts
from tests.support.values.warehouse_samples import DESIRED, GROUPS

CURRENT = CurrentState(
    database="dev",
    database_owner="dw",
    groups=frozenset({GROUPS.etl, GROUPS.users}),
    members=frozenset({(GROUPS.etl, "dw"), (GROUPS.users, "tom"), (GROUPS.etl, "tom")}),
    search_paths={"admin": (), "dw": ("dw", "www"), "tom": ("$user", "dw", "www")},
    superusers=frozenset({"admin"}),
    schema_owners={"dw": "dw", "www": "dw", "etl": "dw", "tom": "tom", "finance": "dw"},
    schema_grants=frozenset(
        {
            Grant("finance", "USAGE", Grantee("user", "tom")),
            Grant("finance", "CREATE", Grantee("user", "tom")),
            Grant("tom", "USAGE", Grantee("user", "tom")),
            *(Grant(s, "USAGE", Grantee("group", GROUPS.etl)) for s in ("dw", "www")),
        }
    ),
)
TOM = DeclaredUser("tom", etl=True)


def test_a_new_user_is_created_even_with_skip_user_creation():
    careful = replace(DESIRED, create_users=False)

    assert texts(plan_create(careful, CURRENT, DeclaredUser("ann"), "md5x")) == [
        f'CREATE USER "ann" PASSWORD %(password)s IN GROUP "{GROUPS.users}"',
        'ALTER USER "ann" SET search_path TO \'$user\', "dw", "www"',
    ]


@pytest.mark.parametrize(
    ("user", "message"),
    [
        (DeclaredUser("dw"), "owns the warehouse"),
        (DeclaredUser("tom"), "'pipeline update-user tom' changes it"),
        (DeclaredUser("www", schema=True), "the schema 'www' belongs to the warehouse"),
        (DeclaredUser("etl", schema=True), "the schema 'etl' belongs to the warehouse"),
    ],
)
def test_a_user_that_cannot_be_created_is_refused(user, message):
    with pytest.raises(UsageError, match=message):
        plan_create(DESIRED, CURRENT, user, None)


def test_without_the_groups_no_user_is_created_or_changed():
    bare = replace(CURRENT, groups=frozenset({GROUPS.users}))

    for refused in (
        lambda: plan_create(DESIRED, bare, DeclaredUser("ann"), None),
        lambda: plan_update(DESIRED, bare, Change("tom")),
    ):
        with pytest.raises(
            UsageError, match=rf"no group '{GROUPS.etl}' yet; .*BootstrapWarehouse"
        ):
            refused()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change("tom"), []),
        (Change("tom", etl=True), []),
        (Change("tom", etl=False), [f'ALTER GROUP "{GROUPS.etl}" DROP USER "tom"']),
        (Change("tom", password="md5x"), ['ALTER USER "tom" PASSWORD %(password)s']),
        (Change("dw", password="md5x"), ['ALTER USER "dw" PASSWORD %(password)s']),
        (Change("dw"), []),
    ],
)
def test_an_update_has_statements_only_for_what_changes(change, expected):
    assert texts(plan_update(DESIRED, CURRENT, change)) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Change("tim"), "there is no user 'tim'; did you mean 'tom'"),
        (Change("dw", etl=False), "only its password can be changed"),
        (Change("dw", schema=True), "only its password can be changed"),
        (Change("tom", etl=False), "declares 'tom' with etl: true"),
    ],
)
def test_an_update_that_would_not_last_is_refused(change, message):
    with pytest.raises(UsageError, match=message):
        plan_update(replace(DESIRED, users=(TOM,)), CURRENT, change)


@pytest.mark.parametrize(
    ("users", "user", "new_owner", "message"),
    [
        ((), "tim", "dw", "there is no user 'tim'"),
        ((), "tom", "nobody", "there is no user 'nobody'"),
        ((), "dw", "tom", "owns the warehouse and cannot be dropped"),
        ((), "tom", "tom", "is the user to be dropped"),
        ((TOM,), "tom", "dw", "remove it from data_warehouse.users first"),
    ],
)
def test_a_drop_that_would_fail_or_not_last_is_refused(users, user, new_owner, message):
    with pytest.raises(UsageError, match=message):
        plan_drop(replace(DESIRED, users=users), CURRENT, Holdings(), user, new_owner=new_owner)


def test_every_user_is_listed_with_groups_schemas_and_rights():
    listed = list_users(replace(DESIRED, users=(TOM, DeclaredUser("zoe"))), CURRENT)

    assert listed == (
        User("admin", (), (), ("everything (superuser)",), declared=False, present=True),
        User(
            "dw",
            (GROUPS.etl,),
            ("dw", "etl", "finance", "www"),
            ("owns the warehouse; reads and writes all sources",),
            declared=False,
            present=True,
        ),
        User(
            "tom",
            tuple(sorted((GROUPS.etl, GROUPS.users))),
            ("tom",),
            ("reads and writes all sources", "CREATE, USAGE on finance"),
            declared=True,
            present=True,
        ),
        User("zoe", (), (), (), declared=True, present=False),
    )


def test_a_password_shows_in_no_change():
    assert "md5x" not in repr(Change("tom", password="md5x"))


def test_a_grant_revoked_from_a_group_is_missing_from_its_members_rights():
    revoked = Grant("www", "USAGE", Grantee("group", GROUPS.etl))
    current = replace(CURRENT, schema_grants=CURRENT.schema_grants - {revoked})

    rights = {user.name: user.rights for user in list_users(DESIRED, current)}

    assert rights["tom"][0] == "reads and writes all sources but www"
    assert rights["dw"] == ("owns the warehouse; reads and writes all sources",)


TOMS, ANNS = Grantee("user", "tom"), Grantee("user", "ann")
HOLDING = CurrentState(
    database="dev",
    database_owner="dw",
    groups=frozenset({"b", "a"}),
    members=frozenset({("b", "tom"), ("a", "tom"), ("a", "ann")}),
    search_paths={"dw": (), "tom": (), "ann": ()},
    schema_owners={"tom": "tom", "www": "dw"},
    database_grants=frozenset({Grant("dev", "TEMP", TOMS), Grant("dev", "TEMP", ANNS)}),
    schema_grants=frozenset(
        {
            Grant("www", "USAGE", TOMS),
            Grant("www", "CREATE", TOMS),
            Grant("etl", "USAGE", TOMS),
            Grant("etl", "USAGE", ANNS),
        }
    ),
    default_grants=frozenset(
        {
            DefaultGrant("tom", "tom", "SELECT", ANNS),
            DefaultGrant("tom", "tom", "INSERT", ANNS),
            DefaultGrant("dw", None, "SELECT", TOMS),
            DefaultGrant("dw", "www", "SELECT", ANNS),
            DefaultGrant("dw", "www", "EXECUTE", TOMS, "PROCEDURES"),
        }
    ),
)
HOLDINGS = Holdings(
    relations=(TableName("tom", "notes"),),
    granted=(TableName("www", "orders"),),
    columns={TableName("www", "users"): ("id", "na me")},
    callable=(Routine("FUNCTION", "www", "f", "integer, character varying"),),
)


def test_a_user_is_dropped_after_all_transfers_and_revocations():
    assert texts(plan_drop(DESIRED, HOLDING, HOLDINGS, "tom", new_owner="dw")) == [
        'ALTER SCHEMA "tom" OWNER TO "dw"',
        'ALTER TABLE "tom"."notes" OWNER TO "dw"',
        'REVOKE ALL PRIVILEGES ON TABLE "www"."orders" FROM "tom"',
        'REVOKE ALL PRIVILEGES ("id", "na me") ON TABLE "www"."users" FROM "tom"',
        ('REVOKE ALL PRIVILEGES ON FUNCTION "www"."f"(integer, character varying) FROM "tom"'),
        'REVOKE ALL PRIVILEGES ON SCHEMA "etl" FROM "tom"',
        'REVOKE ALL PRIVILEGES ON SCHEMA "www" FROM "tom"',
        'REVOKE ALL PRIVILEGES ON DATABASE "dev" FROM "tom"',
        'ALTER DEFAULT PRIVILEGES FOR USER "dw" REVOKE ALL PRIVILEGES ON TABLES FROM "tom"',
        (
            'ALTER DEFAULT PRIVILEGES FOR USER "dw" IN SCHEMA "www"'
            ' REVOKE ALL PRIVILEGES ON PROCEDURES FROM "tom"'
        ),
        (
            'ALTER DEFAULT PRIVILEGES FOR USER "tom" IN SCHEMA "tom"'
            ' REVOKE ALL PRIVILEGES ON TABLES FROM "ann"'
        ),
        'ALTER GROUP "a" DROP USER "tom"',
        'ALTER GROUP "b" DROP USER "tom"',
        'DROP USER "tom"',
    ]


def test_a_user_without_holdings_is_only_dropped():
    bare = CurrentState(database="dev", database_owner="dw", search_paths={"dw": (), "tom": ()})

    assert texts(plan_drop(DESIRED, bare, Holdings(), "tom", new_owner="dw")) == [
        'DROP USER "tom"'
    ]


@pytest.mark.parametrize(
    ("user", "holdings", "message"),
    [
        ("nobody", Holdings(), "there is no user 'nobody'"),
        ("dw", Holdings(), "owns the warehouse"),
        ("tom", replace(HOLDINGS, routines=("x.f",)), r"the routine x\.f"),
        ("tom", replace(HOLDINGS, databases=("other",)), "the database other"),
    ],
)
def test_a_user_that_cannot_be_dropped_is_refused(user, holdings, message):
    with pytest.raises(UsageError, match=message):
        plan_drop(DESIRED, HOLDING, holdings, user, new_owner="dw")
