"""The doctor finds out whether a login upstream sees the transactions of others."""

import datetime as dt
from collections.abc import Callable

from psycopg2.extensions import parse_dsn

from pipeline.designs.model.design import Column, Design, ExtractSettings
from pipeline.designs.model.incremental import Incremental
from pipeline.names import TableName
from pipeline.procedures.operations.doctor.upstream import follows_transactions, transactions
from pipeline.stores.upstream.database import Upstream
from tests.support.database import execute

MINUTES = dt.timedelta(minutes=15)


def design(table: str, incremental: Incremental | None) -> Design:
    return Design(
        name=TableName("www", table),
        kind="TABLE",
        stem=f"www/public-{table}",
        columns=(Column("id", "bigint"),),
        source=TableName("public", table),
        extract=ExtractSettings(incremental=incremental),
    )


STRICT = design("orders", Incremental("changed"))
LAGGING = design("users", Incremental("changed", lag=MINUTES))


def test_only_tables_that_follow_transactions_need_them() -> None:
    others = [
        design("whole", None),
        design("events", Incremental("at", window=dt.timedelta(days=3))),
        design("clocks", Incremental("at", set_by="application", lag=MINUTES)),
    ]
    assert follows_transactions([*others, STRICT, LAGGING]) == [STRICT, LAGGING]


def test_the_sight_of_other_transactions_is_checked(
    new_database: Callable[[], str], reader: Callable[[str], str]
) -> None:
    owner = new_database()
    dsn = reader(owner)
    user = parse_dsn(dsn)["user"]
    hidden = f"'{user}' does not see the transactions of other users"
    grant = f'GRANT pg_read_all_stats TO "{user}"'

    found = transactions("www", [STRICT, LAGGING], Upstream("www", dsn))
    assert (found.what, found.verdict, found.code) == ("www transactions", "fault", 3)
    assert found.found == f"{hidden}, and there is no lag: www.orders"
    assert found.advice == f"{grant}; or set a lag in the design"

    found = transactions("www", [LAGGING], Upstream("www", dsn))
    assert (found.verdict, found.advice) == (
        "warning",
        f"to rely on transactions instead: {grant}",
    )
    assert found.found == f"{hidden}; positions are the largest value less the lag: www.users"

    execute(owner, grant)
    found = transactions("www", [STRICT, LAGGING], Upstream("www", dsn))
    assert (found.verdict, found.found) == ("ok", f"'{user}' sees those of all users")


def test_a_superuser_sees_all_transactions(new_database: Callable[[], str]) -> None:
    assert transactions("www", [STRICT], Upstream("www", new_database())).verdict == "ok"
