"""Time a run of thousands of complete relations, and compare it with Luigi's own overhead.

Starts the local stack in a temporary directory, writes that many designs (a tenth derived),
inserts their markers as loads do, and runs LoadAll with the luigi command: without a cache of
parsed designs (as after a checkout) and with it. The comparison is Luigi's local scheduler with as
many trivial tasks that are complete. Runs are interleaved, so that noise affects all equally.

    python benchmarks/schedule.py [--relations 2000 5000] [--runs N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import commands
import psycopg2
import psycopg2.extras

from pipeline.local.stack import BUCKET, IAM_ROLE, Stack

TARGET, PARSED_TARGET = 1.5, 3.0
"""Target ratios to Luigi's own time for as many trivial tasks that are complete.

The first is that of CPU time with the designs from the cache, the second that of elapsed time with
the designs parsed.
"""

DATE = "2026-11-21"

MARKED = ("update_id", "task", "target_table", "run_date", "prefix", "fingerprint", "row_count")
MARKED += ("byte_count", "started_at", "inserted_at", "object_id")
"""The columns of the markers that are inserted."""

TYPES = (
    ("bigint", "az64"),
    ("varchar(256)", "zstd"),
    ("timestamp", "az64"),
    ("numeric(12,2)", "az64"),
    ("varchar(1000)", "zstd"),
    ("boolean", "raw"),
    ("integer", "az64"),
    ("date", "az64"),
)

TABLE = """name: src.{name}
source_name: src.public.{name}
columns:
  - {{name: id, sql_type: bigint, not_null: true}}
{columns}
constraints:
  - primary_key: [id]
attributes:
  distribution: [id]
  compound_sort: [id]
"""

DERIVED = """name: dw.{name}
source_name: CTAS
columns:
  - {{name: day, sql_type: date}}
  - {{name: n, sql_type: bigint}}
  - {{name: total, sql_type: "numeric(18,2)"}}
attributes:
  distribution: even
"""

QUERY = """WITH recent AS (
  SELECT c2::date AS day, c3, id FROM src.{first} WHERE c5 AND c1 <> 'void'
)
SELECT r.day, COUNT(*) AS n, SUM(r.c3 + o.c3)::numeric(18,2) AS total
FROM recent r
JOIN src.{second} o ON o.id = r.id
WHERE r.day >= DATE '2020-01-01'
GROUP BY r.day
"""

TRIVIAL = '''import luigi

class Done(luigi.Target):
    def exists(self):
        return True

class Trivial(luigi.Task):
    number = luigi.IntParameter()
    def output(self):
        return Done()

def all_tasks():
    return [Trivial(number=n) for n in range({number})]

class Scheduled(luigi.Task):
    """The scheduler knows each task."""
    ready = False
    def requires(self):
        return all_tasks()
    def run(self):
        self.ready = True
    def complete(self):
        return self.ready

class Wrapped(luigi.WrapperTask):
    """Luigi checks the tasks, but schedules only the wrapper."""
    def requires(self):
        return all_tasks()
'''

STAGES = """
import time
marks = [("start", time.perf_counter())]
def mark(name):
    marks.append((name, time.perf_counter()))
import luigi, pipeline
from pipeline.runtime import current
from pipeline import LoadAll
from pipeline.names import RunDate
import datetime as dt, json, logging
mark("imports")
runtime = current()
mark("configuration")
runtime.project.files
mark("reading files")
runtime.project.catalog
mark("designs, parsed or from the cache")
for name in runtime.project.catalog.designs:
    runtime.project.fingerprints.content(name)
mark("fingerprints")
date = RunDate.parse("{date}")
assert "nothing" not in runtime.markers.presence(date)
mark("markers, one SELECT")
assert luigi.build([LoadAll(date=date)], local_scheduler=True, log_level="WARNING", no_lock=True)
mark("tasks and Luigi")
pairs = zip(marks, marks[1:])
print(json.dumps([[name, later - earlier] for (_, earlier), (name, later) in pairs]))
"""


@dataclass(frozen=True)
class Project:
    """Designs of ``relations`` relations, their configuration, and the stack's environment."""

    folder: Path
    relations: int
    environment: dict[str, str]

    def luigi(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "luigi", *words, "--local-scheduler"]

    def load_all(self) -> list[str]:
        return self.luigi("--module", "pipeline", "LoadAll", "--date", DATE)

    def run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    @property
    def cache(self) -> Path:
        return Path(self.environment["XDG_CACHE_HOME"])


def main() -> int:
    options = _options()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" load before the start {os.getloadavg()[0]:.2f}"
    )
    fits = True
    with tempfile.TemporaryDirectory(prefix="schedule-benchmark-") as directory:
        Path(directory).chmod(0o755)
        stack = Stack(Path(directory) / "stack", throw_away=True)
        try:
            stack.up(0.001)
            for number in options.relations:
                project = make_project(stack, Path(directory) / str(number), number)
                fits &= measure(project, options.runs)
        finally:
            stack.down()
    return 0 if fits else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relations", type=int, nargs="+", default=[2000, 5000])
    parser.add_argument("--runs", type=int, default=5, help="runs of each way")
    return parser.parse_args()


