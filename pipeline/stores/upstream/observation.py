"""What is read before a snapshot is taken: how far back a later commit can reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.sql.statement import Statement
from pipeline.sql.upstream import increment

Query = Callable[[Statement], list[Mapping[str, Any]]]

REPEATS = 3
"""How often sessions that hide the start of their transaction are read again."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The transactions of a database at a moment before a snapshot.

    No transaction that the snapshot does not see began before ``bound``, unless it is one of
    those that are ``prepared`` or ``hidden`` (``track_activities = off``), the user does not see
    all sessions, or the server is a standby. Moments are texts in UTC,
    ``2026-11-21 03:04:05.000006+00``. ``control`` is whether the user may read the identity of
    the cluster. ``role`` is the user, quoted.
    """

    bound: str
    clock: str
    prepared: int
    hidden: int
    role: str
    sees_all: bool
    standby: bool
    control: bool


def observe(query: Query, version: int) -> Observation:
    """Read the running transactions, then the prepared ones, each in a transaction of its own.

    The server reads the state of a session before its transaction number, so one that begins
    between the two looks as if it hid its start: it is read again.
    """
    statement = increment.running(version)
    [row] = query(statement)
    for _ in range(REPEATS):
        if not row["hidden"]:
            break
        [row] = query(statement)
    [prepared] = query(increment.prepared())
    return Observation(**row, **prepared)
