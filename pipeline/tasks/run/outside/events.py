"""Events of OpenLineage about a run and its tasks, recorded by the processes that do the work.

Each event is a line of a file beside the journal; another process sends them. Whatever goes wrong
here is logged, and changes neither the run nor its exit code.
"""

import datetime as dt
import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import luigi

from pipeline.designs.queries.preload import load_parser
from pipeline.errors import PipelineError
from pipeline.figures import count
from pipeline.names import RunDate
from pipeline.openlineage import event as events
from pipeline.openlineage.destination import Destination
from pipeline.openlineage.event import Attempt, EventType, Job
from pipeline.openlineage.flows import Flow
from pipeline.options import openlineage
from pipeline.runtime import current
from pipeline.stores.sender import SECONDS, Report, Sender
from pipeline.tasks.run.outside.masking import masked_message
from pipeline.tasks.run.summary import Outcome, Run, Status, verdict

logger = logging.getLogger(__name__)

SPOOL_BYTES = 256_000_000
"""Events beyond this size are not recorded."""

TYPES: dict[Status, EventType] = {
    "done": "COMPLETE",
    "complete": "COMPLETE",
    "superseded": "COMPLETE",
    "failed": "FAIL",
    "not run": "ABORT",
}

_HEAD = re.compile(rb'\{"eventType": "(\w+)", "run": \{"runId": "([0-9a-f-]{36})"')


@contextmanager
def _harmless() -> Iterator[None]:
    """Log any error: no event is worth a load."""
    try:
        yield
    except Exception:
        logger.exception("an event of OpenLineage was not recorded")


@dataclass(slots=True)
class Events:
    """The events of one run; tasks in forked processes have copies that share the ``spool``."""

    spool: Path
    destination: Destination
    run: Attempt
    key: str = field(default="", repr=False)
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    attempts: dict[str, Attempt] = field(default_factory=dict)
    sender: Sender | None = None
    has_begun: bool = False

    def begin(self) -> None:
        """Record that the run has started, and start to send; once."""
        if self.has_begun:
            return
        self.has_begun = True
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        job = {"spool": str(self.spool), "headers": headers, "url": self.destination.url}
        if self.destination.path:
            job["path"] = str(Path(self.destination.path).absolute())
        with _harmless():
            self._write("START", self.run, at=self.started)
            self.sender = Sender.start(job)

    def task_started(self, task: luigi.Task) -> None:
        """Record that a task has started in this process."""
        with _harmless():
            attempt = Attempt(self._job(task), _nominal(task), self.run)
            self.attempts[task.task_id] = attempt
            self._write("START", attempt, _known_flow(task, None).names)

    def task_ended(self, task: luigi.Task, outcome: Outcome) -> None:
        """Record how a task has ended, unless it never started."""
        with _harmless():
            attempt = self.attempts.pop(task.task_id, None) or self._lost_attempt(task)
            if attempt is None:
                return
            is_done = outcome.status == "done"
            flow = _known_flow(task, outcome if is_done else None)
            message = (
                masked_message(outcome.message) if TYPES[outcome.status] != "COMPLETE" else ""
            )
            facets = events.failure(message) if message else {}
            self._write(TYPES[outcome.status], attempt, flow if is_done else flow.names, facets)
            self._write_checks(task, attempt)

    def _write_checks(self, task: luigi.Task, attempt: Attempt) -> None:
        """Record the checks of a task as runs of their own, which read what was checked."""
        for name, flow, passed in getattr(task, "checked_flows", tuple)():
            job = Job(attempt.job.namespace, f"Checks.{name}")
            checks = Attempt(job, attempt.date, attempt)
            self._write("START", checks, flow.names)
            self._write("COMPLETE" if passed else "FAIL", checks, flow)

    def _lost_attempt(self, task: luigi.Task) -> Attempt | None:
        """Return the attempt of a task whose process has died, from what it recorded."""
        found = Attempt(self._job(task), _nominal(task), self.run)
        for record in self._unfinished():
            is_same_date = record["run"]["facets"] == found.facets()
            if is_same_date and record["job"]["name"] == found.job.name:
                return replace(found, run_id=record["run"]["runId"])
        return None

    def _unfinished(self) -> list[dict[str, Any]]:
        """Return the first events of tasks that have not ended, newest first."""
        found: dict[bytes, bytes] = {}
        for line in self.spool.read_bytes().splitlines():
            head = _HEAD.match(line)
            if head is None or head[2].decode() == self.run.run_id:
                continue
            if head[1] == b"START":
                found[head[2]] = line
            else:
                found.pop(head[2], None)
        return [json.loads(line) for line in reversed(found.values())]

    def end(self, run: Run) -> None:
        """Record how the run has ended; send what is left, and log what was not sent."""
        self.begin()
        with _harmless():
            for record in self._unfinished():
                now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
                self._append({**record, "eventType": "ABORT", "eventTime": now})
            kind: EventType = "ABORT" if run.interrupted else "FAIL" if run.undone else "COMPLETE"
            facets = events.failure(verdict(run)) if kind != "COMPLETE" else {}
            self._write(kind, self.run, facets=facets)
        with _harmless():
            if self.sender is not None:
                self._report(self.sender.finish(2.0 if run.interrupted else SECONDS))
            self.spool.unlink(missing_ok=True)

    def _report(self, report: Report) -> None:
        """Log what was not sent."""
        if self.spool.stat().st_size >= SPOOL_BYTES:
            logger.warning("events of OpenLineage beyond 256 MB were not recorded")
        if report.lost:
            total = self.spool.read_bytes().count(b"\n")
            lost = "some" if report.sent is None else f"{total - report.sent:,}"
            what = f"{lost} of {count(total, 'event')}"
            logger.warning(
                "%s of OpenLineage not sent to %s: %s", what, self.destination, report.reason
            )

    def _job(self, task: luigi.Task) -> Job:
        relation = str(getattr(task, "table", ""))
        name = ".".join(filter(None, (task.get_task_family(), relation)))
        return Job(self.run.job.namespace, name)

    def _write(
        self,
        kind: EventType,
        attempt: Attempt,
        flow: Flow = events.NOTHING,
        facets: dict[str, Any] | None = None,
        *,
        at: dt.datetime | None = None,
    ) -> None:
        now = at or dt.datetime.now(dt.UTC)
        self._append(events.event(kind, attempt, now, flow, facets))

    def _append(self, record: dict[str, Any]) -> None:
        line = f"{json.dumps(record)}\n".encode()
        with self.spool.open("ab", buffering=0) as file:
            if file.tell() < SPOOL_BYTES:
                file.write(line)


