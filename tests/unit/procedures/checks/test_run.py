"""What checks find is judged; a part of the rows, and a delta, are checked as far as they say."""

import datetime as dt
from dataclasses import replace
from decimal import Context, Decimal
from unittest.mock import ANY

import pytest

from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Query,
    Range,
    Relationship,
    RowCount,
    SumEquals,
    Unique,
)
from pipeline.designs.model.design import Column
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.checks.run import PARTIAL, questions, run_checks
from pipeline.procedures.checks.scope import Scope
from pipeline.sql.statement import Statement
from pipeline.sql.tables.data_checks import Rows, rows_of
from tests.support.values.warehouse_samples import CHECKED, ORDERS

ROWS = rows_of(ORDERS, TableName("www", "stage"))
DELTA = Rows('"www"."delta"')
WIDE = Context(prec=60)


def judged(rule, found, expected=None, before=None):
    """The only result of a rule, if the statements return these values."""
    design = replace(ORDERS, checks=(Check("c", rule),))

    def ask(statement: Statement):
        if statement.text.startswith("SELECT\n"):
            return [{"row_count": 9, "check_0": found}]
        if "LIMIT 2" in statement.text:
            return expected
        return [{"row_count": found}] if "row_count" in statement.text else [{"id": 7}]

    [result] = run_checks(ask, design, Scope(ROWS, "staging", before=before))
    return result


@pytest.mark.parametrize(
    ("rule", "rows", "before", "passed", "found"),
    [
        (RowCount(minimum=1), 1, None, True, "1 row"),
        (RowCount(minimum=1), 0, None, False, "0 rows; at least 1 expected"),
        (RowCount(maximum=5), 1_000, None, False, "1,000 rows; at most 5 expected"),
        (
            RowCount(max_change=0.3),
            5,
            None,
            True,
            "5 rows (nothing to compare with)",
        ),
        (RowCount(max_change=0.3), 130, 100, True, "130 rows after 100"),
        (RowCount(max_change=0.3), 70, 100, True, "70 rows after 100"),
        (RowCount(max_change=0.29), 129, 100, True, "129 rows after 100"),
        (
            RowCount(max_change=0.3),
            131,
            100,
            False,
            "131 rows after 100; a change of at most 30% expected",
        ),
        (
            RowCount(max_change=0.3),
            1_000,
            0,
            True,
            "1,000 rows (nothing to compare with)",
        ),
        (
            RowCount(max_change=0.0),
            0,
            1,
            False,
            "0 rows after 1; a change of at most 0% expected",
        ),
        (
            RowCount(2, None, 0.5),
            1,
            4,
            False,
            "1 row after 4; at least 2 expected; a change of at most 50% expected",
        ),
    ],
)
def test_a_number_of_rows_is_within_bounds_and_near_that_of_the_last_load(
    rule, rows, before, passed, found
):
    result = judged(rule, rows, before=before)
    assert (result.passed, result.wrong, result.found) == (passed, None, found)


@pytest.mark.parametrize(
    ("found", "expected", "passed", "text"),
    [
        (Decimal("7.10"), Decimal("7.1"), True, "7.10"),
        (Decimal("7.10"), Decimal("7.11"), False, "7.10, not 7.11"),
        (7, Decimal("7.00"), True, "7"),
        (None, None, True, "0"),
        (None, 0, True, "0"),
        (1234567, None, False, "1,234,567, not 0"),
        (Decimal("0.10"), 0.1, True, "0.10"),
        (Decimal("0.30"), 0.1 + 0.2, True, "0.30"),
        (Decimal("0.10"), 0.11, False, "0.10, not 0.11"),
        (Decimal("0.13"), 0.125, True, "0.13"),
        (Decimal("1E+30").quantize(Decimal("0.01"), context=WIDE), 1e30, True, ANY),
        (Decimal("0.10"), float("nan"), False, "0.10, not nan"),
        (Decimal("0.10"), float("-inf"), False, "0.10, not -inf"),
        (7, 7.0, True, "7"),
        (7, 8.0, False, "7, not 8.0"),
        (None, 0.1, False, "0, not 0.1"),
        (0.1, Decimal("0.10"), True, "0.1"),
        (0.1, 0.1, True, "0.1"),
        (0.1, 0.2, False, "0.1, not 0.2"),
    ],
)
def test_a_sum_equals_the_value_of_the_query(found, expected, passed, text):
    """A float is what its shortest text says, rounded to the scale of the other number."""
    result = judged(SumEquals("total", "SELECT 1"), found, [{"sum": expected}])
    assert (result.passed, result.found) == (passed, text)


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        ([], "0 rows"),
        ([{"a": 1}, {"a": 2}], "2 rows of 1 column"),
        ([{"a": 1, "b": 2}], "1 row of 2 columns"),
    ],
)
def test_the_query_of_a_sum_returns_one_value(answer, size):
    message = f"www.orders: the query of the check 'c' returned {size}; expected one value"
    with pytest.raises(WarehouseError, match=message):
        judged(SumEquals("total", "SELECT 1"), 1, answer)


