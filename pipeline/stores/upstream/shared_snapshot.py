"""A snapshot that all dumps of a run share, so that tables of one source fit each other.

The process that schedules holds it. The processes of tasks are forked from that one: they know
the snapshot's name, import it, and tell when a dump is done, so that it lasts no longer than the
last dump.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import ExitStack

from pipeline.errors import PipelineError
from pipeline.stores.upstream.database import Upstream

logger = logging.getLogger(__name__)

SHARED_BY = 2
"""A single dump has a snapshot of its own, which costs no connection."""


class SharedSnapshot:
    """The snapshot of one upstream, exported when the second dump announces itself.

    While it is held, the transaction keeps VACUUM from removing what it may see:
    https://www.postgresql.org/docs/current/routine-vacuuming.html
    """

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self._expected: set[str] = set()
        self._name: str | None = None
        self._error: PipelineError | None = None
        # Kept here although only the thread uses it: in a forked process nothing may close it.
        self._session = ExitStack()
        self._told: int | None = None
        self._tell: int | None = None

    @property
    def name(self) -> str | None:
        """The name to import; None where nothing is shared. Raises why that was impossible."""
        if self._error is not None:
            raise self._error
        return self._name

    def expect(self, dump: str) -> bool:
        """Announce a dump, before any begins and before the process forks; True for the first."""
        first = not self._expected
        self._expected.add(dump)
        if len(self._expected) >= SHARED_BY and self._name is None and self._error is None:
            self._open()
        return first

    def done(self) -> None:
        """Tell, from this process or one forked from it, that one of the dumps is complete."""
        if self._tell is not None:
            os.write(self._tell, b".")

    def _open(self) -> None:
        try:
            session = self._session.enter_context(self.upstream.snapshot())
            self._name = session.export()
        except PipelineError as error:
            # Every dump raises it: without the snapshot they would not fit each other.
            self._session.close()
            self._error = error
            return
        self._told, self._tell = os.pipe()
        logger.info("%s: its dumps share the snapshot %s", self.upstream.name, self._name)
        threading.Thread(target=self._hold, daemon=True, name=f"snapshot-{self._name}").start()

    def _hold(self) -> None:
        """Wait for as many dumps as were announced; a process that ends before lets go, too."""
        if self._told is None:
            return
        told = 0
        while told < len(self._expected):
            told += len(os.read(self._told, 1024))
        self._session.close()
        self._expected.clear()
        self._name = None
        logger.info("%s: its dumps are complete, the snapshot is free", self.upstream.name)