def _known_flow(task: luigi.Task, outcome: Outcome | None) -> Flow:
    """Return what a task reads and writes; nothing, with a line in the log, if that fails."""
    try:
        return _flow(task, outcome)
    except Exception:
        logger.warning("an event of OpenLineage lacks its datasets", exc_info=True)
        return events.NOTHING


def _flow(task: luigi.Task, outcome: Outcome | None) -> Flow:
    describe: Callable[[Outcome | None], Flow] | None = getattr(task, "flow", None)
    return describe(outcome) if describe else events.NOTHING


def _nominal(task: luigi.Task) -> dt.datetime | None:
    date = getattr(task, "date", None)
    if not isinstance(date, RunDate):
        return None
    return dt.datetime.combine(date.day, dt.time(date.hour or 0))


def begin(root: luigi.Task, run_id: str) -> Events | None:
    """Return the events of a run of this task; None if section ``[openlineage]`` is wrong."""
    options = openlineage()
    try:
        destination = Destination.parse(options.destination)
        namespace = options.namespace or f"redshift-pipeline/{current().settings.storage.prefix}"
    except PipelineError as error:
        logger.warning("no events of OpenLineage: %s", str(error).partition("\n")[0])
        return None
    load_parser()  # before Luigi forks the tasks, whose events name columns
    job = Job(namespace, f"Run.{root.get_task_family()}", "DAG")
    run = Attempt(job, _nominal(root), run_id=run_id)
    handle, spool = tempfile.mkstemp(prefix="pipeline-events-", suffix=".jsonl")
    os.close(handle)
    return Events(Path(spool), destination, run, os.environ.get(options.api_key_variable, ""))
