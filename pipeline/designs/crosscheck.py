"""Rules between designs: one per relation, and every reference resolves."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from pipeline.designs.checking.order import check_order
from pipeline.designs.checking.references import check_references, place_of
from pipeline.designs.graph import Graph
from pipeline.designs.model.design import Design, ForeignKey
from pipeline.designs.queries.relations import CheckColumns, Known, undesigned, unread
from pipeline.documents import Path, read
from pipeline.errors import DesignError, Fault
from pipeline.names import TableName, did_you_mean, fold


@dataclass(frozen=True, slots=True)
class Parsed:
    """A design and its text."""

    design: Design
    file: str
    text: str

    def fault(self, path: Path, message: str) -> Fault:
        """Return a fault at the line of ``path``."""
        return read(self.file, self.text).fault(path, message)

    def data(self) -> Mapping[str, Any]:
        """Read the file."""
        data: Mapping[str, Any] = read(self.file, self.text).data
        return data


def with_external(
    parsed: Collection[Parsed], unreadable: Collection[TableName], patterns: Iterable[str]
) -> Iterator[Parsed]:
    """Yield the designs; what they read, has no design and matches a pattern is ``external``."""
    globs = [fold(pattern) for pattern in patterns]
    known = {each.design.name for each in parsed} | set(unreadable)
    for each in parsed:
        external = {
            name
            for name in (*each.design.reads, *each.design.checks_read)
            if name not in known and any(fnmatchcase(str(name), glob) for glob in globs)
        }
        yield replace(each, design=_reading(each.design, external))


def _reading(design: Design, external: Collection[TableName]) -> Design:
    return replace(
        design,
        reads=tuple(name for name in design.reads if name not in external),
        external=tuple(name for name in design.reads if name in external),
        checks_read=tuple(name for name in design.checks_read if name not in external),
    )


def check_together(
    parsed: Iterable[Parsed], unreadable: Iterable[TableName], check_columns: CheckColumns
) -> Iterator[Fault]:
    """Yield faults between designs; ``unreadable`` relations have a faulty file but exist."""
    designs: dict[TableName, Parsed] = {}
    every = sorted(parsed, key=lambda each: (each.design.name, each.file))
    for each in every:
        first = designs.setdefault(each.design.name, each)
        if first is not each:
            name = each.design.name
            message = f"duplicate design of '{name}', see {first.file} (names fold to lower case)"
            yield each.fault(("name",), message)
    known = {name: each.design for name, each in designs.items()} | dict.fromkeys(unreadable)
    for each in every:
        yield from _references(each, known)
        yield from _foreign_keys(each, known)
        if each.design.query is not None:
            yield from check_columns(each.design, known)
        if each.design.checks:
            findings = check_references(each.design, each.data, known, check_columns)
            yield from (each.fault(path, message) for path, message in findings)
    yield from _cycle(designs)


def check_assumed(
    parsed: Collection[Parsed], unreadable: Collection[TableName], patterns: Iterable[str]
) -> Iterator[Fault]:
    """Yield names that count as no relation, and may be one: a dependency could be missing.

    ``patterns`` are those of external relations.
    """
    globs = [fold(pattern) for pattern in patterns]
    names = sorted({each.design.name for each in parsed} | set(unreadable))
    schemas, by_table = {name.schema for name in names}, {name.table: name for name in names}
    for each in parsed:
        for name in each.design.assumed:
            is_external = any(fnmatchcase(str(name), glob) for glob in globs)
            if name.schema and (is_external or name.schema in schemas):
                message = (
                    f"'{name}' is ambiguous: '{name.schema}' is a schema, and also the name of a"
                    " relation to the left in FROM; choose another alias or name"
                )
                yield _at(each, name, message)
            elif not name.schema and name.table in by_table:
                message = (
                    f"'{name.table}' has no schema; write {by_table[name.table]}, or"
                    f" pg_catalog.{name.table} for the system table"
                )
                yield _at(each, name, message)


def _at(parsed: Parsed, name: TableName, message: str) -> Fault:
    """Return a fault at a name in the query of a design, or in that of one of its checks."""
    from pipeline.designs.queries.parse import line_of  # noqa: PLC0415  (few runs parse a query)

    design = parsed.design
    line = None if design.query is None else line_of(design.query, name)
    if line is not None:
        return Fault(f"{design.stem}.sql", "", message, line)
    return parsed.fault(place_of(parsed.data(), design, name), message)


def check_sources(parsed: Iterable[Parsed], sources: Mapping[str, bool]) -> Iterator[Fault]:
    """Yield designs in a folder that is not a source, or of a kind that the source cannot have."""
    for each in parsed:
        name, derived = each.design.name.schema, each.design.kind != "TABLE"
        if name not in sources:
            hint = did_you_mean(name, sources)
            yield Fault(each.file, "", f"'{name}' is not a configured source{hint}")
        elif derived and sources[name]:
            message = f"the source '{name}' has an upstream; derived relations need one without"
            yield each.fault(("source_name",), message)
        elif not derived and not sources[name]:
            message = f"the source '{name}' has no upstream: it has no read_access"
            yield each.fault(("source_name",), message)


def _cycle(designs: Mapping[TableName, Parsed]) -> Iterator[Fault]:
    """Yield a cycle of dependencies, if there is one; missing relations are reported elsewhere."""
    plain = {name: each.design for name, each in designs.items()}
    try:
        graph = Graph.build(
            {
                name: [needed for needed in design.needs if needed in designs]
                for name, design in plain.items()
            }
        )
    except DesignError as error:
        yield Fault("", "", str(error))
        return
    for reader, table, problem in check_order(plain, graph):
        each = designs[reader]
        yield each.fault(place_of(each.data(), each.design, table), problem)


def _references(parsed: Parsed, known: Known) -> Iterator[Fault]:
    design = parsed.design
    for index, name in enumerate(design.depends_on):
        if name not in known:
            yield parsed.fault(("depends_on", index), undesigned(name, known))
    for name in design.reads:
        if name not in known:
            from pipeline.designs.queries.parse import line_of  # noqa: PLC0415  (few runs parse a query)

            line = line_of(design.query or "", name)
            yield Fault(f"{design.stem}.sql", "", unread(name, known), line)


def _foreign_keys(parsed: Parsed, known: Known) -> Iterator[Fault]:
    for key in parsed.design.constraints.foreign_keys:
        problem = problem_of(key, known)
        if problem is not None:
            yield parsed.fault(("constraints",), f"foreign key: {problem}")


def problem_of(key: ForeignKey, known: Known) -> str | None:
    """Return why a foreign key is invalid, or None; it must reference a primary or unique key."""
    if key.table not in known:
        return undesigned(key.table, known)
    target = known[key.table]
    if target is None:
        return None
    if target.kind == "VIEW":
        return f"'{target.name}' is a view"
    columns = [column.name for column in target.loaded_columns]
    for name in key.references:
        if name not in columns:
            return f"'{target.name}' has no column '{name}'{did_you_mean(name, columns)}"
    if set(key.references) not in map(set, target.constraints.keys):
        return f"({', '.join(key.references)}) is not a primary or unique key of '{target.name}'"
    return None
