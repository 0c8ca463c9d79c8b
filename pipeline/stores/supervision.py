"""Supervision of statements: a wait for a server ends if the server no longer works on it.

While a statement runs, a thread asks the server through another connection what the session does.
A peer that has disappeared is noticed by TCP; this notices one whose place something else takes,
such as a proxy or a firewall that keeps the connection and forwards nothing. A session that holds
a lock for which this one waits is reported.
"""

import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self
from weakref import WeakKeyDictionary

import psycopg2
import psycopg2.errors

from pipeline.settings import Timeouts
from pipeline.stores.connections import cancel, shut_down
from pipeline.stores.inquiry import RefusedError, StoppedError, UnansweredError

logger = logging.getLogger(__name__)

FIRST = 10.0
"""Seconds from the start of a statement to the first question."""

PAUSE = 30.0
"""Seconds between questions."""

ANSWER = 30.0
"""Seconds that a login and its questions may take."""

OWN = 24 * 3600.0
"""Seconds that a statement waits for a lock that the pipeline itself holds.

``silence_timeout`` limits the work of the holder, which may take hours.
"""

Report = Callable[[str], object]


class SilentError(psycopg2.OperationalError):
    """The server neither works on the statement nor answers; its connection was closed."""


class LockTimeoutError(psycopg2.OperationalError):
    """Another session holds a lock for too long."""

    pgcode = "55P03"


class OwnLockTimeoutError(LockTimeoutError):
    """Another session of the pipeline holds a lock for too long, in a single wait."""

    pgcode = "55006"  # object in use


@dataclass(frozen=True, slots=True)
class Block:
    """The lock that a session waits for, and who holds it, as far as known.

    ``is_own`` says that another session of the pipeline holds it, to publish: wait patiently.

    Example: ``a lock on public.orders, held by process 4711 (user app, psql) in a transaction
    since 2026-11-28 03:15:07 UTC``.
    """

    relation: str | None
    process: int | None = None
    user: str | None = None
    application: str | None = None
    since: dt.datetime | None = None
    is_own: bool = False

    def __str__(self) -> str:
        lock = f"a lock on {self.relation}" if self.relation else "a lock"
        if self.process is None:
            return f"{lock}, held by another transaction"
        known = [f"user {self.user}" if self.user else "", self.application or ""]
        details = ", ".join(filter(None, known))
        since = f" in a transaction since {self.since:%Y-%m-%d %H:%M:%S %Z}" if self.since else ""
        return f"{lock}, held by process {self.process}{f' ({details})' if details else ''}{since}"


@dataclass(frozen=True, slots=True)
class Activity:
    """What a session does: whether it works, and for which lock it waits."""

    works: bool
    block: Block | None = None


