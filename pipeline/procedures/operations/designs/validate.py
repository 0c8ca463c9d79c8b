"""Check designs: each by itself, all together, and against the upstream tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.designs.cases.parse import parse_cases
from pipeline.designs.catalog import Catalog
from pipeline.designs.folder import File, examine_folder
from pipeline.designs.graph import Graph
from pipeline.designs.rules.incremental import incremental_warnings
from pipeline.designs.selection import select
from pipeline.documents import read
from pipeline.errors import DesignError, Fault, PipelineError, UsageError
from pipeline.names import TableName
from pipeline.procedures.drift import compare_source
from pipeline.procedures.files import design_faults
from pipeline.settings import Source, file_path
from pipeline.stores.upstream.database import Upstream


@dataclass(frozen=True, slots=True)
class ValidateJob:
    """Relations to check: those that ``patterns`` select; without ``upstream``, files alone.

    ``external`` and ``required`` are patterns of the configuration: ``required_for_success``.
    """

    files: Mapping[str, str]
    sources: tuple[Source, ...]
    patterns: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    upstream: Callable[[str], Upstream] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """``faults`` and ``warnings`` of files, and ``troubles`` in connecting to sources."""

    relations: int
    compared: int = 0
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    troubles: tuple[PipelineError, ...] = ()


def validate(job: ValidateJob) -> Report:
    """Check everything that can be checked; UsageError if a pattern selects nothing.

    Faults of all files are reported, even of those not selected, because nothing runs while there
    are any. Selected tables whose own files have no faults are compared with those upstream.
    """
    examined = examine_folder(job.files)
    faults, graph = _by_files(job, examined)
    faults = (*faults, *_required_faults(job, graph))
    selected = frozenset(select(graph.needs, graph, job.patterns))
    warnings = (*_renumbered(examined, selected, graph), *_incremental(examined, selected))
    report = Report(len(selected), faults=faults, warnings=warnings)
    if job.upstream is None:
        return report
    sound = [
        file for file in examined if file.design and not file.faults and file.relation in selected
    ]
    for source in job.sources:
        if source.read_access is not None:
            report = _compare(source, sound, job.upstream, report)
    return report


def _by_files(job: ValidateJob, examined: Sequence[File]) -> tuple[tuple[Fault, ...], Graph]:
    """Return the faults and the graph, which has no edges if there are faults."""
    try:
        sources = {each.name: each.has_tables for each in job.sources}
        catalog = Catalog.parse(job.files, sources, external=job.external)
    except DesignError as error:
        faults = error.faults or (Fault("designs", "", str(error)),)
        return faults, Graph.build({file.relation: () for file in examined})
    return (*_file_faults(job, catalog), *_test_faults(job, catalog)), catalog.graph


def _required_faults(job: ValidateJob, graph: Graph) -> Iterator[Fault]:
    """Yield a fault if the patterns of required relations select nothing: no run would begin."""
    try:
        select(graph.needs, graph, job.required)
    except UsageError as error:
        yield Fault("", "data_warehouse.required_for_success", str(error))


def _test_faults(job: ValidateJob, catalog: Catalog) -> tuple[Fault, ...]:
    """Return the faults of tests of queries."""
    try:
        parse_cases(job.files, catalog.designs)
    except DesignError as error:
        return error.faults
    return ()


def _file_faults(job: ValidateJob, catalog: Catalog) -> Iterator[Fault]:
    """Yield the faults of designs whose rows come from files."""
    sources = {each.name: each for each in job.sources if each.s3_path is not None}
    tables: dict[str, dict[TableName, TableName]] = {name: {} for name in sources}
    for design in catalog:
        source = sources.get(design.name.schema)
        if design.source is not None and source is not None:
            tables[source.name][design.source] = design.name
            yield from design_faults(design, source.s3_format, appends=source.appends)
    for source in sources.values():
        names, path = tables[source.name], source.s3_path or ""
        for table, other in file_path.find_shared(path, names):
            message = f"{path} selects files of {names[other]} for {names[table]}, too"
            yield Fault("", f"sources[{source.name}].s3_path", message)


def _renumbered(
    examined: Sequence[File], selected: frozenset[TableName], graph: Graph
) -> Iterator[Fault]:
    """Yield a warning for each table whose rows cannot keep their surrogate keys."""
    for file in examined:
        design = file.design
        if design is None or not design.renumbers or design.name not in selected:
            continue
        readers = ", ".join(map(str, sorted(graph.descendants([design.name]))))
        index = next(i for i, column in enumerate(design.columns) if column.identity)
        effect = f"; {readers}: refreshed with it, in one transaction" if readers else ""
        message = (
            "without a natural_key, each load gives all rows new surrogate keys"
            f"{effect}. Declare the columns that identify a row as natural_key"
        )
        yield read(file.path, file.text).fault(("columns", index), message)


def _incremental(examined: Sequence[File], selected: frozenset[TableName]) -> Iterator[Fault]:
    """Yield the warnings of tables that are loaded incrementally."""
    for file in examined:
        if file.design is not None and file.design.name in selected:
            for path, message in incremental_warnings(file.design):
                yield read(file.path, file.text).fault(path, message)


def _is_dumped(file: File, source: Source) -> bool:
    """Return whether the relation of a file gets the rows of an upstream table."""
    if file.design is None or file.design.source is None or file.relation.schema != source.name:
        return False
    return source.includes(file.design.source)


def _compare(
    source: Source, files: Sequence[File], connect: Callable[[str], Upstream], report: Report
) -> Report:
    """Add the comparison with a source's tables, except those the configuration excludes.

    An error of one source does not stop the comparison of the others.
    """
    by_relation = {file.relation: file for file in files if _is_dumped(file, source)}
    designs = [file.design for file in by_relation.values() if file.design]
    if not designs:
        return report
    try:
        found = compare_source(source, designs, connect(source.name))
    except PipelineError as error:
        return replace(report, troubles=(*report.troubles, error))
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for relation, findings in found.items():
        file = by_relation[relation]
        for finding in findings:
            fault = read(file.path, file.text).fault(finding.path, finding.message)
            (warnings if finding.warning else faults).append(fault)
    return replace(
        report,
        compared=report.compared + len(designs),
        faults=(*report.faults, *faults),
        warnings=(*report.warnings, *warnings),
    )
