"""Output and files that cannot be written: one line, and no traceback; a reader may leave."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import versions
from tests.support.processes import run_without_reader

ENVIRONMENT = {
    **os.environ,
    "AWS_ENDPOINT_URL_S3": "Sekr3t",
    "DATA_WAREHOUSE_CONFIG": "sources.json",
}
SOURCES = '{"s3": {"bucket_name": "b"}, "sources": [{"name": "www"}]}'

COMMANDS = ["--help", "--version", "status --help", "password", "validate --offline"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration without designs."""
    (tmp_path / "designs").mkdir()
    (tmp_path / "sources.json").write_text(SOURCES)
    return tmp_path


def run(folder: Path, words: str, redirection: str = "") -> tuple[int, str]:
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", *words.split()],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("redirection", "reason"),
    [(">/dev/full", "[Errno 28] No space left on device"), (">&-", "stdout is closed")],
)
def test_output_that_cannot_be_written_is_an_error_in_a_line(
    folder: Path, command: str, redirection: str, reason: str
) -> None:
    assert run(folder, f"pipeline {command}", redirection) == (4, f"Error: {reason}\n")


@pytest.mark.parametrize("redirection", [">/dev/full 2>&1", "2>/dev/full", "2>&-"])
def test_the_exit_code_survives_messages_that_cannot_be_written(
    folder: Path, redirection: str
) -> None:
    assert run(folder, "pipeline validate --offline nothing", redirection) == (2, "")
    assert run(folder, "pipeline nothing", redirection)[0] in {2, 4}
    assert run(folder, "pipeline password", f">/dev/full {redirection}") == (4, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_leaves_ends_the_command_without_a_word(folder: Path, command: str) -> None:
    words = [sys.executable, "-m", "pipeline", *command.split()]
    assert run_without_reader(words, cwd=folder, env=ENVIRONMENT) == (141, "")


def test_a_folder_that_cannot_be_written_is_named_in_a_line(folder: Path) -> None:
    code, err = run(folder, "pipeline local up --home sources.json/stack")
    assert (code, err.count("\n")) == (4, 1)
    assert err.startswith("Error: [Errno 20] Not a directory: ")


def test_debugging_shows_where_a_file_could_not_be_written(folder: Path) -> None:
    _, err = run(folder, "pipeline -vv local up --home sources.json/stack")
    assert "Traceback" in err
    assert versions.request() not in err


def test_an_endpoint_that_is_not_a_url_is_named_by_its_variable(folder: Path) -> None:
    code, err = run(folder, "pipeline --designs s3://b/designs validate --offline")
    assert code == 4
    assert "is not a URL (it is not shown): check AWS_ENDPOINT_URL_S3\n" in err
    assert "Traceback" not in err
    assert "Sekr3t" not in err
