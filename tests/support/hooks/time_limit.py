"""A test that exceeds its time limit fails, whatever happens to the exception of the limit.

pytest-timeout raises in the main thread, once. Code that cleans up may then raise another error,
and a test that expects just that error passes, minutes late, or is skipped: so the clock decides
as well. Or it waits again, for ever: so the limit raises again.
"""

import math
import signal
import time
from collections.abc import Iterator

import pytest

ENDS = pytest.StashKey[float]()

AGAIN = 60.0
"""Seconds after which the limit raises again if the test goes on."""


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item, settings) -> Iterator[None]:
    item.stash[ENDS] = time.monotonic() + settings.timeout
    was_set = yield
    if was_set and settings.method == "signal":
        signal.setitimer(signal.ITIMER_REAL, settings.timeout, min(AGAIN, settings.timeout))
    return was_set


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    exceeded = time.monotonic() >= item.stash.get(ENDS, math.inf)
    if exceeded:
        signal.setitimer(signal.ITIMER_REAL, 0)
        item.stash[ENDS] = math.inf
    report = yield
    if exceeded and not report.failed:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} exceeded its time limit"
    return report
