"""Load many small tables through a slow network, beside luigi.contrib.redshift and the bound.

Starts the local stack in a temporary directory, makes small upstream tables and derived ones, and
loads all once, which creates the tables. Then, for each latency, dumps the tables without it and
measures with it: CopyAll, RefreshAll, S3CopyToTable of luigi.contrib.redshift on the same dumps,
and a COPY with its commit for each table over as many connections. The emulator delays each round
trip and each commit, queues the commits, and counts statements and round trips.

    python benchmarks/night.py [--tables N] [--derived N] [--latency MS ...] [--commit MS]
    python benchmarks/night.py --latency 50 --machines 1 2 3
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
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import commands
import machines
import psycopg2

from pipeline.local.stack import BUCKET, IAM_ROLE, Stack

TARGET = 1.5
"""Target ratio to the bound: COPY and one commit for each table, over the same connections."""
CONNECTIONS = 3
"""Tasks that use the warehouse at once, ``[resources]`` in luigi.cfg, and Luigi's workers."""
FIRST = 21
"""The day of the first night, 2026-11-21."""
ROWS = 100

TABLE = """name: src.{name}
source_name: src.public.{name}
columns:
  - {{name: id, sql_type: bigint, not_null: true}}
  - {{name: label, sql_type: varchar(40)}}
  - {{name: amount, sql_type: "numeric(12,2)"}}
constraints:
  - primary_key: [id]
attributes:
  distribution: [id]
  compound_sort: [id]
"""
DERIVED = """name: dw.{name}
source_name: CTAS
columns:
  - {{name: label, sql_type: varchar(40)}}
  - {{name: n, sql_type: bigint}}
attributes:
  distribution: even
"""
QUERY = (
    "SELECT a.label, COUNT(*) AS n FROM src.{} a JOIN src.{} b ON b.id = a.id GROUP BY a.label\n"
)

SETTINGS = f"""[core]
no_lock = true
log_level = WARNING
workers = {CONNECTIONS}
[resources]
warehouse = {CONNECTIONS}
upstream_src = {CONNECTIONS}
[redshift]
marker-table = contrib.table_updates
[retcode]
already_running = 10
missing_data = 20
not_run = 25
task_failed = 30
scheduling_error = 35
unhandled_exception = 40
"""

CONTRIB = """import json, os
import luigi
from luigi.contrib.redshift import S3CopyToTable
from psycopg2.extensions import parse_dsn

WAREHOUSE = parse_dsn(os.environ["DATA_WAREHOUSE_ETL"])

class Load(S3CopyToTable):
    date = luigi.Parameter()
    name = luigi.Parameter()
    host = f"{WAREHOUSE['host']}:{WAREHOUSE['port']}"
    database, user, password = WAREHOUSE["dbname"], WAREHOUSE["user"], WAREHOUSE["password"]
    columns = [("id", "bigint"), ("label", "varchar(40)"), ("amount", "numeric(12,2)")]
    copy_options = "FORMAT CSV ZSTD MANIFEST"
    do_truncate_table = True
    @property
    def table(self):
        return f"contrib.{self.name}"
    def s3_load_path(self):
        return json.load(open("manifests.json"))[self.name]

class LoadAll(luigi.WrapperTask):
    date = luigi.Parameter()
    def requires(self):
        if "MAKE_MARKERS" in os.environ:
            Load(date="none", name="none").output().create_marker_table()
        return [Load(date=self.date, name=name) for name in json.load(open("manifests.json"))]
"""

MANIFESTS = """
import json
from pipeline.names import RunDate
from pipeline.tasks.dump import DumpTable
from pipeline.runtime import current
date, found = RunDate.parse("{date}"), {{}}
for name in current().project.catalog.designs:
    if name.schema == "src":
        found[name.table] = DumpTable(table=name, date=date).proof().url
json.dump(found, open("manifests.json", "w"))
"""

Traffic = Counter[tuple[str, bool, str, str]]
"""Numbers by application, lock, command, and ``statements`` or ``round_trips``."""


