"""``kill -9`` at any instant, then the same command: complete, nothing twice, nothing lost."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.support.projects.warehouse import DATE, Project, check_loaded

POINTS = [
    ("BootstrapWarehouse", "before-create", 1),
    ("BootstrapWarehouse", "after-create", 4),
    ("BootstrapWarehouse", "before-commit-of-create", 1),
    ("BootstrapWarehouse", "after-commit-of-create", 1),
    ("BootstrapWarehouse", "before-commit-of-insert", 1),
    ("BootstrapWarehouse", "after-commit-of-insert", 1),
    ("BootstrapWarehouse", "before-lock", 1),
    ("UploadDesign", "before-write", 1),
    ("UploadDesign", "after-write", 1),
    ("DumpTable", "before-dump", 1),
    ("DumpTable", "during-dump", 1),
    ("DumpTable", "after-dump", 1),
    ("DumpTable", "before-write", 1),
    ("DumpTable", "after-write", 1),
    ("CreateTable", "before-create", 1),
    ("CreateTable", "before-commit-of-create", 1),
    ("CreateTable", "after-commit-of-create", 1),
    ("CopyTable", "before-copy", 1),
    ("CopyTable", "after-copy", 1),
    ("CopyTable", "before-commit-of-copy", 1),
    ("CopyTable", "after-commit-of-copy", 1),
    ("CopyTable", "before-lock", 1),
    ("CopyTable", "after-lock", 1),
    ("CopyTable", "before-commit-of-alter", 1),
    ("CopyTable", "after-commit-of-alter", 1),
    ("CopyTable", "before-analyze", 1),
    ("RefreshCtas", "before-insert", 1),
    ("RefreshCtas", "after-insert", 1),
    ("RefreshCtas", "before-commit-of-create", 1),
    ("RefreshCtas", "after-commit-of-create", 1),
    ("RefreshCtas", "before-commit-of-alter", 1),
    ("RefreshCtas", "after-commit-of-alter", 1),
]
"""A process dies between messages: the swap, the marker and COMMIT are one."""


@pytest.mark.parametrize(("task", "point", "number"), POINTS)
def test_a_killed_task_is_completed_by_the_next_run(
    project: Project, task: str, point: str, number: int
) -> None:
    prepare(project, task)
    words = (point, str(number), *arguments(project, task), "--local-scheduler")
    project.program("kill_at", *words, code=-signal.SIGKILL)

    project.luigi("LoadAll")
    check_loaded(project)

    third = project.luigi("LoadAll")
    assert "there was nothing to do" in third.out


def arguments(project: Project, task: str) -> list[str]:
    if task == "BootstrapWarehouse":
        return [task, "--workers", "1"]
    table = "{dw}.totals" if task == "RefreshCtas" else "{src}.orders"
    return [task, "--table", table, "--date", DATE, "--workers", "1"]


BEFORE = {
    "CreateTable": [("BootstrapWarehouse",), ("UploadDesign", "--table", "{src}.orders")],
    "CopyTable": [
        ("DumpTable", "--table", "{src}.orders"),
        ("CreateTable", "--table", "{src}.orders"),
    ],
    "RefreshCtas": [
        ("CopyTable", "--table", "{src}.orders"),
        ("CreateTable", "--table", "{dw}.totals"),
    ],
}


def prepare(project: Project, task: str) -> None:
    """Do all that the task requires, so that the kill hits the task itself."""
    for command in BEFORE.get(task, []):
        project.luigi(*command)


def test_a_run_removes_the_temporary_files_of_those_that_were_killed_long_ago(
    project: Project, tmp_path: Path
) -> None:
    old, new = tmp_path / "pipeline-run-old.jsonl", tmp_path / "pipeline-run-new.jsonl"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    luigi = (sys.executable, "-m", "luigi", "--module", "pipeline", "BootstrapWarehouse")
    project.run("env", f"TMPDIR={tmp_path}", *luigi, "--local-scheduler")
    assert [file.name for file in tmp_path.glob("pipeline-*")] == [new.name]


@pytest.mark.parametrize("words", [("LoadAll",), ("LoadAll", "--dry-run")])
def test_what_is_not_killed_leaves_no_temporary_file(
    project: Project, tmp_path: Path, words: tuple[str, ...]
) -> None:
    luigi = (sys.executable, "-m", "luigi", "--module", "pipeline", *words, "--date", DATE)
    project.run("env", f"TMPDIR={tmp_path}", *luigi, "--local-scheduler")
    assert list(tmp_path.glob("pipeline-*")) == []
