"""The checks of one load: run before its rows are published, and their results kept after it."""

import datetime as dt
import json
import logging
import math
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model.design import Design
from pipeline.errors import PipelineError, WarehouseError
from pipeline.figures import count
from pipeline.procedures.checks.run import Result, questions, run_checks
from pipeline.procedures.checks.scope import Scope
from pipeline.procedures.checks.wording import failure
from pipeline.sql.markers import check_results
from pipeline.sql.markers.check_results import BATCH, ROW_BYTES, CheckResult, WrongRow
from pipeline.sql.markers.marker import Marker
from pipeline.sql.markers.own_table import cut
from pipeline.stores.warehouse import Row, Transaction, Warehouse

logger = logging.getLogger(__name__)

VALUE_BYTES = 1024
"""Bytes of a value of a wrong row that are kept."""


class ChecksFailedError(WarehouseError):
    """Rows do not pass the checks of their design."""


@dataclass(slots=True)
class Checking:
    """The checks of a relation in a load: their marker, and their results once they have run.

    ``task`` is what runs them, ``fingerprint`` that of the checks, ``hidden`` are the columns of
    which no value is kept, ``appends`` whether new files are added to the relation.
    """

    marker: Marker
    schema: str
    task: str
    fingerprint: str
    hidden: Collection[str] = ()
    results: tuple[Result, ...] = ()
    appends: bool = False

    def run(
        self, transaction: Transaction, design: Design, scope: Scope, *, dry_run: bool = False
    ) -> None:
        """Run the checks; ChecksFailedError if rows must not be published.

        A dry run records the statements, and has no rows to judge.
        """
        if dry_run:
            for question in questions(design, scope):
                transaction.execute(question.statement)
            return
        self.results = run_checks(transaction.query, design, scope, self.hidden)
        if any(each.failed for each in self.results):
            date, appends = self.marker.run_date, self.appends
            raise ChecksFailedError(
                failure(design, self.results, self.schema, date, appends=appends)
            )


@contextmanager
def kept_results(warehouse: Warehouse, checks: Iterable[Checking | None]) -> Iterator[None]:
    """Write the results of checks to the warehouse once the body, a load, has ended.

    They are written if the rows were published, or did not pass; not if the load failed for
    another reason, because it did not publish what was checked.
    """
    run = [each for each in checks if each is not None]
    try:
        yield
    except ChecksFailedError:
        write_results(warehouse, run)
        raise
    write_results(warehouse, run)


def write_results(warehouse: Warehouse, checks: Iterable[Checking]) -> None:
    """Write results and wrong rows in a transaction of their own; a failure is only logged."""
    now = dt.datetime.now(dt.UTC)
    run = [each for each in checks if each.results]
    results = [row for each in run for row in _results(each, now)]
    wrong = [row for each in run for row in _wrong_rows(each, now)]

    def write() -> None:
        with warehouse.transaction() as transaction:
            for start in range(0, len(results), BATCH):
                some = results[start : start + BATCH]
                transaction.add(check_results.insert_check_results(run[0].schema, some))
            for start in range(0, len(wrong), BATCH):
                rows = wrong[start : start + BATCH]
                transaction.execute(check_results.insert_wrong_rows(run[0].schema, rows))

    if not results:
        return
    try:
        warehouse.retry_conflict(write)
    except PipelineError as error:
        logger.warning("the results of checks were not written: %s", error)


def _results(checking: Checking, now: dt.datetime) -> Iterator[CheckResult]:
    marker = checking.marker
    for each in checking.results:
        yield CheckResult(
            checked_at=now,
            task=checking.task,
            target_table=marker.target_table or "",
            run_date=marker.run_date,
            prefix=marker.prefix,
            check_name=each.check.name,
            kind=each.check.rule.kind,
            severity=each.check.severity,
            passed=each.passed,
            wrong_rows=each.wrong,
            found=each.found,
            checked=each.place,
            fingerprint=checking.fingerprint,
        )


def _wrong_rows(checking: Checking, now: dt.datetime) -> Iterator[WrongRow]:
    marker = checking.marker
    for each in checking.results:
        for row in each.rows:
            yield WrongRow(
                checked_at=now,
                target_table=marker.target_table or "",
                run_date=marker.run_date,
                prefix=marker.prefix,
                check_name=each.check.name,
                wrong_row=as_json(row),
            )


def as_json(row: Row) -> str:
    """Return a row as a JSON object that fits its column.

    Long values are cut, and columns that do not fit are counted in the last key: ``…``.
    """
    values = {name: _plain(value) for name, value in row.items()}
    whole = _dumped(values)
    if len(whole.encode()) <= ROW_BYTES:
        return whole
    kept: dict[str, Any] = {}
    room = ROW_BYTES - len(_dumped({"…": count(len(values), "more column")}).encode())
    for name, value in values.items():
        room -= len(_dumped({name: value}).encode())
        if room < 0:
            break
        kept[name] = value
    return _dumped({**kept, "…": count(len(values) - len(kept), "more column")})


def _dumped(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, memoryview | bytes):
        return cut(bytes(value).hex(), VALUE_BYTES)
    return cut(str(value), VALUE_BYTES)
