"""Load tiny tables from many sources in one run, scheduled by luigid, by the real commands.

Starts the local stack and luigid in a temporary directory. Each source is a schema of the upstream
database with tables of ten rows. Prints what the plan, the run, the scheduler's pages, the summary
and a second run take.

    python benchmarks/sources.py [--sources N] [--tables N] [--workers N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import commands
import psutil
import psycopg2

from pipeline.local.processes.ports import LOOPBACK, free_port
from pipeline.local.stack import BUCKET, IAM_ROLE, Stack

DATE = "2026-11-21"

DESIGN = {
    "columns": [
        {"name": "id", "sql_type": "integer", "not_null": True},
        {"name": "name", "sql_type": "varchar(40)"},
        {"name": "paid", "sql_type": "timestamp"},
    ],
    "constraints": {"primary_key": ["id"]},
    "attributes": {"distribution": ["id"], "compound_sort": ["id"]},
}

SETTINGS = """
[core]
log_level = WARNING
[worker]
wait_interval = 0.2
wait_jitter = 0
[resources]
warehouse = 3
[warehouse]
prefix = benchmark
designs = designs
"""
"""Of Luigi, as ``pipeline init`` writes them."""

CREATE = """
CREATE TABLE {name} AS SELECT n AS id, 'name ' || n AS name, timestamp '2026-01-01' AS paid
FROM generate_series(1, 10) AS n;
ALTER TABLE {name} ADD PRIMARY KEY (id)"""

PAGES = {
    "tasks done": ("task_list", {"status": "DONE", "upstream_status": ""}),
    "tasks pending": ("task_list", {"status": "PENDING", "upstream_status": ""}),
    "workers": ("worker_list", {}),
    "resources": ("resource_list", {}),
}
"""What the scheduler's page asks for."""


@dataclass(frozen=True)
class Command:
    """Seconds, seconds of CPU with those of forked tasks, peak memory in bytes, and output."""

    seconds: float
    cpu: float
    peak: int
    out: str

    def __str__(self) -> str:
        lines = self.out.count("\n")
        used = f"{self.cpu:.1f} s of CPU, {self.peak / 1e6:.0f} MB"
        return f"{self.seconds:8.1f} s, {used}, {lines:,} lines printed"


@dataclass(frozen=True)
class Project:
    """A folder with designs and configuration, the stack's environment, and luigid's port."""

    folder: Path
    environment: dict[str, str]
    port: int

    def run(self, *words: str) -> Command:
        """Run a command, which must succeed."""
        started = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            out = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(words)}\n{out[-3000:]}")
        cpu = usage.ru_utime + usage.ru_stime
        return Command(time.monotonic() - started, cpu, usage.ru_maxrss * 1024, out)

    def load_all(self, workers: int) -> Command:
        where = ("--scheduler-host", LOOPBACK, "--scheduler-port", str(self.port))
        words = ("--module", "pipeline", "LoadAll", "--date", DATE, "--workers", str(workers))
        return self.run("luigi", *words, *where)

    def page(self, method: str, arguments: dict[str, str]) -> int:
        """Return the size of luigid's response in bytes."""
        query = urllib.parse.urlencode({"data": json.dumps(arguments)})
        with urllib.request.urlopen(
            f"http://{LOOPBACK}:{self.port}/api/{method}?{query}"
        ) as answer:
            return len(answer.read())


def main() -> int:
    options = _options()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" load before the start {os.getloadavg()[0]:.2f}"
    )
    with tempfile.TemporaryDirectory(prefix="sources-benchmark-") as directory:
        Path(directory).chmod(0o755)
        stack = Stack(Path(directory) / "stack", throw_away=True, samples=False)
        try:
            stack.up()
            with luigid(Path(directory)) as (process, port):
                project = make_project(stack, Path(directory) / "project", options, port)
                measure(project, options, process)
        finally:
            stack.down()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--tables", type=int, default=50, help="tables of each source")
    parser.add_argument("--workers", type=int, default=4, help="tasks at a time")
    return parser.parse_args()


@contextmanager
def luigid(folder: Path) -> Iterator[tuple[psutil.Process, int]]:
    """Run luigid for the block; yield its process and port once it responds."""
    port = free_port()
    command = [sys.executable, "-m", "pipeline", "luigid"]
    command += ["--address", LOOPBACK, "--port", str(port), "--logdir", str(folder)]
    (folder / "luigid.cfg").write_text(SETTINGS, encoding="utf-8")
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "LUIGI_CONFIG_PATH": str(folder / "luigid.cfg")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            found = psutil.Process(process.pid)
            while not any(each.laddr.port == port for each in found.net_connections()):
                time.sleep(0.05)
            yield found, port
        finally:
            process.terminate()


def make_project(stack: Stack, folder: Path, options: argparse.Namespace, port: int) -> Project:
    """Create the tables upstream, the designs and the configuration."""
    dsn = stack.postgres(stack.state()).dsn("postgres")
    sources = [f"s{number:03}" for number in range(options.sources)]
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        for source in sources:
            cursor.execute(f"CREATE SCHEMA {source}")
            for number in range(options.tables):
                cursor.execute(CREATE.format(name=f"{source}.t{number:02}"))
            connection.commit()
    connection.close()
    for source in sources:
        designs = folder / "designs" / source
        designs.mkdir(parents=True)
        for number in range(options.tables):
            table = f"t{number:02}"
            name = {"name": f"{source}.{table}", "source_name": f"{source}.{source}.{table}"}
            (designs / f"{source}-{table}.json").write_text(json.dumps(name | DESIGN))
    configuration = {
        "s3": {"bucket_name": BUCKET},
        "data_warehouse": {"iam_role": IAM_ROLE},
        "sources": [
            {"name": source, "read_access": "UPSTREAM", "include_tables": [f"{source}.*"]}
            for source in sources
        ],
    }
    (folder / "sources.json").write_text(json.dumps(configuration), encoding="utf-8")
    (folder / "luigi.cfg").write_text(SETTINGS, encoding="utf-8")
    environment = {
        **commands.environment(stack),
        "UPSTREAM": dsn,
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    return Project(folder, environment, port)


def measure(project: Project, options: argparse.Namespace, scheduler: psutil.Process) -> None:
    """Print the figures."""
    relations = options.sources * options.tables
    print(f"{options.sources} sources, {relations:,} tables, {options.workers} workers")
    show("pipeline plan", project.run("pipeline", "plan", "--date", DATE))
    show("LoadAll", project.load_all(options.workers))
    spent = scheduler.cpu_times()
    print(
        f"    luigid: {spent.user + spent.system:.1f} s of CPU,"
        f" {scheduler.memory_info().rss / 1e6:.0f} MB"
    )
    for name, (method, arguments) in PAGES.items():
        size, seconds = _timed(lambda: project.page(method, arguments))  # noqa: B023
        print(f"    {name:18} {seconds:8.2f} s, {size / 1e6:.2f} MB from luigid")
    show("pipeline status", project.run("pipeline", "status"))
    show("LoadAll again", project.load_all(options.workers))


def show(name: str, command: Command) -> None:
    print(f"  {name:18} {command}", flush=True)


def _timed(way: Callable[[], int]) -> tuple[int, float]:
    started = time.monotonic()
    return way(), time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
