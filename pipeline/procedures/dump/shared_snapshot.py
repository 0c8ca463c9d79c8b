"""A snapshot that all dumps of a run share, so that the tables of one source are consistent.

The scheduling process holds it. Task processes are forked from that process: they inherit the
snapshot's name, import it, and report completed dumps, so that the snapshot ends with the last.
"""

import logging
import os
import threading
from contextlib import ExitStack

from pipeline.errors import PipelineError
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.upstream.observation import Observation

logger = logging.getLogger(__name__)

SHARED_BY = 2
"""Dumps from which a snapshot is shared; a single one takes its own, without a connection more."""


class SharedSnapshot:
    """The snapshot of one upstream, exported when the second dump is announced.

    ``observed`` is what was read before it was taken, ``upstream`` where to import it. While it is
    held, the transaction prevents VACUUM from removing the rows that it sees:
    https://www.postgresql.org/docs/current/routine-vacuuming.html
    """

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = self._anywhere = upstream
        self._expected: set[str] = set()
        self.observed: Observation | None = None
        self._name: str | None = None
        self._error: PipelineError | None = None
        # An attribute although only the thread uses it: a forked process must not close it.
        self._session = ExitStack()
        self._reader: int | None = None
        self._writer: int | None = None

    @property
    def name(self) -> str | None:
        """The name to import, for example ``00000003-0000001B-1``; None if nothing is shared.

        Raises the error if the export failed.
        """
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
        """Report one dump as complete, from this process or one forked from it."""
        if self._writer is not None:
            os.write(self._writer, b".")

    def _open(self) -> None:
        try:
            session = self._session.enter_context(self._anywhere.snapshot(observes=True))
            self.observed = session.observed
            self.upstream, self._name = self._anywhere.at(session), session.export()
        except PipelineError as error:
            # Every dump raises it: without the snapshot they would not be consistent.
            self._session.close()
            self._error = error
            return
        self._reader, self._writer = os.pipe()
        logger.info("%s: its dumps share the snapshot %s", self.upstream.name, self._name)
        threading.Thread(target=self._hold, daemon=True, name=f"snapshot-{self._name}").start()

    def _hold(self) -> None:
        """Hold the snapshot until all announced dumps are done, or the process ends."""
        if self._reader is None:
            return
        done = 0
        while done < len(self._expected):
            done += len(os.read(self._reader, 1024))
        self._session.close()
        self._expected.clear()
        self.upstream, self._name = self._anywhere, None
        logger.info("%s: its dumps are complete, the snapshot is released", self.upstream.name)
