"""The end of a shared run: each machine reports what it did, and learns what the others did."""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import luigi
from luigi.rpc import RPCError

from pipeline.errors import PipelineError
from pipeline.figures import count
from pipeline.tasks.run import history
from pipeline.tasks.run.journal import Identity, Journal, identity, outcome_of, read_records
from pipeline.tasks.run.shared.machines import DISABLED, DONE, FAILED, RUNNING, host
from pipeline.tasks.run.shared.membership import Membership
from pipeline.tasks.run.summary import Outcome, Run, Status

logger = logging.getLogger(__name__)

POLL, PATIENCE = 0.2, 60.0
"""Seconds between two looks for the reports of machines that are about to end, and for all."""

ENDED = frozenset({DONE, FAILED, DISABLED})

RANKS: Mapping[Status, int] = {"complete": 0, "not run": 1, "failed": 1}
"""Which outcomes count less than those of machines that did a task, 2."""

LOST = "its machine ended without a report"

Reports = Mapping[str, Mapping[Identity, Outcome]]
"""Outcomes by the key of the report that has them."""


@dataclass
class Ending:
    """What this machine learns once Luigi gives it no more work."""

    member: Membership
    journal: Journal
    tasks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The tasks of the run in luigid by their ids, with ``status`` and ``worker_running``."""
    reports: dict[str, dict[Identity, Outcome]] = field(default_factory=dict)
    living: set[str] = field(default_factory=set)
    """The machines that have not left the run."""

    @property
    def is_busy(self) -> bool:
        """Whether another machine still runs a task."""
        return any(task["status"] == RUNNING for task in self.tasks.values())

    def collect(self) -> None:
        """Wait for the reports of all living machines that ended tasks, unless some still work."""
        machines, run = self.member.machines, self.member.run
        until = time.monotonic() + PATIENCE
        while True:
            self.living = machines.living(run)  # first: a machine that has left has reported
            self.tasks = machines.tasks(run)
            self._read()
            is_known = self.living.isdisjoint(self._unreported().values())
            if is_known or self.is_busy or time.monotonic() > until:
                break
            time.sleep(POLL)
        self.reports[self.member.own_key] = dict(self.journal.ended())
        self._drop_failures()
        self.reports[""] = dict(self._learned())

    def _read(self) -> None:
        s3 = self.member.place.s3
        for item in s3.list(self.member.place.folder):
            is_of_run = item.key.startswith(self.member.start)
            if is_of_run and item.key not in {*self.reports, self.member.own_key}:
                self.reports[item.key] = read_records(s3.read(item.key).splitlines())

    def _reported(self) -> set[Identity]:
        return set(chain.from_iterable(self.reports.values()))

    def _unreported(self) -> dict[Identity, str]:
        """Return the workers of the tasks that ended elsewhere and are in no report."""
        found = {
            identity(task): str(self.tasks[task_id]["worker_running"])
            for task_id, task in self.journal.scheduled.items()
            if task.output() and self.tasks.get(task_id, {}).get("status") in ENDED
        }
        known = self._reported() | self.journal.ended().keys()
        return {task: worker for task, worker in found.items() if task not in known}

    def _drop_failures(self) -> None:
        """Drop failures of tasks that are done: another machine did these meanwhile.

        One that cannot reach the warehouse fails to schedule them, and one that was cut off loses
        them.
        """
        failed = {
            outcome.identity
            for outcome in chain.from_iterable(map(dict.values, self.reports.values()))
            if outcome.status == "failed" and not outcome.optional
        }
        done = {
            identity(task)
            for task_id, task in self.journal.scheduled.items()
            if identity(task) in failed and self._is_done(task_id, task)
        }
        for report in self.reports.values():
            for name in done & report.keys():
                if report[name].status == "failed":
                    del report[name]

    def _is_done(self, task_id: str, task: luigi.Task) -> bool:
        """Return whether a task is done, by luigid or, if it lost the task, by its markers."""
        status = self.tasks.get(task_id, {}).get("status")
        return status == DONE or (status is None and bool(task.complete()))

    def _learned(self) -> Iterable[tuple[Identity, Outcome]]:
        """Yield how tasks ended that are in no report: by luigid, or else by their markers."""
        known = self._reported()
        for task_id, task in self.journal.scheduled.items():
            if task_id in self.journal.complete or identity(task) in known or not task.output():
                continue
            if self.tasks.get(task_id, {}).get("status") in {FAILED, DISABLED}:
                message = self.member.machines.error(task_id) or LOST
                yield identity(task), outcome_of(task, "failed", message=message)
            elif self._is_done(task_id, task):
                yield identity(task), outcome_of(task, "done", message=LOST)

    def merge(self) -> None:
        """Add the outcomes to the journal, and notes of which machine did how much."""
        self.journal.absorb(merged(self.reports.values()))
        if share := shares(self.reports, self.member.start):
            self.journal.notes.append(f"run {self.member.name}: {share}")
        if self.is_busy:
            running = (task for task in self.tasks.values() if task["status"] == RUNNING)
            names = ", ".join(sorted({host(str(task["worker_running"])) for task in running}))
            self.journal.notes.append(f"run {self.member.name} continues on {names}")

    def status(self, task: luigi.Task) -> str | None:
        """Return the status of a task that Luigi did not run here; None if it was not run."""
        outcome = self.journal.known.get(identity(task))
        if outcome is not None:
            return FAILED if outcome.status == "failed" and not outcome.optional else DONE
        if task.output():
            return None
        return DONE if self._is_done(task.task_id, task) else None


def merged(reports: Iterable[Mapping[Identity, Outcome]]) -> dict[Identity, Outcome]:
    """Return the outcome of each task: of those who did it, else who failed, else who found it.

    Of several, the last one counts; clocks of machines differ, so that is not known for sure.
    """
    outcomes = chain.from_iterable(report.values() for report in reports)
    ordered = sorted(outcomes, key=lambda each: (RANKS.get(each.status, 2), each.ended))
    return {outcome.identity: outcome for outcome in ordered}


def shares(reports: Reports, start: str) -> str:
    """Return how much each machine did, ``db1-4711 41 tasks, db2-902 40 tasks``.

    Empty if one did all. ``start`` is that of the keys of this run's reports:
    ``…machine-db1-4711-5f0c1c9d.jsonl``.
    """
    done = Counter[str]()
    for key, outcomes in reports.items():
        name = key.removeprefix(f"{start}machine-").rpartition("-")[0]
        number = sum(outcome.status == "done" for outcome in outcomes.values())
        done[name if key else LOST.replace("its", "a")] += number
    parts = [f"{name} {count(number, 'task')}" for name, number in sorted(done.items()) if number]
    return ", ".join(parts) if len(parts) > 1 else ""


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """Log an error of S3 or luigid in the body: it changes nothing that was done."""
    try:
        yield
    except (PipelineError, RPCError, OSError) as error:
        logger.warning("%s: %s", what, str(error).partition("\n")[0])


def leave(member: Membership, journal: Journal) -> None:
    """Write what this machine did to the history and for the others, and leave the run."""
    run = journal.run()
    own = tuple(outcome for outcome in run.outcomes if outcome.status != "not run")
    history.append(replace(run, outcomes=own), member.id, is_part=True)
    member.has_left = True
    try:
        member.place.s3.write(member.own_key, journal.content())
    finally:
        member.machines.leave(member.run)


def settle(worker: Any, member: Membership, journal: Journal) -> None:
    """Learn how the tasks ended that other machines did, for the summary and the exit code.

    Luigi takes tasks of other workers for tasks that were not run. What cannot be learned stays
    so, and is logged.
    """
    ending = Ending(member, journal)
    with _logged("the summary lacks what other machines did"):
        leave(member, journal)
        ending.collect()
        ending.merge()
        done = {task for task, status, _ in worker._add_task_history if status == DONE}
        for task in set(worker._scheduled_tasks.values()) - done:
            if status := ending.status(task):
                worker._add_task_history.append((task, status, True))
        for answer in worker._get_work_response_history:
            answer["running_tasks"] = []
        has_waited = worker._config.keep_alive  # not if tasks could not be scheduled here
        member.is_over = not ending.is_busy and (has_waited or not ending.living)


def withdraw(member: Membership) -> None:
    """Leave a run of which this machine has done nothing, since its command was refused."""
    with _logged(f"run {member.name} does not know that this machine left it"):
        member.hasty().machines.leave(member.run)


def interrupt(member: Membership, journal: Journal) -> None:
    """Leave the run, if Luigi has not ended its work: this machine was interrupted."""
    if member.has_left:
        return
    hasty = member.hasty()
    with _logged(f"run {member.name} does not know that this machine left it"):
        leave(hasty, journal)
        if others := sorted(map(host, hasty.machines.living(member.run))):
            journal.notes.append(f"run {member.name} continues on {', '.join(others)}")


def finish(member: Membership, journal: Journal, run: Run) -> None:
    """Record what was not run, if this machine ends the run.

    luigid's page shows failures as such when all have left: machines would wait for a retry.
    """
    with _logged(f"the end of run {member.name} was not recorded"):
        if member.ends_run:
            history.append(replace(run, outcomes=run.of("not run")), member.id, is_part=True)
        machines = member.hasty().machines if run.interrupted else member.machines
        if journal.page and not machines.living(member.run):
            journal.page.show_failed(journal.failed(run))
