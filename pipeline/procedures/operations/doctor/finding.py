"""Results of checks, the exit code that follows from them, and the check of a clock."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import FaultsError, PipelineError

Verdict = Literal["ok", "warning", "fault", "not checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check; ``code`` is the exit code to which a fault leads."""

    what: str
    verdict: Verdict
    found: str
    advice: str = ""
    code: int = 0


def attempt(what: str, check: Callable[[], Finding], advice: str = "") -> Finding:
    """Run a check; an error of the package becomes a fault."""
    try:
        return check()
    except PipelineError as error:
        return Finding(what, "fault", str(error), advice, error.exit_code)


def each_fault(what: str, error: PipelineError) -> Iterator[Finding]:
    """Yield a finding for each line of an error; what lists no faults of files says what to do."""
    advice = "fix the file" if isinstance(error, FaultsError) and error.faults else ""
    for text in str(error).splitlines():
        yield Finding(what, "fault", text, advice, error.exit_code)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 0 without faults, else 3 if a file has to be fixed first, else 4."""
    codes = {finding.code or 4 for finding in findings if finding.verdict == "fault"}
    return 0 if not codes else 3 if 3 in codes else 4


SKEW = dt.timedelta(minutes=1)
"""A larger difference makes ages and the order of events misleading."""

REFUSED_SKEW = dt.timedelta(minutes=15)
"""S3 rejects requests whose time differs by more.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
"""


def clock(what: str, theirs: dt.datetime, before: dt.datetime, after: dt.datetime) -> Finding:
    """Compare a server's time with this machine's ``before`` and ``after`` the request.

    All three are UTC without a time zone.
    """
    behind, ahead = before - theirs - dt.timedelta(seconds=1), theirs - after
    skew = max(behind, ahead, dt.timedelta(0))
    found = "agrees with this machine's" if skew < dt.timedelta(seconds=2) else f"is off by {skew}"
    if skew < SKEW:
        return Finding(what, "ok", found)
    advice = "synchronize the clocks (NTP)"
    return Finding(what, "fault" if skew >= REFUSED_SKEW else "warning", found, advice, 4)


def now() -> dt.datetime:
    """Return the time in UTC without a time zone, as Redshift's GETDATE does."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