@pytest.mark.parametrize(
    ("value", "kind"), [("7", "a text"), (True, "a Boolean"), (dt.date(2026, 11, 21), "a date")]
)
def test_the_query_of_a_sum_returns_a_number(value, kind):
    message = f"www.orders: the query of the check 'c' returned {kind}; expected a number"
    with pytest.raises(WarehouseError, match=message):
        judged(SumEquals("total", "SELECT 1"), 7, [{"a": value}])


@pytest.mark.parametrize("rule", [NotNull("id"), Unique(("id",)), Query("SELECT {relation}")])
def test_wrong_rows_are_read_only_if_there_are_some(rule):
    passed, failed = judged(rule, 0), judged(rule, 2)
    assert (passed.passed, passed.wrong, passed.rows) == (True, 0, ())
    assert (failed.passed, failed.wrong, failed.rows) == (False, 2, ({"id": 7},))
    assert judged(rule, None).passed, "the sum over no rows is NULL"


def test_a_check_that_cannot_be_run_is_named():
    def ask(statement: Statement):
        raise WarehouseError("no such column", retryable=True, sqlstate="42703")

    design = replace(ORDERS, checks=(Check("a", NotNull("id")), Check("b", NotNull("id"))))
    with pytest.raises(
        WarehouseError, match="one of 'a', 'b' among its checks cannot be run: no"
    ) as e:
        run_checks(ask, design, Scope(ROWS, "staging"))
    assert (e.value.retryable, e.value.sqlstate) == (True, "42703")


SECRET = replace(
    ORDERS, columns=(Column("id", "int"), Column("email", "varchar(9)", sensitive=True))
)


@pytest.mark.parametrize(
    ("design", "hidden", "kept"),
    [
        (SECRET, {"email"}, {"id": 1}),
        (ORDERS, {"email"}, {"id": 1}),
        (ORDERS, (), {"id": 1, "email": "x", "alias": "x"}),
    ],
)
def test_a_query_gives_no_other_name_to_a_sensitive_column(design, hidden, kept):
    """If the relation, or one that the check reads, has any, only its own columns are kept."""
    design = replace(design, checks=(Check("q", Query("SELECT 1 FROM {relation}")),))

    def ask(statement: Statement):
        counts = "COUNT(*)" in statement.text
        return [{"row_count": 1} if counts else {"id": 1, "email": "x", "alias": "x"}]

    [result] = run_checks(ask, design, Scope(ROWS, "staging"), hidden)
    assert result.rows == (kept,)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT MAX(Email) FROM {relation}", "the sums differ"),
        ('SELECT MAX("email") FROM {relation}', "the sums differ"),
        ("SELECT 2", "1, not 2"),
    ],
)
def test_a_sum_is_not_compared_in_words_with_a_sensitive_value(query, found):
    design = replace(SECRET, checks=(Check("c", SumEquals("id", query)),))

    def ask(statement: Statement):
        is_sum = "check_0" in statement.text
        return [{"row_count": 1, "check_0": 1} if is_sum else {"value": 2}]

    [result] = run_checks(ask, design, Scope(ROWS, "staging"), {"email"})
    assert result.found == found


@pytest.mark.parametrize(
    ("check", "sqlstate", "shown"),
    [
        (Check("c", Query("SELECT 1 FROM {relation}")), "22P02", False),
        (Check("c", NotNull("id"), where="CAST(email AS integer) > 0"), "XX000", False),
        (Check("c", NotNull("id")), "22P02", True),
        (Check("c", Query("SELECT 1 FROM {relation}")), "42703", True),
        (Check("c", Query("SELECT 1 FROM {relation}")), "55P03", True),
        (Check("c", Query("SELECT 1 FROM {relation}")), None, True),
    ],
)
def test_an_error_about_a_value_is_shown_unless_columns_are_sensitive(check, sqlstate, shown):
    def ask(statement: Statement):
        raise WarehouseError("invalid: ann@example.com", sqlstate=sqlstate)

    design = replace(SECRET, checks=(check,))
    for hidden, is_shown in (({"email"}, shown), ((), True)):
        with pytest.raises(WarehouseError, match="'c' among its checks cannot be run") as e:
            run_checks(ask, design, Scope(ROWS, "staging"), hidden)
        assert ("ann@example.com" in str(e.value)) is is_shown
        assert e.value.__cause__ is None


