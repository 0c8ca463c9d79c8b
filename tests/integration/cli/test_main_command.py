"""The options of ``pipeline`` itself, and what both commands do with an unexpected error."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipeline import versions
from pipeline.cli.main import SENTENCES, main

SECRET = "Unlikely-words-53"
ENVIRONMENT = {
    **os.environ,
    "DATA_WAREHOUSE_ETL": f"postgresql://dw:{SECRET}@warehouse.example:5439/dev",
    "COLUMNS": "80",
}


def run(folder: Path, *words: str, settings: str = "") -> subprocess.CompletedProcess:
    (folder / "luigi.cfg").write_text(settings, "utf-8" if "\ufeff" in settings else "latin-1")
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


def test_the_lock_of_another_user_does_not_stop_a_command(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "luigi").write_text("as inaccessible as the folder of another user")
    monkeypatch.setitem(ENVIRONMENT, "TMPDIR", str(tmp_path))
    words = ("luigi", "--module", "pipeline", "LoadAll", "--local-scheduler")

    done = run(tmp_path, *words)

    assert done.returncode == 35
    assert "Traceback" not in done.stderr
    assert (tmp_path / f"luigi-{os.getuid()}").is_dir()


@pytest.mark.parametrize("columns", ["50", "80"])
@pytest.mark.parametrize(("group", "number"), [((), 23), (("local",), 7)])
def test_each_command_has_a_whole_sentence_in_the_list(
    tmp_path: Path, group: tuple[str, ...], number: int, columns: str, monkeypatch
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "COLUMNS", columns)
    _, _, listed = run(tmp_path, "pipeline", *group, "--help").stdout.partition("Commands:\n")

    commands = re.split(r"\n(?=  \S)", listed.rstrip())
    assert len(commands) == number
    assert [each for each in commands if not each.endswith(".")] == []
    assert "..." not in listed


def test_every_help_text_ends_its_sentences() -> None:
    assert {name: each.short_help for name, each in main.load().items()} == SENTENCES
    waiting: list[tuple[str, click.Command]] = [("pipeline", main)]
    open_ended = []
    while waiting:
        name, command = waiting.pop()
        texts = [command.help, *(getattr(each, "help", "") for each in command.params)]
        found = [" ".join(text.split()) for text in texts if text]
        open_ended += [f"{name}: {text}" for text in found if not text.endswith((".", ".)"))]
        if isinstance(command, click.Group):
            waiting += [(f"{name} {each}", command.commands[each]) for each in command.commands]
    assert open_ended == []


def test_relations_and_tasks_are_completed(tmp_path: Path) -> None:
    folder = tmp_path / "designs"
    for path in ("www/public-orders.yaml", "www/public-users.yaml", "dw/new.sql"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    (tmp_path / "sources.json").write_text(
        '{"s3": {"bucket_name": "b"}, "sources": [{"name": "www"}]}'
    )

    def completed(line: str, **environment: str) -> list[str]:
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
        done = subprocess.run(
            [sys.executable, "-c", "from pipeline.cli import main; main(prog_name='pipeline')"],
            cwd=tmp_path,
            env={**os.environ, "_PIPELINE_COMPLETE": "bash_complete", **words, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return [each.partition(",")[2] for each in done.stdout.split()]

    configured = {"DATA_WAREHOUSE_CONFIG": "sources.json"}
    assert completed("pipeline show www.or", **configured) == ["www.orders"]
    assert completed("pipeline forget !d", **configured) == ["!dw", "!dw.new"]
    assert completed("pipeline -c sources.json status w") == ["www", "www.orders", "www.users"]
    assert completed("pipeline plan Copy", **configured) == ["CopyAll", "CopyTable"]
    assert completed("pipeline show www.or") == []


BROKEN = [
    ("[warehouse]\nprefix = a%b\n", "section [warehouse]: "),
    ("[warehouse]\nskip_user_creation = maybe\n", "section [warehouse]: "),
    ("[warehouse]\n[warehouse]\n", "section 'warehouse' already exists"),
    ("[warehouse]\nprefix = a\nprefix = b\n", "option 'prefix' in section 'warehouse' already ex"),
    ("prefix = a\n", "File contains no section headers."),
    ("\ufeff[warehouse]\n", "it begins with a byte order mark: save it without one"),
    ("# Gr\xfc\xdfe\n", "is not UTF-8; save it as UTF-8"),
]


@pytest.mark.parametrize(("settings", "problem"), BROKEN)
def test_a_file_of_options_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, settings: str, problem: str
) -> None:
    done = run(tmp_path, "pipeline", "status", settings=settings)
    assert (done.returncode, done.stdout) == (3, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: luigi.cfg: ")
    assert problem in line
