"""UploadDesign: keep the designs and queries that a run executes in S3, next to the data."""

import time

from pipeline.designs import fingerprint
from pipeline.stores.designs.uploaded import Entry, Index
from pipeline.tasks.base import RelationTask
from pipeline.tasks.targets import ObjectTarget


class UploadDesign(RelationTask):
    """Upload a design and its query; their keys hold the fingerprint of their content."""

    def output(self) -> list[ObjectTarget]:
        """Return the design's object, and the query's if it has one."""
        runtime, texts = self.runtime, self._texts()
        content = fingerprint.upload(*texts.values())
        return [
            ObjectTarget(
                runtime.s3,
                runtime.project.layout.design(self.design.stem, content, suffix),
                runtime.objects(runtime.project.layout.designs),
            )
            for suffix in texts
        ]

    def entries(self) -> Index:
        """Return the entries of these files in the index of current designs."""
        texts, folder = self._texts(), self.runtime.project.layout.designs
        return {
            f"{self.design.stem}.{suffix}": Entry.of(target.name.removeprefix(folder), text)
            for (suffix, text), target in zip(texts.items(), self.output(), strict=True)
        }

    def execute(self) -> None:
        """Upload the files' texts unchanged."""
        since = time.monotonic()
        for target, text in zip(self.output(), self._texts().values(), strict=True):
            target.write(text.encode("utf-8"))
        self.report_result("uploaded", since=since)

    def _texts(self) -> dict[str, str]:
        return self.runtime.project.texts(self.table)
