"""BootstrapWarehouse: groups, owner, schemas, grants, search path and the marker table."""

from __future__ import annotations

import time
from dataclasses import asdict

from pipeline.designs.fingerprint import digest
from pipeline.figures import count
from pipeline.procedures.bootstrap import bootstrap
from pipeline.sql.marker import Marker
from pipeline.targets import MarkerTarget
from pipeline.tasks.base import WAREHOUSE, PipelineTask


class BootstrapWarehouse(PipelineTask):
    """Bring the warehouse into the configured shape; only what differs is executed."""

    resources = WAREHOUSE

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of what is wanted."""
        return MarkerTarget(self.proof().update_id, self.runtime.markers())

    def proof(self) -> Marker:
        """Return the marker's row, as far as it is known before the work."""
        return self.runtime.marker("BootstrapWarehouse", digest(asdict(self.runtime.wanted)))

    def run(self) -> None:
        """Compare, execute the difference as the administrator, write the marker."""
        if self.is_overtaken():
            return
        since = time.monotonic()
        executed = bootstrap(self.runtime.bootstrap_order(), self.proof())
        self.finish(f"{count(executed, 'statement')} executed", since=since)
