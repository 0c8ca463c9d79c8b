"""What the sessions of a cluster share: its settings, its conditions and the count of their work.

Nothing of it is stored: each start of the emulator begins with the configured conditions.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.protocol.conditions import EVENTS, Conditions, Fault
from redshift_emulator.protocol.configuration import Settings
from redshift_emulator.protocol.wire import ConnectionLostError
from redshift_emulator.session.history import History, Value
from redshift_emulator.session.recent import Recent

CANCELS = "RSCAN"
"""The SQLSTATE of the notice in which PG_CANCEL_BACKEND names the process that it canceled."""
STORING = frozenset({"copy", "insert", "merge", "update"})


@dataclass(frozen=True, slots=True, order=True)
class Work:
    """Statements of one kind, and whether their transaction holds a lock by LOCK."""

    application: str
    in_lock: bool
    command: str
    """The statement's first word; ``login``, and ``""`` for a message without a statement."""


class Cluster:
    """The conditions that all sessions are subject to, and the count of their work."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.history = History(settings)
        self.view_columns = Recent()
        self._conditions = settings.conditions
        self._guard = threading.Lock()
        self._commits = threading.Lock()
        self._events: Counter[str] = Counter()
        self._statements: Counter[Work] = Counter()
        self._round_trips: Counter[Work] = Counter()
        self._canceled: set[int] = set()

    def cancel(self, process: int) -> None:
        """Cancel the procedure of a session: PostgreSQL ignores it between two statements."""
        with self._guard:
            self._canceled.add(process)

    def takes(self, notice: Mapping[str, str]) -> bool:
        """Return whether a notice is that of PG_CANCEL_BACKEND, which is for the cluster only."""
        if notice.get("C") != CANCELS:
            return False
        self.cancel(int(notice["M"]))
        return True

    def is_canceled(self, process: int) -> bool:
        """Return whether the procedure of a session is to end."""
        return process in self._canceled

    def begin_call(self, process: int) -> None:
        """Forget a cancellation that came before the procedure."""
        with self._guard:
            self._canceled.discard(process)

    @property
    def conditions(self) -> Conditions:
        """The conditions; setting other faults resets the count of events."""
        return self._conditions

    @conditions.setter
    def conditions(self, conditions: Conditions) -> None:
        with self._guard:
            if conditions.faults != self._conditions.faults:
                self._events.clear()
            self._conditions = conditions

    def reached(self, fault: Fault) -> int:
        """Return the number of events that a fault has counted."""
        with self._guard:
            return self._events[EVENTS[fault.name]]

    def travel(self, trips: int = 1) -> None:
        """Let the time of round trips pass."""
        _pause(self._conditions.latency_ms * trips)

    def wait_for_s3(self) -> None:
        """Let the time of a request to S3 pass."""
        _pause(self._conditions.s3_ms)

    def count(self, work: Work, *, statements: int = 0, round_trips: int = 0) -> None:
        """Count statements and round trips."""
        with self._guard:
            self._statements[work] += statements
            self._round_trips[work] += round_trips

    def traffic(self) -> list[tuple[Work, int, int]]:
        """Return the numbers of statements and round trips of each kind, in order."""
        with self._guard:
            return [
                (work, self._statements[work], self._round_trips[work])
                for work in sorted(self._statements)
            ]

    def before_write(self, command: str) -> None:
        """Raise the faults of a statement that is not a query."""
        if self._happening("write", "read_only"):
            raise RedshiftError(READ_ONLY)
        if command in STORING and self._happening("store", "disk_full"):
            raise RedshiftError("Disk Full", code=1016, context="node: 0")
        if command == "copy" and (fault := self._happening("copy", "copy")):
            message = (
                "S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown"
            )
            raise RedshiftError(message, code=fault.code, context="a fault on demand")

    def commit(self, commit: Callable[[], object]) -> None:
        """Commit a transaction that wrote, after those that are committing: one at a time."""
        with self._guard:
            self._events["commit"] += 1
            number = self._events["commit"]
            faults = {each.name for each in self._conditions.faults if each.happens(number)}
        if "conflict" in faults:
            cycle = "transactions forming the cycle are: 0, 0 (a fault on demand)"
            detail = f"Serializable isolation violation on table - 0, {cycle}"
            raise RedshiftError("1023", detail=detail)
        if "lose_before_commit" in faults:
            raise ConnectionLostError("lost before COMMIT, a fault on demand")
        with self._commits:
            _pause(self._conditions.commit_ms)
            commit()
        if "lose_after_commit" in faults:
            raise ConnectionLostError("lost after COMMIT, a fault on demand")

    def _happening(self, event: str, name: str) -> Fault | None:
        """Count an event; return the fault of this name that happens at it."""
        with self._guard:
            self._events[event] += 1
            number = self._events[event]
            faults = [each for each in self._conditions.faults if each.name == name]
        return next((each for each in faults if each.happens(number)), None)


class Meter:
    """One session in the cluster: counts its work, and sends its commits through the queue."""

    def __init__(self, cluster: Cluster, application: str) -> None:
        self.cluster = cluster
        self.locked = False
        """Whether the transaction holds a lock by LOCK."""
        self.steps: list[dict[str, Value]] = []
        """The steps of the running statement, for SYS_QUERY_DETAIL."""
        self._application = application
        self._wrote = False
        self._arrived = True
        cluster.count(Work(application, in_lock=False, command="login"), round_trips=LOGIN_TRIPS)

    def count(self, command: str) -> None:
        """Count a statement, with the round trip of the message that it begins."""
        self._count(command, statements=1)

    def end_trip(self) -> None:
        """Count a message without a statement; the next statement is of another message."""
        if self._arrived:
            self._count("", statements=0)
        self._arrived = True

    def before_write(self, command: str) -> None:
        """Announce a statement that is not a query; raise the fault that is due."""
        self._wrote = True
        self.cluster.before_write(command)

    def commit(self, commit: Callable[[], object]) -> None:
        """Commit; a transaction that only read does not wait for others."""
        wrote = self._wrote
        self.end_transaction()
        if wrote:
            self.cluster.commit(commit)
        else:
            commit()

    def end_transaction(self) -> None:
        """Forget the transaction, which releases its locks."""
        self.locked = self._wrote = False

    def _count(self, command: str, statements: int) -> None:
        work = Work(self._application, self.locked, command)
        self.cluster.count(work, statements=statements, round_trips=int(self._arrived))
        self._arrived = False


LOGIN_TRIPS = 3
"""Round trips of a login: TCP, the startup message, the password."""

READ_ONLY = "cannot execute write query because the cluster is in read-only mode"


def _pause(milliseconds: float) -> None:
    if milliseconds:
        time.sleep(milliseconds / 1000)
