"""UploadDesign: what a run executes is kept in S3 beside its data."""

from __future__ import annotations

import logging
import time

from pipeline.targets import ObjectTarget
from pipeline.tasks.base import RelationTask

logger = logging.getLogger(__name__)


class UploadDesign(RelationTask):
    """Upload a design and its query; the keys hold the fingerprint of their content."""

    def output(self) -> list[ObjectTarget]:
        """The design's object, and the query's where there is one."""
        return self.runtime.design_targets(self.table)

    def run(self) -> None:
        """Upload the files' text as it is."""
        since = time.monotonic()
        for target, text in zip(self.output(), self.runtime.design_texts(self.table), strict=True):
            target.write(text.encode("utf-8"))
        self.finish(rows=0, size=0, since=since)
