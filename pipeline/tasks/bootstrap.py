"""BootstrapWarehouse: groups, owner, schemas, grants, search path and the marker table."""

from __future__ import annotations

import time

from pipeline.procedures.bootstrap import bootstrap
from pipeline.targets import MarkerTarget
from pipeline.tasks.base import PipelineTask


class BootstrapWarehouse(PipelineTask):
    """Bring the warehouse into the shape that the configuration describes; only what differs is executed."""

    resources = {"warehouse": 1}

    def output(self) -> MarkerTarget:
        """A marker with the fingerprint of what is wanted."""
        return self.runtime.bootstrap_target()

    def run(self) -> None:
        """Compare, execute the difference as the administrator, write the marker."""
        since = time.monotonic()
        executed = bootstrap(self.runtime.bootstrap_order())
        self.tell(f"{executed} statements")
        self.finish(rows=0, size=0, since=since)
