"""A real luigid for one test, and the responses that its web page gets."""

import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from pipeline.local.processes.ports import LOOPBACK, free_port
from tests.support.paths import ROOT
from tests.support.processes import command_environment, start
from tests.support.projects.warehouse import DATE

LUIGIS = ("-c", "import luigi.cmdline; luigi.cmdline.luigid()")
OURS = ("-m", "pipeline", "luigid")
"""The programs that are a luigid."""

SETTINGS = (ROOT / "config" / "luigi.cfg").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Luigid:
    """A running scheduler."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    program: tuple[str, ...]

    @classmethod
    def start(
        cls,
        folder: Path,
        settings: str,
        port: int | None = None,
        program: tuple[str, ...] = LUIGIS,
    ) -> "Luigid":
        """Start it with these settings; its state and its log are in the folder."""
        folder.mkdir(exist_ok=True)
        (folder / "luigi.cfg").write_text(settings, encoding="utf-8")
        port = port or free_port()
        command = [sys.executable, *program, "--address", LOOPBACK, "--port", str(port)]
        command += ["--logdir", str(folder), "--state-path", str(folder / "state.pickle")]
        environment = command_environment(LUIGI_CONFIG_PATH=str(folder / "luigi.cfg"))
        with (folder / "output").open("wb") as output:
            process = start(command, cwd=folder, env=environment, stdout=output, stderr=output)
        luigid = cls(process, port, folder, program)
        for attempt in Retrying(
            retry=retry_if_exception_type(OSError), stop=stop_after_delay(60), wait=wait_fixed(0.1)
        ):
            with attempt:
                luigid.ask("task_list")
        return luigid

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)

    @contextmanager
    def again(self) -> Iterator["Luigid"]:
        """Run it once more after ``stop``, with the same settings and port."""
        settings = (self.folder / "luigi.cfg").read_text(encoding="utf-8")
        luigid = Luigid.start(self.folder, settings, self.port, self.program)
        try:
            yield luigid
        finally:
            luigid.stop()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def command(self, *words: str) -> list[str]:
        """Return the real luigi command, scheduled by this luigid, for the date of the tests."""
        arguments = [*words, "--date", DATE, "--scheduler-url", self.url]
        return [sys.executable, "-m", "luigi", "--module", "pipeline", *arguments]

    def text(self, method: str, **arguments: object) -> str:
        """Return a response as text."""
        query = urllib.parse.urlencode({"data": json.dumps(arguments)})
        with urllib.request.urlopen(f"{self.url}/api/{method}?{query}", timeout=30) as answer:
            return answer.read().decode()

    def ask(self, method: str, **arguments: object) -> Any:
        """Return a response's content."""
        return json.loads(self.text(method, **arguments))["response"]

    def tasks(self) -> list[dict]:
        """All tasks in the scheduler, with their ids."""
        return [
            {"id": name, **task}
            for name, task in self.ask("task_list", status="", upstream_status="").items()
        ]

    def task(self, family: str, relation: str) -> dict:
        """The only task of a kind for a relation."""
        [found] = [
            task
            for task in self.tasks()
            if task["name"] == family and task["params"].get("table") == relation
        ]
        return found

    def everything(self) -> str:
        """All responses that the page can get, the state and the log."""
        texts = [
            self.text(method) for method in ("task_list", "worker_list", "resource_list", "graph")
        ]
        for task in self.tasks():
            texts += [
                self.text(method, task_id=task["id"]) for method in ("dep_graph", "fetch_error")
            ]
        files = sorted(self.folder.rglob("*"))
        texts += [file.read_text(errors="replace") for file in files if file.is_file()]
        return "\n".join(texts)


@contextmanager
def running(folder: Path, program: tuple[str, ...] = LUIGIS, **changes: int) -> Iterator[Luigid]:
    """Run a luigid with the settings of the project, changed by name: ``warehouse=1``."""
    settings = SETTINGS
    for name, value in changes.items():
        settings, found = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", settings)
        assert found == 1
    luigid = Luigid.start(folder, settings, program=program)
    try:
        yield luigid
    finally:
        luigid.stop()
