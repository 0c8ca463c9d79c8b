"""The journal of a run: appended to by many processes, read as it grows."""

import datetime as dt
from pathlib import Path

import luigi
import pytest

from pipeline.errors import PipelineError
from pipeline.tasks import DumpTable
from pipeline.tasks.run import report
from pipeline.tasks.run.journal import Journal
from pipeline.tasks.run.summary import Outcome

DAY = dt.date(2026, 11, 21)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """The journal of a run in this process."""
    path = tmp_path / "run.jsonl"
    path.touch()
    book = Journal(path, str(DAY), "LoadAll_1")
    monkeypatch.setattr(report, "_journals", [book])
    return book


def dump(table: str) -> luigi.Task:
    return DumpTable(table=DumpTable.table.parse(table), date=DAY)


def test_of_two_reports_for_one_task_the_last_counts(book: Journal) -> None:
    for message in ("lost", "lost", "denied"):
        report.record_failure(dump("www.orders"), PipelineError(message))
    book.record(Outcome("DumpTable", "www.users", "failed", message="lost"))
    book.record(Outcome("DumpTable", "www.users", "done", rows=7))
    assert [(o.relation, o.status, o.message) for o in book.run().outcomes] == [
        ("www.orders", "failed", "denied"),
        ("www.users", "done", ""),
    ]


def test_to_record_a_failure_reads_nothing(book: Journal) -> None:
    book.path.write_text("not JSON, so that reading it fails\n", encoding="utf-8")
    report.record_failure(dump("www.orders"), PipelineError("no"))
    assert book.path.read_text(encoding="utf-8").count("\n") == 2


def test_each_line_is_read_once_and_those_of_other_processes_too(book: Journal) -> None:
    book.record(Outcome("DumpTable", "www.a", "done"))
    assert list(book.ended()) == [("DumpTable", "www.a")]
    book.path.write_bytes(b"#" * book.position)  # what was read is not looked at again
    Journal(book.path, str(DAY), "LoadAll_1").record(Outcome("DumpTable", "www.b", "done"))
    assert list(book.ended()) == [("DumpTable", "www.a"), ("DumpTable", "www.b")]


def test_a_line_that_is_being_written_is_read_when_it_is_whole(book: Journal) -> None:
    other = book.path.with_name("other")
    Journal(other, str(DAY), "").record(Outcome("DumpTable", "www.a", "done", message="x" * 9000))
    line = other.read_bytes()
    book.path.write_bytes(line[:5000])
    assert book.ended() == {}
    book.path.write_bytes(line)
    assert list(book.ended()) == [("DumpTable", "www.a")]