def test_an_error_while_wrong_rows_are_read_names_the_check():
    """PostgreSQL, for one, evaluates no column of a query whose rows it only counts."""

    def ask(statement: Statement):
        if "COUNT(*)" in statement.text:
            return [{"row_count": 1}]
        raise WarehouseError("invalid: ann@example.com", sqlstate="22P02")

    design = replace(SECRET, checks=(Check("q", Query("SELECT 1 FROM {relation}")),))
    with pytest.raises(WarehouseError, match="'q' among its checks cannot be run") as e:
        run_checks(ask, design, Scope(ROWS, "staging"), {"email"})
    assert "ann@example.com" not in str(e.value)
    assert str(e.value).endswith(
        f"(SQLSTATE 22P02); the SQL of the check is in {design.stem}.yaml"
    )


def test_sensitive_columns_are_not_even_read():
    asked = []

    def ask(statement: Statement):
        asked.append(statement.text)
        return [{"row_count": 1, "check_0": 1}]

    rules = (NotNull("email"), Unique(("email",)), Relationship("id", TableName("a", "b"), "c"))
    for rule in rules:
        design = replace(SECRET, checks=(Check("c", rule),))
        run_checks(ask, design, Scope(ROWS, "staging"))
        assert "email" not in asked[-1].partition("FROM")[0]


@pytest.mark.parametrize(("kind", "kept"), [("VIEW", "id"), ("CTAS", "id"), ("TABLE", "id, note")])
def test_a_derived_relation_has_got_the_sensitive_columns_of_what_it_reads(kind, kept):
    asked = []

    def ask(statement: Statement):
        asked.append(statement.text.replace('"', ""))
        return [{"row_count": 1, "check_0": 1}]

    columns = (Column("id", "int"), Column("note", "varchar(9)"))
    design = replace(ORDERS, columns=columns, kind=kind, checks=(Check("c", NotNull("id")),))
    run_checks(ask, design, Scope(ROWS, "staging"), {"note"})
    assert asked[-1].startswith(f"SELECT {kept}\n")


def test_a_part_of_the_rows_is_not_compared_with_anything_else():
    others = TableName("www", "users")
    checks = (
        Check("own", NotNull("id")),
        Check("count", RowCount(1)),
        Check("sum", SumEquals("total", "SELECT 1")),
        Check("other", Relationship("user_id", others, "id")),
        Check("itself", Relationship("user_id", ORDERS.name, "id")),
        Check("query", Query("SELECT * FROM {relation}")),
    )
    for read, expected in (((), ["own", "query"]), ((others,), ["own"])):
        design = replace(ORDERS, checks=checks, checks_read=read)
        scope = Scope(ROWS, "staging", is_partial=True)
        asked = [check.name for each in questions(design, scope) for check in each.checks]
        assert asked == expected
        ask = lambda _: [{"row_count": 0, "check_0": 0}]  # noqa: E731
        found = run_checks(ask, design, scope)
        assert [each.check.name for each in found if each.passed is None] == [
            check.name for check in checks if check.name not in expected
        ]
        assert {each.found for each in found if each.passed is None} == {PARTIAL}


def test_of_a_delta_only_errors_about_single_rows_suffice_for_the_delta():
    """A row that was published with a warning is still there, and so is one that was excluded."""
    checks = (
        Check("null", NotNull("id")),
        Check("values", AcceptedValues("status", ("a",)), "warn"),
        Check("range", Range("total", minimum=0)),
        Check("late", NotNull("user_id"), where="created_at < GETDATE() - 7"),
        Check("count", RowCount(1)),
        Check("once", Unique(("id",))),
    )
    design = replace(ORDERS, checks=checks)
    found = {
        tuple(check.name for check in each.checks): each.rows
        for each in questions(design, Scope(ROWS, "staging", DELTA))
    }
    assert found == {("null", "range"): DELTA, ("values", "late", "count"): ROWS, ("once",): ROWS}
    whole = [each.rows for each in questions(design, Scope(ROWS, "staging"))]
    assert whole == [ROWS, ROWS]


def test_one_scan_and_one_statement_for_each_other_rule_are_enough():
    assert len([*questions(CHECKED, Scope(ROWS, "staging"))]) == 1 + 2 + 4
