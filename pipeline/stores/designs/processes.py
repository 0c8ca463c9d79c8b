"""Work on many designs, shared by forked processes.

A process does its work and ends, so none is left behind if this one is killed.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Any, TypeVar

WORTH_A_PROCESS = 100
"""The number of designs that take longer to parse than a process to start."""

Item = TypeVar("Item")

Found = dict[str, Any]

Started = list[tuple[ForkProcess, Connection]]


def start(work: Callable[[Sequence[Item]], Found], items: Sequence[Item]) -> Started:
    """Start processes that each do the work on a share of the items; none if it is not worth it.

    Only on Linux, a fork is quick and safe.
    """
    number = min(os.cpu_count() or 1, len(items) // WORTH_A_PROCESS)
    if number < 2 or sys.platform != "linux":
        return []
    context = multiprocessing.get_context("fork")
    started = []
    for first in range(number):
        receiver, sender = context.Pipe(duplex=False)
        words = (work, items[first::number], sender, receiver)
        process = context.Process(target=_send, args=words, daemon=True)
        process.start()
        sender.close()
        started.append((process, receiver))
    return started


def results(*several: Started) -> Iterator[Found]:
    """Yield what each process has found; one that was killed has found nothing."""
    for started in several:
        for process, receiver in started:
            with suppress(EOFError, OSError):  # the latter within what it sends
                yield receiver.recv()
            process.join()


def _send(
    work: Callable[[Sequence[Item]], Found],
    items: Sequence[Item],
    sender: Connection,
    receiver: Connection,
) -> None:
    receiver.close()  # else the pipe would not break if the process that reads it is killed
    with suppress(BrokenPipeError):
        sender.send(work(items))
