"""A dump finds out that its design no longer fits before it reads a row."""

import logging

import pytest

from pipeline.designs.parse import parse_design
from pipeline.errors import DesignError, UpstreamError
from pipeline.procedures.dump.job import DumpJob, dump
from pipeline.settings import Dump
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from tests.support.database import execute
from tests.support.paths import ROOT

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
def order(dsn, bucket, monkeypatch):
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


def keys(order):
    return [item.key for item in order.s3.list("tom/")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP note", "note: is missing upstream"),
        ("ADD fresh int", "fresh: is new upstream (integer)"),
        (
            "ALTER note TYPE varchar(9)",
            "note: is character varying(9) upstream, the design says text",
        ),
    ],
)
def test_what_no_longer_fits_stops_the_dump_with_the_command_that_helps(dsn, order, change, said):
    execute(dsn, f"ALTER TABLE orders {change}")
    with pytest.raises(DesignError) as caught:
        dump(order(), lambda _: None)
    assert str(caught.value).startswith(
        f"www.orders no longer fits public.orders upstream: {said}"
    )
    assert str(caught.value).endswith("with: pipeline design 'www.orders' --update")
    assert keys(order()) == []


@pytest.mark.parametrize(("policy", "lines"), [("warn", 1), ("ignore", 0)])
def test_where_the_source_says_so_a_new_column_does_not_stop_it(dsn, order, policy, lines, caplog):
    execute(dsn, "ALTER TABLE orders ADD fresh int")
    with caplog.at_level(logging.WARNING, "pipeline.procedures"):
        manifest = dump(order(policy), lambda _: None)
    assert (manifest.rows, manifest.columns) == (2, ("id", "note"))
    assert len(caplog.records) == lines
    assert "tom/orders.manifest" in keys(order())


def test_not_null_that_was_lost_is_left_to_the_load_which_counts_nulls(dsn, order):
    execute(dsn, "ALTER TABLE orders ALTER id DROP NOT NULL")
    assert dump(order(), lambda _: None).rows == 2


def test_a_table_that_is_gone_is_said_by_the_server(dsn, order):
    execute(dsn, "DROP TABLE orders")
    with pytest.raises(UpstreamError, match=r'relation "public\.orders" does not exist'):
        dump(order(), lambda _: None)


@pytest.mark.parametrize(("policy", "code"), [("fail", 30), ("warn", 0)])
def test_the_task_obeys_the_policy_of_its_source(upstream_project, bucket, policy, code):
    upstream_project.bucket = bucket.name
    upstream_project.sources[0]["new_columns"] = policy
    upstream_project.execute(
        "www", "CREATE TABLE orders (id bigint NOT NULL, note text, fresh int)"
    )
    upstream_project.write("www/public-orders.yaml", DESIGN)
    words = ["--module", "pipeline", "DumpTable", "--table", "www.orders", "--local-scheduler"]
    settings = str(ROOT / "config" / "luigi.cfg")
    result = upstream_project.python(
        "luigi", *words, LUIGI_CONFIG_PATH=settings, **bucket.environment()
    )
    assert result.returncode == code, result.stderr
    assert "fresh: is new upstream (integer)" in result.stdout + result.stderr
    advice = "pipeline design 'www.orders' --update"
    assert (advice in result.stdout + result.stderr) == (policy == "fail")
