"""The journal of a run: many processes append to it, and one reads it as it grows."""

import datetime as dt
import re
import signal
import time
from dataclasses import replace
from pathlib import Path

import luigi
import luigi.worker
import pytest

from pipeline.errors import PipelineError
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.run import install, optional, report
from pipeline.tasks.run.command import interrupt
from pipeline.tasks.run.journal import Journal, identity, outcome_of, read_records
from pipeline.tasks.run.summary import Outcome
from tests.support.processes import full_disk

DAY = dt.date(2026, 11, 21)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """The journal of a run in this process."""
    path = tmp_path / "run.jsonl"
    path.touch()
    journal = Journal(path, str(DAY), "LoadAll_1")
    monkeypatch.setattr(report, "_journals", [journal])
    return journal


def dump(table: str) -> luigi.Task:
    return DumpTable(table=DumpTable.table.parse(table), date=DAY)


class Report(luigi.Task):
    """A task of another package."""

    region: str = luigi.Parameter(default="")
    password: str = luigi.Parameter(
        default="", visibility=luigi.parameter.ParameterVisibility.PRIVATE
    )


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (Report(), r"Report"),
        (Report(region="eu"), r"Report\(region=eu\)"),
        (Report(region="e" * 200), r"Report\(region=e{53}… [0-9a-f]{10}\)"),
        (Report(region="eu", password="secret"), r"Report\(region=eu… [0-9a-f]{10}\)"),
    ],
)
def test_the_name_of_a_task_of_another_package_has_its_public_parameters(
    task: luigi.Task, name: str
) -> None:
    assert re.fullmatch(name, identity(task)[0])
    assert identity(task)[1:] == ("", "")


def test_tasks_of_another_package_that_differ_in_a_parameter_have_an_outcome_each(
    journal: Journal,
) -> None:
    report.record_failure(Report(region="eu"), PipelineError("lost"))
    journal.record(outcome_of(Report(region="us"), "done"))
    assert [(o.task, o.status) for o in journal.run().outcomes] == [
        ("Report(region=eu)", "failed"),
        ("Report(region=us)", "done"),
    ]


def test_a_task_that_has_started_again_is_not_done(journal: Journal) -> None:
    """It was forgotten after the first of two runs of one process."""
    task = dump("www.orders")
    assert not journal.was_done(task)
    journal.record_start(task)
    journal.record(outcome_of(task, "done"))
    assert journal.was_done(task)
    assert not report.has_done(task)  # this process schedules
    journal.pid = 0
    assert report.has_done(task)
    journal.record_start(task)
    assert not report.has_done(task)


