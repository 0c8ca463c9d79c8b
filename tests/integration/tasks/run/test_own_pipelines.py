"""Tasks of other packages above those of this one: failures, and commands that continue."""

import re
import sys

import pytest

from tests.support.processes import program_environment, run
from tests.support.projects.warehouse import DATE, DESIGNS, NARROW, Project

MINE = """
import datetime
import luigi
import pipeline

class Above(luigi.WrapperTask):
    date = luigi.DateParameter(default=datetime.date(2026, 11, 21))

    def requires(self):
        return pipeline.CopyTable(table="{src}.customers", date=self.date)

class Dateless(luigi.WrapperTask):
    def requires(self):
        return Above()

class Overtaking(luigi.Task):
    def requires(self):
        return Above()

    def output(self):
        return luigi.LocalTarget("overtaken")

    def run(self):
        yield pipeline.CopyTable(table="{src}.customers", date=datetime.date(2026, 11, 22))
        self.output().makedirs()
        open("overtaken", "w").close()

class Broken(luigi.Task):
    def complete(self):
        raise ValueError("no answer")

class Failing(luigi.Task):
    def complete(self):
        return False

    def run(self):
        raise ValueError("no result")

class Wrong(luigi.Task):
    def requires(self):
        return pipeline.CopyTable(table="customers")

class Everything(luigi.WrapperTask):
    def requires(self):
        return [Above(), Broken(), Failing(), Wrong()]

if __name__ == "__main__":
    luigi.build([Everything()], local_scheduler=True)
"""

COMMAND = re.compile(r"Continue with:\n    (.*)\n")


@pytest.fixture
def mine(project: Project) -> Project:
    """A project with a module of its own, whose tasks require those of the pipeline."""
    (project.folder / "mine.py").write_text(MINE.format(src=project.src), encoding="utf-8")
    project.environment["PYTHONPATH"] = "."
    return project


def check_continues(project: Project, *words: str) -> None:
    """Fail, repair, and run the command that the summary gives."""
    project.write("{src}/public-customers.yaml", NARROW)
    failed = project.run(*words, code=30)
    [command] = COMMAND.findall(failed.out)
    project.write("{src}/public-customers.yaml", DESIGNS["{src}/public-customers.yaml"])
    environment = {**project.environment, **program_environment()}
    continued = run(command, cwd=project.folder, env=environment)
    assert continued.returncode == 0, (command, continued.stdout, continued.stderr)
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]


def test_a_task_without_a_date_continues(mine: Project) -> None:
    words = (sys.executable, "-m", "luigi", "--module", "mine", "Dateless", "--local-scheduler")
    check_continues(mine, *words)


def test_a_range_of_dates_continues(mine: Project) -> None:
    words = (sys.executable, "-m", "luigi", "--module", "pipeline", "RangeDaily")
    words += ("--of", "LoadAll", "--of-params", '{{"tables": "{src}.customers"}}')
    words += ("--start", DATE, "--stop", "2026-11-23", "--local-scheduler")
    check_continues(mine, *words)


def test_a_later_date_of_the_same_run_completes_the_earlier_one(mine: Project) -> None:
    words = ("Overtaking", "--workers", "2", "--local-scheduler")
    done = mine.run(sys.executable, "-m", "luigi", "--module", "mine", *words)
    assert "FAILED" not in done.out
    assert mine.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]


def test_a_program_ends_and_lists_the_failures_of_its_own_tasks(mine: Project) -> None:
    ended = mine.run(sys.executable, "mine.py")
    assert "FAILED Failing\n    ValueError: no result\n" in ended.out
    assert "FAILED Broken\n    complete() failed; see the log\n" in ended.out
    assert "ValueError: no answer" in ended.err
    assert "FAILED Wrong\n    'customers' is not the name of a table" in ended.out
    assert mine.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]


def test_a_misspelled_task_of_a_range_gets_one_line(mine: Project) -> None:
    words = ("RangeDaily", "--of", "LoadAl", "--start", DATE, "--local-scheduler")
    ended = mine.run(sys.executable, "-m", "luigi", "--module", "pipeline", *words, code=40)
    assert ended.text == "ERROR: there is no task 'LoadAl'; did you mean 'LoadAll'?\n"
