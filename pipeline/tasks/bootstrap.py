"""BootstrapWarehouse: groups, owner, schemas, grants, search path and the marker table."""

from __future__ import annotations

import time
from dataclasses import asdict

from pipeline.designs.fingerprint import digest
from pipeline.figures import count
from pipeline.procedures.bootstrap import bootstrap, is_up_to_date
from pipeline.sql.markers.marker import Marker
from pipeline.tasks.base import WAREHOUSE, PipelineTask
from pipeline.tasks.run import report
from pipeline.tasks.targets import MarkerTarget


class BootstrapWarehouse(PipelineTask):
    """Bring the warehouse into the configured shape; only what differs is executed."""

    resources = WAREHOUSE

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of what is wanted."""
        return MarkerTarget(self.proof().update_id, self.runtime.markers())

    def proof(self) -> Marker:
        """Return the marker's row, as far as it is known before the work."""
        return self.runtime.marker("BootstrapWarehouse", digest(asdict(self.runtime.desired)))

    def complete(self) -> bool:
        """Tell whether the marker is there and, when asked for by name, whether it still holds.

        Other tasks trust the marker, so that a nightly run does not depend on the administrator.
        """
        return super().complete() and (not report.is_root(self) or self.still_holds())

    def still_holds(self) -> bool:
        """Compare the warehouse with the configuration: a right may have been revoked since."""
        return is_up_to_date(self.runtime.desired, self.runtime.warehouse)

    def run(self) -> None:
        """Compare, execute the difference as the administrator, write the marker."""
        if self.is_overtaken():
            return
        since = time.monotonic()
        executed = bootstrap(self.runtime.bootstrap_job(), self.proof())
        self.finish(f"{count(executed, 'statement')} executed", since=since)
