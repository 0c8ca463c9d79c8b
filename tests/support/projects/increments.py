"""Dump a test's own table incrementally, as runs do one after the other."""

import csv
import io
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.designs.model.design import Column, Constraints, Design, ExtractSettings
from pipeline.designs.model.incremental import Incremental
from pipeline.manifest import Increment, Manifest
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.proof import read_manifest
from pipeline.procedures.incremental.base import Base, Decision
from pipeline.procedures.incremental.dump import write_increment
from tests.support.projects.dumping import WHOLE, Source

FIRST = Decision(reason="the first load")


@dataclass
class Increments:
    """The incremental dumps of a table, each beginning where the one before ended."""

    source: Source
    settings: Incremental
    condition: str | None = None
    columns: tuple[str | Column, ...] = ()
    table: str = "public.t"
    manifests: list[Manifest] = field(default_factory=list)

    @property
    def design(self) -> Design:
        design = self.source.design(self.table, *self.columns)
        return replace(
            design,
            constraints=Constraints(primary_key=("id",)),
            extract=ExtractSettings(self.condition, self.settings),
        )

    @property
    def last(self) -> Increment:
        found = self.manifests[-1].increment
        assert found is not None
        return found

    def job(self, **more: Any) -> DumpJob:
        folder = f"{self.source.folder}{len(self.manifests)}"
        return DumpJob(
            design=more.pop("design", None) or self.design,
            upstream=self.source.upstream,
            s3=self.source.store,
            settings=more.pop("settings", WHOLE),
            folder=f"{folder}/",
            manifest_key=f"{folder}.manifest",
            new_columns="ignore",
            **more,
        )

    def decision(self) -> Decision:
        """Return that of the next run."""
        if not self.manifests:
            return FIRST
        last = self.last
        if last.position is None:
            return Decision(reason="no position")
        return Decision(Base("marker", "2026-11-21T03:04:05+00:00", last.position, last.source))

    def run(self, decision: Decision | None = None, report=lambda _: None, **more: Any) -> list:
        """Dump once more; return the first column of all rows, sorted."""
        manifest = write_increment(self.job(**more), decision or self.decision(), report)
        assert Manifest.from_json(manifest.to_json()) == manifest
        self.manifests.append(manifest)
        return self.ids(manifest)

    def keys(self) -> list:
        """Return the keys that the last dump has read, sorted."""
        key = self.last.keys_manifest
        assert key is not None
        return self.ids(read_manifest(self.source.store, key))

    def ids(self, manifest: Manifest) -> list:
        text = b"".join(self.source.texts(manifest)).decode()
        return sorted(int(row[0]) for row in csv.reader(io.StringIO(text)))
