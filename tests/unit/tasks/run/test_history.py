"""The rows of a run in the history: the date of a task, and the statements that insert them."""

import datetime as dt

import psycopg2
import pytest

from pipeline.names import RunDate
from pipeline.sql.markers import history as sql
from pipeline.stores.warehouse.errors import translate
from pipeline.tasks.run import history
from pipeline.tasks.run.history import run_date_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21", "2026-11-21"),
        ("2026-11-21T14", "2026-11-21T14"),
        ("2026-11-21 14:05:00", "2026-11-21"),
        ("2026-11-21 14:05:00+01:00", "2026-11-21"),
    ],
)
def test_a_task_with_a_time_is_one_of_its_day(text: str, expected: str) -> None:
    assert str(run_date_of(text)) == expected


def rows(number: int) -> list[sql.Run]:
    at, date = dt.datetime(2026, 11, 21, tzinfo=dt.UTC), RunDate.parse("2026-11-21")
    return [
        sql.Run(
            run_id="run-1",
            task="CopyTable",
            target_table=f"www.t{each}",
            run_date=date,
            prefix="tom",
            status="failed",
            row_count=None,
            byte_count=None,
            seconds=1.0,
            message=f"reason {each}",
            occurred_at=at,
            started_at=at,
            lock_seconds=0.0,
        )
        for each in range(number)
    ]


class Recorder:
    """Keeps the statements that it should execute."""

    def __init__(self) -> None:
        self.statements = []

    def execute(self, statement) -> None:
        self.statements.append(statement)


@pytest.mark.parametrize(
    ("number", "expected"), [(1, [1]), (1000, [1000]), (2001, [1000, 1000, 1])]
)
def test_a_statement_has_a_thousand_rows_at_most(number: int, expected: list[int]) -> None:
    recorder = Recorder()
    history._insert(recorder, "etl", rows(number))
    assert [each.text.count("%(run_id_") for each in recorder.statements] == expected


def test_an_error_of_a_statement_with_thousands_of_values_is_explained_at_once() -> None:
    """For each value, the whole statement was searched, for more than a quarter of an hour."""
    statement = sql.insert_history("etl", rows(20_000))
    error = translate(psycopg2.OperationalError("reason 19999 of www.t77"), statement)
    assert str(error).startswith("*** of *** [in: INSERT INTO")
