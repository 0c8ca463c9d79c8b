"""Dumps by a Spark cluster, from real commands."""

import json
import sys
from pathlib import Path

import pytest

from tests.support.processes import program_environment, run
from tests.support.projects.warehouse import DATE, DESIGNS, Project
from tests.support.servers.spark import SERVICE, SparkFiles

pytest.importorskip("pyspark", reason="see the extra 'spark': make spark")

LARGE = """
CREATE TABLE orders (
    id bigint PRIMARY KEY, status varchar(10), note text, total numeric(12,2) NOT NULL
);
INSERT INTO orders SELECT i, CASE i % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' END,
    md5(i::text) || md5((-i)::text), i * 1.25 FROM generate_series(1, 100000) AS i;
CREATE TABLE customers (id integer PRIMARY KEY, name text);
INSERT INTO customers SELECT i, md5(i::text) || md5((-i)::text)
FROM generate_series(1, 100000) AS i;
ANALYZE
"""

CUT = ("--warehouse-chunk-threshold", "0", "--warehouse-part-size", "1048576")

ENTRY = """
import sys
from luigi.cmdline import luigi_run

luigi_run(sys.argv[1:])
"""
"""What spark-submit runs, as docs/spark.md shows it."""


@pytest.fixture
def spark(new_project, tmp_path) -> tuple[Project, SparkFiles]:
    """A project with two tables that are divided, and a cluster."""
    designs = {path: text for path, text in DESIGNS.items() if path.startswith("{src}")}
    return new_project(LARGE, designs), SparkFiles(tmp_path)


def executor_variables(**variables: str) -> list[str]:
    """Return the arguments with which executors have other variables than the driver."""
    named = {"PGSERVICEFILE": SparkFiles.SERVICES, **variables}
    settings = [f"spark.executorEnv.{name}={value}" for name, value in named.items()]
    return [word for each in settings for word in ("--conf", each)]


def jobs(files: SparkFiles) -> list[str]:
    """Return the descriptions of Spark's jobs, by its own log."""
    events = [
        json.loads(line)
        for log in files.events.rglob("*")
        if log.is_file()
        for line in log.read_text().splitlines()
    ]
    started = (event for event in events if event["Event"] == "SparkListenerJobStart")
    return [event["Properties"]["spark.job.description"] for event in started]


def shown(project: Project, files: SparkFiles) -> list[str]:
    """Return the names of the secrets that Spark's log holds."""
    text = "".join(log.read_text() for log in files.events.rglob("*") if log.is_file())
    return [name for name, secret in project.secrets().items() if secret in text]


def test_a_run_loads_what_executors_dumped(spark):
    project, files = spark
    done = project.luigi(
        *("CopyTable", "--table", "{src}.orders", "--warehouse-engine", "spark", *CUT),
        **files.environment(),
    )
    assert "100,000" in done.out
    assert project.rows("SELECT COUNT(*), SUM(id) FROM {src}.orders") == [(100_000, 5_000_050_000)]
    parts = len(project.named_parts())
    assert parts > 1
    names = [f"part {number}" for number in range(parts)]
    assert sorted(jobs(files)) == sorted(
        f"{project.src}.orders: {each}" for each in [*names, "proof"]
    )
    assert shown(project, files) == []


def test_tasks_under_spark_submit_share_its_driver(spark):
    project, files = spark
    for table in ("orders", "customers"):
        path = f"{{src}}/public-{table}.yaml"
        project.write(path, f"{DESIGNS[path]}extract_settings: {{{{engine: spark}}}}\n")
    files.lead_to(project.upstream_dsn)
    services = ("--files", files.service_file, *executor_variables(UPSTREAM=f"service={SERVICE}"))
    entry = project.folder / "run.py"
    entry.write_text(ENTRY)
    environment = files.environment()
    del environment["PYSPARK_SUBMIT_ARGS"], environment["PGSERVICEFILE"]
    done = run(
        [
            *(Path(sys.executable).with_name("spark-submit"), *files.words(), *services, entry),
            *("--module", "pipeline", "DumpAll", "--date", DATE, "--local-scheduler", *CUT),
        ],
        cwd=project.folder,
        env={**program_environment(), **project.environment, **environment},
    )
    assert done.returncode == 0, done.stderr
    assert [project.manifest(key)["rows"] for key in project.keys(".manifest")] == [100_000] * 2
    assert len(list(files.events.iterdir())) == 1
    assert {each.partition(":")[0] for each in jobs(files)} == {
        f"{project.src}.orders",
        f"{project.src}.customers",
    }
    assert shown(project, files) == []
