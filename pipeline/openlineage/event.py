"""Events: a run of a job that starts, completes, fails or is aborted.

https://openlineage.io/docs/spec/run-cycle
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.openlineage.facets import PRODUCER, Facets, facet
from pipeline.openlineage.flows import Flow

EventType = Literal["START", "COMPLETE", "FAIL", "ABORT"]

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"

INTEGRATION = "LUIGI"

NOTHING = Flow()


@dataclass(frozen=True, slots=True)
class Job:
    """What runs again and again, a task ``CopyTable.www.orders`` or all tasks, ``Run.LoadAll``.

    ``kind`` is ``TASK`` or ``DAG``.
    """

    namespace: str
    name: str
    kind: str = "TASK"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a job for a date, ``2026-11-21``, as a part of ``parent``."""

    job: Job
    date: dt.datetime | None = None
    parent: "Attempt | None" = None
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def root(self) -> "Attempt":
        """The run that this one is a part of, through all others."""
        return self if self.parent is None else self.parent.root

    def _as_parent(self) -> dict[str, Any]:
        job = {"namespace": self.job.namespace, "name": self.job.name}
        return {"run": {"runId": self.run_id}, "job": job}

    def facets(self) -> Facets:
        """Return the facets of the run."""
        found: Facets = {}
        if self.parent is not None:
            root = self.root._as_parent()
            found |= facet("parent", **self.parent._as_parent(), root=root)
        if self.date is not None:
            found |= facet("nominalTime", nominalStartTime=f"{self.date.isoformat()}Z")
        return found


def event(
    kind: EventType,
    attempt: Attempt,
    at: dt.datetime,
    flow: Flow = NOTHING,
    facets: Facets | None = None,
) -> dict[str, Any]:
    """Return an event; ``at`` is UTC, and ``facets`` are more of the run.

    The type and the id of the run come first, so that a recorded event can be found by them
    without parsing the others.
    """
    job = attempt.job
    types = {"processingType": "BATCH", "integration": INTEGRATION, "jobType": job.kind}
    about = facet("jobType", **types)
    if flow.query:
        about |= facet("sql", query=flow.query.strip(), dialect="redshift")
    return {
        "eventType": kind,
        "run": {"runId": attempt.run_id, "facets": {**attempt.facets(), **(facets or {})}},
        "eventTime": at.isoformat(timespec="milliseconds"),
        "job": {"namespace": job.namespace, "name": job.name, "facets": about},
        "inputs": [port.as_json("inputFacets") for port in flow.inputs],
        "outputs": [port.as_json("outputFacets") for port in flow.outputs],
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
    }


def failure(message: str) -> Facets:
    """Return why a run failed; the message must hold no secret and no value of a row."""
    return facet("errorMessage", message=message, programmingLanguage="PYTHON")
