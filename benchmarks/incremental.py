"""Compare incremental loads of a large table with a load of all its rows, by the real commands.

Starts the local stack in a temporary directory and pins everything to the same two processors.
Each round loads the table whole, then, after 1 % of its rows were changed, incrementally: with
deletes ignored, with keys compared, and with keys compared when nothing was changed. The targets
apply to the commands; the time of their tasks, by the history table, is printed beside them.

    python benchmarks/incremental.py [--rows N] [--runs N] [--cpus N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import commands
import lineitem
import psycopg2

from pipeline.local.stack import BUCKET, IAM_ROLE, Stack

TARGETS = {"deletes ignored": 0.10, "keys compared": 0.40, "nothing changed": 0.30}
"""Target ratio of a command to the one that loads all rows."""

TASKS = """
SELECT SUM(seconds) FROM etl.task_history WHERE run_date = %s AND prefix = 'benchmark'
"""
"""Without the start of the command, which is the same for one table and for hundreds."""

SCALE = 0.001
"""Of the sample data, which the stack loads and the benchmark does not use."""

FIRST = dt.date(2024, 1, 1)

TYPES = {
    "l_orderkey": "bigint",
    "l_partkey": "integer",
    "l_suppkey": "integer",
    "l_linenumber": "integer",
    "l_returnflag": "char(1)",
    "l_linestatus": "char(1)",
    "l_shipdate": "date",
    "l_commitdate": "date",
    "l_receiptdate": "date",
    "l_shipinstruct": "varchar(100)",
    "l_shipmode": "varchar(40)",
    "l_comment": "varchar(200)",
}
"""Of the columns that are not numeric(15,2)."""

KEY = ("l_orderkey", "l_linenumber")

STATISTICS = """
SELECT seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_user_tables
WHERE relname = 'lineitem'
"""


@dataclass(frozen=True)
class Bench:
    """A project with one table, and the database upstream that has it."""

    folder: Path
    dsn: str
    environment: dict[str, str]

    def execute(self, *statements: str) -> list[tuple[int, ...]]:
        """Execute statements upstream; return the rows of the last one."""
        return execute(self.dsn, *((statement, None) for statement in statements))

    def time_tasks(self, date: dt.date) -> float:
        """Return the seconds of the tasks of a date."""
        [[seconds]] = execute(self.environment["DATA_WAREHOUSE_ADMIN"], (TASKS, (date,)))
        return seconds

    def write_design(self, deletes: str) -> None:
        columns = [
            {"name": name, "sql_type": TYPES.get(name, "numeric(15,2)"), "not_null": name in KEY}
            for name in lineitem.COLUMNS
        ]
        design = {
            "name": "www.lineitem",
            "source_name": "www.public.lineitem",
            "columns": [*columns, {"name": "updated_at", "sql_type": "timestamptz"}],
            "constraints": {"primary_key": list(KEY)},
            "attributes": {"distribution": ["l_orderkey"], "compound_sort": ["l_orderkey"]},
            "extract_settings": {"incremental": {"cursor": "updated_at", "deletes": deletes}},
        }
        path = self.folder / "designs" / "www" / "public-lineitem.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(design), encoding="utf-8")

    def load(self, number: int) -> Load:
        """Load the table under the date of a number; the command must succeed."""
        before = self.execute(STATISTICS)[0][0]
        date = FIRST + dt.timedelta(days=number)
        command = [sys.executable, "-m", "luigi", "--module", "pipeline", "CopyTable"]
        command += ["--table", "www.lineitem", "--date", str(date), "--local-scheduler"]
        started = time.monotonic()
        with subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            out = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        if process.returncode:
            raise SystemExit(out)
        task_seconds = self.time_tasks(date)
        self.execute("SELECT pg_stat_clear_snapshot()", "SELECT pg_sleep(1.1)")
        read = self.execute(STATISTICS)[0][0] - before
        [line] = [each for each in out.splitlines() if each.lstrip().startswith("www.lineitem")]
        remark = line.split("loaded", 1)[-1].strip(" ,")
        return Load(seconds, task_seconds, read, _peak(usage), remark)


@dataclass(frozen=True)
class Load:
    """Seconds, rows read upstream, peak memory in bytes, and what the summary says."""

    seconds: float
    task_seconds: float
    read: int
    peak: int
    remark: str


def execute(dsn: str, *statements: tuple[str, tuple[object, ...] | None]) -> list[Any]:
    """Execute statements with their parameters; return the rows of the last one."""
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement, parameters in statements:
            cursor.execute(statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def _peak(usage: resource.struct_rusage) -> int:
    return usage.ru_maxrss * 1024


def main() -> int:
    options = _options()
    cpus = sorted(os.sched_getaffinity(0))[: options.cpus]
    os.sched_setaffinity(0, cpus)
    print(
        f"Python {platform.python_version()}, processors {cpus} of {os.cpu_count()}, "
        f"load before the start {os.getloadavg()[0]:.2f}"
    )
    with tempfile.TemporaryDirectory(prefix="incremental-benchmark-") as directory:
        Path(directory).chmod(0o755)
        stack = Stack(Path(directory) / "stack", throw_away=True)
        try:
            stack.up(SCALE)
            return _compare(_prepare(stack, Path(directory), options.rows), options)
        finally:
            stack.down()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000_000, help="rows of the table")
    parser.add_argument("--runs", type=int, default=3, help="rounds")
    parser.add_argument("--cpus", type=int, default=2, help="processors for everything together")
    return parser.parse_args()


def _prepare(stack: Stack, directory: Path, rows: int) -> Bench:
    folder = directory / "project"
    folder.mkdir()
    dsn = stack.postgres(stack.state()).dsn("postgres")
    environment = {**commands.environment(stack), "UPSTREAM": dsn}
    sources = {
        "s3": {"bucket_name": BUCKET},
        "data_warehouse": {"iam_role": IAM_ROLE},
        "sources": [{"name": "www", "read_access": "UPSTREAM", "include_tables": ["public.*"]}],
    }
    (folder / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    settings = "[warehouse]\nprefix = benchmark\ndesigns = designs\n[retcode]\n"
    codes = ("already_running", "missing_data", "not_run", "task_failed", "scheduling_error")
    settings += "".join(f"{name} = 30\n" for name in codes) + "unhandled_exception = 40\n"
    (folder / "luigi.cfg").write_text(settings, encoding="utf-8")
    bench = Bench(folder, dsn, environment)
    bench.execute(
        lineitem.CREATE.format(rows=rows),
        "ALTER TABLE lineitem ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now() - interval"
        " '1 day', ADD PRIMARY KEY (l_orderkey, l_linenumber)",
        "CREATE INDEX ON lineitem (updated_at)",
        "VACUUM (FREEZE, ANALYZE) lineitem",
        "CHECKPOINT",
    )
    return bench


def _compare(bench: Bench, options: argparse.Namespace) -> int:
    loads: dict[str, list[Load]] = {name: [] for name in ("whole", *TARGETS)}
    number = 0
    for run in range(options.runs):
        for name in ("whole", "deletes ignored", "whole", *list(TARGETS)[1:]):
            if name == "whole":
                bench.write_design("ignore" if number % 5 == 0 else "compare_keys")
            elif name != "nothing changed":
                _change(bench)
            found = bench.load(number)
            loads[name].append(found)
            print(
                f"  run {run + 1}, {name:16} {found.seconds:6.2f} s, tasks"
                f" {found.task_seconds:6.2f} s, {found.read:>10,} rows read upstream,"
                f" {found.peak / 1e6:4.0f} MB; {found.remark}"
            )
            number += 1
    return _report(loads)


def _report(loads: dict[str, list[Load]]) -> int:
    """Print the medians; return 1 if a target is missed."""
    medians = {
        name: (
            statistics.median(load.seconds for load in found),
            statistics.median(load.task_seconds for load in found),
        )
        for name, found in loads.items()
    }
    whole, tasks = medians["whole"]
    print(f"all rows: {whole:.2f} s, tasks {tasks:.2f} s")
    missed = False
    for name, target in TARGETS.items():
        seconds, of_tasks = medians[name]
        missed |= seconds / whole > target
        print(
            f"{name}: {seconds / whole:.3f} of it, target {target:.2f};"
            f" tasks {of_tasks / tasks:.3f}"
        )
    return 1 if missed else 0


def _change(bench: Bench) -> None:
    """Change a hundredth of the rows, all over the table."""
    bench.execute(
        "UPDATE lineitem SET l_tax = l_tax + 0.01, updated_at = now() WHERE l_orderkey % 100 = 7",
        "VACUUM (ANALYZE) lineitem",
        "CHECKPOINT",
    )


if __name__ == "__main__":
    sys.exit(main())
