"""Report the progress of a COPY while it runs, which may take hours."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.errors import PipelineError
from pipeline.sql.tables import copy
from pipeline.stores.warehouse import Row, Warehouse

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""Interval of progress queries; a COPY that ends sooner is not queried."""

MARGIN = 60.0
"""Seconds that a question may take on its way, with a login, and wait for another one."""

ReportProgress = Callable[[int, int], None]
"""Takes the bytes of files that were read, and of all files."""


@dataclass(frozen=True, slots=True)
class Session:
    """The session in which a COPY runs, and a time before it, by the monotonic clock."""

    number: int
    started: float = field(default_factory=time.monotonic)

    @property
    def milliseconds(self) -> int:
        """The time since then, and a minute more for what passes until the server has it."""
        return math.ceil((time.monotonic() - self.started + MARGIN) * 1000)


@contextmanager
def monitor_copy(
    warehouse: Warehouse, session: Session, report_progress: ReportProgress
) -> Iterator[None]:
    """Report the progress of a session's COPY while the body runs.

    A thread queries the warehouse through a separate connection. If a query fails, or if no
    connection is available, COPY continues without reports.
    """
    stop = threading.Event()
    observer = Warehouse(warehouse.access, f"{warehouse.application} progress", warehouse.timeouts)

    def monitor() -> None:
        try:
            while not stop.wait(SECONDS):
                query = copy.progress(session.number, session.milliseconds)
                _report_once(observer.query(query), report_progress)
        except PipelineError as error:
            logger.debug("the progress of COPY cannot be read: %s", error)
        finally:
            observer.close()

    thread = threading.Thread(target=monitor, name="progress of COPY", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        observer.cancel()
        thread.join(timeout=SECONDS)


def _report_once(rows: list[Row], report_progress: ReportProgress) -> None:
    for row in rows:
        if row["total"]:
            report_progress(min(row["scanned"] or 0, row["total"]), row["total"])
