"""``pipeline init``: a project folder that works as it is, and what it tells to do next.

What it tells runs in the test of the walk-through, which begins with it.
"""

import re
import shlex
import stat
from pathlib import Path

from pipeline.cli.init import TEMPLATE
from tests.support.paths import ROOT
from tests.support.processes import program_environment, run

WALKTHROUGH = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")


def pipeline(folder: Path, *words: str, code: int = 0) -> str:
    done = run(["pipeline", *words], cwd=folder, env=program_environment())
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_the_folder_is_complete_and_without_faults(tmp_path: Path) -> None:
    shown = pipeline(tmp_path, "init", "my project")
    project = tmp_path / "my project"
    written = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    assert written == set(TEMPLATE)
    assert shown.count(": written\n") == len(written)
    assert stat.S_IMODE((project / "secrets.sh").stat().st_mode) == 0o600
    checked = pipeline(project, "validate", "--offline")
    assert "0 relations checked: no faults.\nThere are no designs yet" in checked
    absent = pipeline(tmp_path, "doctor", code=3)
    (line,) = [each for each in absent.splitlines() if each.startswith(" configuration")]
    assert "pipeline init FOLDER" in line
    assert "fix the file" not in line


def test_the_next_steps_are_those_of_the_walkthrough(tmp_path: Path) -> None:
    shown = pipeline(tmp_path, "init", "warehouse")
    steps = re.findall(r"^    (.*)$", shown, re.MULTILINE)
    assert len(steps) > 6
    for step in steps:
        assert step.removesuffix(" --scale 0.05") in WALKTHROUGH


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    pipeline(tmp_path, "init", ".")
    mine = {"config/sources.json": "mine", "secrets.sh": "export A=1"}
    for name, text in mine.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "crontab").unlink()
    (tmp_path / "crontab").symlink_to(tmp_path / "nowhere")
    (tmp_path / ".gitignore").unlink()

    shown = pipeline(tmp_path, "init", ".")

    assert shown.count(": exists, kept\n") == len(TEMPLATE) - 1
    assert ".gitignore: written\n" in shown
    assert {name: (tmp_path / name).read_text() for name in mine} == mine
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shown = pipeline(tmp_path, "init", "file", code=2)
    assert "file/.gitignore: File exists; name a folder that you may write" in shown


def test_the_cron_line_loads_from_any_directory_and_reports_a_failure(tmp_path: Path) -> None:
    folder = tmp_path / "a%b c"
    pipeline(tmp_path, "init", str(folder))
    (folder / "secrets.sh").write_text("export LUIGI_CONFIG_PATH=config/luigi.cfg\n")
    (folder / "designs" / "broken.yaml").write_text("name: [\n")
    lines = (folder / "crontab").read_text(encoding="utf-8").splitlines()
    path, load, prune = (line for line in lines if not line.startswith("#"))
    assert path.startswith("PATH=/")
    command = load.removeprefix("15 3 * * *  ").replace(r"\%", "%")
    assert shlex.quote(str(folder)) in command

    done = run(["sh", "-c", command], cwd="/", env={"PATH": path.removeprefix("PATH=")})

    assert (folder / "log" / "load.err").exists()
    assert "broken.yaml" in done.stdout
    assert prune.startswith("0  5 * * 0  cd ")
