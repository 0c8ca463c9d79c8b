"""A worker in a separate process: one connection's bytes keep a core busy.

From a process with one thread, as Luigi's task processes are, the process is forked, which takes
milliseconds; otherwise it is spawned. It opens its own connections, receives the job with the
connection string through memory or a pipe, and ends with its parent.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from multiprocessing.connection import Connection, wait
from typing import Any

from pipeline.errors import PipelineError, UpstreamError
from pipeline.procedures.dump.job import Delta, DumpJob, PartResult, Split
from pipeline.procedures.dump.stream import SentinelFound
from pipeline.procedures.dump.workers.progress import WorkQueue
from pipeline.procedures.dump.writer import PartError, PartWriter
from pipeline.stores.upstream.database import Session

SEND_SECONDS = 0.5
CANCEL_SECONDS = 5
STOPPED = 70
"""Exit status of a process that was stopped; nothing reads it."""


class Signal(Enum):
    """Messages of a process, in addition to results, progress and errors."""

    READY = "ready for a split"
    ENDED = "ended"


class WorkerProcess:
    """A worker in a separate process, whose connection imports the job's snapshot."""

    def __init__(self, job: DumpJob) -> None:
        context: Any = multiprocessing.get_context(start_method())
        self.job = job
        self.connection, child_connection = context.Pipe()
        child_stop, self.stop = context.Pipe(duplex=False)
        self.process = context.Process(
            target=serve, args=(child_connection, child_stop, job), daemon=True
        )
        self.process.start()
        child_connection.close()
        child_stop.close()

    def run(self, queue: WorkQueue) -> None:
        """Hand splits to the process and record its messages, until it has ended."""
        try:
            while (message := self.connection.recv()) is not Signal.ENDED:
                self._receive(message, queue)
        except (EOFError, ConnectionError):
            self.process.join()
            raise self._died() from None
        finally:
            self.cancel()
            self.connection.close()

    def cancel(self) -> None:
        """End the process if it is still running; it first cancels its COPY on the server."""
        with suppress(OSError):
            self.stop.send(None)
        self.process.join(CANCEL_SECONDS)
        self.process.kill()
        self.process.join()

    def _receive(self, message: object, queue: WorkQueue) -> None:
        match message:
            case Signal.READY:
                self.connection.send(queue.take())
            case PartResult():
                queue.finish(message)
            case Delta():
                queue.add(message)
            case BaseException():
                raise message

    def _died(self) -> UpstreamError:
        code = self.process.exitcode
        how = (
            f"was killed by {signal.Signals(-code).name}"
            if code and code < 0
            else f"ended with status {code}"
        )
        hint = "; the machine may be out of memory" if code == -signal.SIGKILL else ""
        return UpstreamError(
            f"{self.job.upstream.name}: {self.job.extract.table}: a process of this dump {how}"
            f"{hint}; the dump was discarded, run it again",
            retryable=True,
        )


def start_method() -> str:
    """Choose how to start a process; a fork copies the locks of other threads in any state."""
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    return "fork" if can_fork and threading.active_count() == 1 else "spawn"


def serve(connection: Connection, stop: Connection, job: DumpJob) -> None:
    """Run in the process: write the splits that the parent hands out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    progress = ProgressSender(connection)
    try:
        with job.upstream.snapshot(job.snapshot) as session, job.s3.uploads() as uploads:
            threading.Thread(target=_end_with_parent, args=(stop, session), daemon=True).start()
            writer = PartWriter(job, session, uploads, progress.add)
            for result in writer.write(_splits(connection)):
                progress.send()
                connection.send(result)
    except (PipelineError, PartError, SentinelFound) as error:
        connection.send(error)
    else:
        connection.send(Signal.ENDED)


class ProgressSender:
    """Sums up progress and sends it to the parent twice a second."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unsent = Delta(0, 0, 0)
        self._sent = time.monotonic()

    def add(self, delta: Delta) -> None:
        """Add progress, and send it when it is time."""
        self._unsent += delta
        if time.monotonic() - self._sent >= SEND_SECONDS:
            self.send()

    def send(self) -> None:
        """Send all progress that is unsent."""
        self._connection.send(self._unsent)
        self._unsent = Delta(0, 0, 0)
        self._sent = time.monotonic()


def _splits(connection: Connection) -> Iterator[Split]:
    while True:
        connection.send(Signal.READY)
        split = connection.recv()
        if split is None:
            return
        yield split


def _end_with_parent(stop: Connection, session: Session) -> None:
    """End when the parent dies or sends a stop; otherwise the server would continue its COPY."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel, stop])
        session.cancel()
        os._exit(STOPPED)
