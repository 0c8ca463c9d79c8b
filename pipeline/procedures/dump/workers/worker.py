"""The workers of a dump: this process with its session, and others with a session each.

A thread drives each worker: the caller's thread stays free to report progress and to be
interrupted.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

from pipeline.procedures.dump.job import DumpJob, PartResult, Split
from pipeline.procedures.dump.workers.progress import Progress, WorkQueue
from pipeline.procedures.dump.writer import PartWriter
from pipeline.stores.upstream.database import Session
from pipeline.stores.upstream.facts import Plan

REPORT_SECONDS = 0.5

Value = TypeVar("Value")


class Worker(Protocol):
    """One connection's share of the work."""

    def run(self, queue: WorkQueue) -> None:
        """Work on splits until the queue is empty."""

    def cancel(self) -> None:
        """End immediately; called from another thread."""


class Cancellable(Protocol):
    """What waits for an answer from outside."""

    def cancel(self) -> None:
        """End the wait; called from another thread."""


class LocalWorker:
    """A worker in this process, with a session that is already open."""

    def __init__(self, job: DumpJob, session: Session) -> None:
        self.job = job
        self.session = session

    def run(self, queue: WorkQueue) -> None:
        """Work on splits until the queue is empty."""
        with self.job.s3.uploads() as uploads:
            writer = PartWriter(self.job, self.session, uploads, queue.add)
            for result in writer.write(iter(queue.take, None)):
                queue.finish(result)

    def cancel(self) -> None:
        """Have the server stop the running COPY."""
        self.session.cancel()


def run(
    workers: Sequence[Worker],
    splits: Sequence[Split],
    plan: Plan,
    report_progress: Callable[[Progress], None],
    renew_lease: Callable[[], None],
) -> list[PartResult]:
    """Run all workers until every split is written; raise the first error once all have ended.

    Both functions are called about twice a second.
    """
    queue = WorkQueue(splits, plan, len(workers))
    threads = [
        threading.Thread(target=_work, args=(worker, queue), daemon=True, name=f"dump-{n}")
        for n, worker in enumerate(workers)
    ]
    try:
        for thread in threads:
            thread.start()
        while not queue.wait(REPORT_SECONDS):
            renew_lease()
            report_progress(queue.progress())
    finally:
        queue.stop()
        _end(workers, threads)
    if queue.error is not None:
        raise queue.error
    report_progress(queue.progress())
    return sorted(queue.results, key=lambda result: result.number)


def run_query(
    asked: Cancellable, work: Callable[[], Value], renew_lease: Callable[[], None]
) -> Value:
    """Return the result of ``work``, which waits for what is ``asked`` in another thread.

    Meanwhile this thread renews the lease. If it is interrupted, what is asked is cancelled.
    """
    with ThreadPoolExecutor(1, "dump-query") as executor:
        running = executor.submit(work)
        try:
            while not wait([running], REPORT_SECONDS).done:
                renew_lease()
        finally:
            if not running.done():
                asked.cancel()
        return running.result()


def _work(worker: Worker, queue: WorkQueue) -> None:
    try:
        worker.run(queue)
    except BaseException as error:  # noqa: BLE001  # handed over to the caller's thread, which raises it
        queue.fail(error)
    finally:
        queue.leave()


def _end(workers: Sequence[Worker], threads: Sequence[threading.Thread]) -> None:
    for worker, thread in zip(workers, threads, strict=True):
        if thread.is_alive():
            worker.cancel()
    for thread in threads:
        if thread.ident is not None:
            thread.join()
