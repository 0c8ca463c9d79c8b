"""Check that a server's clock agrees with this machine's."""

import datetime as dt

from pipeline.procedures.operations.doctor.finding import Finding

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
