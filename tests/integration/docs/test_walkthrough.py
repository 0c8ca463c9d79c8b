"""docs/walkthrough.md and the commands of docs/aws.md, exactly as printed.

In one shell, which starts in a folder in which there is nothing.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.database import query
from tests.support.pages import blocks, read_page
from tests.support.processes import program_environment, run, stack_down_afterwards

PAGE = read_page("docs/walkthrough.md")


@dataclass(frozen=True)
class Shell:
    """A shell whose folder and variables last from one script to the next."""

    folder: Path
    """Holds the state; the shell starts in ``folder/empty``."""

    def run(self, script: str) -> str:
        exports, place = self.folder / "exports", self.folder / "place"
        before = f'. {exports}; cd "$(cat {place})"' if place.exists() else "cd empty"
        text = f"{before}\nset -e\n{script}\nexport -p >{exports}\npwd >{place}"
        done = run(["sh", "-c", text], cwd=self.folder, env=program_environment())
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    (tmp_path / "empty").mkdir()
    with stack_down_afterwards(tmp_path / "empty" / "warehouse" / ".local"):
        yield Shell(tmp_path)


@pytest.mark.timeout(1800)
def test_the_walkthrough_works_from_its_first_command_to_its_last(shell: Shell) -> None:
    *steps, last = blocks(PAGE, "shell")
    shown = [shell.run(step) for step in steps]

    project = shell.folder / "empty" / "warehouse"
    configuration = json.loads((project / "config" / "sources.json").read_text())
    assert [json.loads(text) for text in blocks(PAGE, "json")] == [configuration]
    assert any("5 rows of dw.orders_by_status." in text for text in shown)
    variables = dict(re.findall(r"^export (\w+)='(.*)'$", shell.run("export -p"), re.MULTILINE))
    (question,) = blocks(PAGE, "sql")
    tom = re.sub(
        r"//dw:[^@]+@", f"//tom:{variables['TOMS_PASSWORD']}@", variables["DATA_WAREHOUSE_ETL"]
    )
    upstream = query(variables["DATABASE_PRODUCTION"], "SELECT COUNT(*) FROM public.orders")
    assert [(sum(row[1] for row in query(tom, question)),)] == upstream
    shell.run(last)
    assert shell.run("pipeline local status || true").count("stopped") == 3


@pytest.mark.timeout(1800)
def test_the_commands_of_the_first_night_on_aws_work_in_their_order(shell: Shell) -> None:
    folder, night = blocks(read_page("docs/aws.md"), "shell")
    shell.run(folder)
    shell.run("pipeline local up --scale 0.01")
    shown = shell.run(night)
    assert "partial (--limit 100)" in shown
    assert "21 relations: 21 ok." in shown
