"""Events of tasks whose process dies or that are interrupted, and of what cannot be described."""

import dataclasses
import json
from pathlib import Path

import luigi

from pipeline.openlineage.destination import Destination
from pipeline.openlineage.event import Attempt, Job
from pipeline.tasks.run.outside.events import Events
from pipeline.tasks.run.summary import Outcome, Run
from tests.support.results.openlineage import check_event


class Nothing(luigi.Task):
    """A task of which nothing is known but its name."""

    table = luigi.Parameter(default="www.orders")


class Indescribable(Nothing):
    def flow(self, _: object) -> None:
        raise KeyError("what it reads")


def new_events(folder: Path) -> Events:
    spool = folder / "spool"
    spool.touch()
    run = Attempt(Job("ns", "Run.LoadAll", "DAG"))
    return Events(spool, Destination(path=str(folder / "events.jsonl")), run)


def ended(folder: Path, events: Events, **more: bool) -> list[tuple[str, str, str]]:
    """End a run; return job, type and run of each event."""
    events.end(Run("2026-11-21", (), 0, 1.0, "", **more))
    assert not events.spool.exists()
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    for each in found:
        check_event(each)
    return [(each["job"]["name"], each["eventType"], each["run"]["runId"]) for each in found]


def test_a_task_fails_if_its_process_dies_and_is_aborted_with_its_run(tmp_path: Path):
    events = new_events(tmp_path)
    events.begin()
    child = dataclasses.replace(events, attempts={})
    for name in ("www.killed", "www.running", "www.done"):
        child.task_started(Nothing(name))
    child.task_ended(Nothing("www.done"), Outcome("Nothing", "www.done", "done"))
    died = Outcome("Nothing", "www.killed", "failed", message="died (killed, or out of memory)")
    events.task_ended(Nothing("www.killed"), died)
    events.task_ended(Nothing("www.never"), dataclasses.replace(died, relation="www.never"))
    found = ended(tmp_path, events, interrupted=True)
    assert [each[:2] for each in found] == [
        ("Run.LoadAll", "START"),
        ("Nothing.www.killed", "START"),
        ("Nothing.www.running", "START"),
        ("Nothing.www.done", "START"),
        ("Nothing.www.done", "COMPLETE"),
        ("Nothing.www.killed", "FAIL"),
        ("Nothing.www.running", "ABORT"),
        ("Run.LoadAll", "ABORT"),
    ]
    assert len({run for *_, run in found}) == 4


def test_a_task_that_cannot_be_described_is_not_disturbed(tmp_path: Path, caplog):
    events = new_events(tmp_path)
    events.task_started(Indescribable())
    events.task_ended(Indescribable(), Outcome("Indescribable", "www.orders", "done"))
    assert {record.message for record in caplog.records} == {
        "an event of OpenLineage lacks its datasets"
    }
    assert [each[:2] for each in ended(tmp_path, events)] == [
        ("Indescribable.www.orders", "START"),
        ("Indescribable.www.orders", "COMPLETE"),
        ("Run.LoadAll", "START"),
        ("Run.LoadAll", "COMPLETE"),
    ]