@dataclass(frozen=True)
class Project:
    """Designs, their configuration, and the environment of the stack."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str) -> float:
        """Run Python; return the seconds."""
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(words)}\n{done.stdout}\n{done.stderr}")
        return time.monotonic() - started

    def luigi(self, task: str, date: str, module: str = "pipeline") -> float:
        words = ("--module", module, task, "--date", date, "--local-scheduler")
        return self.run("-m", "luigi", *words, "--workers", str(CONNECTIONS))

    def admin(self, *statements: str) -> list[tuple[str, bool, str, int, int]]:
        """Execute statements as the administrator; return the rows of the last one."""
        with closing(psycopg2.connect(self.environment["DATA_WAREHOUSE_ADMIN"])) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    def traffic(self) -> Traffic:
        found = Traffic()
        for application, in_lock, command, statements, trips in self.admin(
            "SHOW emulator.traffic"
        ):
            found[application, in_lock, command, "statements"] = statements
            found[application, in_lock, command, "round_trips"] = trips
        return found

    def measure(self, work: Callable[[], float], application: str) -> tuple[float, Traffic]:
        """Return the seconds of some work, and the traffic of its application."""
        before = self.traffic()
        seconds = work()
        spent = self.traffic() - before
        return seconds, Traffic({key: n for key, n in spent.items() if key[0] == application})


def main() -> int:
    options = _options()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" load before the start {os.getloadavg()[0]:.2f};"
        f" {options.tables} tables, {options.derived} derived, {CONNECTIONS} connections"
    )
    with tempfile.TemporaryDirectory(prefix="night-benchmark-") as directory:
        Path(directory).chmod(0o755)
        stack = Stack(Path(directory) / "stack", throw_away=True)
        try:
            stack.up(0.001)
            project = prepare(stack, Path(directory) / "project", options)
            if options.machines:
                return over_machines(project, options)
            fits = [
                night(project, f"2026-11-{FIRST + number}", latency, options)
                for number, latency in enumerate(options.latency, start=1)
            ]
        finally:
            stack.down()
    return 0 if all(fits) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=300)
    parser.add_argument("--derived", type=int, default=30)
    parser.add_argument("--latency", type=float, nargs="+", default=[50, 200], metavar="MS")
    parser.add_argument("--commit", type=float, default=20, metavar="MS", help="of each commit")
    parser.add_argument(
        "--machines",
        type=int,
        nargs="+",
        metavar="N",
        help="instead, run CopyAll over so many machines that share a run, with the first latency",
    )
    parser.add_argument("--verbose", action="store_true", help="show the traffic by command")
    return parser.parse_args()


def prepare(stack: Stack, folder: Path, options: argparse.Namespace) -> Project:
    """Make the tables upstream, the designs, and all tables of the warehouse."""
    names = [f"t{number:04}" for number in range(options.tables)]
    upstream = _make_tables(stack, names)
    _write_files(folder, names, options.derived)
    environment = {
        **commands.environment(stack),
        "UPSTREAM": upstream,
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONPATH": str(folder),
        "PGAPPNAME": "contrib",
    }
    project = Project(folder, environment)
    first = f"2026-11-{FIRST}"
    seconds = project.luigi("LoadAll", first)
    print(f"first night, without latency: {seconds:.1f} s")
    user = psycopg2.extensions.parse_dsn(environment["DATA_WAREHOUSE_ETL"])["user"]
    project.admin(f"CREATE SCHEMA contrib AUTHORIZATION {user}")
    project.run("-c", MANIFESTS.format(date=first))
    Project(folder, {**environment, "MAKE_MARKERS": "1"}).luigi("LoadAll", first, "contrib")
    return project


def _make_tables(stack: Stack, names: list[str]) -> str:
    """Create the tables upstream; return its connection string."""
    upstream = stack.postgres(stack.state()).dsn("postgres")
    with closing(psycopg2.connect(upstream)) as connection, connection.cursor() as cursor:
        for name in names:
            cursor.execute(
                f"CREATE TABLE {name} AS SELECT n AS id, 'label ' || n % 7 AS label,"  # noqa: S608
                f" n * 1.5 AS amount FROM generate_series(1, {ROWS}) AS n"
            )
        connection.commit()
    return upstream


def _write_files(folder: Path, names: list[str], derived: int) -> None:
    """Write the designs, the configuration and the tasks of ``luigi.contrib.redshift``."""
    for part in ("src", "dw"):
        (folder / "designs" / part).mkdir(parents=True)
    for name in names:
        (folder / "designs" / "src" / f"public-{name}.yaml").write_text(TABLE.format(name=name))
    for number in range(derived):
        pair = (names[number * 7 % len(names)], names[(number * 7 + 3) % len(names)])
        file = folder / "designs" / "dw" / f"d{number:04}"
        file.with_suffix(".yaml").write_text(DERIVED.format(name=file.name))
        file.with_suffix(".sql").write_text(QUERY.format(*pair))
    sources = {
        "s3": {"bucket_name": BUCKET, "prefix": "night"},
        "data_warehouse": {"iam_role": IAM_ROLE},
        "sources": [
            {"name": "src", "read_access": "UPSTREAM", "include_tables": ["public.*"]},
            {"name": "dw"},
        ],
    }
    (folder / "sources.json").write_text(json.dumps(sources))
    (folder / "luigi.cfg").write_text(SETTINGS)
    (folder / "contrib.py").write_text(CONTRIB)


def night(project: Project, date: str, latency: float, options: argparse.Namespace) -> bool:
    """Measure and print a night; return whether it is within the target."""
    project.luigi("DumpAll", date)
    project.run("-c", MANIFESTS.format(date=date))
    manifests = json.loads((project.folder / "manifests.json").read_text())
    project.admin(
        f"SET emulator.latency_ms TO {latency:g}", f"SET emulator.commit_ms TO {options.commit:g}"
    )
    ours = "redshift-pipeline"
    phases = {
        "CopyAll": (lambda: project.luigi("CopyAll", date), ours, options.tables),
        "RefreshAll": (lambda: project.luigi("RefreshAll", date), ours, options.derived),
        "S3CopyToTable": (
            lambda: project.luigi("LoadAll", date, "contrib"), "contrib", options.tables
        ),
        "bound of tables": (lambda: bound(project, _copies(manifests)), "bound", options.tables),
        "bound of derived": (
            lambda: bound(project, _refreshes(project.folder)), "bound", options.derived
        ),
    }  # fmt: skip
    print(f"\nround trips of {latency:g} ms, commits of {options.commit:g} ms, one at a time")
    print(f"  {'':17} {'':>8} {'per table':^23} {'while the marker table is locked':^32}")
    print(f"  {'':17} {'seconds':>8} {'statements':>11} {'round trips':>11}"
          f" {'statements':>20} {'round trips':>11}")  # fmt: skip
    seconds = {}
    for name, (work, application, number) in phases.items():
        seconds[name], traffic = project.measure(work, application)
        _print(name, seconds[name], traffic, number, verbose=options.verbose)
    project.admin("RESET emulator.latency_ms", "RESET emulator.commit_ms")
    tables, derived = seconds["bound of tables"], seconds["bound of derived"]
    copied, refreshed = seconds["CopyAll"] / tables, seconds["RefreshAll"] / derived
    print(
        f"  times the bound: CopyAll {copied:.2f}, RefreshAll {refreshed:.2f} (target {TARGET}),"
        f" S3CopyToTable {seconds['S3CopyToTable'] / tables:.2f}"
    )
    return max(copied, refreshed) <= TARGET


def over_machines(project: Project, options: argparse.Namespace) -> int:
    """Measure and print a night for each number of machines."""
    slow = [
        f"SET emulator.latency_ms TO {options.latency[0]:g}",
        f"SET emulator.commit_ms TO {options.commit:g}",
    ]
    print(f"\nCopyAll, {options.latency[0]:g} ms, {CONNECTIONS} connections of each machine")
    for number, count in enumerate(options.machines, start=1):
        date = f"2026-11-{FIRST + number}"
        project.luigi("DumpAll", date)
        project.admin(*slow)
        whole = machines.Night(project.folder, project.environment, date, CONNECTIONS)
        seconds, shares = machines.load(whole, count)
        project.admin("RESET emulator.latency_ms", "RESET emulator.commit_ms")
        print(f"  {count} machine{'s' * (count > 1)}: {seconds:7.1f} s  ({shares})", flush=True)
    return 0


def _print(name: str, seconds: float, traffic: Traffic, number: int, *, verbose: bool) -> None:
    sums = Traffic()
    for (_, in_lock, _, unit), amount in traffic.items():
        sums["", False, "", unit] += amount
        sums["", True, "", unit] += amount * in_lock
    figures = [sums["", lock, "", unit] / number for lock in (False, True)
               for unit in ("statements", "round_trips")]  # fmt: skip
    print(f"  {name:17} {seconds:8.1f} {figures[0]:11.1f} {figures[1]:11.1f}"
          f" {figures[2]:20.1f} {figures[3]:11.1f}")  # fmt: skip
    if verbose:
        kinds = sorted({(in_lock, command) for _, in_lock, command, _ in traffic})
        for in_lock, command in kinds:
            numbers = ", ".join(
                f"{amount / number:.1f} {unit.replace('_', ' ')}"
                for (_, lock, word, unit), amount in sorted(traffic.items())
                if (lock, word) == (in_lock, command)
            )
            print(f"    {'locked' if in_lock else '':7} {command or '(none)':10} {numbers}")


def _copies(manifests: dict[str, str]) -> list[str]:
    return [
        f"COPY contrib.{name} FROM '{url}' IAM_ROLE '{IAM_ROLE}' FORMAT CSV ZSTD MANIFEST"
        for name, url in manifests.items()
    ]


def _refreshes(folder: Path) -> list[str]:
    made = "DROP TABLE IF EXISTS contrib.{0}; CREATE TABLE contrib.{0} AS {1}"
    files = sorted((folder / "designs" / "dw").glob("*.sql"))
    return [made.format(file.stem, file.read_text()) for file in files]


def bound(project: Project, statements: Iterable[str]) -> float:
    """Execute each statement in one message, with its commit, over the connections."""
    waiting = list(statements)
    started = time.monotonic()

    def work() -> None:
        dsn = project.environment["DATA_WAREHOUSE_ETL"]
        with closing(psycopg2.connect(dsn, application_name="bound")) as connection:
            connection.autocommit = True
            while waiting:
                try:
                    statement = waiting.pop()
                except IndexError:
                    return
                with connection.cursor() as cursor:
                    cursor.execute(statement)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for future in [pool.submit(work) for _ in range(CONNECTIONS)]:
            future.result()
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
