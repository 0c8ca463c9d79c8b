"""BootstrapWarehouse: groups, owner, schemas, grants, search paths and the marker table."""

import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipeline.designs.fingerprint import digest
from pipeline.figures import count
from pipeline.names import Fingerprint
from pipeline.sql.markers.marker import Marker
from pipeline.stores.supervision import waits_reported
from pipeline.tasks.base import WAREHOUSE, PipelineTask
from pipeline.tasks.run import report
from pipeline.tasks.targets import MarkerTarget

if TYPE_CHECKING:
    from pipeline.procedures.bootstrap import BootstrapJob


class BootstrapWarehouse(PipelineTask):
    """Bring the warehouse to its configured state; only the difference is executed."""

    resources = WAREHOUSE

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of the desired state."""
        return MarkerTarget(self.marker().update_id, self.runtime.markers.presence())

    def marker(self) -> Marker:
        """Return the marker's row as far as it is known before the task runs."""
        state = Fingerprint(digest(asdict(self.runtime.desired)))
        return self.runtime.markers.new("BootstrapWarehouse", state)

    def complete(self) -> bool:
        """Return whether the marker exists and, for the task of the command, still holds.

        Other tasks trust the marker, so that a nightly run does not depend on the administrator,
        and what this run did: each of them would ask for all that the bootstrap creates.
        """
        if report.has_done(self):
            return True
        return super().complete() and (not report.is_root(self) or self.is_up_to_date())

    def is_up_to_date(self) -> bool:
        """Compare the warehouse with the configuration: a grant may have been revoked since."""
        from pipeline.procedures.bootstrap import is_up_to_date  # noqa: PLC0415  (few runs need it)

        return is_up_to_date(self.runtime.desired, self.runtime.warehouse)

    def job(self) -> "BootstrapJob":
        """Return what to do, and as whom."""
        from pipeline.procedures.bootstrap import bootstrap_job  # noqa: PLC0415

        runtime = self.runtime
        return bootstrap_job(
            runtime.desired, runtime.warehouse, runtime.administration, os.environ
        )

    def run(self) -> None:
        """Compare, execute the difference as the administrator, write the marker."""
        if self.is_already_complete():
            return
        from pipeline.procedures.bootstrap import bootstrap  # noqa: PLC0415

        since = time.monotonic()
        with waits_reported(self.report_progress):
            executed = bootstrap(self.job(), self.marker())
        self.report_result(f"{count(executed, 'statement')} executed", since=since)
