from dataclasses import replace

import pytest

from pipeline.access.current import CurrentState, DefaultGrant
from pipeline.access.drop_user import Holdings, plan_drop_user, questions, read_holdings
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.sql.access.acl import Grant
from pipeline.sql.access.privileges import Grantee

TOM, ANN = Grantee("user", "tom"), Grantee("user", "ann")
PRESENT = CurrentState(
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


def texts(statements):
    return [statement.text.replace("\n", " ") for statement in statements]


def test_a_user_is_dropped_after_everything_was_given_away_or_taken_back():
    assert texts(plan_drop_user(PRESENT, HOLDINGS, "tom", new_owner="dw")) == [
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


def test_a_user_who_has_nothing_is_only_dropped():
    bare = CurrentState(database="dev", database_owner="dw", search_paths={"tom": ()})

    assert texts(plan_drop_user(bare, Holdings(), "tom", new_owner="dw")) == ['DROP USER "tom"']


@pytest.mark.parametrize(
    ("user", "holdings", "message"),
    [
        ("nobody", Holdings(), "there is no user 'nobody'"),
        ("dw", Holdings(), "owns the warehouse"),
        ("tom", replace(HOLDINGS, routines=("x.f",)), r"the routine x\.f"),
        ("tom", replace(HOLDINGS, databases=("other",)), "the database other"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(user, holdings, message):
    with pytest.raises(UsageError, match=message):
        plan_drop_user(PRESENT, holdings, user, new_owner="dw")


def test_answers_become_holdings_and_longer_names_are_not_taken_for_the_users():
    answers = {
        "relations": [{"schema_name": "tom", "relation_name": "notes"}],
        "routines": [{"schema_name": "x", "routine_name": "f"}],
        "databases": [{"database_name": "other"}],
        "granted": [
            {"schema_name": "www", "relation_name": "orders", "acl": "dw=r/dw\ntom=r/dw"},
            {"schema_name": "www", "relation_name": "users", "acl": "tommy=r/dw\ngroup tom=r/tom"},
        ],
    }

    assert set(answers) == set(questions("tom"))
    assert read_holdings("tom", answers) == replace(
        HOLDINGS, routines=("x.f",), databases=("other",)
    )


def test_every_question_binds_the_name():
    for statement in questions("t'om").values():
        assert statement.parameters == {"user": "t'om"}
        assert "%(user)s" in statement.text
