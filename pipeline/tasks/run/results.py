"""The results of task processes, in a queue that no process that dies can block.

Luigi's own is a ``multiprocessing.Queue``: its processes share a lock for writing. A process that
is killed while it holds the lock never releases it; then no other process can report its result,
and the run waits for ever. Here each result is one datagram: it is sent as a whole, or not at all.
"""

import errno
import functools
import json
import os
import queue
import socket
import tempfile
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import luigi.worker

LONGEST = 1024
"""Bytes of a datagram, which every system sends; a longer result is sent as a file."""

LARGEST = 1 << 18
"""Bytes of the largest datagram that Linux sends."""

UNREAD = frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.ENOTCONN, errno.EPIPE})
"""Errors of sending to a process that has ended."""


class ResultQueue:
    """A queue from forked processes to the process that made it.

    It has the methods of ``multiprocessing.Queue`` that Luigi's worker calls, for lists of what
    JSON can hold: a task's id and status, an explanation, missing and new requirements.
    ``learn`` gets the values that ``attach`` returned in the process of the result.
    """

    def __init__(self, attach: Callable[[], Any], learn: Callable[..., None]) -> None:
        self._attach, self._learn = attach, learn
        self._owner = os.getpid()
        self._own: deque[Any] = deque()
        self._reader, self._writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    def put(self, result: Any) -> None:
        """Add a result; in a forked process, return once the owner can read it.

        If the owner has ended, nobody needs the result.
        """
        if os.getpid() == self._owner:
            self._own.append(result)
            return
        self._reader.close()
        try:
            self._writer.send(_message([result, self._attach()]))
        except OSError as error:
            if error.errno not in UNREAD:
                raise

    def get(self, timeout: float) -> Any:
        """Return the next result; ``queue.Empty`` if there is none within ``timeout`` seconds."""
        self._reader.settimeout(0 if self._own else timeout)
        try:
            result, attached = _result(self._reader.recv(LARGEST))
        except (BlockingIOError, TimeoutError):
            if self._own:
                return self._own.popleft()
            raise queue.Empty from None
        self._learn(*attached)
        return result

    def close(self) -> None:
        """Close the queue."""
        self._reader.close()
        self._writer.close()


def _message(result: Any) -> bytes:
    text = json.dumps(result).encode()
    if len(text) <= LONGEST:
        return text
    path = ""
    try:
        handle, path = tempfile.mkstemp(prefix="pipeline-result-")
        with os.fdopen(handle, "wb") as file:
            file.write(text)
    except OSError:
        if path:
            Path(path).unlink(missing_ok=True)
        return text  # the disk is full; most systems send it
    return json.dumps(path).encode()


def _result(message: bytes) -> Any:
    result = json.loads(message)
    if isinstance(result, str):
        file = Path(result)
        result = json.loads(file.read_bytes())
        file.unlink()
    return result


def replace_result_queues(attach: Callable[[], Any], learn: Callable[..., None]) -> None:
    """Give every worker that Luigi makes from now on such a queue."""
    initialize: Callable[..., None] = luigi.worker.Worker.__init__

    @functools.wraps(initialize)
    def initialized(worker: Any, *values: Any, **options: Any) -> None:
        initialize(worker, *values, **options)
        worker._task_result_queue.close()
        worker._task_result_queue = ResultQueue(attach, learn)

    setattr(luigi.worker.Worker, "__init__", initialized)  # noqa: B010
