"""The name of a test that fails is printed before the others have ended."""

import sys

from tests.support.paths import ROOT
from tests.support.processes import command_environment, run

TESTS = """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError

def test_one():
    assert False

def test_two(broken):
    pass

def test_three():
    pass
"""


def test_names_of_failures_are_printed_as_they_come(tmp_path):
    hook = "from tests.support.hooks.failures import pytest_sessionstart\n"
    (tmp_path / "conftest.py").write_text(hook)
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-n", "1", "-p", "no:cacheprovider"]
    environment = command_environment(PYTHONPATH=str(ROOT))
    out = run(command, cwd=tmp_path, env=environment).stdout
    before, _, _ = out.partition("= ERRORS =")
    for name in ("one", "two"):
        assert f"\nFAILED test_it.py::test_{name}\n" in before
    assert "test_three" not in before
