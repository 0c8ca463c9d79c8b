"""A sample is loaded completely or not at all, with the same rows every time."""

import math
import re

import psycopg2
import pytest

from pipeline.local.samples import loading as samples

PROGRESS = r"Sample hyppo: step \d of 3, \d+ [kM]B, \d+ s"
RELATIONS = """
SELECT format('%I.%I', nspname, relname), relkind::text
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname IN ('public', 'billing') AND relkind IN ('r', 'm', 'v')
ORDER BY 1
"""
ODD_SETTINGS = {
    "TimeZone": "'Asia/Kathmandu'",
    "DateStyle": "'German'",
    "IntervalStyle": "'sql_standard'",
    "extra_float_digits": "-3",
    "bytea_output": "'escape'",
    "standard_conforming_strings": "off",
    "search_path": "pg_catalog",
    "work_mem": "'64kB'",
    "max_parallel_workers_per_gather": "0",
}


@pytest.fixture
def contents(ask):
    """Count and hash the rows of each relation, those of tables in the order on disk."""

    def content(dsn, name, kind):
        order = "t::text" if kind == "v" else "ctid"
        rows = f"string_agg(md5(t::text), '' ORDER BY {order})"
        return ask(dsn, f"SELECT count(*), md5({rows}) FROM {name} AS t")

    return lambda dsn: {name: content(dsn, name, kind) for name, kind in ask(dsn, RELATIONS)}


@pytest.mark.parametrize("name", samples.SAMPLE_NAMES)
def test_the_same_scale_gives_the_same_rows_under_any_server_settings(
    name, new_database, ask, contents
):
    first, second = new_database(), new_database()
    [(database,)] = ask(second, "SELECT current_database()")
    for setting, value in ODD_SETTINGS.items():
        ask(second, f"ALTER DATABASE {database} SET {setting} TO {value}")
    samples.load(name, first, 0.01)
    samples.load(name, second, 0.01)
    assert contents(first) == contents(second)
    assert len(contents(first)) >= 3


def test_rows_grow_with_the_scale_at_three_items_per_order(new_database, ask, query):
    dsn = new_database()
    samples.load("www", dsn, 0.01)
    counts = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_items)"
    [(small_orders, small_items)] = query("www", counts)
    [(orders, items)] = ask(dsn, counts)
    assert (small_orders, orders) == (667, 3333)
    assert math.isclose(small_items / small_orders, 3, rel_tol=0.01)
    assert math.isclose(items / orders, 3, rel_tol=0.01)


def test_order_totals_are_the_sums_of_their_items(query):
    statement = """
        SELECT count(*) FROM orders
        WHERE total <> (SELECT sum(line_total) FROM order_items WHERE order_id = orders.id)
    """
    assert query("www", statement) == [(0,)]


@pytest.mark.parametrize("name", samples.SAMPLE_NAMES)
def test_every_table_with_rows_has_statistics(name, query):
    statement = """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm')
          AND relname NOT IN (SELECT tablename FROM pg_stats)
    """
    without = {table for (table,) in query(name, statement)}
    assert without <= {"coupon_redemptions", "page_views_2030", "tmp_import"}


@pytest.mark.parametrize("scale", [0, -1, math.nan, math.inf, 1001])
def test_an_invalid_scale_is_rejected(scale, new_database):
    with pytest.raises(samples.SampleError, match="scale"):
        samples.load("www", new_database(), scale)


def test_the_error_for_an_unknown_name_lists_the_known_names(new_database):
    with pytest.raises(samples.SampleError, match=r"'shop'.*www, hyppo"):
        samples.load("shop", new_database(), 0.002)


def test_a_database_that_is_not_empty_stays_unchanged(new_database, ask, contents):
    dsn = new_database()
    ask(dsn, "CREATE TABLE mine AS SELECT 1 AS a")
    with pytest.raises(samples.SampleError, match="holds 1 relation"):
        samples.load("www", dsn, 0.002)
    assert list(contents(dsn)) == ["public.mine"]


def test_a_failed_load_leaves_nothing_behind(new_database, ask, contents):
    dsn = new_database()
    ask(dsn, "CREATE DOMAIN positive_amount AS integer")
    with pytest.raises(psycopg2.errors.DuplicateObject, match="positive_amount"):
        samples.load("www", dsn, 0.002)
    assert contents(dsn) == {}
    assert ask(dsn, "SELECT FROM pg_extension WHERE extname = 'hstore'") == []
    assert ask(dsn, "SELECT FROM pg_namespace WHERE nspname = 'billing'") == []


def test_progress_is_logged_while_rows_are_generated(new_database, caplog):
    with caplog.at_level("INFO", logger="pipeline.local"):
        samples.load("hyppo", new_database(), 0.05, progress_seconds=0.01)
    lines = [record.getMessage() for record in caplog.records]
    progress = [each for each in lines if re.fullmatch(PROGRESS, each)]
    assert len(progress) > 1, lines
