"""The commands of README.md and docs/local-stack.md, run in a copy of the project."""

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.processes import program_environment, run, stack_down_afterwards

README = (ROOT / "README.md").read_text(encoding="utf-8")
STACK_PAGE = (ROOT / "docs" / "local-stack.md").read_text(encoding="utf-8")
COPIED = ("Makefile", "setup.py", "constraints.txt", "config", "designs", "pipeline")
SCALE = "0.002"
ROW = re.compile(
    r"^ +([A-Za-z]\S+) .* ((?:done|refreshed|loaded)(?:, \d checks? passed)?)\s*$", re.MULTILINE
)
ENDING = re.compile(
    r"^ *Run of \S+: (.+?)(?: in [\d.]+ s)?(?: \((\d+) relations\))?\.$", re.MULTILINE
)
FIRST, SECOND = ENDING.findall(README)
"""The last lines of runs, without date and time."""


@dataclass(frozen=True)
class Checkout:
    """A copy of the project, with the virtual environment that runs the tests."""

    folder: Path

    def run(self, script: str, answer: str = "") -> str:
        """Run what a user would type; return what it prints on stdout."""
        words = ["sh", "-ec", script]
        done = run(words, answer=answer, cwd=self.folder, env=program_environment())
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def make(self, target: str) -> str:
        """Run a target of the Makefile, or its recipe, in the existing virtual environment."""
        if not shutil.which("make"):
            return self.run(f"python -m pipeline.local {target.replace('SCALE=', '--scale ')}")
        venv = Path(sys.executable).parents[1]
        return self.run(f"make -o {venv}/.local-installed {target} VENV={venv}")


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    with stack_down_afterwards(folder / ".local"):
        yield Checkout(folder)


def indented(page: str, first_word: str) -> list[str]:
    """The lines of a page's indented blocks that begin with the word, without comments."""
    found = re.findall(rf"^    {re.escape(first_word)}.*$", page, re.MULTILINE)
    return [re.sub(r"\s+# .*$", "", line.strip()) for line in found]


@pytest.mark.timeout(1800)
def test_the_demo_and_the_local_stack_work_as_documented(checkout: Checkout) -> None:
    up, status, run, down, destroy = indented(STACK_PAGE, "python -m pipeline.local ")
    (environment,) = indented(STACK_PAGE, "eval ")
    exports = "; ".join(line for line in indented(README, "export ") if "=config/" in line)
    checkout.run(f"{up} --scale {SCALE}")
    assert checkout.run(status).count("running") == 3

    first, second = checkout.make(f"demo SCALE={SCALE}"), checkout.make("demo")
    check_table(first)
    assert (ENDING.findall(first), ENDING.findall(second)) == ([FIRST], [SECOND])
    follow(checkout, second)
    for command in indented(README, "luigi --module pipeline "):
        if "--local-scheduler" in command:
            assert ENDING.findall(checkout.run(f"{environment}; {exports}; {command}"))

    assert ENDING.findall(checkout.run(f"{exports}; {run}")) == [SECOND]
    checkout.run(down)
    assert "running" not in checkout.run(f"{status} || true")
    checkout.run(destroy, answer="y\n")
    assert not (checkout.folder / ".local").exists()


def check_table(shown: str) -> None:
    """Check that the README shows rows of the printed table."""
    documented, rows = ROW.findall(README), ROW.findall(shown)
    assert len(documented) == 6
    assert set(documented) <= set(rows)
    assert len(rows) > 30


def follow(checkout: Checkout, shown: str) -> None:
    """Run the printed next steps, except for luigid, which does not end."""
    commands = shown[shown.index("The warehouse, in psql:") :].splitlines()
    psql, environment, again, single, docs, luigid, down = [
        line.strip() for line in commands if line.startswith("    ") and " # " not in line
    ]
    assert int(checkout.run(f"{psql} -Atc 'SELECT COUNT(*) FROM www.orders'")) > 100
    assert "there was nothing to do" in checkout.run(f"{environment}\n{single}")
    assert "open site/index.html in a browser" in checkout.run(f"{environment}\n{docs}")
    load_all = indented(README, "luigi --module pipeline LoadAll --local-scheduler")[0]
    assert again.endswith(f"/{load_all}")
    assert luigid.endswith(f"/{indented(README, 'luigid ')[0]}")
    assert down.endswith("-m pipeline.local down")
