"""MEDIAN, PERCENTILE_CONT and PERCENTILE_DISC, with the results of Amazon's pages.

https://docs.aws.amazon.com/redshift/latest/dg/r_WF_MEDIAN.html
"""

import pytest

QUANTITIES = {1: (10, 10, 30), 2: (20, 20), 3: (10, 15, 20, 30), 4: (10, 40)}
"""By seller, as in the documented table WINSALES."""
SALES = (6076, 6035, 5881, 2814, 1531, 1476, 1177)


@pytest.fixture
def sales(client):
    client.run("CREATE TABLE winsales (sellerid int, qty int)")
    rows = [f"({seller}, {qty})" for seller, found in QUANTITIES.items() for qty in found]
    client.run(f"INSERT INTO winsales VALUES (9, NULL), {', '.join(rows)}")
    client.run("CREATE TABLE s (price decimal(14,2), f float, ts timestamp, d date)")
    for number, price in enumerate(SALES):
        values = f"{price}, {number}, '2020-01-01', '2020-01-01'::date + {number}"
        client.run(f"INSERT INTO s VALUES ({values})")
    return client


def shown(client, query):
    return ["|".join(map(str, row)) for row in client.run(query)]


CALLS = {
    "median(qty) OVER (PARTITION BY sellerid)": ["10.0", "20.0", "17.5", "25.0", "None"],
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY qty) OVER ()": ["20.0"] * 5,
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY qty) OVER (PARTITION BY sellerid)":
        ["10.0", "20.0", "17.5", "25.0", "None"],
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY qty) OVER ()": ["20"] * 5,
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY qty) OVER (PARTITION BY sellerid)":
        ["10", "20", "15", "10", "None"],
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY qty DESC) OVER (PARTITION BY sellerid)":
        ["10", "20", "20", "40", "None"],
}  # fmt: skip


def test_rule_85_percentiles_as_window_functions(sales):
    for call, expected in CALLS.items():
        query = f"SELECT DISTINCT sellerid, {call} AS p FROM winsales ORDER BY 1"
        assert shown(sales, query) == [
            f"{seller}|{value}" for seller, value in zip((1, 2, 3, 4, 9), expected, strict=True)
        ], call
    both = (
        "SELECT percentile_cont(0.6) WITHIN GROUP (ORDER BY price DESC) OVER (),"
        " percentile_disc(0.6) WITHIN GROUP (ORDER BY price DESC) OVER () FROM s LIMIT 1"
    )
    assert shown(sales, both) == ["2044.20|1531.00"]


def test_rule_85_percentiles_of_groups_have_the_documented_types(sales):
    grouped = "SELECT sellerid, median(qty) FROM winsales GROUP BY 1 HAVING median(qty) > 15"
    assert shown(sales, f"{grouped} ORDER BY 1") == ["2|20.0", "3|17.5", "4|25.0"]
    query = "SELECT median(price), median(f), median(ts), median(d) FROM s WHERE f < 5"
    assert shown(sales, query) == ["5881.00|2.0|2020-01-01 00:00:00|2020-01-03"]
    assert shown(sales, "SELECT median(sum(price)) OVER () FROM s GROUP BY f LIMIT 1") == [
        "2814.00"
    ]


def test_rule_85_what_is_refused(sales):
    order = "WITHIN GROUP (ORDER BY qty)"
    for call in (
        "median(qty) OVER (ORDER BY sellerid)",
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY qty, sellerid)",
        f"percentile_cont(1.5) {order}",
        f"percentile_cont(sellerid) {order}",
        f"percentile_disc(0.5) {order} OVER (ORDER BY qty)",
    ):
        assert sales.error(f"SELECT {call} FROM winsales").pgcode == "42601", call


@pytest.mark.emulator_only
def test_rule_85_a_date_between_two_dates_is_refused(sales):
    assert sales.error("SELECT median(d) FROM s WHERE f < 4").pgcode == "0A000"
