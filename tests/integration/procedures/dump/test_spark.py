import os
import secrets
import signal
import subprocess
import sys
from dataclasses import fields, replace

import psutil
import pytest

from pipeline.designs.model.design import Column
from pipeline.errors import ConfigError, UpstreamError
from pipeline.local.postgres.server import Postgres
from pipeline.stores import spark
from tests.support.paths import ROOT
from tests.support.processes import start
from tests.support.projects.dumping import CUT
from tests.support.servers.spark import VARIABLE, SparkFiles, SparkSource, command_line, executors

pytest.importorskip("pyspark", reason="see the extra 'spark': make spark")

SPARK = replace(CUT, engine="spark")

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture(scope="module")
def files(tmp_path_factory, s3_server):
    """The cluster's folders; its driver starts with the first dump and has this environment."""
    files = SparkFiles(tmp_path_factory.mktemp("spark"))
    keys = s3_server.credentials
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            **files.environment(),
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_DEFAULT_REGION": keys.region,
            "AWS_ENDPOINT_URL_S3": s3_server.endpoint_url,
        }.items():
            patch.setenv(name, value)
        yield files
    spark._driver.end()


@pytest.fixture
def large(large, files):
    files.lead_to(large.dsn)
    return SparkSource(**{each.name: getattr(large, each.name) for each in fields(large)})


def waiting(source):
    return source.execute(WAITING)[0][0]


def assert_nothing_left(source):
    assert source.left_in_folder() == []
    source.wait_until_no_session_is_left()


def test_executors_write_the_same_objects_as_processes(large, files):
    design = large.design("public.big")
    local = large.dump(design, CUT)
    large.folder = "other/"
    reports = []
    dumped = large.dump(design, SPARK, report=reports.append)
    assert len(dumped.parts) > 2
    assert [part.sha256 for part in dumped.parts] == [part.sha256 for part in local.parts]
    assert [part.rows for part in dumped.parts] == [part.rows for part in local.parts]
    assert large.lines(dumped) == large.lines(local)
    assert len(executors()) == 2
    assert reports[-1].rows == dumped.rows
    assert any(0 < report.parts < len(dumped.parts) for report in reports)
    large.wait_until_no_session_is_left()
    assert sorted(large.left_in_folder()) == [part.url.split("/", 3)[3] for part in dumped.parts]
    assert_no_secret_is_shown(large, files)


def assert_no_secret_is_shown(source, files):
    """Neither Spark's log, with its configuration and jobs, nor a command line."""
    password = source.dsn.split(":")[2].split("@")[0]
    keys = os.environ["AWS_SECRET_ACCESS_KEY"]
    seen = "".join(log.read_text() for log in files.events.rglob("*") if log.is_file())
    assert "big: part 0" in seen
    for child in psutil.Process().children(recursive=True):
        seen += command_line(child)
    assert password not in seen
    assert keys not in seen


def test_a_killed_executor_is_replaced_and_writes_the_same_objects(gated, gate, large):
    killed = []

    def kill(_):
        if not killed and waiting(large) == 2:
            killed.append(executors()[0].pid)
            os.kill(killed[0], signal.SIGKILL)
        elif killed and not gate.closed and len(executors()) == 2 and waiting(large) == 2:
            gate.close()

    dumped = large.dump(large.gated_design(), SPARK, report=kill)
    assert killed
    large.folder = "other/"
    local = large.dump(large.gated_design(), CUT)
    assert large.lines(dumped) == large.lines(local)
    assert [part.sha256 for part in dumped.parts] == [part.sha256 for part in local.parts]
    large.wait_until_no_session_is_left()


def test_an_interrupt_leaves_nothing(gated, large):
    def interrupt(_):
        if waiting(large):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        large.dump(large.gated_design(), SPARK, report=interrupt)
    assert_nothing_left(large)


def test_a_failing_row_is_traced_to_its_column(large):
    large.execute("UPDATE big SET c = 'no number' WHERE id = 149000")
    design = large.design(
        "public.big", "id", Column("n", expression="CASE WHEN c = 'no number' THEN c::int END")
    )
    with pytest.raises(UpstreamError, match="it comes from column n: CASE WHEN") as caught:
        large.dump(design, SPARK)
    assert not caught.value.retryable
    assert_nothing_left(large)


def test_a_value_that_equals_the_sentinel_is_no_null(large):
    large.execute("UPDATE big SET c = '~NULL~' WHERE id = 149000")
    dumped = large.dump(large.design("public.big"), SPARK)
    assert dumped.null_as != "~NULL~"
    assert dumped.rows == 150_000


def test_an_endpoint_that_leads_elsewhere_is_found_before_a_row_is_read(large, files, tmp_path):
    other = Postgres(tmp_path / "other", secrets.token_urlsafe(12), throw_away=True)
    other.start()
    elsewhere = other.dsn("postgres")
    files.lead_to(elsewhere)
    try:
        with pytest.raises(
            UpstreamError,
            match=r"an executor of Spark, on .*: is another server than the one of the snapshot"
            rf".*Let {VARIABLE} name a single server everywhere",
        ) as caught:
            large.dump(large.design("public.big"), SPARK)
    finally:
        other.stop()
    assert not caught.value.retryable
    with pytest.raises(UpstreamError, match=r"an executor of Spark, on .*cannot connect"):
        large.dump(large.design("public.big"), SPARK)
    assert_nothing_left(large)


def test_a_variable_that_executors_do_not_have_is_named(large, monkeypatch):
    monkeypatch.setattr(SparkSource, "upstream", replace(large.upstream, variable="NOWHERE"))
    with pytest.raises(ConfigError, match=r"executor of Spark, on .*variable NOWHERE is not set"):
        large.dump(large.design("public.big"), SPARK)


CHILD = """
import sys
from dataclasses import replace
from pipeline.designs.model.design import Column
from pipeline.stores.s3.bucket import S3Store
from tests.support.projects.dumping import CUT
from tests.support.servers.spark import SparkSource

def show(_):
    if source.execute(sys.argv[3]) == [(2,)]:
        print("waiting", flush=True)

source = SparkSource(input(), S3Store(sys.argv[1]), sys.argv[2])
design = source.design("public.big", "id", "a", Column("g", expression="gate()"))
source.dump(design, replace(CUT, engine="spark"), report=show)
"""


def test_executors_end_with_a_driver_that_dies_and_the_dump_begins_again(
    gated, gate, large, tmp_path
):
    script = tmp_path / "driver.py"
    script.write_text(CHILD)
    driver = start(
        [sys.executable, str(script), large.store.bucket, large.folder, WAITING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    driver.stdin.write(f"{large.dsn}\n")
    driver.stdin.flush()
    assert driver.stdout.readline() == "waiting\n"
    running = psutil.Process(driver.pid).children(recursive=True)
    assert len(executors(psutil.Process(driver.pid))) == 2
    driver.kill()
    driver.communicate()
    psutil.wait_procs(running, timeout=60)
    assert not any(process.is_running() for process in running)
    large.wait_until_no_session_is_left()
    gate.close()
    assert large.dump(large.gated_design(), SPARK).rows == 150_000
