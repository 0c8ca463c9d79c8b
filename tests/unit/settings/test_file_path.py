"""Paths with placeholders and wildcards: the objects that they select."""

import pytest

from pipeline.names import RunDate, TableName
from pipeline.settings.file_path import HOUR, find_shared, problems, resolve, values

SOURCE = TableName("public", "Order.items+")
NAMED = values(RunDate.parse("2026-03-01T07"), "tom", SOURCE)


@pytest.mark.parametrize(
    ("path", "bucket", "folder", "shown"),
    [
        ("s3://b/in/${table}/", "b", "in/Order.items+/", "s3://b/in/Order.items+/"),
        ("s3://b/${date}/${table}.csv", "b", "2026-03-01/", "s3://b/2026-03-01/Order.items+.csv"),
        (
            "s3://b/${date}/${hour}/${table}",
            "b",
            "2026-03-01/07/",
            "s3://b/2026-03-01/07/Order.items+",
        ),
        ("s3://b/${table}*", "b", "", "s3://b/Order.items+*"),
        (
            "s3://b/x/${prefix}-*/${yesterday}/${schema}.${table}/",
            "b",
            "x/",
            "s3://b/x/tom-*/2026-02-28/public.Order.items+/",
        ),
    ],
)
def test_placeholders_are_replaced_and_the_folder_ends_before_any_wildcard(
    path, bucket, folder, shown
):
    found = resolve(path, NAMED)

    assert (found.bucket, found.folder, found.path) == (bucket, folder, shown)


def test_a_run_of_a_day_has_no_hour():
    day = values(RunDate.parse("2026-03-01"), "tom", SOURCE)
    assert day == {**NAMED, "hour": HOUR}
    found = resolve("s3://b/${date}/${hour}/${table}", day)
    assert found.path == "s3://b/2026-03-01/${hour}/Order.items+"
    assert not found.matches("2026-03-01/07/Order.items+")


@pytest.mark.parametrize(
    ("path", "key", "meant"),
    [
        ("${table}/", "Order.items+/a.csv", True),
        ("${table}/", "Order.items+/deep/a.csv", True),
        ("${table}/", "Order.items+//a.csv", True),
        ("${table}/", "Order.items+/deep///a.csv", True),
        ("${table}/", "Order.items+//_SUCCESS", False),
        ("${table}/", "Order.items+//", False),
        ("${table}/", "Order.items+/_SUCCESS", False),
        ("${table}/", "Order.items+/_temporary/a.csv", False),
        ("${table}/", "Order.items+/.a.csv", False),
        ("${table}/", "Order.items+/", False),
        ("${table}/", "Order.items+/deep/", False),
        ("${table}/", "Order.items+/x_$folder$", False),
        ("${table}/", "Order.items+x/a.csv", False),
        ("${table}/", "OrderXitems+/a.csv", False),
        ("${table}-*.csv", "Order.items+-1.csv", True),
        ("${table}-*.csv", "Order.items+-.csv", True),
        ("${table}-*.csv", "Order.items+-1.csv.gz", False),
        ("${table}-*.csv", "Order.items+-1/x.csv", False),
        ("${table}-?.csv", "Order.items+-1.csv", True),
        ("${table}-?.csv", "Order.items+-12.csv", False),
        ("${table}", "Order.items+", True),
        ("${table}", "Order.items+.bak", False),
        ("*/${table}/", "a/Order.items+/x", True),
        ("*/${table}/", "a/b/Order.items+/x", False),
    ],
)
def test_exactly_the_objects_of_the_path_match(path, key, meant):
    assert resolve(f"s3://b/{path}", NAMED).matches(key) is meant


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("s3://b/${table}/", []),
        ("s3://b/${tables}/${table}", ["${tables} is unknown; did you mean 'table'?"]),
        ("s3://b/all/", ["found no ${table}"]),
        ("s3://b/${nothing}/", ["${nothing} is unknown; known are date, yest", "found no ${tabl"]),
    ],
)
def test_unknown_placeholders_and_a_missing_table_are_problems(path, expected):
    found = list(problems(path))

    assert len(found) == len(expected)
    for problem, start in zip(found, expected, strict=True):
        assert start in problem


@pytest.mark.parametrize("name", ["date", "yesterday", "hour"])
def test_a_path_whose_new_files_are_added_has_no_date(name):
    path = f"s3://b/${{{name}}}/${{table}}/"
    (problem,) = problems(path, appends=True)
    assert f"${{{name}}} selects the files of one date" in problem
    assert list(problems(path)) == list(problems("s3://b/*/${table}/", appends=True)) == []


@pytest.mark.parametrize(
    ("path", "shared"),
    [
        ("${table}*", [("orders", "orders_eu"), ("orders", "orders-eu")]),
        ("${table}?*.csv", [("orders", "orders_eu"), ("orders", "orders-eu")]),
        ("*${table}.csv", [("orders", "old_orders")]),
        ("in/${table}-*.csv", [("orders", "orders-eu")]),
        ("in/*/${table}/", []),
        ("in/${table}/*.csv", []),
        ("${table}", []),
    ],
)
def test_a_wildcard_beside_the_name_selects_files_of_other_tables(path, shared):
    names = ("orders", "orders_eu", "orders-eu", "old_orders")
    tables = [TableName("in", name) for name in names]
    found = find_shared(f"s3://b/{path}", tables)
    assert [(table.table, other.table) for table, other in found] == shared
