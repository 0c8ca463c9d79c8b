"""The project: the content of the design files, known without a database connection."""

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.graph import Reading
from pipeline.designs.model.design import Design
from pipeline.errors import ConfigError, UsageError
from pipeline.freshness import Freshness
from pipeline.garbage import uncollected
from pipeline.names import Layout, TableName
from pipeline.settings import Settings
from pipeline.sql.tables import ddl
from pipeline.stores.designs.cache import DesignCache, cache_folder
from pipeline.stores.designs.folder import REMOTE, read_folder
from pipeline.stores.designs.uploaded import read_uploaded
from pipeline.stores.s3.bucket import S3Store


@dataclass(frozen=True, eq=False)
class Project:
    """The designs, their fingerprints, and which of them the configuration excludes.

    ``bucket`` connects to a bucket, for designs that are read from S3.
    """

    settings: Settings
    bucket: Callable[[str], S3Store]

    @property
    def design_folder(self) -> Path:
        """The local folder of designs; ConfigError if they are read from S3."""
        place = self.settings.design_dir
        if place.startswith(REMOTE):
            raise ConfigError(
                f"the designs are read from {place}, to which UploadAll writes; this command needs"
                " a local folder: set 'designs' in section [warehouse], or pipeline --designs"
            )
        return Path(place)

    @cached_property
    def files(self) -> dict[str, str]:
        """The texts of all designs and queries by path: ``www/public-orders.yaml``."""
        place = self.settings.design_dir
        if place.startswith(REMOTE):
            bucket, _, folder = place.removeprefix(REMOTE).strip("/").partition("/")
            return read_uploaded(self.bucket(bucket), folder)
        return read_folder(self.design_folder)

    @cached_property
    def catalog(self) -> Catalog:
        """All designs, checked; a DesignError holds every fault of every file."""
        sources = {source.name: source.has_tables for source in self.settings.sources}
        with uncollected(freezes=True):
            self._cache.fill(self.files)
            catalog = Catalog.parse(
                self.files,
                sources,
                self._cache.examine,
                self._cache.check_columns,
                external=self.settings.warehouse.external,
            )
            self._cache.save()
        return catalog

    @cached_property
    def _cache(self) -> DesignCache:
        place = str(Path(self.settings.design_dir).absolute())
        return DesignCache(cache_folder(os.environ), place)

    @cached_property
    def left_out(self) -> dict[TableName, str]:
        """The designs whose upstream table the configuration excludes, each with a message."""
        return {
            design.name: f"{design.name} is excluded: {reason} (source '{design.name.schema}')"
            for design in self.catalog
            if (reason := self._exclusion(design)) is not None
        }

    @property
    def left_out_note(self) -> str:
        """A message that names the excluded designs; empty if there are none."""
        if not self.left_out:
            return ""
        names = ", ".join(map(str, self.left_out))
        number = len(self.left_out)
        what = f"{number:,} designs are" if number > 1 else "1 design is"
        return f"{what} excluded by include_tables and exclude_tables: {names}"

    def _exclusion(self, design: Design) -> str | None:
        source = self.settings.source(design.name.schema)
        if source is None or not source.include_tables or design.source is None:
            return None
        return source.leaves_out(design.source)

    def select(self, patterns: str | Sequence[str] = ()) -> tuple[TableName, ...]:
        """Return the relations that patterns select, except those that are excluded."""
        return self.catalog.select(patterns, self.left_out)

    def check_designs(self) -> None:
        """Raise ConfigError if tables are to be read and there is no design at all.

        A folder may be empty because what should be mounted or checked out there is not.
        """
        names = [source.name for source in self.settings.sources if source.has_tables]
        if names and not self.catalog.designs:
            raise ConfigError(
                f"{self.settings.design_dir} holds no design, and {', '.join(names)} should be"
                " loaded: mount or check out the designs, or correct their place (design_dir,"
                " 'designs' in section [warehouse]); to draft the first: pipeline design"
            )

    def freshness(self, design: Design) -> Freshness | None:
        """Return how old the rows of a relation may become, by its design, else by its source.

        The default of a source is about loads, and nothing is loaded into a view.
        """
        source = self.settings.source(design.name.schema)
        default = source.freshness if source and design.kind != "VIEW" else None
        return design.freshness or default

    @cached_property
    def optional(self) -> frozenset[TableName]:
        """The relations that may fail without failing a run of everything; none by default."""
        patterns = self.settings.warehouse.required_for_success
        if not patterns:
            return frozenset()
        try:
            required = self.catalog.with_dependencies(self.catalog.select(patterns))
        except UsageError as error:
            raise ConfigError(f"data_warehouse.required_for_success: {error}") from error
        return frozenset(self.catalog.designs) - frozenset(required)

    def check_required(self) -> None:
        """Raise ConfigError if ``required_for_success`` selects nothing, as a run would."""
        _ = self.optional

    @cached_property
    def incremental(self) -> tuple[TableName, ...]:
        """The tables that are loaded incrementally, from a database or from new files."""
        cursors = (each.name for each in self.catalog if each.extract.incremental is not None)
        return (*cursors, *self.appending)

    @cached_property
    def appending(self) -> tuple[TableName, ...]:
        """The tables to which new files are added."""
        sources = {source.name for source in self.settings.sources if source.appends}
        tables = (each.name for each in self.catalog if each.kind == "TABLE")
        return tuple(name for name in tables if name.schema in sources)

    @cached_property
    def refreshed_together(self) -> dict[TableName, tuple[TableName, ...]]:
        """By relation, all that holds the same surrogate keys without a natural key, in order."""
        starts = [each.name for each in self.catalog if each.kind == "CTAS" and each.renumbers]
        groups = self.catalog.graph.groups(starts)
        return {name: group for group in groups if len(group) > 1 for name in group}

    @cached_property
    def dependents(self) -> dict[TableName, tuple[TableName, ...]]:
        """By dimension, all that may hold its surrogate keys and is refreshed after it."""
        graph = self.catalog.graph
        return {
            each.name: tuple(sorted(graph.descendants([each.name])))
            for each in self.catalog
            if each.identity is not None and not each.renumbers
        }

    @cached_property
    def reads(self) -> dict[TableName, Reading]:
        """By derived relation, in order, what it reads; excluded tables keep their rows."""
        shown: dict[TableName, frozenset[TableName]] = {}
        found = {}
        for name in self.catalog.graph.order:
            design = self.catalog[name]
            direct = frozenset(design.needs) - {*self.left_out}
            rows = frozenset[TableName]().union(*(shown[need] for need in direct))
            is_view = design.kind == "VIEW"
            shown[name] = rows if is_view else frozenset({name})
            if design.kind != "TABLE":
                found[name] = Reading(direct, frozenset() if is_view else rows)
        return found

    def hidden_by_checks(self, design: Design) -> frozenset[str]:
        """Return the sensitive columns of a relation, and of all that it or its checks read."""
        names = {design.name, *design.checks_read}
        names |= self.catalog.graph.ancestors(names)
        columns = (column for name in names for column in self.catalog[name].columns)
        return frozenset(column.name for column in columns if column.sensitive)

    def texts(self, name: TableName) -> dict[str, str]:
        """Return the texts of a relation's files by suffix: ``yaml``, then ``sql``."""
        stem = self.catalog[name].stem
        return {
            suffix: self.files[f"{stem}.{suffix}"]
            for suffix in ("yaml", "yml", "json", "sql")
            if f"{stem}.{suffix}" in self.files
        }

    def referencing(self, name: TableName) -> tuple[Design, ...]:
        """Return the designs whose foreign keys reference a relation."""
        return tuple(
            design
            for design in self.catalog
            if any(key.table == name for key in design.constraints.foreign_keys)
        )

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """The fingerprints of a run that takes all rows."""
        return self.limited(None)

    @functools.cache  # noqa: B019  (one Project lives as long as the process)
    def limited(self, limit: int | None) -> Fingerprints:
        """Return the fingerprints of a run that takes at most ``limit`` rows of each table."""
        designs, places = self.catalog.designs, self.settings.file_places
        return Fingerprints(designs, ddl.definition, limit, places, self._cache.fingerprints)

    @cached_property
    def layout(self) -> Layout:
        """The keys of objects in the bucket."""
        return Layout(self.settings.storage.prefix)
