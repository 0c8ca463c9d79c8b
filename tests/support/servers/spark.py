"""A Spark cluster on this machine, whose executors are processes of their own.

Executors find the upstream database by a connection service file, which a test may change while
they run: https://www.postgresql.org/docs/current/libpq-pgservice.html
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import psutil
from psycopg2.extensions import parse_dsn

from pipeline.stores.upstream.database import Upstream
from tests.support.projects.dumping import Source

MASTER = "local-cluster[2,1,1024]"
"""Two executors with a core and 1024 MB each."""

VARIABLE = "DATABASE_OF_EXECUTORS"
SERVICE = "upstream"


@dataclass(frozen=True)
class SparkFiles:
    """The folders of a cluster."""

    SERVICES: ClassVar[str] = "pg_service.conf"

    folder: Path

    @property
    def service_file(self) -> Path:
        return self.folder / self.SERVICES

    @property
    def events(self) -> Path:
        """Spark's log of all events, with its configuration as its pages show it."""
        return self.folder / "events"

    def words(self) -> list[str]:
        """Return the arguments of spark-submit that start a driver on the cluster."""
        self.events.mkdir(exist_ok=True)
        settings = {
            "spark.ui.enabled": "false",
            "spark.eventLog.enabled": "true",
            "spark.eventLog.compress": "false",
            "spark.eventLog.dir": self.events.as_uri(),
            "spark.local.dir": str(self.folder),
            "spark.driver.host": "127.0.0.1",
        }
        words = [word for item in settings.items() for word in ("--conf", "=".join(item))]
        return ["--master", MASTER, *words]

    def environment(self) -> dict[str, str]:
        """Return what starts a driver on the cluster; the executors inherit it."""
        return {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_WORKER_DIR": str(self.folder / "work"),
            "PYSPARK_SUBMIT_ARGS": " ".join([*self.words(), "pyspark-shell"]),
            "PYSPARK_PYTHON": sys.executable,
            "PGSERVICEFILE": str(self.service_file),
            VARIABLE: f"service={SERVICE}",
        }

    def lead_to(self, dsn: str) -> None:
        """Let executors connect to a database."""
        lines = [f"{key}={value}" for key, value in parse_dsn(dsn).items()]
        self.service_file.write_text("\n".join([f"[{SERVICE}]", *lines, ""]))


class SparkSource(Source):
    """An upstream database that executors reach, too."""

    @property
    def upstream(self) -> Upstream:
        return replace(super().upstream, variable=VARIABLE)


def executors(process: psutil.Process | None = None) -> list[psutil.Process]:
    """Return the executors that descend from a process, by default from this one."""
    children = (process or psutil.Process()).children(recursive=True)
    return [child for child in children if "CoarseGrainedExecutorBackend" in command_line(child)]


def command_line(process: psutil.Process) -> str:
    """Return a process's command; empty if it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
