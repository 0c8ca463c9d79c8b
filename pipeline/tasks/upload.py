"""UploadDesign: what a run executes is kept in S3 beside its data."""

from __future__ import annotations

import time

from pipeline.designs import fingerprint
from pipeline.stores.designs.uploaded import Entry, Index
from pipeline.tasks.base import RelationTask
from pipeline.tasks.targets import ObjectTarget


class UploadDesign(RelationTask):
    """Upload a design and its query; their keys hold the fingerprint of their content."""

    def output(self) -> list[ObjectTarget]:
        """Return the design's object, and the query's where there is one."""
        runtime, texts = self.runtime, self.runtime.texts(self.table)
        content = fingerprint.upload(*texts.values())
        return [
            ObjectTarget(
                runtime.s3,
                runtime.layout.design(self.design.stem, content, suffix),
                runtime.objects(runtime.layout.designs),
            )
            for suffix in texts
        ]

    def entries(self) -> Index:
        """Return what the index of uploaded designs says of these files when they are current."""
        texts = self.runtime.texts(self.table)
        folder = self.runtime.layout.designs
        return {
            f"{self.design.stem}.{suffix}": Entry.of(target.name.removeprefix(folder), text)
            for (suffix, text), target in zip(texts.items(), self.output(), strict=True)
        }

    def work(self) -> None:
        """Upload the files' texts as they are."""
        since = time.monotonic()
        texts = self.runtime.texts(self.table).values()
        for target, text in zip(self.output(), texts, strict=True):
            target.write(text.encode("utf-8"))
        self.finish("uploaded", since=since)
