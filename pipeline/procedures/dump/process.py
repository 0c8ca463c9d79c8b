"""A member of the crew in a process of its own: a connection's bytes keep a core busy.

The process is forked where that is safe, from a process of one thread (as Luigi's task processes
are), which costs milliseconds; otherwise it is spawned. Either way it opens its own connections,
hears of its orders and the connection string through memory or a pipe, and dies with its parent.
"""

from __future__ import annotations

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
from pipeline.procedures.dump.parts import Job, Moved, PartOrder, PartResult
from pipeline.procedures.dump.progress import Board
from pipeline.procedures.dump.stream import SentinelFound
from pipeline.procedures.dump.writer import Worker
from pipeline.stores.upstream.database import Session

TELL_SECONDS = 0.5
CANCEL_SECONDS = 5
STOPPED = 70
"""Exit status of a process that was stopped; nobody reads it."""


class Signal(Enum):
    """What a process tells beside results, progress and errors."""

    READY = "asks for an order"
    ENDED = "has ended its work"


class Remote:
    """Works in a process of its own, with a connection that imports the snapshot."""

    def __init__(self, job: Job, snapshot: str) -> None:
        context: Any = multiprocessing.get_context(start_method())
        self.job = job
        self.connection, theirs = context.Pipe()
        hears, self.brake = context.Pipe(duplex=False)
        self.process = context.Process(
            target=serve, args=(theirs, hears, job, snapshot), daemon=True
        )
        self.process.start()
        theirs.close()
        hears.close()

    def run(self, board: Board) -> None:
        """Hand orders to the process and record what it tells, until it has ended."""
        try:
            while (message := self.connection.recv()) is not Signal.ENDED:
                self._hear(message, board)
        except (EOFError, ConnectionError):
            self.process.join()
            raise self._died() from None
        finally:
            self.cancel()
            self.connection.close()

    def cancel(self) -> None:
        """End the process if it still runs: it stops its COPY on the server before."""
        with suppress(OSError):
            self.brake.send(None)
        self.process.join(CANCEL_SECONDS)
        self.process.kill()
        self.process.join()

    def _hear(self, message: object, board: Board) -> None:
        match message:
            case Signal.READY:
                self.connection.send(board.take())
            case PartResult():
                board.done(message)
            case Moved():
                board.tell(message)
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
            f"{hint}; nothing of the dump counts, run it again",
            retryable=True,
        )


def start_method() -> str:
    """Choose how to start a process: a fork copies other threads' locks in whatever state."""
    forks = "fork" in multiprocessing.get_all_start_methods()
    return "fork" if forks and threading.active_count() == 1 else "spawn"


def serve(connection: Connection, brake: Connection, job: Job, snapshot: str) -> None:
    """Be the process: work on what the parent orders."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tally = Tally(connection)
    try:
        with job.upstream.snapshot(snapshot) as session, job.store.uploads() as uploads:
            threading.Thread(target=_end_with_parent, args=(brake, session), daemon=True).start()
            for result in Worker(job, session, uploads, tally.add).work(_orders(connection)):
                tally.send()
                connection.send(result)
    except (PipelineError, SentinelFound) as error:
        connection.send(error)
    else:
        connection.send(Signal.ENDED)


class Tally:
    """Sums up progress, so that the parent hears of it twice a second."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._moved = Moved(0, 0, 0)
        self._sent = time.monotonic()

    def add(self, moved: Moved) -> None:
        """Add to what has moved, and tell it when it is time."""
        self._moved = self._moved.plus(moved)
        if time.monotonic() - self._sent >= TELL_SECONDS:
            self.send()

    def send(self) -> None:
        """Tell what has not been told."""
        self._connection.send(self._moved)
        self._moved = Moved(0, 0, 0)
        self._sent = time.monotonic()


def _orders(connection: Connection) -> Iterator[PartOrder]:
    while True:
        connection.send(Signal.READY)
        order = connection.recv()
        if order is None:
            return
        yield order


def _end_with_parent(brake: Connection, session: Session) -> None:
    """End at once when the parent dies or says so; the server would go on for nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel, brake])
        session.cancel()
        os._exit(STOPPED)
