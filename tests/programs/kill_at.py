"""Run a luigi command and SIGKILL its process at a chosen instant.

``kill_at.py POINT NUMBER LUIGI-ARGUMENTS...``: POINT names what is about to happen or has just
happened: a statement by its first word (``after-copy``), a commit by a statement of its
transaction (``before-commit-of-copy``), a dump, the write of an object or of the index. NUMBER
counts its occurrences from 1. The process dies in the middle of what it does, as by ``kill -9``:
nothing is cleaned up, no handler runs.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.programs.instrument import Around, Database, Probe, run_luigi


class Killer(Probe):
    """Kills the process when the point has been reached often enough."""

    def __init__(self, point: str, number: int) -> None:
        self.point = point
        self.left = number

    def reach(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def around(self, *events: str) -> Iterator[None]:
        for event in events:
            self.reach(f"before-{event}")
        yield
        for event in events:
            self.reach(f"after-{event}")

    def statement(self, connection: Database, verb: str, *, in_transaction: bool) -> Around:
        return self.around(verb)

    def commit(self, connection: Database, verbs: frozenset[str]) -> Around:
        return self.around(*(f"commit-of-{verb}" for verb in verbs))

    def dump(self) -> Around:
        return self.around("dump")

    def dumped(self) -> None:
        self.reach("during-dump")

    def write(self, key: str) -> Around:
        return self.around("write")

    def write_over(self, key: str) -> Around:
        return self.around("index")


if __name__ == "__main__":
    run_luigi(Killer(sys.argv[1], int(sys.argv[2])), sys.argv[3:])
