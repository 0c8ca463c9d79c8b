"""A test that exceeds its time limit fails, even if it expects just the error that follows."""

import sys

from tests.support.paths import ROOT
from tests.support.processes import command_environment, run

HOOKS = (
    "from tests.support.hooks.time_limit import pytest_runtest_makereport, "
    "pytest_timeout_set_timer\n"
)
SWALLOWED = """
import signal
import pytest

def cleaning_up():
    try:
        signal.pause()
    finally:
        raise ConnectionError("the connection is closed")

@pytest.mark.timeout(0.2)
def test_that_expects_an_error():
    with pytest.raises(ConnectionError):
        cleaning_up()

@pytest.mark.timeout(0.2)
def test_that_is_skipped_then():
    try:
        signal.pause()
    finally:
        pytest.skip("the server is gone")

@pytest.mark.timeout(60)
def test_within_its_limit():
    pass
"""


WAITING_AGAIN = """
import signal
import pytest

@pytest.mark.timeout(1)
def test_that_waits_again():
    try:
        signal.pause()
    except BaseException:
        signal.pause()
"""


def outcome(folder, tests=SWALLOWED):
    """Run these tests; return what the last line counts, and everything shown."""
    (folder / "test_limits.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = run(command, cwd=folder, env=command_environment(PYTHONPATH=str(ROOT)))
    return done.stdout.splitlines()[-1].partition(" in ")[0].strip("= "), done.stdout


def test_a_time_limit_fails_a_test_that_expects_the_error_it_leads_to(tmp_path):
    (tmp_path / "conftest.py").write_text(HOOKS, encoding="utf-8")
    counted, shown = outcome(tmp_path)
    assert counted == "2 failed, 1 passed"
    assert "test_limits.py::test_that_expects_an_error exceeded its time limit" in shown


def test_without_the_hooks_such_a_test_passes(tmp_path):
    assert outcome(tmp_path)[0] == "2 passed, 1 skipped"


def test_a_time_limit_ends_a_test_that_waits_again(tmp_path):
    (tmp_path / "conftest.py").write_text(HOOKS, encoding="utf-8")
    assert outcome(tmp_path, WAITING_AGAIN)[0] == "1 failed"
