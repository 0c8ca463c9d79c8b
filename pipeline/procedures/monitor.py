"""Ask how far a COPY is while it runs, and pass it on: an hour of silence tells nobody much."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.errors import PipelineError
from pipeline.sql.statement import Statement
from pipeline.sql.tables import copy
from pipeline.stores.warehouse import Warehouse

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""Between two questions; a COPY that is faster is never asked about."""

Tell = Callable[[int, int], None]
"""Takes the bytes of files that were read, and of all of them."""


@dataclass(frozen=True, slots=True)
class Session:
    """The session in which a COPY runs, and the beginning of its transaction (aware)."""

    number: int
    since: dt.datetime


@contextmanager
def watched(warehouse: Warehouse, session: Session, tell: Tell) -> Iterator[None]:
    """Tell how far the session's COPY is, as long as the body runs.

    The questions are asked through a connection of their own, by a thread; where they fail, or
    where no session is free for them, the COPY goes on unwatched.
    """
    stop = threading.Event()
    watcher = Warehouse(warehouse.access, f"{warehouse.application} progress")
    question = copy.progress(session_id=session.number, since=session.since)

    def watch() -> None:
        try:
            while not stop.wait(SECONDS):
                _tell_once(watcher, question, tell)
        except PipelineError as error:
            logger.debug("the progress of COPY cannot be seen: %s", error)
        finally:
            watcher.close()

    thread = threading.Thread(target=watch, name="progress of COPY", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        watcher.cancel()
        thread.join(timeout=SECONDS)


def _tell_once(watcher: Warehouse, question: Statement, tell: Tell) -> None:
    for row in watcher.query(question):
        if row["total"]:
            tell(min(row["scanned"] or 0, row["total"]), row["total"])
