"""What the files say of all relations, told without any connection to a database."""

from __future__ import annotations

import functools
import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.model import Design
from pipeline.errors import ConfigError, UsageError
from pipeline.names import Layout, TableName
from pipeline.settings import Settings
from pipeline.sql.tables import ddl
from pipeline.stores.designs.cache import DesignCache, cache_folder
from pipeline.stores.designs.folder import REMOTE, read_folder
from pipeline.stores.designs.uploaded import read_uploaded
from pipeline.stores.s3.bucket import S3Store


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Make what lives as long as the process: Python need not look for garbage among it.

    It would do so many times while thousands of designs come into being, and copy their pages
    in every process that is forked later: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@dataclass(frozen=True, eq=False)
class Relations:
    """The designs, which of them the configuration leaves out, and their fingerprints."""

    settings: Settings

    @property
    def design_folder(self) -> Path:
        """The local folder of designs; ConfigError where they are read from S3."""
        place = self.settings.design_dir
        if place.startswith(REMOTE):
            raise ConfigError(
                f"the designs are read from {place}, where UploadAll puts them; this needs a"
                " folder: set 'designs' in section [warehouse], or pipeline --designs"
            )
        return Path(place)

    @cached_property
    def files(self) -> dict[str, str]:
        """The texts of all designs and queries by relative path."""
        place = self.settings.design_dir
        if place.startswith(REMOTE):
            bucket, _, folder = place.removeprefix(REMOTE).strip("/").partition("/")
            return read_uploaded(self.bucket(bucket), folder)
        return read_folder(self.design_folder)

    @cached_property
    def catalog(self) -> Catalog:
        """All designs, checked; a DesignError holds every fault of every file."""
        sources = {source.name: source.has_tables for source in self.settings.sources}
        with _without_collecting():
            catalog = Catalog.parse(
                self.files, sources, self._cache.examine, self._cache.check_columns
            )
            self._cache.save()
        return catalog

    @cached_property
    def _cache(self) -> DesignCache:
        place = str(Path(self.settings.design_dir).absolute())
        return DesignCache(cache_folder(os.environ), place)

    @cached_property
    def left_out(self) -> dict[TableName, str]:
        """The designs whose table upstream the configuration leaves out, with the reason."""
        return {
            design.name: f"{design.name} is left out: {reason} (source '{design.name.schema}')"
            for design in self.catalog
            if (reason := self._reason_against(design)) is not None
        }

    @property
    def left_out_note(self) -> str:
        """Name the designs that are left out; an empty text when none is."""
        if not self.left_out:
            return ""
        names = ", ".join(map(str, self.left_out))
        number = len(self.left_out)
        what = f"{number:,} designs are" if number > 1 else "1 design is"
        return f"{what} left out by include_tables and exclude_tables: {names}"

    def _reason_against(self, design: Design) -> str | None:
        source = self.settings.source(design.name.schema)
        if source is None or not source.include_tables or design.source is None:
            return None
        return source.leaves_out(design.source)

    def select(self, patterns: str | Sequence[str] = ()) -> tuple[TableName, ...]:
        """Return the relations that patterns choose, without what the configuration leaves out."""
        return self.catalog.select(patterns, self.left_out)

    @cached_property
    def optional(self) -> frozenset[TableName]:
        """The relations without which a run of everything has not failed; none by default."""
        patterns = self.settings.warehouse.required_for_success
        if not patterns:
            return frozenset()
        try:
            required = self.catalog.with_dependencies(self.catalog.select(patterns))
        except UsageError as error:
            raise ConfigError(f"data_warehouse.required_for_success: {error}") from error
        return frozenset(self.catalog.designs) - frozenset(required)

    def texts(self, name: TableName) -> dict[str, str]:
        """Return the texts of a relation's files by their suffix, the design's first."""
        stem = self.catalog[name].stem
        return {
            suffix: self.files[f"{stem}.{suffix}"]
            for suffix in ("yaml", "yml", "json", "sql")
            if f"{stem}.{suffix}" in self.files
        }

    def referencing(self, name: TableName) -> tuple[Design, ...]:
        """Return the designs whose foreign keys point at a relation."""
        return tuple(
            design
            for design in self.catalog
            if any(key.table == name for key in design.constraints.foreign_keys)
        )

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """What determines each relation's result, as 12 digits."""
        return self.limited(None)

    @functools.cache  # noqa: B019  (there is one for a process, as long as it lives)
    def limited(self, limit: int | None) -> Fingerprints:
        """Return the fingerprints of a run that takes at most ``limit`` rows of each table."""
        designs, places = self.catalog.designs, self.settings.file_places
        return Fingerprints(designs, ddl.definition, limit, places, self._cache.fingerprints)

    @cached_property
    def layout(self) -> Layout:
        """Where things lie in the bucket."""
        return Layout(self.settings.storage.prefix)

    def bucket(self, name: str) -> S3Store:
        """Return a bucket, in the configured region and with the configured key."""
        storage = self.settings.storage
        return S3Store(name, region=storage.region, kms_key_id=storage.kms_key_id)
