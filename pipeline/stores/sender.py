"""Send events and messages in a process of its own, which no run waits for.

Not in a thread: a process that is forked while a thread looks up a name or uses TLS can block.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self

from pipeline.stores import sender_process

SECONDS = 10.0
"""Seconds in which a message, or the last events of a run, are sent."""

MORE_SECONDS = sender_process.TIMEOUT + 1
"""Seconds for the last attempt."""


@dataclass(frozen=True, slots=True)
class Report:
    """How many events or messages were sent, how many were not, and why."""

    sent: int | None = 0
    """None if nobody knows."""
    lost: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """A process that sends; its job is not in its arguments, because it may hold secrets."""

    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, job: Mapping[str, Any]) -> Self:
        """Start it; OSError if that is not possible."""
        words = [sys.executable, "-P", str(Path(sender_process.__file__))]
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        assert process.stdin is not None
        process.stdin.write(f"{json.dumps(job)}\n".encode())
        return cls(process)

    def finish(self, seconds: float = SECONDS) -> Report:
        """Wait until everything is sent; after some seconds, no other attempt is made."""
        try:
            out, _ = self.process.communicate(f"{seconds}\n".encode(), seconds + MORE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            with suppress(subprocess.TimeoutExpired):  # if another process has its stdout
                self.process.communicate(timeout=1)
            return Report(sent=None, lost=1, reason="no answer in time")
        try:
            return Report(**json.loads(out))
        except ValueError:
            return Report(
                sent=None, lost=1, reason="the process that sends it has ended unexpectedly"
            )


def answers(url: str) -> bool:
    """Return whether a server answers at a URL, whatever it says to a request without content."""
    try:
        with urllib.request.urlopen(url, timeout=sender_process.TIMEOUT):  # noqa: S310  (checked before)
            return True
    except urllib.error.HTTPError as error:
        error.close()
        return True
    except (OSError, HTTPException):
        return False


def send(job: Mapping[str, Any]) -> Report:
    """Send one message, and wait for it."""
    return Sender.start(job).finish()
