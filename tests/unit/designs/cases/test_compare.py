"""Returned rows are compared with the expected ones, and shown side by side."""

import pytest

from pipeline.designs.cases.compare import comparable, compare, headings, lines, show, summarize
from pipeline.designs.model.types import parse_type

NAMES = ("id", "status", "total")


def row(*values):
    return dict(zip(NAMES, values, strict=True))


def shown(expected, found, key=("id",), **options):
    differences = compare(expected, found, key, **options)
    head = headings(NAMES, differences, key)
    return [head, *map(tuple, lines(head[1:], differences))], summarize(differences)


def test_equal_rows_in_any_order_do_not_differ():
    rows = [row(1, "a", 1), row(1, "a", 1), row(2, None, 2)]
    assert compare(rows, rows[::-1], ("id",)) == ()


def test_the_number_of_equal_rows_counts():
    table, text = shown([row(1, "a", 1)], [row(1, "a", 1), row(1, "a", 1)])
    assert table[1:] == [("unexpected", "1", "a", "1")]
    assert text == "1 row unexpected"


def test_rows_with_the_same_key_are_paired_and_only_what_differs_is_shown():
    table, text = shown([row(1, "a", 1), row(2, "b", 2)], [row(2, None, 9), row(1, "a", 7)])
    assert table == [
        ("row", "id", "status", "total"),
        ("different", "1", "a", "expected 1, found 7"),
        ("different", "2", "expected b, found NULL", "expected 2, found 9"),
    ]
    assert text == "2 rows different"
    assert shown([row(1, "a", 1)], [row(1, "a", 2)])[0][0] == ("row", "id", "total")


def test_without_a_key_similar_rows_are_paired_the_most_similar_first():
    table, text = shown(
        [row(1, "a", 1), row(9, "x", 9)], [row(9, "a", 2), row(5, "a", 1), row(7, "y", 8)], key=()
    )
    assert table[1:] == [
        ("different", "expected 1, found 5", "a", "1"),
        ("missing", "9", "x", "9"),
        ("unexpected", "9", "a", "2"),
        ("unexpected", "7", "y", "8"),
    ]
    assert text == "1 row different, 1 row missing, 2 rows unexpected"


def test_ordered_rows_are_compared_one_by_one():
    rows = [row(1, "a", 1), row(2, "b", 2)]
    assert compare(rows, rows, (), ordered=True) == ()
    assert shown(rows, rows[::-1], ordered=True)[1] == "2 rows different"
    assert shown(rows, rows[:1], ordered=True)[1] == "1 row missing"


def test_many_differences_are_counted_and_the_first_shown():
    table, text = shown([], [row(number, "a", 1) for number in range(30)])
    assert len(table) == 21
    assert text == "30 rows unexpected; the first 20 are shown"


@pytest.mark.parametrize(
    ("kind", "one", "other", "are_equal"),
    [
        ("char(5)", "ab", "ab   ", True),
        ("char(5)", " ab", "ab", False),
        ("char(5)", None, "     ", False),
        ("varchar(5)", "ab", "ab ", False),
        ("super", '{"a":2,"b":[1.50,"x"]}', '{"b":[1.5,"x"],"a":2}', True),
        ("super", "[1,2]", "[2,1]", False),
        ("super", "1e2", "100", True),
        ("super", "12345678901234567.25", "12345678901234567.24", False),
        ("super", "true", "1", False),
        ("super", '"1"', "1", False),
        ("super", "null", None, False),
        ("super", '{"a":1,"a":2}', '{"a":2}', False),
        ("super", "no json", "no json", True),
        ("varbyte(5)", "616263", "616263", True),
        ("boolean", True, True, True),
    ],
)
def test_values_are_compared_as_the_warehouse_would(kind, one, other, are_equal):
    types = {"v": parse_type(kind)}
    left, right = (comparable([{"v": value}], types) for value in (one, other))
    assert bool(compare(left, right, ())) != are_equal


def test_json_is_shown_as_the_warehouse_writes_it():
    [row] = comparable([{"v": '{"b":1.50,"a":"x"}', "c": "ab  "}], {"v": parse_type("super")})
    assert (show(row["v"]), row["c"]) == ('{"b":1.50,"a":"x"}', "ab  ")


def test_texts_that_could_be_mistaken_are_quoted():
    assert [show(value) for value in (None, "NULL", "", " a", "a", 0)] == [
        "NULL", "'NULL'", "''", "' a'", "a", "0",
    ]  # fmt: skip
