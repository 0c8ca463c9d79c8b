"""Load the tables of the benchmark ``night.py`` over several machines that share one run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.local.processes.ports import LOOPBACK, free_port
from pipeline.stores.sender import answers

SCHEDULER = """[scheduler]
prune_on_get_work = true
[resources]
warehouse = {0}
upstream_src = {0}
"""

MACHINE = """
[worker]
wait_interval = 0.2
wait_jitter = 0
"""
"""As in the project's own configuration: a machine without work soon asks again."""


@dataclass(frozen=True)
class Night:
    """The project's folder and environment, the date, and the workers of each machine."""

    folder: Path
    environment: dict[str, str]
    date: str
    workers: int


@contextmanager
def luigid(night: Night, machines: int) -> Iterator[str]:
    """Run a scheduler that allows each machine as many loads as it has workers; yield its URL."""
    settings = night.folder / f"luigid-{machines}.cfg"
    settings.write_text(SCHEDULER.format(night.workers * machines))
    port = free_port()
    words = ["-c", "import luigi.cmdline; luigi.cmdline.luigid()", "--port", str(port)]
    words += ["--address", LOOPBACK, "--state-path", str(night.folder / f"luigid-{machines}")]
    environment = {**night.environment, "LUIGI_CONFIG_PATH": str(settings)}
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=night.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        url = f"http://{LOOPBACK}:{port}"
        try:
            while not answers(url):
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def load(night: Night, machines: int) -> tuple[float, str]:
    """Run CopyAll on several machines; return the seconds, and how much each did."""
    settings = night.folder / "machine.cfg"
    settings.write_text((night.folder / "luigi.cfg").read_text() + MACHINE)
    with luigid(night, machines) as url:
        words = ["-m", "luigi", "--module", "pipeline", "CopyAll", "--date", night.date]
        words += ["--workers", str(night.workers), "--scheduler-url", url]
        words += ["--warehouse-run", f"machines-{machines}"]
        started = time.monotonic()
        processes = [
            subprocess.Popen(
                [sys.executable, *words],
                cwd=night.folder,
                env={
                    **night.environment,
                    "LUIGI_CONFIG_PATH": str(settings),
                    "XDG_CACHE_HOME": str(night.folder / f"cache-{number}"),
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for number in range(machines)
        ]
        texts = [process.communicate()[0] for process in processes]
        seconds = time.monotonic() - started
    if any(process.returncode for process in processes):
        sys.exit("\n".join(texts))
    notes = [line for line in texts[0].splitlines() if line.startswith("Note: run ")]
    return seconds, notes[0].rpartition(": ")[2].rstrip(".") if notes else "all tasks"
