"""Workers on a Spark cluster: each split is a task for an executor, with a session of its own.

The driver, this process, holds the exported snapshot, hands out the splits, and writes the
manifest. What a task does depends only on the assignment, so a task that Spark repeats, because
its executor was lost, writes the same object again.
"""

import logging
import os
import platform
from dataclasses import dataclass, replace

from pipeline import settings, versions
from pipeline.errors import ConfigError, PipelineError, UpstreamError
from pipeline.procedures.dump.job import Delta, DumpJob, PartResult, Split
from pipeline.procedures.dump.stream import SentinelFound
from pipeline.procedures.dump.workers.progress import WorkQueue
from pipeline.procedures.dump.writer import PartError, PartWriter
from pipeline.stores.spark import START_SECONDS, Cluster

logger = logging.getLogger(__name__)

Failure = PipelineError | PartError | SentinelFound


@dataclass(frozen=True, slots=True)
class Assignment:
    """What an executor does: write ``splits`` of a job, under a snapshot of its server.

    The job's upstream has no connection string: an executor reads it from its own environment.
    ``version`` is that of the driver's package.
    """

    job: DumpJob
    splits: tuple[Split, ...] = ()
    version: str = ""


class Executors:
    """Executors at work on a dump; each thread that runs it keeps one of them busy."""

    def __init__(self, job: DumpJob) -> None:
        if job.upstream.variable is None:
            raise ValueError(f"{job.upstream.name}: no variable holds its connection string")
        self.name = job.design.name
        self.cluster = Cluster()
        self.assignment = Assignment(
            replace(job, upstream=replace(job.upstream, dsn=""), observed=None),
            version=versions.package(),
        )

    def prove(self) -> None:
        """Have an executor prove that it reaches the server and imports the snapshot."""
        logger.info("%s: waiting for an executor of Spark", self.name)
        failure = self.cluster.run(prove, self.assignment, f"{self.name}: proof", START_SECONDS)
        if failure is not None:
            raise failure

    def run(self, queue: WorkQueue) -> None:
        """Hand splits to an executor, one after the other, until the queue is empty."""
        while (split := queue.take()) is not None:
            assignment = replace(self.assignment, splits=(split,))
            done = self.cluster.run(write, assignment, f"{self.name}: part {split.number}")
            if isinstance(done, Exception):
                raise done
            for result in done:
                queue.add(Delta(result.rows, result.raw_bytes, result.bytes))
                queue.finish(result)

    def cancel(self) -> None:
        """Stop all executors; they have ended when this returns."""
        self.cluster.cancel()


def prove(assignment: Assignment) -> PipelineError | None:
    """Import the snapshot, on an executor; return what prevents it.

    An error is returned, since Spark would repeat a task that raises one.
    """
    where = f"an executor of Spark, on {platform.node()}"
    if (found := versions.package()) != assignment.version:
        return ConfigError(
            f"{where}: has redshift-pipeline {found}, the driver {assignment.version}; install"
            " the same version on both"
        )
    try:
        job = resolve(assignment.job)
        with job.upstream.snapshot(job.snapshot):
            return None
    except ConfigError as error:
        return ConfigError(f"{where}: {error}")
    except UpstreamError as error:
        return UpstreamError(f"{where}: {error}", retryable=error.retryable)


def write(assignment: Assignment) -> list[PartResult] | Failure:
    """Write splits, on an executor; return the parts, or the error as ``prove`` does."""
    try:
        job = resolve(assignment.job)
        with (
            job.upstream.snapshot(job.snapshot) as session,
            job.s3.uploads() as uploads,
        ):
            writer = PartWriter(job, session, uploads, lambda _: None)
            return list(writer.write(assignment.splits))
    except (PipelineError, PartError, SentinelFound) as error:
        return error


def resolve(job: DumpJob) -> DumpJob:
    """Return the job with the connection string that this machine's environment holds."""
    variable = job.upstream.variable or ""
    access = settings.connection(variable, os.environ)
    return replace(job, upstream=replace(job.upstream, dsn=access.dsn))
