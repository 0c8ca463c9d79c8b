"""What checks found, in words."""

from dataclasses import replace

from pipeline.designs.model.checks import Check, NotNull, RowCount
from pipeline.names import TableName
from pipeline.procedures.checks.run import Result
from pipeline.procedures.checks.wording import (
    describe,
    failure,
    label,
    shortened,
    summary,
    warnings,
)
from tests.support.values.warehouse_samples import DATE, ORDERS, RECENT

NULL = Check("no status", NotNull("status"))
ROWS = tuple({"id": number, "note": "a\nb" if number else None} for number in range(5))


def result(passed, check=NULL, place="staging", **more):
    return Result(check, passed, place, **more)


def test_a_row_is_one_line_and_long_values_and_rows_are_cut():
    assert (
        shortened({"id": 1, "note": None, "text": "a\n  b"}) == "(id = 1, note = NULL, text = a b)"
    )
    assert shortened({"c": "x" * 41}) == f"(c = {'x' * 40}…)"
    assert len(shortened({f"c{number}": "x" * 40 for number in range(9)})) == 163


def test_the_column_of_the_rule_is_shown_also_if_many_are_before_it():
    long = {f"c{number}": "x" * 40 for number in range(9)}
    row = {"id": 1, **long, "status": None, "z": 2}
    assert describe(result(False, wrong=1, rows=(row,))).startswith(
        "1 wrong row, such as (id = 1, status = NULL, c0 = x"
    )


def test_the_rule_follows_the_name_unless_the_name_has_it():
    assert label(result(False)) == "no status (not_null)"
    assert label(result(False, Check("status not_null", NotNull("status")))) == "status not_null"


def test_a_failure_says_which_rows_are_wrong_and_what_to_do():
    count = Check("row_count", RowCount(1))
    found = (
        result(False, wrong=5, rows=ROWS),
        result(False, count, found="0 rows; at least 1 expected"),
        result(True),
        result(False, replace(NULL, severity="warn"), wrong=1),
    )
    assert failure(ORDERS, found, "etl", DATE) == (
        "www.orders: the new rows do not pass 2 checks; the table keeps its old rows.\n"
        "no status (not_null): 5 wrong rows, such as (id = 0, note = NULL); (id = 1, note = a b);"
        " (id = 2, note = a b)\n"
        "row_count: 0 rows; at least 1 expected\n"
        "Fix the rows upstream and run 'pipeline forget www.orders --date 2026-11-22', so that"
        " they are dumped again; or change the checks in www/public-orders.yaml.\n"
        "Wrong rows, up to 100 of each check, are in etl.check_failures."
    )
    assert [*warnings(found)] == ["warning: no status (not_null): 1 wrong row"]


def test_a_failure_of_published_rows_or_of_a_view_says_what_stays():
    published = failure(ORDERS, [result(False, place="published", wrong=1)], "etl", None)
    assert published.startswith(
        "www.orders: the rows in the warehouse do not pass 1 check; what reads them waits.\n"
    )
    assert "pipeline forget www.orders'," in published
    assert "check_failures" not in published
    view = failure(RECENT, [result(False, wrong=1)], "etl", DATE)
    assert "the view stays as it was" in view
    assert (
        "\nFix the query; or fix the rows upstream and run 'pipeline forget +analytics.v_recent"
        " --date 2026-11-22 --downstream', so that they are dumped again; or change the checks in"
    ) in view.replace(str(RECENT.name), "analytics.v_recent")
    files = failure(ORDERS, [result(False, wrong=1)], "etl", DATE, appends=True)
    assert "\nFix the files, upload them again, and start again; or change the checks in" in files
    spaced = replace(ORDERS, name=TableName("www", "gift cards"))
    assert "forget 'www.gift cards'" in failure(spaced, [result(False)], "etl", None)


def test_a_change_of_the_number_of_rows_that_is_right_has_a_way_on():
    check = Check("n", RowCount(1, None, 0.3))
    change = [result(False, check, found="9 rows after 1; a change of at most 30% expected")]
    assert (
        "If the number of rows is right, run 'pipeline forget www.orders --all-dates' and start"
        " again: there is then no last load to compare with."
    ) in failure(ORDERS, change, "etl", DATE)
    few = [result(False, check, found="0 rows after 0; at least 1 expected")]
    assert "--all-dates" not in failure(ORDERS, few, "etl", DATE)


def test_the_summary_counts_what_passed_and_what_was_not_run():
    found = [result(True), result(True), result(None), result(False)]
    assert summary(found) == "2 checks passed, 1 check not run"
    assert summary([]) == ""
