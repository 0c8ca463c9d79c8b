"""A test that exceeds its time limit fails, whatever happens to the exception of the limit.

pytest-timeout raises in the main thread. Code that cleans up may then raise another error,
and a test that expects just that error passes, minutes late. So the clock decides as well.
"""

import math
import time
from collections.abc import Iterator

import pytest

ENDS = pytest.StashKey[float]()


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item, settings) -> Iterator[None]:
    item.stash[ENDS] = time.monotonic() + settings.timeout
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if time.monotonic() >= item.stash.get(ENDS, math.inf):
        item.stash[ENDS] = math.inf
        if report.passed:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} exceeded its time limit"
    return report
