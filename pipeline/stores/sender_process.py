"""The process that sends events and messages of a run. It is run by its path, without the package.

A run never waits for it: names that do not resolve and servers that do not answer are its
problem alone. The first line of its input is what to send, as JSON. The second tells that the run
has ended, and how many seconds are left; so does the end of the input. Its output is one line of
JSON: how many events were sent, how many were lost, and why. No output holds a URL or a header,
because these can be secrets.
"""

import json
import os
import select
import signal
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException, InvalidURL
from typing import Any

TIMEOUT = 5.0
"""Seconds for each step of a request."""

GRACE = 10.0
"""Seconds after the end of a run in which its last events are sent, if it has ended suddenly."""

WAITS = (0.2, 1.0, 5.0)
"""Seconds between attempts at one event; the last repeats."""

BUSY = frozenset({408, 425, 429})

INVALID = "the URL is not valid: it has no host, or blanks or characters that are not ASCII"

Report = dict[str, Any]


class RefusedError(Exception):
    """The receiver does not take this; another attempt is useless."""


class NotSentError(Exception):
    """It was not sent; another attempt may succeed."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET, and seem to have succeeded."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse."""


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Send one request."""
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310  (checked before)
        with opener.open(request, timeout=TIMEOUT):
            pass
    except urllib.error.HTTPError as error:
        with error:
            text = f"HTTP status {error.code}"
        again = error.code in BUSY or error.code >= 500
        raise (NotSentError if again else RefusedError)(text) from None
    except (InvalidURL, ValueError):
        raise RefusedError(INVALID) from None
    except (OSError, HTTPException) as error:
        if isinstance(getattr(error, "reason", None), str):
            raise RefusedError(INVALID) from None
        raise NotSentError(_reason(error)) from None


def _reason(error: Any) -> str:
    """Return what went wrong, without the text of an error, which may quote a URL."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return getattr(cause, "strerror", None) or "the server closed the connection, or is not HTTP"


def append(path: str, line: bytes) -> None:
    """Append one line to a file in one write, so that lines of several runs never mix."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise NotSentError(_reason(error)) from None


class Delivery:
    """Sends the lines of a file, in order, while others append to it."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.deadline: float | None = None
        self.report: Report = {"sent": 0, "lost": 0, "reason": ""}

    def run(self) -> Report:
        """Send all lines until the run has ended."""
        with open(self.job["spool"], "rb") as spool:  # noqa: PTH123  (no imports that take time)
            while True:
                has_ended = self.deadline is not None
                place, line = spool.tell(), spool.readline()
                if line.endswith(b"\n"):
                    self._deliver(line)
                elif has_ended:
                    return self.report
                else:
                    spool.seek(place)
                    self._wait(WAITS[0])

    def _deliver(self, line: bytes) -> None:
        attempt = 0
        while not self._is_late():
            try:
                self._send(line)
            except RefusedError as error:
                self._lose(str(error))
                return
            except NotSentError as error:
                self.report["reason"] = self.report["reason"] or str(error)
                self._wait(WAITS[min(attempt, len(WAITS) - 1)])
                attempt += 1
            else:
                self.report["sent"] += 1
                if not self.report["lost"]:
                    self.report["reason"] = ""
                return
        self._lose("there was no time left")

    def _send(self, line: bytes) -> None:
        if self.job.get("path"):
            append(self.job["path"], line)
        else:
            post(self.job["url"], line.rstrip(), self.job["headers"])

    def _lose(self, reason: str) -> None:
        self.report["lost"] += 1
        self.report["reason"] = self.report["reason"] or reason

    def _is_late(self) -> bool:
        if self.deadline is None:
            self._wait(0)
        return self.deadline is not None and time.monotonic() > self.deadline

    def _wait(self, seconds: float) -> None:
        """Wait, or until the run has ended."""
        if self.deadline is not None:
            time.sleep(min(seconds, WAITS[0]))
        elif select.select([0], [], [], seconds)[0]:
            self.deadline = time.monotonic() + float(_read_line() or GRACE)


def notify(job: dict[str, Any]) -> Report:
    """Send a message by a library that knows many services."""
    try:
        import apprise  # noqa: PLC0415  (an optional requirement)
    except ImportError:
        reason = "apprise is not installed: pip install 'redshift-pipeline[notify]'"
        return {"sent": 0, "lost": 1, "reason": reason}
    services = apprise.Apprise()
    if not services.add(job["service"]):
        return {"sent": 0, "lost": 1, "reason": "apprise does not know this kind of URL"}
    if not services.notify(title=job["title"], body=job["body"]):
        return {"sent": 0, "lost": 1, "reason": "the service did not take it"}
    return {"sent": 1, "lost": 0, "reason": ""}


def send_once(job: dict[str, Any]) -> Report:
    """Send one request, in a few attempts."""
    reason = ""
    for seconds in (0.0, *WAITS[:2]):
        time.sleep(seconds)
        try:
            post(job["url"], job["body"].encode(), job["headers"])
        except RefusedError as error:
            return {"sent": 0, "lost": 1, "reason": str(error)}
        except NotSentError as error:
            reason = str(error)
        else:
            return {"sent": 1, "lost": 0, "reason": ""}
    return {"sent": 0, "lost": 1, "reason": reason}


def main() -> None:
    """Do what the first line of the input says, and report."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the end of the run is the end of the input
    job = json.loads(_read_line())
    if "spool" in job:
        report = Delivery(job).run()
    else:
        report = notify(job) if "service" in job else send_once(job)
    sys.stdout.write(f"{json.dumps(report)}\n")


def _read_line() -> bytes:
    """Read a line and nothing after it: ``select`` sees only what was not read."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line


if __name__ == "__main__":
    main()
