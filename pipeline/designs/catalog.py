"""The catalog of designs: by name, by pattern, and in the order of dependencies."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from pipeline.designs.crosscheck import (
    Parsed,
    check_assumed,
    check_sources,
    check_together,
    with_external,
)
from pipeline.designs.folder import is_design, is_query, query_path
from pipeline.designs.graph import Graph
from pipeline.designs.model.design import Design
from pipeline.designs.parse import examine, stem_of
from pipeline.designs.queries.relations import CheckColumns, Known
from pipeline.designs.rules.design import allowed_names
from pipeline.designs.selection import select
from pipeline.errors import DesignError, Fault, UsageError
from pipeline.names import TableName, did_you_mean

Examine = Callable[[str, str, str | None], tuple[Design | None, list[Fault]]]
"""See ``parse.examine``."""


def check_columns(design: Design, known: Known) -> list[Fault]:
    """Return the result of ``queries.columns.check_columns``, whose parser is loaded only now."""
    from pipeline.designs.queries import columns  # noqa: PLC0415  (few runs need it)

    return columns.check_columns(design, known)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All designs by the name of their relation, sorted, and the graph of dependencies."""

    designs: Mapping[TableName, Design]
    graph: Graph = field(repr=False)

    @classmethod
    def parse(
        cls,
        files: Mapping[str, str],
        sources: Mapping[str, bool] | None = None,
        examine: Examine = examine,
        check_columns: CheckColumns = check_columns,
        *,
        external: Sequence[str] = (),
    ) -> Self:
        """Parse the files of a design folder, by their path in it: ``www/public-orders.yaml``.

        Files that are neither a design nor a query are ignored. ``sources`` are the configured
        sources, True for those with an upstream; without them any folder is allowed. ``examine``
        and ``check_columns`` can be cached. ``external`` are patterns of relations without a
        design that queries may read. DesignError holds all faults of all files.
        """
        faults: list[Fault] = []
        parsed, broken = _parse_files(files, faults, examine)
        parsed = [*with_external(parsed, broken, external)]
        faults += check_together(parsed, broken, check_columns)
        faults += check_assumed(parsed, broken, external)
        if sources is not None:
            faults += check_sources(parsed, sources)
        if faults:
            raise DesignError(faults)
        return cls.of(each.design for each in parsed)

    @classmethod
    def of(cls, designs: Iterable[Design]) -> Self:
        """Return a catalog of checked designs; DesignError if they depend on each other."""
        by_name = {design.name: design for design in sorted(designs, key=lambda each: each.name)}
        return cls(by_name, Graph.build({name: d.needs for name, d in by_name.items()}))

    def __iter__(self) -> Iterator[Design]:
        return iter(self.designs.values())

    def __len__(self) -> int:
        return len(self.designs)

    def __contains__(self, name: object) -> bool:
        return name in self.designs

    def __getitem__(self, name: TableName) -> Design:
        """Return the design of a relation; UsageError suggests similar names if there is none."""
        try:
            return self.designs[name]
        except KeyError:
            hint = did_you_mean(str(name), map(str, self.designs)) or "; see the design folder"
            raise UsageError(f"there is no design for '{name}'{hint}") from None

    def select(
        self, patterns: str | Sequence[str] = (), left_out: Mapping[TableName, str] | None = None
    ) -> tuple[TableName, ...]:
        """Return the relations that patterns select (see ``selection``), sorted by name."""
        return select(self.designs, self.graph, patterns, left_out)

    def with_dependencies(self, names: Iterable[TableName]) -> tuple[TableName, ...]:
        """Return the relations and all that is loaded before them, sorted by name."""
        selected = set(names)
        order = Graph.build({design.name: design.awaits for design in self})
        return tuple(sorted(selected | order.ancestors(selected)))


def _parse_files(
    files: Mapping[str, str], faults: list[Fault], examine: Examine
) -> tuple[list[Parsed], set[TableName]]:
    """Parse each design with its query; return the readable ones, and names of faulty ones."""
    parsed = []
    broken: set[TableName] = set()
    queries = set(filter(is_query, files))
    for path in sorted(filter(is_design, files)):
        query = query_path(path)
        queries.discard(query)
        design, found = examine(path, files[path], files.get(query))
        faults += found
        if design is not None:
            parsed.append(Parsed(design, path, files[path]))
        if found:
            broken |= _possible_names(path)
    for path in sorted(queries):
        message = (
            f"is a query without a design; add {stem_of(path)}.yaml, or have it drafted:"
            f" pipeline design '{allowed_names(stem_of(path), derived=True)[0]}'"
        )
        faults.append(Fault(path, "", message))
        broken |= _possible_names(path)
    return parsed, broken


def _possible_names(path: str) -> set[TableName]:
    names = allowed_names(stem_of(path), derived=False)
    return {TableName(*name.split(".", 1)) for name in names}
