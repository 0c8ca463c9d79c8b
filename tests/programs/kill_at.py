"""Run a luigi command and SIGKILL its process at a chosen instant.

``kill_at.py POINT NUMBER LUIGI-ARGUMENTS...``: POINT names what is about to happen or has just
happened: a statement by its first word (``after-copy``), a commit by a statement of its
transaction (``before-commit-of-copy``). NUMBER counts its occurrences from 1. The process dies in
the middle of what it does, as by ``kill -9``: nothing is cleaned up, no handler runs.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any

import luigi.cmdline
import psycopg2
import psycopg2.extensions
import psycopg2.extras

import pipeline  # noqa: F401  (registers the tasks)
from pipeline.stores.s3.bucket import S3Store


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    """Dies when it has been asked often enough."""

    def __init__(self, point: str, number: int) -> None:
        self.point = point
        self.left = number

    def reach(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                die()

    def reach_each(self, event: str, verbs: Iterable[str]) -> None:
        for verb in verbs:
            self.reach(f"{event}-{verb}")


class Watched:
    """A file that counts what is written to it."""

    def __init__(self, file: Any, countdown: Countdown) -> None:
        self.file = file
        self.countdown = countdown

    def write(self, data: bytes) -> int:
        written = self.file.write(data)
        self.countdown.reach("during-dump")
        return written


def instrument(countdown: Countdown) -> None:
    """Put the countdown around commits, statements and writes to S3."""

    class Connection(psycopg2.extensions.connection):
        verbs: frozenset[str] = frozenset()

        def commit(self) -> None:
            verbs, self.verbs = self.verbs, frozenset()
            countdown.reach_each("before-commit-of", verbs)
            super().commit()
            countdown.reach_each("after-commit-of", verbs)

        def rollback(self) -> None:
            self.verbs = frozenset()
            super().rollback()

    class Cursor(psycopg2.extras.RealDictCursor):
        def execute(self, query: str, parameters: Any = None) -> None:
            verb = query.split(None, 1)[0].lower()
            self.connection.verbs |= {verb}
            countdown.reach(f"before-{verb}")
            super().execute(query, parameters)
            countdown.reach(f"after-{verb}")

        def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
            countdown.reach("before-dump")
            super().copy_expert(sql, Watched(file, countdown), size)
            countdown.reach("after-dump")

    real_connect = psycopg2.connect

    def connect(*args: Any, **options: Any) -> Any:
        if options.get("cursor_factory") is psycopg2.extras.RealDictCursor:
            options["cursor_factory"] = Cursor
        return real_connect(*args, connection_factory=Connection, **options)

    psycopg2.connect = connect
    S3Store.write = around(S3Store.write, countdown, "write")  # type: ignore[method-assign]
    S3Store.write_over = around(  # type: ignore[method-assign]
        S3Store.write_over, countdown, "index"
    )


def around(method: Callable[..., Any], countdown: Countdown, name: str) -> Callable[..., Any]:
    def wrapped(*args: Any, **options: Any) -> Any:
        countdown.reach(f"before-{name}")
        result = method(*args, **options)
        countdown.reach(f"after-{name}")
        return result

    return wrapped


if __name__ == "__main__":
    instrument(Countdown(sys.argv[1], int(sys.argv[2])))
    luigi.cmdline.luigi_run(sys.argv[3:])
