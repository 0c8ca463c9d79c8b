"""Interruption of a run by a signal: from Ctrl-C, systemd, Docker or a closed terminal.

All processes of the run end. The databases roll back what was in progress, and what was complete
stays, as after ``kill -9``; in addition, the run prints its summary.
"""

import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from multiprocessing.process import BaseProcess
from types import FrameType, TracebackType
from typing import Any

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PATIENCE = 0.5
"""Seconds after which the main thread counts as blocked in a statement."""

FAREWELL = 5.0
"""Seconds within which killed tasks end, and a canceled statement whose server can be reached."""


class Interrupted(KeyboardInterrupt):
    """A signal ended the run; a KeyboardInterrupt, since Luigi catches everything else."""

    def __init__(self, number: int) -> None:
        self.number = signal.Signals(number)
        super().__init__(self.number.name)


_noticed = threading.Event()

_starting = threading.Event()
"""Set while this process starts another one, which it could not end before it knows it."""

_held: list[int] = []
"""Signals that arrived meanwhile."""

_lost: queue.SimpleQueue[int] = queue.SimpleQueue()
"""Signals whose exception was raised where Python ignores it."""


def was_noticed() -> bool:
    """Return whether a signal ended this run."""
    return _noticed.is_set()


def listen(cancel: Callable[[], None], disconnect: Callable[[], None]) -> None:
    """Install handlers, so that a signal ends this process and its children.

    ``cancel`` stops the statement that this process waits for, if any: the driver waits in C,
    where no exception is raised. ``disconnect`` ends connections whose servers do not answer.
    Only a main thread receives signals: another one does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)
    os.register_at_fork(after_in_child=_let_signals_kill)
    setattr(BaseProcess, "start", _without_signals(BaseProcess.start))  # noqa: B010
    sys.excepthook = partial(_report, sys.excepthook)
    sys.unraisablehook = partial(_note_lost, sys.unraisablehook)
    threading.Thread(target=_repeat_lost, daemon=True).start()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    blocked = threading.Thread(
        target=_cancel_if_blocked, args=(reader, cancel, disconnect), daemon=True
    )
    blocked.start()


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _noticed.set()
    if _starting.is_set():
        _held.append(number)
        return
    raise Interrupted(number)


def _without_signals(start: Callable[[BaseProcess], None]) -> Callable[[BaseProcess], None]:
    """Hold signals back until a process has started, and repeat them then."""

    @wraps(start)
    def started(process: BaseProcess) -> None:
        _starting.set()
        try:
            start(process)
        finally:
            _starting.clear()
            if _held:
                os.kill(os.getpid(), _held.pop())

    return started


def _note_lost(previous: Callable[[Any], Any], unraisable: Any) -> None:
    """Have a signal repeated whose exception Python ignores, as in what it calls around a fork."""
    if isinstance(unraisable.exc_value, Interrupted):
        _lost.put(unraisable.exc_value.number)
    else:
        previous(unraisable)


def _repeat_lost() -> None:
    while True:
        os.kill(os.getpid(), _lost.get())


def _cancel_if_blocked(
    reader: int, cancel: Callable[[], None], disconnect: Callable[[], None]
) -> None:
    """Cancel the statement that blocks the main thread, if it does not handle the signal."""
    while os.read(reader, 1)[0] not in ENDING:
        pass
    if not _noticed.wait(PATIENCE):
        cancel()
    if not _noticed.wait(FAREWELL):
        disconnect()


def _let_signals_kill() -> None:
    """Let signals kill a child at once and silently: its parent reports the interruption."""
    signal.set_wakeup_fd(-1)
    for number in ENDING:
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, signal.SIG_DFL)


def _report(
    previous: Hook, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print a line instead of a traceback; the summary follows, unless another signal ends it.

    The interpreter exits with the code of the SystemExit that is raised here.
    """
    if not isinstance(error, Interrupted):
        previous(kind, error, trace)
        return
    _let_signals_kill()
    children = multiprocessing.active_children()
    for child in children:  # Until a child has begun, Python drops other signals.
        child.kill()
    end = time.monotonic() + FAREWELL
    for child in children:  # One that has just begun would miss the journal, and say so.
        child.join(max(0.0, end - time.monotonic()))
    message = f"Interrupted by {error.number.name}; the same command continues."
    with suppress(OSError):
        print(message, file=sys.stderr, flush=True)
    raise SystemExit(128 + error.number)
