"""A project on several machines that share a run: processes with their own folders and caches."""

import shutil
import subprocess
from dataclasses import replace

from tests.support.projects.warehouse import Outcome, Project
from tests.support.servers.luigid import Luigid

NAME = "nightly"


def machine(project: Project, number: int) -> Project:
    """The project as another machine has it: files, cache and environment of its own."""
    folder = project.folder.parent / f"machine-{number}"
    shutil.copytree(project.folder, folder, ignore=shutil.ignore_patterns("cache"))
    settings = folder / "luigi.cfg"
    often = "[core]\nrpc_retry_wait = 1\nrpc_retry_attempts = 60\n"
    text = settings.read_text(encoding="utf-8").replace("[core]\n", often)
    settings.write_text(text, encoding="utf-8")
    return replace(
        project,
        folder=folder,
        environment={**project.environment, "XDG_CACHE_HOME": str(folder / "cache")},
    )


def start(project: Project, luigid: Luigid, *words: str) -> subprocess.Popen[str]:
    return project.start(*luigid.command("LoadAll", "--warehouse-run", NAME, *words))


def end(process: subprocess.Popen[str]) -> Outcome:
    out, err = process.communicate(timeout=240)
    return Outcome(process.returncode, out, err)
