"""CopyTable: a dump becomes the content of its table, all of it or nothing."""

from __future__ import annotations

import time

import luigi

from pipeline.procedures.load import load
from pipeline.targets import MarkerTarget
from pipeline.tasks.base import RelationTask
from pipeline.tasks.create import CreateTable
from pipeline.tasks.dump import DumpTable


class CopyTable(RelationTask):
    """Load one table from its dump."""

    resources = {"warehouse": 1}

    def requires(self) -> dict[str, luigi.Task]:
        """The dump, and the table."""
        return {
            "dump": DumpTable(table=self.table, date=self.date),
            "table": CreateTable(table=self.table, date=self.date),
        }

    def output(self) -> MarkerTarget:
        """A marker with the fingerprints of dump and DDL."""
        return self.runtime.marker_target("CopyTable", self.table, self.date)

    def run(self) -> None:
        """Load, verify, publish."""
        since = time.monotonic()
        source = self.requires()["dump"].output()
        manifest = source.manifest()
        self.tell(f"loading {manifest.rows:,} rows")
        load(self.runtime.load_order(self.table, self.date, source.url, manifest))
        self.finish(rows=manifest.rows, size=manifest.bytes, since=since)
