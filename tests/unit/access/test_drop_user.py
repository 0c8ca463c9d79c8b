from dataclasses import replace

import pytest

from pipeline.access.acl import Grant
from pipeline.access.current import CurrentState, DefaultGrant, Holdings
from pipeline.access.users import plan_drop
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.sql.access.privileges import Grantee
from tests.support.statements import texts
from tests.support.warehouse_samples import DESIRED

TOM, ANN = Grantee("user", "tom"), Grantee("user", "ann")
CURRENT = CurrentState(
    database="dev",
    database_owner="dw",
    groups=frozenset({"b", "a"}),
    members=frozenset({("b", "tom"), ("a", "tom"), ("a", "ann")}),
    search_paths={"dw": (), "tom": (), "ann": ()},
    schema_owners={"tom": "tom", "www": "dw"},
    database_grants=frozenset({Grant("dev", "TEMP", TOM), Grant("dev", "TEMP", ANN)}),
    schema_grants=frozenset(
        {
            Grant("www", "USAGE", TOM),
            Grant("www", "CREATE", TOM),
            Grant("etl", "USAGE", TOM),
            Grant("etl", "USAGE", ANN),
        }
    ),
    default_grants=frozenset(
        {
            DefaultGrant("tom", "tom", "SELECT", ANN),
            DefaultGrant("tom", "tom", "INSERT", ANN),
            DefaultGrant("dw", None, "SELECT", TOM),
            DefaultGrant("dw", "www", "SELECT", ANN),
        }
    ),
)
HOLDINGS = Holdings(relations=(TableName("tom", "notes"),), granted=(TableName("www", "orders"),))


def test_a_user_is_dropped_after_all_transfers_and_revocations():
    assert texts(plan_drop(DESIRED, CURRENT, HOLDINGS, "tom", new_owner="dw")) == [
        'ALTER SCHEMA "tom" OWNER TO "dw"',
        'ALTER TABLE "tom"."notes" OWNER TO "dw"',
        'REVOKE ALL PRIVILEGES ON TABLE "www"."orders" FROM "tom"',
        'REVOKE ALL PRIVILEGES ON SCHEMA "etl" FROM "tom"',
        'REVOKE ALL PRIVILEGES ON SCHEMA "www" FROM "tom"',
        'REVOKE ALL PRIVILEGES ON DATABASE "dev" FROM "tom"',
        'ALTER DEFAULT PRIVILEGES FOR USER "dw" REVOKE ALL PRIVILEGES ON TABLES FROM "tom"',
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
        plan_drop(DESIRED, CURRENT, holdings, user, new_owner="dw")
