"""What a machine learns at the end of a shared run about tasks of machines that died."""

import json
from dataclasses import asdict
from pathlib import Path

import luigi
import pytest

from pipeline.names import TableName
from pipeline.stores.s3.bucket import S3Store
from pipeline.tasks.run import report
from pipeline.tasks.run.journal import Journal, outcome_of
from pipeline.tasks.run.luigid import SteadyScheduler
from pipeline.tasks.run.shared import membership
from pipeline.tasks.run.shared.agreement import Place
from pipeline.tasks.run.shared.ending import LOST, Ending
from pipeline.tasks.run.shared.machines import Machines
from pipeline.tasks.run.shared.membership import Membership
from tests.support.servers.luigid import Luigid

RUN = "9f3b2c1d"


class Made(luigi.Task):
    """A task whose marker is a file."""

    path: str = luigi.Parameter()

    @property
    def table(self) -> TableName:
        return TableName("www", Path(self.path).name)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.path)


def test_tasks_without_a_report_are_known_by_luigid_and_by_markers(
    store: S3Store, luigid: Luigid, tmp_path: Path
) -> None:
    machines = Machines(luigid.url, "nightly")
    member = Membership(machines, Place(store, "p/runs/nightly.json", "p/runs/nightly/"), RUN)
    journal = Journal(tmp_path / "run.jsonl", "2026-11-21", "")
    journal.path.touch()
    dead = f"Worker(run=nightly, id={RUN}, host=db2, pid=7, salt=0)"
    known = {"DONE": "null", "FAILED": json.dumps("COPY failed"), "PENDING": None}
    for status, message in known.items():
        luigid.ask("add_task", task_id=f"{status}_{RUN}", worker=dead, status=status, expl=message)
    (tmp_path / "marked").touch()
    for name in (*known, "marked", "absent"):
        task = Made(path=str(tmp_path / name))
        task.task_id = f"{name}_{RUN}"
        journal.scheduled[task.task_id] = task

    ending = Ending(member, journal)
    ending.collect()
    ending.merge()
    assert not ending.is_busy
    assert {(each.relation, each.status, each.message) for each in journal.run().outcomes} == {
        ("www.DONE", "done", LOST),
        ("www.FAILED", "failed", "COPY failed"),
        ("www.marked", "done", LOST),
        ("www.PENDING", "not run", ""),
        ("www.absent", "not run", ""),
    }
    statuses = {name: ending.status(task) for name, task in journal.scheduled.items()}
    assert statuses == {
        f"DONE_{RUN}": "DONE",
        f"FAILED_{RUN}": "FAILED",
        f"marked_{RUN}": "DONE",
        f"PENDING_{RUN}": None,
        f"absent_{RUN}": None,
    }


@pytest.fixture
def member(store: S3Store, luigid: Luigid) -> Membership:
    place = Place(store, "p/runs/nightly.json", "p/runs/nightly/")
    return Membership(Machines(luigid.url, "nightly"), place, RUN)


def scheduled(journal: Journal, name: str, folder: Path) -> Made:
    """A task of the run, with its id."""
    task = Made(path=str(folder / name))
    task.task_id = f"{name}_{RUN}"
    journal.scheduled[task.task_id] = task
    return task


def test_a_failure_of_a_task_that_another_machine_completed_is_none(
    member: Membership, luigid: Luigid, tmp_path: Path
) -> None:
    """The first machine failed and reported it, the second did the task and died, by luigid."""
    journal = Journal(tmp_path / "run.jsonl", "2026-11-21", "")
    journal.path.touch()
    done, failed, lost = (scheduled(journal, name, tmp_path) for name in ("A", "B", "C"))
    for name, status in (("A", "DONE"), ("B", "FAILED"), ("C", "DONE")):
        luigid.ask("add_task", task_id=f"{name}_{RUN}", worker="w", status=status, expl="null")
    lines = (outcome_of(task, "failed", message="cut off") for task in (done, failed))
    text = "".join(f"{json.dumps(asdict(line))}\n" for line in lines)
    member.place.s3.write(member.key("machine-db1-7-0"), text.encode())
    journal.record(outcome_of(lost, "failed", message="cut off"))

    ending = Ending(member, journal)
    ending.collect()
    ending.merge()
    assert {(each.relation, each.status, each.message) for each in journal.run().outcomes} == {
        ("www.A", "done", LOST),
        ("www.B", "failed", "cut off"),
        ("www.C", "done", LOST),
    }
    assert ending.status(done) == ending.status(lost) == "DONE"


def test_a_machine_that_was_cut_off_does_not_undo_in_luigid_what_another_one_completed(
    member: Membership, luigid: Luigid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "run.jsonl", "2026-11-21", "")
    journal.path.touch()
    monkeypatch.setattr(report, "_journals", [journal])
    monkeypatch.setattr(membership, "_decided", [member])
    machine = SteadyScheduler(luigid.url)
    for name in ("A", "B"):
        scheduled(journal, name, tmp_path)
        luigid.ask("add_task", task_id=f"{name}_{RUN}", worker="other", status="DONE")
    (tmp_path / "A").touch()
    for name in ("A", "B"):
        machine.add_task(task_id=f"{name}_{RUN}", worker="this", status="FAILED", expl="null")
    statuses = {task["id"]: task["status"] for task in luigid.tasks()}
    assert statuses == {f"A_{RUN}": "DONE", f"B_{RUN}": "DISABLED"}
