"""All sample tables from end to end: every value in the warehouse equals the one upstream."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

import psycopg2
import pytest

from pipeline.local.stack import Stack
from tests.support.projects.sample import (
    SCHEMAS,
    UPSTREAM,
    Snapshot,
    sample_project,
    snapshot,
    written_transactions,
)
from tests.support.projects.warehouse import BUCKET, DATE, ROOT, Outcome, Project
from tests.support.results.typed_rows import (
    Row,
    Table,
    differences,
    query,
    read_derived,
    read_tables,
    upstream_rows,
    warehouse_rows,
)

pytestmark = pytest.mark.xdist_group("values")

DERIVED = Path(__file__).parent / "derived"
TABLES = read_tables(ROOT / "designs")
CTAS = {table.name: table for table in read_derived(ROOT / "designs")}
KEY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


class Loaded(NamedTuple):
    """One run of everything, which all tests examine."""

    project: Project
    run: Outcome
    before: Snapshot
    after: Snapshot
    written: int


@pytest.fixture(scope="module")
def loaded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    project = sample_project(stack, tmp_path_factory.mktemp("values"))
    before, [already, _] = snapshot(project), written_transactions(project)
    run = project.luigi("LoadAll")
    return Loaded(
        project, run, before, snapshot(project), written_transactions(project)[0] - already
    )


@pytest.fixture
def ask(loaded: Loaded) -> Callable[[str], list[Row]]:
    """Query the warehouse."""
    return lambda statement: query(loaded.project.environment["DATA_WAREHOUSE_ETL"], statement)


def upstream(loaded: Loaded, table: Table) -> list[Row]:
    return upstream_rows(loaded.project.environment[UPSTREAM[table.source]], table)


def in_postgresql(loaded: Loaded, source: str, statement: str) -> list[Row]:
    """Query an upstream database by the test's own SQL."""
    dsn = loaded.project.environment[UPSTREAM[source]]
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SET TimeZone TO 'UTC'")
        cursor.execute(statement)
        return cursor.fetchall()


def test_all_designs_of_the_samples_are_compared() -> None:
    assert len(TABLES) == 24
    assert {table.source for table in TABLES} == set(UPSTREAM)
    assert {file.stem for file in DERIVED.glob("*.sql")} | {"analytics.email_conversion"} == set(
        CTAS
    )


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_every_value_in_the_warehouse_is_the_one_upstream(loaded: Loaded, table: Table) -> None:
    there = upstream(loaded, table)
    here = warehouse_rows(loaded.project.environment["DATA_WAREHOUSE_ETL"], table)
    assert differences(table, there, here) == []
    assert len(there) > 0 or table.name == "www.coupon_redemptions"


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_dump_manifest_copy_marker_and_table_have_as_many_rows_as_upstream(
    loaded: Loaded, ask: Callable[[str], list[Row]], table: Table
) -> None:
    rows = len(upstream(loaded, table))
    [[marked, size, manifest_url]] = ask(
        "SELECT row_count, byte_count, manifest"
        f" FROM {loaded.project.marker_schema}.table_updates"
        f" WHERE task = 'CopyTable' AND target_table = '{table.name}'"
    )
    manifest = loaded.project.manifest(manifest_url.removeprefix(f"s3://{BUCKET}/"))
    copied = ask(
        "SELECT loaded_rows, source_file_count, source_file_bytes, error_count"
        f" FROM sys_load_history WHERE data_source = '{manifest_url}'"
    )
    assert {
        "manifest": manifest["rows"],
        "parts": sum(part["rows"] for part in manifest["entries"]),
        "marker": marked,
        "table": ask(f"SELECT COUNT(*) FROM {table.quoted}")[0][0],
    } == dict.fromkeys(("manifest", "parts", "marker", "table"), rows)
    assert copied == [(rows, len(manifest["entries"]), size, 0)]


def test_a_dimension_has_what_upstream_has_keys_from_one_and_the_row_with_key_zero(
    loaded: Loaded, ask: Callable[[str], list[Row]]
) -> None:
    rows = ask("SELECT * FROM analytics.dim_order ORDER BY order_key")
    # Nullable columns are NULL; the others have the neutral value of their type.
    assert rows[0] == (
        *(0, 0, "N/A", 0, "N/A", "N/A", None, "N/A", Decimal(0), 0, False, False, None),
        *(date(1970, 1, 1), KEY_ZERO, None, None, None, None),
    )
    keys = [row[0] for row in rows[1:]]
    assert all(isinstance(key, int) and key >= 1 for key in keys)
    assert len(set(keys)) == len(keys) == len(rows) - 1
    compare(loaded, "analytics.dim_order", [row[1:] for row in rows[1:]], skip=1)


def test_a_fact_table_points_at_the_key_of_its_order(
    loaded: Loaded, ask: Callable[[str], list[Row]]
) -> None:
    rows = ask("SELECT * FROM dw.fact_order_items")
    compare(loaded, "dw.fact_order_items", [row[1:] for row in rows], skip=1)
    keys = dict(ask("SELECT order_id, order_key FROM analytics.dim_order"))
    assert {(row[1], row[0]) for row in rows} <= keys.items()


@pytest.mark.parametrize(
    "name",
    [
        "analytics.category_overview",
        "analytics.dim_user",
        "analytics.fct_daily_sales",
        "analytics.gift_card_liability",
    ],
)
def test_a_derived_table_has_what_postgresql_computes_upstream(
    loaded: Loaded, ask: Callable[[str], list[Row]], name: str
) -> None:
    compare(loaded, name, ask(f"SELECT * FROM {name}"))