def make_project(stack: Stack, folder: Path, relations: int) -> Project:
    """Write files and markers."""
    write_designs(folder / "designs", relations)
    sources = {
        "s3": {"bucket_name": BUCKET, "prefix": f"bench-{relations}"},
        "data_warehouse": {"iam_role": IAM_ROLE, "marker_schema": f"etl_{relations}"},
        "sources": [
            {"name": "src", "read_access": "UPSTREAM", "include_tables": ["public.*"]},
            {"name": "dw"},
        ],
    }
    (folder / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    (folder / "luigi.cfg").write_text("[core]\nno_lock = true\nlog_level = WARNING\n")
    (folder / "trivial.py").write_text(TRIVIAL.format(number=relations), encoding="utf-8")
    environment = {
        **commands.environment(stack),
        "UPSTREAM": "postgresql://127.0.0.1:1/not_needed",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONPATH": str(folder),
    }
    project = Project(folder, relations, environment)
    project.run(project.luigi("--module", "pipeline", "BootstrapWarehouse"))
    insert_markers(project)
    return project


def write_designs(folder: Path, relations: int) -> None:
    tables = relations * 9 // 10
    for part in ("src", "dw"):
        (folder / part).mkdir(parents=True)
    columns = "\n".join(
        f"  - {{name: c{n}, sql_type: '{kind}', source_sql_type: '{kind}', encoding: {encoding}}}"
        for n, (kind, encoding) in enumerate(TYPES * 2)
    )
    for n in range(tables):
        text = TABLE.format(name=f"t{n:05}", columns=columns)
        (folder / "src" / f"public-t{n:05}.yaml").write_text(text, encoding="utf-8")
    for n in range(relations - tables):
        first, second = f"t{n * 7 % tables:05}", f"t{(n * 7 + 3) % tables:05}"
        (folder / "dw" / f"d{n:05}.yaml").write_text(DERIVED.format(name=f"d{n:05}"))
        (folder / "dw" / f"d{n:05}.sql").write_text(QUERY.format(first=first, second=second))


def insert_markers(project: Project) -> None:
    """Create the relations, and insert the markers that CopyTable and RefreshCtas write."""
    code = (
        "import json, datetime as dt, luigi, pipeline\n"
        "from pipeline.runtime import current\n"
        "from pipeline.tasks.rows import filling_task\n"
        f"date = dt.date.fromisoformat('{DATE}')\n"
        "names = current().project.catalog.designs\n"
        "found = [filling_task(name, date).marker() for name in names]\n"
        "print(json.dumps([[m.update_id, m.task, m.target_table, m.prefix, str(m.fingerprint)]"
        " for m in found]))"
    )
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    found = json.loads(project.run([sys.executable, "-c", code]))
    connection = psycopg2.connect(project.environment["DATA_WAREHOUSE_ETL"])
    with connection, connection.cursor() as cursor:
        for each in found:
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {each[2]} (id bigint)")
        # By the name of a table alone: each is in one schema.
        cursor.execute("SELECT relname, oid FROM pg_class WHERE relkind = 'r'")
        ids = dict(cursor.fetchall())
        rows = [
            (key, task, table, DATE, prefix, digits, 1000, 10_000, now, now, ids[_relname(table)])
            for key, task, table, prefix, digits in found
        ]
        psycopg2.extras.execute_values(
            cursor,
            f"INSERT INTO etl_{project.relations}.table_updates"  # noqa: S608  (numbers and names)
            f" ({', '.join(MARKED)}) VALUES %s",
            rows,
            page_size=500,
        )
    connection.close()


def _relname(table: str) -> str:
    return table.split(".")[1]


def measure(project: Project, runs: int) -> bool:
    """Print the times; return whether the ratio meets the target."""
    answer = project.run(project.load_all())
    if f"all {project.relations:,} relations are complete" not in answer:
        sys.exit(f"not complete: {answer}")
    ways: dict[str, Callable[[], object]] = {
        "LoadAll, designs parsed": lambda: (
            shutil.rmtree(project.cache, ignore_errors=True),  # none for a few designs
            project.run(project.load_all()),
        ),
        "LoadAll, designs from the cache": lambda: project.run(project.load_all()),
        "Luigi, trivial tasks scheduled": lambda: project.run(
            project.luigi("--module", "trivial", "Scheduled")
        ),
        "Luigi, trivial tasks wrapped": lambda: project.run(
            project.luigi("--module", "trivial", "Wrapped")
        ),
    }
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            took, used = timed(way)
            wall[name].append(took)
            cpu[name].append(used)
    print(f"\n{project.relations:,} relations, all complete: median of {runs} runs of the command")
    print(f"  {'':34} {'seconds':>8} {'of CPU':>8}")
    for name in ways:
        print(
            f"  {name:34} {statistics.median(wall[name]):8.2f} {statistics.median(cpu[name]):8.2f}"
        )
    for name, seconds in stages(project, runs):
        print(f"    {name:34} {seconds * 1000:7.0f} ms")
    parsed, cached, luigis = list(ways)[:3]
    ratio = statistics.median(wall[parsed]) / statistics.median(wall[luigis])
    print(f"  ratio, parsed : scheduled by Luigi = {ratio:.2f}, target {PARSED_TARGET}")
    ratio_of_cpu = statistics.median(cpu[cached]) / statistics.median(cpu[luigis])
    print(
        f"  ratio of CPU, from the cache : scheduled by Luigi = {ratio_of_cpu:.2f},"
        f" target {TARGET}"
    )
    return ratio <= PARSED_TARGET and ratio_of_cpu <= TARGET


def timed(way: Callable[[], object]) -> tuple[float, float]:
    """Return elapsed and CPU seconds of the processes that ``way`` starts."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    way()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return time.monotonic() - started, used


def stages(project: Project, runs: int) -> Iterator[tuple[str, float]]:
    """Time the stages of a run within one process."""
    code = STAGES.replace("{date}", DATE)
    found = [
        json.loads(project.run([sys.executable, "-c", code]).splitlines()[0]) for _ in range(runs)
    ]
    for several in zip(*found, strict=True):
        yield several[0][0], statistics.median(seconds for _, seconds in several)


if __name__ == "__main__":
    sys.exit(main())