def test_a_task_that_finds_later_rows_when_it_starts_is_superseded(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other processes of the run, which have not looked at these rows, know it by the journal."""
    task = CopyTable(table=DumpTable.table.parse("www.orders"), date=DAY)
    monkeypatch.setattr(task, "output", lambda: "the marker")
    monkeypatch.setattr(task, "superseding", lambda: "superseded by rows of 2026-11-22")
    task.trigger_event(luigi.Event.SUCCESS, task)

    assert journal.superseded(task) == "superseded by rows of 2026-11-22"
    assert [outcome.status for outcome in journal.run().outcomes] == ["superseded"]


def test_the_last_outcome_of_a_task_counts(journal: Journal) -> None:
    for message in ("lost", "lost", "denied"):
        report.record_failure(dump("www.orders"), PipelineError(message))
    journal.record(Outcome("DumpTable", "www.users", "failed", message="lost"))
    journal.record(Outcome("DumpTable", "www.users", "done", rows=7))
    assert [(o.relation, o.status, o.message) for o in journal.run().outcomes] == [
        ("www.orders", "failed", "denied"),
        ("www.users", "done", ""),
    ]


def test_an_outcome_has_the_start_of_its_last_attempt(journal: Journal) -> None:
    first, other = dump("www.orders"), dump("www.users")
    before = time.time()
    for message in ("lost", "denied"):
        first.trigger_event(luigi.Event.START, first)
        report.record_failure(first, PipelineError(message))
    report.record_failure(other, PipelineError("requirements are not complete"))

    [orders, users] = journal.run().outcomes
    assert before <= orders.started <= orders.ended
    assert orders.started == journal.starts[identity(first)]
    assert (users.started, orders.waited) == (0.0, 0.0)


def test_a_task_without_a_requirement_has_no_start(journal: Journal) -> None:
    task = dump("www.orders")
    journal.record_start(task)
    optional.record_failure(journal, task, optional.RequirementFailedError("it failed"))

    assert [(o.status, o.started) for o in journal.run().outcomes] == [("not run", 0.0)]


def test_a_task_that_was_interrupted_has_a_start(journal: Journal) -> None:
    for name in ("www.orders", "www.users"):
        journal.scheduled[name] = dump(name)
    journal.record_start(dump("www.orders"))

    assert [(o.status, o.started > 0) for o in journal.run().outcomes] == [
        ("not run", True),
        ("not run", False),
    ]


def test_recording_a_failure_does_not_read_the_journal(journal: Journal) -> None:
    journal.path.write_text("not JSON, so that reading it fails\n", encoding="utf-8")
    report.record_failure(dump("www.orders"), PipelineError("no"))
    assert '"message": "no"' in journal.path.read_text(encoding="utf-8")


def test_each_line_of_every_process_is_read_once(journal: Journal) -> None:
    journal.record(Outcome("DumpTable", "www.a", "done"))
    assert list(journal.ended()) == [("DumpTable", "www.a", "")]
    journal.path.write_bytes(b"#" * journal.position)  # lines that were read are not read again
    Journal(journal.path, str(DAY), "LoadAll_1").record(Outcome("DumpTable", "www.b", "done"))
    assert list(journal.ended()) == [("DumpTable", "www.a", ""), ("DumpTable", "www.b", "")]


def test_the_process_of_a_task_inherits_what_was_recorded_before(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise, each of thousands of tasks would read the lines of all before it."""
    inherited = []
    monkeypatch.setattr(
        luigi.worker.Worker, "_run_task", lambda *_: inherited.append(journal.position)
    )
    install._learn_before_tasks()
    for table in ("www.a", "www.b"):
        journal.record(Outcome("DumpTable", table, "done", date=str(DAY)))
        size = journal.path.stat().st_size
        luigi.worker.Worker._run_task(object(), "any")
        assert inherited.pop() == size


def test_an_incomplete_line_is_read_after_it_is_complete(journal: Journal) -> None:
    other = journal.path.with_name("other")
    Journal(other, str(DAY), "").record(Outcome("DumpTable", "www.a", "done", message="x" * 9000))
    line = other.read_bytes()
    journal.path.write_bytes(line[:5000])
    assert journal.ended() == {}
    journal.path.write_bytes(line)
    assert list(journal.ended()) == [("DumpTable", "www.a", "")]


def test_what_a_full_disk_does_not_take_is_kept_and_the_summary_says_so(journal: Journal) -> None:
    journal.record(Outcome("DumpTable", "www.a", "failed", message="lost"))
    with full_disk(journal.path.stat().st_size + 9):
        journal.record(Outcome("DumpTable", "www.a", "done", rows=7))
        journal.record(Outcome("DumpTable", "www.b", "failed", message="denied"))
    journal.record(Outcome("DumpTable", "www.c", "done"))

    run = journal.run()
    assert [(o.relation, o.status, o.rows) for o in run.outcomes] == [
        ("www.a", "done", 7),
        ("www.b", "failed", None),
        ("www.c", "done", None),
    ]
    reason = f"{journal.path}: No space left on device"
    assert run.notes == (f"the journal of this run could not be written: {reason}",)
    assert read_records(journal.content().splitlines()) == journal.ended()


def test_the_first_process_learns_what_another_one_could_not_write(journal: Journal) -> None:
    other = replace(journal, pid=0, starts={}, known={})
    with full_disk(0):
        other.record_start(dump("www.orders"))
        other.record(outcome_of(dump("www.orders"), "done", rows=7))
    assert journal.ended() == {}

    report.learn(other.unwritten, other.fault)
    [orders] = journal.run().outcomes
    assert (orders.status, orders.rows, orders.started > 0) == ("done", 7, True)
    assert journal.fault == f"{journal.path}: File too large"


@pytest.mark.parametrize(
    ("code", "interrupted", "expected"),
    [
        (-signal.SIGINT, True, "not run"),
        (-signal.SIGTERM, True, "not run"),
        (-signal.SIGTERM, False, "failed"),
        (-signal.SIGKILL, True, "failed"),
        (1, True, "failed"),
    ],
)
def test_a_task_that_ends_by_the_signal_to_its_run_has_not_failed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, code: int, interrupted: bool, expected: str
) -> None:
    """A signal to all processes of a run can end a child before the run notices it itself."""
    task = dump("www.orders")
    journal.scheduled[task.task_id] = task
    message = f"Task {task.task_id} died unexpectedly with exit code {code:d}"
    task.trigger_event(luigi.Event.PROCESS_FAILURE, task, message)
    monkeypatch.setattr(interrupt, "was_noticed", lambda: interrupted)
    assert [outcome.status for outcome in journal.run().outcomes] == [expected]


class Timed(luigi.Task):
    """A task of another package."""

    date = luigi.DateMinuteParameter()


def test_the_tasks_of_an_hour_have_its_date() -> None:
    hour = dt.datetime(2026, 11, 21, 14)  # noqa: DTZ001  (as RangeHourly passes it)
    task = DumpTable(table=DumpTable.table.parse("www.orders"), date=hour)
    assert identity(task) == ("DumpTable", "www.orders", "2026-11-21T14")
    assert identity(Timed(date=hour)) == ("Timed", "", "2026-11-21T14")
    minute = hour + dt.timedelta(minutes=5)
    assert identity(Timed(date=minute)) == ("Timed", "", "2026-11-21 14:05:00")


def test_the_same_task_of_two_dates_has_two_outcomes(journal: Journal) -> None:
    report.record_failure(dump("www.orders"), PipelineError("denied"))
    journal.record(Outcome("DumpTable", "www.orders", "done", date="2026-11-22"))
    assert [(o.date, o.status) for o in journal.run().outcomes] == [
        (str(DAY), "failed"),
        ("2026-11-22", "done"),
    ]


def test_a_tool_that_only_asks_tasks_gets_no_summary(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    report.finish()
    assert capsys.readouterr().out == ""
    assert not journal.path.exists()