def compare(loaded: Loaded, name: str, found: list[Row], *, skip: int = 0) -> None:
    """Compare rows with the independent query's, without the first columns."""
    expected = in_postgresql(loaded, "www", (DERIVED / f"{name}.sql").read_text(encoding="utf-8"))
    assert len(expected) > 0
    assert differences(CTAS[name].without(skip), expected, found) == []


def test_daily_sales_sum_up_to_the_items_that_were_sold(
    loaded: Loaded, ask: Callable[[str], list[Row]]
) -> None:
    sold = in_postgresql(
        loaded,
        "www",
        "SELECT sum(quantity), sum(line_total) FROM order_items WHERE order_id IN"
        " (SELECT id FROM orders WHERE status::text = ANY ('{paid,shipped,delivered}'))",
    )
    assert ask("SELECT SUM(quantity), SUM(revenue) FROM analytics.fct_daily_sales") == sold


def test_a_table_over_two_databases_has_what_python_computes(
    loaded: Loaded, ask: Callable[[str], list[Row]]
) -> None:
    emails = in_postgresql(
        loaded,
        "hyppo",
        "SELECT s.user_id, s.sent_at, date_trunc('month', s.sent_at)::date, t.slug,"
        " coalesce(nullif(s.payload ->> 'campaign', ''), 'none, not from a campaign'),"
        " opened_at IS NOT NULL, clicked_at IS NOT NULL,"
        " EXISTS (SELECT FROM bounces AS b WHERE b.email_id = s.id)"
        " FROM sent_emails AS s JOIN templates AS t ON t.id = s.template_id"
        " WHERE s.state::text <> 'queued'",
    )
    orders: dict[int, list] = {}
    for user, *order in in_postgresql(
        loaded, "www", "SELECT user_id, placed_at, total FROM orders WHERE status::text <> 'cart'"
    ):
        orders.setdefault(user, []).append(order)
    expected = [
        figures(group, [*emails_of_group], orders)
        for group, emails_of_group in groupby(
            sorted(emails, key=lambda email: email[2:5]), key=lambda email: email[2:5]
        )
    ]
    name = "analytics.email_conversion"
    assert any(row[7] for row in expected)
    assert differences(CTAS[name], expected, ask(f"SELECT * FROM {name}")) == []


def figures(group: Row, emails: list[Row], orders: dict[int, list]) -> Row:
    """Count the outcomes of the emails of one month, template and campaign."""
    bought = [
        [
            total
            for placed, total in orders.get(user, [])
            if 0 <= (placed - sent).total_seconds() < 7 * 86_400
        ]
        for user, sent, *_ in emails
    ]
    converted = sum(map(bool, bought))
    percent = Decimal(100 * converted) / Decimal(len(emails))
    return (
        *group,
        len(emails),
        *(sum(email[index] for email in emails) for index in (5, 6, 7)),
        converted,
        sum(map(len, bought)),
        sum((total for totals in bought for total in totals), Decimal(0)),
        percent.quantize(Decimal("0.01"), ROUND_HALF_UP),
    )


def test_views_return_the_rows_of_their_queries(ask: Callable[[str], list[Row]]) -> None:
    sales = ask(
        "SELECT day, category, order_count, revenue, rank_of_day FROM analytics.fct_daily_sales"
    )
    days: dict[date, list[Row]] = {}
    for row in sales:
        days.setdefault(row[0], []).append(row)
    daily = [
        (
            day,
            sum(row[2] for row in rows),
            sum(row[3] for row in rows),
            max(row[1].encode() for row in rows if row[4] == 1).decode(),
        )
        for day, rows in days.items()
    ]
    found = ask("SELECT day, order_count, revenue, best_category FROM analytics.v_daily_revenue")
    assert Counter(found) == Counter(daily)

    months: dict[str, list[Decimal]] = {}
    for day, _, revenue, _ in daily:
        months.setdefault(f"{day:%Y-%m}", []).append(revenue)
    monthly = [(month, sum(months[month]), len(months[month])) for month in sorted(months)]
    changes = [None, *(after[1] - before[1] for before, after in pairwise(monthly))]
    assert ask(
        "SELECT month, revenue, change, selling_days FROM analytics.v_monthly_revenue ORDER BY 1"
    ) == [
        (month, revenue, change, selling_days)
        for (month, revenue, selling_days), change in zip(monthly, changes, strict=True)
    ]


def test_a_second_run_does_nothing_and_no_statement_of_it_writes(loaded: Loaded) -> None:
    project, _, before, after, written_first = loaded
    assert written_first > 100
    assert not before.objects
    assert before.relations.keys().isdisjoint(
        f"{schema}.{name}" for schema in SCHEMAS for name in ("orders", "dim_order")
    )
    assert {relation for relation in after.relations if "table_updates" in relation}
    assert len(after.objects) > 24 * 3

    written = run_without_autovacuum(project)

    assert written == 0
    assert snapshot(project) == after


def run_without_autovacuum(project: Project) -> int:
    """Run again; return how many transactions wrote anything, in the warehouse or upstream.

    Autovacuum's transactions count too: if it worked meanwhile, the run is repeated.
    """
    for _ in range(5):
        transactions, vacuums = written_transactions(project)
        again = project.luigi("LoadAll")
        assert (
            again.out
            == f"Run of {DATE}: all 33 relations are complete; there was nothing to do.\n"
        )
        transactions_after, vacuums_after = written_transactions(project)
        if vacuums == vacuums_after:
            break
    return transactions_after - transactions
