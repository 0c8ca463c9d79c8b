"""Run a command on the local stack, and stop the stack if it was not running before."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from pipeline.local.errors import LocalStackError
from pipeline.local.processes.locks import is_shared, shared
from pipeline.local.stack import Stack

FORWARDED = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
FROM_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
# Variables that redirect boto3, or add a session token to the stack's keys.
FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


@contextlib.contextmanager
def running_stack(stack: Stack, scale: float | None) -> Iterator[None]:
    """Run the stack for the block; afterwards stop it if it was not running before.

    Of several concurrent users, the last one stops it.
    """
    users = stack.home / "users"
    with contextlib.ExitStack() as usage:
        try:
            with stack.locked():
                _mark_if_stopped(stack)
                usage.enter_context(shared(users))
                stack.start(scale)
            yield
        finally:
            with stack.locked():
                usage.close()
                _stop_if_unused(stack, users)


def _mark_if_stopped(stack: Stack) -> None:
    if not any(service.pid for service in stack.status()):
        stack.transient.touch()


def _stop_if_unused(stack: Stack, users: Path) -> None:
    if stack.transient.exists() and not is_shared(users):
        stack.stop()
        stack.transient.unlink()


def stack_environment(stack: Stack) -> dict[str, str]:
    """Return the environment for a command that uses the stack."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, **stack.environment()}


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command, forwarding signals to it; return its exit code as a shell would."""
    try:
        child = subprocess.Popen(list(command), env=dict(environment))
    except OSError as error:
        raise LocalStackError(f"cannot run {command[0]}: {error.strerror}") from error

    def forward(number: int, _frame: FrameType | None) -> None:
        # Ctrl-C reaches the child without us: it is in the same foreground process group.
        if not (number in FROM_KEYBOARD and _in_foreground()):
            child.send_signal(number)

    previous = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        code = child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """Raise SystemExit in the block on SIGTERM and SIGHUP, so that it cleans up."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    previous = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
