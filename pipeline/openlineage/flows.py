"""What a task reads and writes: datasets, their columns, and where these come from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.designs.model.design import Design
from pipeline.designs.queries.relations import Known
from pipeline.openlineage.facets import Facets, column_lineage, described, facet
from pipeline.openlineage.names import Dataset, Places


@dataclass(frozen=True, slots=True)
class Port:
    """A dataset that a job reads or writes; ``statistics`` are those of this run."""

    dataset: Dataset
    facets: Facets = field(default_factory=dict)
    statistics: Facets = field(default_factory=dict)

    def as_json(self, key: str) -> dict[str, Any]:
        """Return it as in an event; ``key`` is ``inputFacets`` or ``outputFacets``."""
        found: dict[str, Any] = {"namespace": self.dataset.namespace, "name": self.dataset.name}
        if self.facets:
            found["facets"] = self.facets
        return {**found, key: self.statistics} if self.statistics else found


@dataclass(frozen=True, slots=True)
class Flow:
    """What a job reads and writes, and its query, if it runs one."""

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    query: str | None = None

    @property
    def names(self) -> "Flow":
        """The same without what is known only of a run that has succeeded."""
        bare = [[Port(each.dataset) for each in ports] for ports in (self.inputs, self.outputs)]
        return Flow(tuple(bare[0]), tuple(bare[1]), self.query)


@dataclass(frozen=True, slots=True)
class Moved:
    """The rows and bytes that a task moved, as far as they were counted."""

    rows: int | None = None
    bytes: int = 0

    def read(self) -> Facets:
        """Return them as those of an input."""
        return facet("inputStatistics", rowCount=self.rows, size=self.bytes or None)

    def written(self) -> Facets:
        """Return them as those of an output."""
        return facet("outputStatistics", rowCount=self.rows, size=self.bytes or None)


def dump(design: Design, places: Places, moved: Moved, version: str) -> Flow:
    """Return the flow of a dump; ``version`` is the key of its manifest, if it is there."""
    from pipeline.pages.columns import upstream_columns  # noqa: PLC0415  (only events need it)

    table = places.table(design)
    read = {
        column.name: [(table, name) for name in names]
        for column in design.data_columns
        if not column.missing and (names := upstream_columns(column))
    }
    texts = {column.name: column.expression for column in design.data_columns}
    facets = column_lineage(read, texts)
    if version:
        facets |= facet("version", datasetVersion=version)
    output = Port(places.dump(design), {**described(design), **facets}, moved.written())
    return Flow((Port(table),), (output,))


def load(design: Design, places: Places, moved: Moved) -> Flow:
    """Return the flow of the load of a dump."""
    source = places.dump(design)
    read = {column.name: [(source, column.name)] for column in design.data_columns}
    facets = {**described(design), **column_lineage(read, {})}
    output = Port(places.relation(design.name), facets, Moved(moved.rows).written())
    return Flow((Port(source, statistics=moved.read()),), (output,))


def load_files(design: Design, places: Places, moved: Moved, path: str) -> Flow:
    """Return the flow of the load of files that others wrote, whose columns have no names."""
    output = Port(places.relation(design.name), described(design), Moved(moved.rows).written())
    return Flow((Port(places.files(path, design), statistics=moved.read()),), (output,))


def refresh(designs: Iterable[Design], places: Places, moved: Moved, known: Known) -> Flow:
    """Return the flow of a refresh of one or more derived relations; the first has the rows."""
    listed = list(designs)
    written = {design.name for design in listed}
    names = {name for design in listed for name in (*design.reads, *design.external)} - written
    outputs = tuple(
        Port(
            places.relation(design.name),
            {**described(design), **_derived(design, places, known)},
            Moved(moved.rows).written() if not number and moved.rows is not None else {},
        )
        for number, design in enumerate(listed)
    )
    inputs = tuple(Port(places.relation(name)) for name in sorted(names))
    return Flow(inputs, outputs, listed[0].query)


def _derived(design: Design, places: Places, known: Known) -> Facets:
    """Return the lineage of a query's columns, as far as its text proves it."""
    from pipeline.designs.queries.lineage import origins  # noqa: PLC0415  (only events need it)

    found = {name: origin for name, origin in origins(design, known).items() if origin.columns}
    read: Mapping[str, Any] = {
        name: [(places.relation(each.relation), each.column) for each in sorted(origin.columns)]
        for name, origin in found.items()
        if origin.columns
    }
    return column_lineage(read, {name: origin.expression for name, origin in found.items()})
