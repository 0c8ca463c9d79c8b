"""The options of ``pipeline`` itself, and what both commands do with an unexpected error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import versions

SECRET = "Unlikely-words-53"
ENVIRONMENT = {
    **os.environ,
    "DATA_WAREHOUSE_ETL": f"postgresql://dw:{SECRET}@warehouse.example:5439/dev",
    "COLUMNS": "80",
}


def run(folder: Path, *words: str, settings: str = "") -> subprocess.CompletedProcess:
    (folder / "luigi.cfg").write_text(settings)
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**ENVIRONMENT, "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_version_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "pipeline", "--version")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"pipeline, version {versions.package()}\n"


@pytest.mark.parametrize(
    "words",
    [
        ("--version", "--verbose"),
        ("--verbose", "--version"),
        ("-vV",),
        ("-Vv",),
        ("-v", "--version", "doctor"),
    ],
)
def test_with_verbose_in_either_order_all_versions_are_printed(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run(tmp_path, "pipeline", *words)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{versions.report()}\n"
    assert SECRET not in done.stdout
    assert "warehouse.example" not in done.stdout


def test_an_unexpected_error_of_pipeline_ends_in_40_with_traceback_and_versions(
    tmp_path: Path,
) -> None:
    failed = run(tmp_path, "pipeline", "doctor", settings="[retcode]\ntask_failed = abc\n")

    assert (failed.returncode, failed.stdout) == (40, "")
    assert failed.stderr.startswith("Traceback")
    assert "ValueError: invalid literal for int() with base 10: 'abc'\n" in failed.stderr
    assert failed.stderr.endswith(f"Unexpected error. {versions.request()}\n")
    assert SECRET not in failed.stderr


def test_an_unexpected_error_of_luigi_ends_in_40_with_traceback_and_versions(
    tmp_path: Path,
) -> None:
    words = ("luigi", "--module", "pipeline", "LoadAll", "--local-scheduler")
    failed = run(tmp_path, *words, settings="[scheduler]\nretry_delay = abc\n")

    assert failed.returncode == 40
    assert versions.request() in failed.stderr
    assert "ValueError: could not convert string to float: 'abc'\n" in failed.stderr
    assert SECRET not in failed.stderr


def test_each_command_has_a_whole_sentence_in_the_list(tmp_path: Path) -> None:
    _, _, listed = run(tmp_path, "pipeline", "--help").stdout.partition("Commands:\n")

    assert len(listed.splitlines()) == 15
    assert [line for line in listed.splitlines() if not line.endswith(".")] == []
    assert "..." not in listed
