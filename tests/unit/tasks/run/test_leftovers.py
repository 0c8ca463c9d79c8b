"""Temporary files of killed runs are removed when they are old."""

import os
import tempfile
from pathlib import Path

import pytest

from pipeline.tasks.run.leftovers import AGE, remove_leftovers


@pytest.mark.parametrize(
    ("name", "age", "stays"),
    [
        ("pipeline-run-a1b2.jsonl", AGE + 60, False),
        ("pipeline-result-a1b2", AGE + 60, False),
        ("pipeline-events-a1b2.jsonl", AGE + 60, False),
        ("pipeline-run-a1b2.jsonl", AGE - 3600, True),
        ("pipeline-notes.txt", AGE + 60, True),
    ],
)
def test_old_files_of_runs_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, age: int, *, stays: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    file = tmp_path / name
    file.touch()
    written = file.stat().st_mtime - age
    os.utime(file, (written, written))
    remove_leftovers()
    assert file.exists() == stays


def test_a_folder_that_cannot_be_read_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    remove_leftovers()
