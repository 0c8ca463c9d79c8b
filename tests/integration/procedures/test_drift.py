"""A dump detects a design that no longer matches its table before it reads a row."""

import logging

import pytest

from pipeline.errors import DesignError, UpstreamError
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.table import dump_table
from pipeline.settings import Dump
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from tests.support.database import execute
from tests.support.paths import ROOT
from tests.support.values.designs import parse_design

DESIGN = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint, source_sql_type: bigint, not_null: true}
  - {name: note, sql_type: varchar(400), source_sql_type: text}
"""


@pytest.fixture
def dsn(new_database):
    dsn = new_database()
    execute(dsn, "CREATE TABLE orders (id bigint NOT NULL, note text)")
    execute(dsn, "INSERT INTO orders VALUES (1, 'a'), (2, NULL)")
    return dsn


@pytest.fixture
def job(dsn, bucket, monkeypatch):
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)

    def make(new_columns="fail"):
        return DumpJob(
            design=parse_design("www/public-orders.yaml", DESIGN),
            upstream=Upstream("www", dsn),
            s3=S3Store(bucket.name),
            settings=Dump(),
            folder="tom/orders/",
            manifest_key="tom/orders.manifest",
            new_columns=new_columns,
        )

    return make


def keys(job):
    return [item.key for item in job.s3.list("tom/")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DROP note", "note: is missing upstream"),
        ("ADD fresh int", "fresh: is new upstream (integer)"),
        (
            "ALTER note TYPE varchar(9)",
            "note: is character varying(9) upstream, but text in the design",
        ),
    ],
)
def test_a_difference_stops_the_dump_and_names_the_command_to_run(dsn, job, change, message):
    execute(dsn, f"ALTER TABLE orders {change}")
    with pytest.raises(DesignError) as caught:
        dump_table(job(), lambda _: None)
    assert str(caught.value).startswith(
        f"www.orders no longer matches public.orders upstream: {message}"
    )
    assert str(caught.value).endswith("with: pipeline design 'www.orders' --update")
    assert keys(job()) == []


@pytest.mark.parametrize(("policy", "lines"), [("warn", 1), ("ignore", 0)])
def test_a_new_column_does_not_stop_the_dump_if_the_policy_allows_it(
    dsn, job, policy, lines, caplog
):
    execute(dsn, "ALTER TABLE orders ADD fresh int")
    with caplog.at_level(logging.WARNING, "pipeline.procedures"):
        manifest = dump_table(job(policy), lambda _: None)
    assert (manifest.rows, manifest.columns) == (2, ("id", "note"))
    assert len(caplog.records) == lines
    assert "tom/orders.manifest" in keys(job())


def test_a_dropped_not_null_is_left_to_the_load_which_counts_nulls(dsn, job):
    execute(dsn, "ALTER TABLE orders ALTER id DROP NOT NULL")
    assert dump_table(job(), lambda _: None).rows == 2


def test_a_missing_table_is_reported_by_the_server(dsn, job):
    execute(dsn, "DROP TABLE orders")
    with pytest.raises(UpstreamError, match=r'relation "public\.orders" does not exist'):
        dump_table(job(), lambda _: None)


@pytest.mark.parametrize(("policy", "code"), [("fail", 30), ("warn", 0)])
def test_the_task_follows_the_policy_of_its_source(upstream_project, bucket, policy, code):
    upstream_project.bucket = bucket.name
    upstream_project.sources[0]["new_columns"] = policy
    upstream_project.execute(
        "www", "CREATE TABLE orders (id bigint NOT NULL, note text, fresh int)"
    )
    upstream_project.write("www/public-orders.yaml", DESIGN)
    words = ["--module", "pipeline", "DumpTable", "--table", "www.orders", "--local-scheduler"]
    settings = str(ROOT / "config" / "luigi.cfg")
    result = upstream_project.python(
        "luigi", *words, code=code, LUIGI_CONFIG_PATH=settings, **bucket.environment()
    )
    assert "fresh: is new upstream (integer)" in result.stdout + result.stderr
    advice = "pipeline design 'www.orders' --update"
    assert (advice in result.stdout + result.stderr) == (policy == "fail")
