"""Survey upstream tables for new and changed designs: read catalogs, measure, draft."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from pipeline.designs.drafting.draft import (
    Draft,
    draft_designs,
    keep_known,
    relation_names,
    with_relationships,
)
from pipeline.designs.drafting.measure import probes, with_losses, with_measured
from pipeline.designs.drift.check import relevant
from pipeline.designs.folder import File, examine_folder, of_source
from pipeline.designs.graph import Graph
from pipeline.designs.mapping.typemap import TypeMaps, check_type_maps
from pipeline.designs.model.upstream import Measured, Probe, UpstreamTable
from pipeline.designs.selection import parse_patterns, select
from pipeline.errors import UsageError
from pipeline.figures import count
from pipeline.names import TableName, did_you_mean
from pipeline.settings import Source
from pipeline.stores.upstream.catalog import UpstreamCatalog, measure, read_catalog
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.upstream.errors import QueryError

logger = logging.getLogger(__name__)

Patterns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyJob:
    """Relations to survey: those that ``patterns`` select, of sources with an upstream.

    ``files`` are those of the design folder; tables with a design are measured only with
    ``update``.
    """

    sources: tuple[Source, ...]
    upstream: Callable[[str], Upstream]
    files: Mapping[str, str]
    patterns: Patterns = ()
    type_maps: TypeMaps = ()
    update: bool = False
    measure: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """A source: its catalog upstream, its design files, and the relation of each table."""

    source: Source
    catalog: UpstreamCatalog
    files: Mapping[TableName, File]
    relations: Mapping[TableName, TableName]

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Patterns of ``include_tables`` that match no table upstream."""
        names = [str(name) for name in self.catalog.names]
        return tuple(
            glob
            for glob in self.source.include_tables
            if not any(fnmatchcase(name, glob) for name in names)
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A selected table: its file if it has one, its draft if it exists upstream.

    ``left_out`` are the keys upstream that the draft omits; ``remarks`` are about the scan;
    ``broken`` is why no design can describe the table.
    """

    relation: TableName
    source: TableName
    file: File | None
    draft: Draft | None = None
    measured: Measured | None = None
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """The result of a survey, from which designs are written."""

    candidates: tuple[Candidate, ...]
    unmatched: tuple[tuple[str, str], ...] = ()
    """(source, pattern) of ``include_tables`` that match no table upstream."""
    unnamed: tuple[tuple[str, str], ...] = ()
    """(source, report) of tables whose name is not valid text."""


def survey(job: SurveyJob) -> Survey:
    """Survey the tables that the patterns select; UsageError if a pattern selects none.

    ConfigError if ``type_maps`` names a type that Redshift does not have.
    """
    check_type_maps(job.type_maps)
    existing = examine_folder(job.files)
    readings = [_read(job, source, existing) for source in _possible_sources(job)]
    relations = {name for reading in readings for name in reading.relations.values()}
    graph = Graph.build(dict.fromkeys(relations, ()))
    chosen = set(select(relations, graph, job.patterns))
    candidates = [each for reading in readings for each in _candidates(job, reading, chosen)]
    return Survey(
        candidates=tuple(sorted(candidates, key=lambda each: each.relation)),
        unmatched=tuple(
            (reading.source.name, glob) for reading in readings for glob in reading.unmatched
        ),
        unnamed=tuple(
            (reading.source.name, report)
            for reading in readings
            for report in reading.catalog.unnamed
        ),
    )


def _possible_sources(job: SurveyJob) -> list[Source]:
    """Return the sources that the patterns can select, so that no other database is queried."""
    globs = [each for each in parse_patterns(job.patterns) if not each.exclude]
    with_upstream = [source for source in job.sources if source.read_access]
    found = [
        source
        for source in with_upstream
        if not globs or any(fnmatchcase(source.name, g.glob.partition(".")[0]) for g in globs)
    ]
    if not found:
        given = " ".join(job.patterns)
        names = [source.name for source in with_upstream]
        hint = did_you_mean(given.partition(".")[0], names)
        known = f"those with an upstream are {', '.join(names)}" if names else "no source has one"
        raise UsageError(f"'{given}' selects no source with an upstream{hint or f'; {known}'}")
    return found


def _read(job: SurveyJob, source: Source, existing: tuple[File, ...]) -> Reading:
    with job.upstream(source.name).snapshot() as session:
        catalog = read_catalog(session, source.includes, named=source.include_tables)
    logger.info("%s: %s upstream", source.name, count(len(catalog.tables), "table"))
    files = of_source(existing, source.name)
    taken = {table: file.relation for table, file in files.items()}
    names = relation_names(source.name, [*catalog.tables, *catalog.broken], taken)
    return Reading(source, catalog, files, names)


def _candidates(job: SurveyJob, reading: Reading, chosen: set[TableName]) -> Iterator[Candidate]:
    selected = [name for name, relation in reading.relations.items() if relation in chosen]
    tables = reading.catalog.tables
    asked = {
        name: _measure(job, reading, tables[name])
        for name in selected
        if name in tables and (job.update or name not in reading.files)
    }
    scans = {name: scan for name, (scan, _) in asked.items() if scan is not None}
    drafts = _drafts(job, reading, scans)
    designs = {each.relation: each.design for each in reading.files.values() if each.design}
    new = [drafts[name].design for name in asked if name not in reading.files]
    designs |= {design.name: design for design in new}
    for name in selected:
        broken = reading.catalog.broken.get(name)
        found = Candidate(reading.relations[name], name, reading.files.get(name), broken=broken)
        if name in drafts:
            draft, left_out = keep_known(drafts[name], designs)
            left_out += _lost_key(draft, tables[name]) + tables[name].remarks
            draft = with_relationships(draft, designs)
            found = replace(found, draft=draft, left_out=left_out)
        scan, remarks = asked.get(name, (None, ()))
        yield replace(found, measured=scan, remarks=remarks)


def _lost_key(draft: Draft, table: UpstreamTable) -> tuple[str, ...]:
    if table.primary_key and not draft.design.constraints.primary_key:
        return ("primary key omitted: values in it become NULL",)
    return ()


def _drafts(
    job: SurveyJob, reading: Reading, scans: Mapping[TableName, Measured]
) -> dict[TableName, Draft]:
    """Draft all tables of a source at once: names and distribution depend on the other tables."""
    tables = (
        with_measured(table, scans[name]) if name in scans else table
        for name, table in reading.catalog.tables.items()
    )
    taken = {table: file.relation for table, file in reading.files.items()}
    drafted = draft_designs(reading.source.name, tables, job.type_maps, taken)
    return {
        name: with_losses(draft, scans[name]) if name in scans else draft
        for name, draft in zip(sorted(reading.catalog.tables), drafted, strict=True)
    }


def _measure(
    job: SurveyJob, reading: Reading, table: UpstreamTable
) -> tuple[Measured | None, tuple[str, ...]]:
    """Scan a table for what its design depends on; a remark explains why it is unreadable."""
    if not job.measure:
        return None, ()
    unreadable = reading.catalog.unreadable[table.name]
    remarks: tuple[str, ...] = ()
    if unreadable:
        remarks = (f"not readable, so not measured: {', '.join(sorted(unreadable))}",)
    file = reading.files.get(table.name)
    asked = _probes(job, file, table, unreadable)
    counted = file is not None or table.rows is not None or table.kind == "v"
    if not asked and counted:
        return None, remarks
    try:
        logger.info("%s: measuring %s", reading.source.name, table.name)
        # One transaction per table, so that none holds up VACUUM upstream for long.
        with job.upstream(reading.source.name).snapshot() as session:
            return measure(session, table.name, asked), remarks
    except QueryError as error:
        if error.sqlstate is None:
            raise
        return None, (*remarks, f"not measured: {error}")


def _probes(
    job: SurveyJob, file: File | None, table: UpstreamTable, unreadable: frozenset[str]
) -> tuple[Probe, ...]:
    """Return what to measure: all columns for a new design, else those that changed upstream."""
    skip = set(unreadable)
    if file is not None and file.design is not None:
        changed = {drift.column for drift in relevant(file.design, table.columns, "fail")}
        skip |= {column.name for column in table.columns} - changed
    return probes(table, job.type_maps, skip)
