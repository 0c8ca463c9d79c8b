"""Run the checks of a relation, with few statements, and judge what they find."""

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from pipeline.designs.model.checks import Check, Query, Relationship, RowCount, SumEquals
from pipeline.designs.model.design import Design
from pipeline.designs.queries.tokens import tokens
from pipeline.errors import WarehouseError
from pipeline.figures import count, write_share
from pipeline.names import TableName
from pipeline.procedures.checks.scope import Scope
from pipeline.sql.statement import Statement
from pipeline.sql.tables.data_checks import (
    AGGREGATED,
    OF_ONE_ROW,
    Rows,
    aggregates,
    count_wrong,
    expected_sum,
    wrong_rows,
)
from pipeline.stores.warehouse import Row

Ask = Callable[[Statement], list[Row]]

ROUNDING = 1 + 1e-9
"""So that 29 of 100 rows are 29%: the fraction is a floating-point number."""

ANY_SIZE = Context(prec=400)
"""Digits of any float with its decimals, which rounding must not exceed."""

ABOUT_VALUES = ("22", "XX")
"""The classes of SQLSTATEs of errors that may quote a value; Redshift has XX000 for some."""

CHANGED = "a change of at most"
"""Begins what is found if the number of rows differs too much from that of the last load."""

PARTIAL = "not run: these are a part of the rows (--limit)"


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found; ``passed`` is None if it was not run, and ``found`` says why.

    ``wrong`` is the number of wrong rows, None if the rule is not about rows. ``rows`` are some of
    them, without sensitive columns.
    """

    check: Check
    passed: bool | None
    place: str
    wrong: int | None = None
    found: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the rows must not be published."""
        return self.passed is False and self.check.severity == "error"

    @property
    def warned(self) -> bool:
        """Whether the rows are published nevertheless."""
        return self.passed is False and self.check.severity == "warn"


@dataclass(frozen=True, slots=True)
class Question:
    """A statement, and the checks that it answers; ``expected`` for what a sum must equal."""

    statement: Statement
    checks: tuple[Check, ...]
    rows: Rows
    expected: bool = False


def questions(design: Design, scope: Scope) -> Iterator[Question]:
    """Yield the statements of all checks; one scan answers as many as it can.

    Of a delta, rules about single rows are checked for its rows alone, unless another row may
    break the rule: it was published with a warning, or a condition that it now meets excluded it.
    """
    checks = [check for check in design.checks if not is_omitted(design, check, scope)]
    new = [check for check in checks if scope.delta is not None and _passed_before(check)]
    scanned = [each for each in checks if isinstance(each.rule, AGGREGATED) and each not in new]
    for rows, group in ((scope.delta, new), (scope.rows, scanned)):
        if rows is not None and group:
            yield Question(aggregates(design, rows, group), tuple(group), rows)
    for check in checks:
        if not isinstance(check.rule, AGGREGATED):
            yield Question(count_wrong(design, scope.rows, check), (check,), scope.rows)
        if isinstance(check.rule, SumEquals):
            yield Question(expected_sum(scope.rows, check), (check,), scope.rows, expected=True)


def _passed_before(check: Check) -> bool:
    """Return whether rows that passed once do so for ever; a condition may depend on the time."""
    return isinstance(check.rule, OF_ONE_ROW) and check.severity == "error" and check.where is None


def is_omitted(design: Design, check: Check, scope: Scope) -> bool:
    """Return whether a part of the rows says nothing about the rule."""
    if not scope.is_partial:
        return False
    reads_others = isinstance(check.rule, Query) and bool(design.checks_read)
    return reads_others or isinstance(check.rule, Relationship | RowCount | SumEquals)


def run_checks(
    ask: Ask, design: Design, scope: Scope, hidden: Collection[str] = ()
) -> tuple[Result, ...]:
    """Run all checks of a relation; return their results in the order of the design.

    ``hidden`` are the sensitive columns of the relation, and of all that it or its checks read.
    WarehouseError names the check if the warehouse cannot run it.
    """
    asker = _Asker(ask, design, hidden)
    found: dict[Check, Any] = {}
    expected: dict[Check, Any] = {}
    rows_of: dict[Check, Rows] = {}
    for question in questions(design, scope):
        answer = asker.ask(question.statement, question.checks)
        if question.expected:
            expected[question.checks[0]] = _single(design.name, question.checks[0], answer)
            continue
        for number, check in enumerate(question.checks):
            name = f"check_{number}" if isinstance(check.rule, AGGREGATED) else "row_count"
            found[check] = answer[0][name]
            rows_of[check] = question.rows
    results = []
    for check in design.checks:
        if check not in found:
            results.append(Result(check, None, scope.place, found=PARTIAL))
            continue
        place = "delta" if rows_of[check] is scope.delta else scope.place
        passed, wrong, text = _judge(check, found[check], expected.get(check), scope.before)
        if isinstance(check.rule, SumEquals) and _sums_hidden(check.rule, hidden):
            text = "" if passed else "the sums differ"
        wrong_rows = () if passed else _read_wrong(asker, check, rows_of[check])
        results.append(Result(check, passed, place, wrong, text, wrong_rows))
    return tuple(results)


