"""Who does the work of a dump: this process with its session, and others with a session each.

Threads drive them, so that the caller's thread stays free to report progress and to be
interrupted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from pipeline.procedures.dump.parts import Job, PartOrder, PartResult
from pipeline.procedures.dump.progress import Board
from pipeline.procedures.dump.writer import Worker
from pipeline.stores.upstream.database import Session

REPORT_SECONDS = 0.5


class Member(Protocol):
    """One connection's share of the work."""

    def run(self, board: Board) -> None:
        """Take orders until there are none."""

    def cancel(self) -> None:
        """End at once; called from another thread."""


class Local:
    """Works in this process, with a session that is open already."""

    def __init__(self, job: Job, session: Session) -> None:
        self.job = job
        self.session = session

    def run(self, board: Board) -> None:
        """Take orders until there are none."""
        with self.job.store.uploads() as uploads:
            worker = Worker(self.job, self.session, uploads, board.tell)
            for result in worker.work(iter(board.take, None)):
                board.done(result)

    def cancel(self) -> None:
        """Let the server stop the COPY that runs."""
        self.session.cancel()


def run(
    members: Sequence[Member], orders: Sequence[PartOrder], report: Callable[[Board], None]
) -> list[PartResult]:
    """Let all members work until every order is done; raise the first error when all stopped."""
    board = Board(orders, len(members))
    threads = [
        threading.Thread(target=_work, args=(member, board), daemon=True, name=f"dump-{n}")
        for n, member in enumerate(members)
    ]
    try:
        for thread in threads:
            thread.start()
        while not board.wait(REPORT_SECONDS):
            report(board)
    finally:
        board.stop()
        _end(members, threads)
    if board.error is not None:
        raise board.error
    report(board)
    return sorted(board.results, key=lambda result: result.number)


def _work(member: Member, board: Board) -> None:
    try:
        member.run(board)
    except BaseException as error:  # noqa: BLE001  # handed over to the caller's thread, which raises it
        board.fail(error)
    finally:
        board.leave()


def _end(members: Sequence[Member], threads: Sequence[threading.Thread]) -> None:
    for member, thread in zip(members, threads, strict=True):
        if thread.is_alive():
            member.cancel()
    for thread in threads:
        if thread.ident is not None:
            thread.join()
