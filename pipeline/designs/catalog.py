"""All designs of the warehouse together: by name, by pattern, in the order of dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Self

from pipeline.designs.crosscheck import CheckColumns, Parsed, check_sources, check_together
from pipeline.designs.graph import Graph
from pipeline.designs.model import Design
from pipeline.designs.parse import examine
from pipeline.designs.queries.columns import check_columns
from pipeline.designs.rules import allowed_names
from pipeline.designs.selection import select
from pipeline.errors import DesignError, Fault, UsageError
from pipeline.names import TableName, did_you_mean

DESIGN_SUFFIXES = (".yaml", ".yml", ".json")
QUERY_SUFFIX = ".sql"

Examine = Callable[[str, str, str | None], tuple[Design | None, list[Fault]]]
"""See ``parse.examine``."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every design by the name of its relation, sorted, and the graph of what needs what."""

    designs: Mapping[TableName, Design]
    graph: Graph = field(repr=False)

    @classmethod
    def parse(
        cls,
        files: Mapping[str, str],
        sources: Mapping[str, bool] | None = None,
        examine: Examine = examine,
        check_columns: CheckColumns = check_columns,
    ) -> Self:
        """Parse all files of a design folder, keyed by their path below it.

        Such a path is ``www/public-orders.yaml``; what is neither design nor query is left alone.
        ``sources`` are those of the configuration, True for those with an upstream; without them
        any folder will do. ``examine`` and ``check_columns`` may remember what they said before.
        DesignError holds every fault of every file.
        """
        faults: list[Fault] = []
        parsed, broken = _parse_files(files, faults, examine)
        faults += check_together(parsed, broken, check_columns)
        if sources is not None:
            faults += check_sources(parsed, sources)
        if faults:
            raise DesignError(faults)
        return cls.of(each.design for each in parsed)

    @classmethod
    def of(cls, designs: Iterable[Design]) -> Self:
        """Make a catalogue of checked designs; DesignError when they depend on each other."""
        by_name = {design.name: design for design in sorted(designs, key=lambda each: each.name)}
        return cls(by_name, Graph.build({name: d.needs for name, d in by_name.items()}))

    def __iter__(self) -> Iterator[Design]:
        return iter(self.designs.values())

    def __len__(self) -> int:
        return len(self.designs)

    def __contains__(self, name: object) -> bool:
        return name in self.designs

    def __getitem__(self, name: TableName) -> Design:
        """Return the design of a relation; UsageError names the nearest if there is none."""
        try:
            return self.designs[name]
        except KeyError:
            hint = did_you_mean(str(name), map(str, self.designs)) or "; see the design folder"
            raise UsageError(f"there is no design for '{name}'{hint}") from None

    def select(
        self,
        patterns: str | Sequence[str] = (),
        left_out: Mapping[TableName, str] | None = None,
    ) -> tuple[TableName, ...]:
        """Return the relations that patterns choose (see ``selection``), sorted by name."""
        return select(self.designs, self.graph, patterns, left_out)

    def with_dependencies(self, names: Iterable[TableName]) -> tuple[TableName, ...]:
        """Add all that these relations need, so that each can be made; sorted by name."""
        wanted = set(names)
        return tuple(sorted(wanted | self.graph.ancestors(wanted)))


def _parse_files(
    files: Mapping[str, str], faults: list[Fault], examine: Examine
) -> tuple[list[Parsed], set[TableName]]:
    """Parse each design with its query; return what has the form of one, and faulty names."""
    parsed = []
    broken: set[TableName] = set()
    queries = {path for path in files if _is_query(path)}
    for path in sorted(filter(_is_design, files)):
        query_path = str(PurePosixPath(path).with_suffix(QUERY_SUFFIX))
        queries.discard(query_path)
        design, found = examine(path, files[path], files.get(query_path))
        faults += found
        if design is not None:
            parsed.append(Parsed(design, path, files[path]))
        if found:
            broken |= _possible_names(path)
    for path in sorted(queries):
        message = f"is a query without a design; write {PurePosixPath(path).stem}.yaml beside it"
        faults.append(Fault(path, "", message))
        broken |= _possible_names(path)
    return parsed, broken


def _is_design(path: str) -> bool:
    return path.endswith(DESIGN_SUFFIXES) and not _is_hidden(path)


def _is_query(path: str) -> bool:
    return path.endswith(QUERY_SUFFIX) and not _is_hidden(path)


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def _possible_names(path: str) -> set[TableName]:
    stem = str(PurePosixPath(path).with_suffix(""))
    names = allowed_names(stem, derived=False)
    return {TableName(*name.split(".", 1)) for name in names}