def _sums_hidden(rule: SumEquals, hidden: Collection[str]) -> bool:
    """Return whether the sum, or what it must equal, is of a column of which nothing is shown."""
    names = {rule.column, *(token.strip('"').lower() for token in tokens(rule.query))}
    return not names.isdisjoint(hidden)


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks the warehouse about the rows of a design; ``hidden`` as in ``run_checks``."""

    question: Ask
    design: Design
    hidden: Collection[str]

    def ask(self, statement: Statement, checks: Sequence[Check]) -> list[Row]:
        """Return the answer to a statement; an error names the checks that it is for."""
        try:
            return self.question(statement)
        except WarehouseError as error:
            names = ", ".join(f"'{check.name}'" for check in checks)
            which = "" if len(checks) == 1 else "one of "
            raise WarehouseError(
                f"{self.design.name}: {which}{names} among its checks cannot be run:"
                f" {self._reason(error, checks)}",
                retryable=error.retryable,
                sqlstate=error.sqlstate,
            ) from None

    def _reason(self, error: WarehouseError, checks: Sequence[Check]) -> str:
        """Return the message of the warehouse unless it may hold a sensitive value."""
        has_sql = any(each.where or isinstance(each.rule, Query | SumEquals) for each in checks)
        state = error.sqlstate or ""
        if not (self.hidden and has_sql and state.startswith(ABOUT_VALUES)) or error.retryable:
            return str(error)
        return (
            "the message of the warehouse is not shown, since it may hold a value of a sensitive"
            f" column (SQLSTATE {state}); the SQL of the check is in {self.design.stem}.yaml"
        )


def _single(name: TableName, check: Check, answer: Sequence[Row]) -> Any:
    """Return the only value of an answer, a number or None."""
    if len(answer) != 1 or len(answer[0]) != 1:
        columns = f" of {count(len(answer[0]), 'column')}" if answer else ""
        size = f"{count(len(answer), 'row')}{columns}"
        raise WarehouseError(
            f"{name}: the query of the check '{check.name}' returned {size}; expected one value"
        )
    value = next(iter(answer[0].values()))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | None):
        kind = {str: "a text", bool: "a Boolean"}.get(type(value), f"a {type(value).__name__}")
        raise WarehouseError(
            f"{name}: the query of the check '{check.name}' returned {kind}; expected a number"
        )
    return value


def _judge(
    check: Check, found: Any, expected: Any, before: int | None
) -> tuple[bool, int | None, str]:
    """Return whether a check passed, the number of wrong rows, and what was found in words."""
    if isinstance(check.rule, RowCount):
        text, faults = _judge_count(check.rule, int(found or 0), before)
        return not faults, None, "; ".join((text, *faults))
    if isinstance(check.rule, SumEquals):
        is_equal = _is_equal(found, expected)
        text = _number(found)
        return is_equal, None, text if is_equal else f"{text}, not {_number(expected)}"
    wrong = int(found or 0)
    return wrong == 0, wrong, ""


def _is_equal(found: Any, expected: Any) -> bool:
    """Compare two sums: a float as its shortest text has it, rounded to the scale of the other.

    A double precision holds another number than 0.1. The sum of no rows, NULL, is 0.
    """
    if found is None or expected is None:
        return (found or 0) == (expected or 0)
    for inexact, exact in ((found, expected), (expected, found)):
        if isinstance(inexact, float) and not isinstance(exact, float):
            return math.isfinite(inexact) and _rounded(inexact, Decimal(exact)) == exact
    return bool(found == expected)


def _rounded(value: float, like: Decimal) -> Decimal:
    return Decimal(repr(value)).quantize(like, ROUND_HALF_UP, ANY_SIZE)


def _judge_count(rule: RowCount, rows: int, before: int | None) -> tuple[str, list[str]]:
    faults = []
    if rule.minimum is not None and rows < rule.minimum:
        faults.append(f"at least {rule.minimum:,} expected")
    if rule.maximum is not None and rows > rule.maximum:
        faults.append(f"at most {rule.maximum:,} expected")
    text = count(rows, "row")
    if rule.max_change is not None:
        text += f" after {before:,}" if before else " (nothing to compare with)"
        if before and abs(rows - before) > rule.max_change * before * ROUNDING:
            faults.append(f"{CHANGED} {write_share(rule.max_change)} expected")
    return text, faults


def _number(value: Any) -> str:
    return f"{value or 0:,}"


def _read_wrong(asker: _Asker, check: Check, rows: Rows) -> tuple[Row, ...]:
    """Read wrong rows without sensitive columns.

    The query of a check can give a column another name. So if any column is hidden, only those
    are kept that have the name of another column of the relation. A derived relation may have got
    a hidden column from what it reads.
    """
    design, hidden = asker.design, asker.hidden
    secret = {each.name for each in design.loaded_columns if each.sensitive}
    if design.kind != "TABLE":
        secret |= {*hidden}
    shown = tuple(each.name for each in design.loaded_columns if each.name not in secret)
    statement = wrong_rows(design, rows, check, shown)
    found = [] if statement is None else asker.ask(statement, (check,))
    if hidden and isinstance(check.rule, Query):
        allowed = {*shown} - {*hidden}
        found = [{k: value for k, value in row.items() if k in allowed} for row in found]
    return tuple(row for row in found if row)
