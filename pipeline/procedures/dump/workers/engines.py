"""The engines of a dump: what works on its splits, beside the session that holds the snapshot.

``process`` uses this session and processes of this machine, ``spark`` the executors of a cluster.
A table of one split needs neither: this session reads it.
"""

from collections.abc import Callable, Sequence

from pipeline.procedures.dump.job import DumpJob, Split
from pipeline.procedures.dump.workers.process import WorkerProcess
from pipeline.procedures.dump.workers.worker import LocalWorker, Worker, run_query
from pipeline.stores.upstream.database import Session


def uses_spark(job: DumpJob, splits: Sequence[Split]) -> bool:
    """Return whether executors of Spark work on the splits."""
    return job.settings.engine == "spark" and len(splits) > 1


def start(
    job: DumpJob, session: Session, splits: Sequence[Split], renew_lease: Callable[[], None]
) -> list[Worker]:
    """Start the workers of a dump, at most one for each connection that the settings allow."""
    connections = min(job.settings.connections, len(splits))
    if uses_spark(job, splits):
        from pipeline.procedures.dump.workers.spark import Executors  # noqa: PLC0415  (few runs need it)

        executors = Executors(job.sharing(session))
        run_query(executors, executors.prove, renew_lease)
        return [executors] * connections
    workers: list[Worker] = [LocalWorker(job, session)]
    if connections > 1:
        job = job.sharing(session)
        workers += [WorkerProcess(job) for _ in range(connections - 1)]
    return workers


def importing(job: DumpJob, splits: Sequence[Split]) -> int:
    """Return how many sessions import the snapshot."""
    if uses_spark(job, splits):
        return 1 + len(splits)
    return min(job.settings.connections, len(splits)) - 1
