"""What a machine learns at the end of a shared run about tasks of machines that died."""

import json
from pathlib import Path

import luigi

from pipeline.names import TableName
from pipeline.stores.s3.bucket import S3Store
from pipeline.tasks.run.journal import Journal
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