Ask = Callable[[float, int], Activity]
"""Asks what a session does, given the seconds for the answer and a descriptor that stops it."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """How to supervise the statements of a connection; ``where`` names the server."""

    where: str
    ask: Ask
    timeouts: Timeouts


_supervised: WeakKeyDictionary[Any, Supervision] = WeakKeyDictionary()
_listeners: list[Report] = []
_waits: list[float] = []
"""The waits for locks in this process that have ended, in seconds."""


def supervise(connection: Any, supervision: Supervision) -> None:
    """Supervise the statements of a connection from now on."""
    _supervised[connection] = supervision


@contextmanager
def waits_reported(report: Report) -> Iterator[None]:
    """Report waits for locks in the body; without a listener, they are only logged."""
    _listeners.append(report)
    try:
        yield
    finally:
        _listeners.remove(report)


def waited() -> float:
    """Return the seconds that statements of this process have waited for locks.

    A wait counts if it was noticed, as one of at least ``FIRST`` seconds is.
    """
    return sum(_waits)


@contextmanager
def supervised(
    connection: Any,
    progressed: Callable[[], bool] = bool,
    lock_timeout: float | None = None,
) -> Iterator[None]:
    """Supervise the body, which waits for an answer; SilentError or LockTimeoutError end it.

    ``progressed`` returns whether bytes came, or are being processed, since its last call.
    ``lock_timeout``, in seconds, replaces the configured one.
    """
    found = _supervised.get(connection)
    if found is None:
        yield
        return
    with _Supervisor(connection, found, progressed, lock_timeout) as supervisor:
        try:
            yield
        except psycopg2.Error as error:
            raise supervisor.explained(error) from None


class _Supervisor:
    """A thread that asks about one statement."""

    def __init__(
        self,
        connection: Any,
        supervision: Supervision,
        progressed: Callable[[], bool],
        lock_timeout: float | None,
    ) -> None:
        self._connection = connection
        self._supervision = supervision
        self._progressed = progressed
        self._silence = supervision.timeouts.silence_timeout
        self._lock_timeout = lock_timeout or supervision.timeouts.lock_timeout
        self._error: psycopg2.Error | None = None
        self._block: Block | None = None
        self._blocked_since = 0.0
        self._waiting_since = time.monotonic()
        self._sign = time.monotonic()
        self._ended = threading.Event()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True, name="supervision")

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._ended.set()
        os.close(self._writer)
        self._thread.join()
        os.close(self._reader)
        self._count_wait()

    def explained(self, error: psycopg2.Error) -> psycopg2.Error:
        """Return the reason for which the statement was ended, else the server's error."""
        if self._error is not None:
            return self._error
        if isinstance(error, psycopg2.errors.LockNotAvailable) and self._block is not None:
            return self._lock_error(self._block)
        return error

    def _run(self) -> None:
        shortest = min(self._silence, self._lock_timeout) / 4
        pause = min(FIRST, shortest)
        while not self._ended.wait(pause):
            with suppress(StoppedError):
                self._look()
            pause = min(PAUSE, shortest)

    def _look(self) -> None:
        if self._progressed():
            self._sign = time.monotonic()
            return
        reason = "it neither works on the statement nor sends a result"
        try:
            activity = self._supervision.ask(min(ANSWER, self._silence), self._reader)
        except UnansweredError as error:
            logger.debug("%s: no second connection: %s", self._supervision.where, error)
            activity = Activity(works=False)
            reason = "it does not answer on a second connection either"
        except RefusedError as error:
            logger.debug("%s: cannot be asked: %s", self._supervision.where, error)
            activity = Activity(works=True)
        now = time.monotonic()
        if activity.works:
            self._sign = now
        self._note(activity.block, now)
        if activity.block and now - self._blocked_since >= self._limit(activity.block):
            self._end(self._lock_error(activity.block), cancel)
        elif now - self._sign >= self._silence:
            self._end(self._silent_error(reason), shut_down)

    def _note(self, block: Block | None, now: float) -> None:
        """Report a wait for a lock, once for each holder."""
        if block is None:
            self._count_wait()
            self._waiting_since = now
        if block is not None and (self._block is None or block.is_own != self._block.is_own):
            self._blocked_since = now
        if block is not None and block != self._block:
            logger.warning("%s: waiting for %s", self._supervision.where, block)
            for report in _listeners:
                report(f"waiting for {block}")
        self._block = block

    def _count_wait(self) -> None:
        """Count a wait that has ended, from when the statement was last known not to wait."""
        if self._block is not None:
            _waits.append(time.monotonic() - self._waiting_since)

    def _end(self, error: psycopg2.Error, end: Callable[[Any], None]) -> None:
        with self._guard:
            if not self._ended.is_set():
                self._error = error
                end(self._connection)

    def _limit(self, block: Block) -> float:
        return OWN if block.is_own else self._lock_timeout

    def _lock_error(self, block: Block) -> LockTimeoutError:
        waited = f"waited {self._limit(block):g} s"
        if block.is_own:
            return OwnLockTimeoutError(f"{waited} for {block}")
        return LockTimeoutError(f"{waited} (lock_timeout) for {block}")

    def _silent_error(self, reason: str) -> SilentError:
        return SilentError(
            f"the server is silent for {self._silence:g} s (silence_timeout): {reason};"
            " the connection was closed"
        )
