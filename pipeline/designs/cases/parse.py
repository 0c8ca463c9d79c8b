"""Parse the tests beside designs, ``analytics/dim_order.tests.yaml``, with all faults."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlglot import exp

from pipeline.designs.cases.literals import read_csv, read_value
from pipeline.designs.cases.model import Case, Row, Rows, Value
from pipeline.designs.folder import is_tests
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.types import parse_type
from pipeline.designs.parse import not_utf8, relation, stem_of
from pipeline.designs.queries.parse import parse
from pipeline.documents import Document, Path, Schema, read
from pipeline.errors import DesignError, Fault, FaultsError, UsageError
from pipeline.names import TableName, did_you_mean, fold

Designs = Mapping[TableName, Design]


def parse_cases(files: Mapping[str, str], designs: Designs) -> tuple[Case, ...]:
    """Parse all tests of a design folder; DesignError holds all faults of all files."""
    cases: list[Case] = []
    faults: list[Fault] = []
    by_stem = {design.stem: design for design in designs.values()}
    for path in sorted(filter(is_tests, files)):
        try:
            cases += _file(path, files[path], by_stem, designs)
        except FaultsError as error:
            faults += error.faults
    if faults:
        raise DesignError(faults)
    return tuple(cases)


@cache
def _schema() -> Schema:
    return Schema.load("pipeline.designs", "cases.schema.json")


def _file(path: str, text: str, by_stem: Mapping[str, Design], designs: Designs) -> Iterator[Case]:
    if wrong := [*not_utf8(path, text)]:
        raise DesignError(wrong)
    document = read(path, text)
    if faults := _schema().faults(document):
        raise DesignError(faults)
    stem = stem_of(stem_of(path))
    design = by_stem.get(stem)
    if design is None:
        raise DesignError([Fault(path, "", f"is beside no design: there is no {stem}.yaml")])
    if design.query is None:
        message = f"{design.name} has no query: only derived tables and views can be tested"
        raise DesignError([Fault(path, "", message)])
    reader = _Reader(document, design, designs)
    cases = [*reader.cases()]
    if reader.faults:
        raise DesignError(reader.faults)
    yield from cases


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one file of the tests of ``design`` and collects its faults."""

    document: Document
    design: Design
    designs: Designs
    faults: list[Fault] = field(default_factory=list)

    def add(self, path: Path, message: str) -> None:
        self.faults.append(self.document.fault(path, message))

    def cases(self) -> Iterator[Case]:
        inputs = self._inputs()
        seen: set[str] = set()
        for number, raw in enumerate(self.document.data["tests"]):
            path = ("tests", number)
            if raw["name"] in seen:
                self.add((*path, "name"), f"duplicate name '{raw['name']}'")
            seen.add(raw["name"])
            given = self._given(path, raw.get("given", {}), inputs)
            compared, expected = self._expected(path, raw)
            yield Case(
                name=raw["name"],
                design=self.design,
                inputs=tuple((each, given.get(each.name, ())) for each in inputs.values()),
                compared=compared,
                expected=expected,
                file=self.document.file,
                line=self.document.line(path) or 1,
                now=self._now(path, raw.get("now")),
                ordered=self._ordered(path, ordered=raw.get("ordered", False)),
            )

    def _inputs(self) -> dict[TableName, Design]:
        """Return a design with types for each relation that the query reads."""
        stated = self._stated()
        found = {}
        for name in sorted({*self.design.reads, *self.design.external}):
            known = self.designs.get(name)
            if name in stated:
                columns = tuple(Column(each, kind) for each, kind in stated[name].items())
                found[name] = Design(name, "CTAS", "", columns)
            elif known is not None and all(each.sql_type for each in known.loaded_columns):
                found[name] = known
            elif "." in name.table:
                self.add(("tests",), f"a test cannot give rows of another database: '{name}'")
            else:
                kind = "is a view without types" if known is not None else "has no design"
                message = f"the query reads '{name}', which {kind}; add its columns and types"
                self.add(("columns",), message)
        return found

    def _stated(self) -> dict[TableName, dict[str, str]]:
        stated = {}
        for text, columns in self.document.data.get("columns", {}).items():
            path = ("columns", text)
            name = self._read_relation(path, text)
            known = self.designs.get(name) if name else None
            if known is not None and known.kind != "VIEW":
                self.add(path, f"'{name}' has a design, which states its types")
                continue
            if known is not None:
                self._check_names(path, map(fold, columns), known)
            if name is not None:
                stated[name] = {fold(each): kind for each, kind in columns.items()}
            for each, kind in columns.items():
                try:
                    parse_type(kind)
                except ValueError as error:
                    self.add((*path, each), str(error))
        return stated

    def _read_relation(self, path: Path, text: str) -> TableName | None:
        """Return a relation that the query reads; add a fault for any other one."""
        reads = (*self.design.reads, *self.design.external)
        try:
            name = relation(text)
        except UsageError as error:
            self.add(path, str(error))
            return None
        if name in reads:
            return name
        hint = did_you_mean(text, map(str, reads)) or f"; it reads {', '.join(map(str, reads))}"
        self.add(path, f"the query does not read '{name}'{hint}")
        return None

    def _given(self, path: Path, raw: Mapping[str, Any], inputs: Designs) -> dict[TableName, Rows]:
        found = {}
        for text, rows in raw.items():
            name = self._read_relation((*path, "given", text), text)
            if name is not None and name in inputs:
                found[name] = self._rows((*path, "given", text), rows, inputs[name])
        return found

    def _expected(self, path: Path, raw: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
        rows = self._rows((*path, "expect"), raw["expect"], self.design)
        named = {name for row in rows for name in row}
        identity = self.design.identity
        if identity is not None and identity.name in named:
            message = f"'{identity.name}' is generated by the warehouse, and cannot be expected"
            self.add((*path, "expect"), message)
        is_all = raw.get("exact", False) or not rows
        names = (column.name for column in self.design.data_columns)
        return tuple(name for name in names if is_all or name in named), rows

    def _rows(self, path: Path, raw: Any, design: Design) -> Rows:
        is_csv = isinstance(raw, str)
        try:
            rows = [*read_csv(raw)] if is_csv else raw
        except ValueError as error:
            self.add(path, str(error))
            return ()
        names = (name for row in rows for name in row)
        self._check_names(path, dict.fromkeys(map(fold, names)), design)
        if not is_csv:
            return tuple(
                self._row((*path, number), row, design) for number, row in enumerate(rows)
            )
        return tuple(self._row(path, row, design, csv) for csv, row in enumerate(rows, start=1))

    def _row(
        self, path: Path, row: Mapping[str, Any], design: Design, csv: int | None = None
    ) -> Row:
        """Read a row at a path, or the one with this number in the CSV there."""
        is_input = "given" in path
        columns = {column.name: column for column in design.loaded_columns}
        found: dict[str, Value] = {}
        for name, value in row.items():
            column = columns.get(fold(name))
            if column is None:
                continue
            place = path if csv else (*path, name)
            where = f"CSV row {csv}: {name}: " if csv else ""
            if column.name in found:
                self.add(place, f"{where}'{column.name}' is named twice")
            try:
                kind = parse_type(column.sql_type) if column.sql_type else None
                found[column.name] = read_value(value, kind)
            except ValueError as error:
                self.add(place, f"{where}{error}")
            if value is None and is_input and column.not_null:
                self.add(place, f"{where}'{column.name}' is NOT NULL in {design.name}")
        return found

    def _check_names(self, path: Path, names: Any, design: Design) -> None:
        known = [column.name for column in design.loaded_columns]
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known) or f"; it has {', '.join(known)}"
                self.add(path, f"'{design.name}' has no column '{name}'{hint}")

    def _now(self, path: Path, text: str | None) -> dt.datetime | None:
        try:
            return None if text is None else dt.datetime.fromisoformat(text)
        except ValueError as error:
            self.add((*path, "now"), f"'{text}': {error}")
            return None

    def _ordered(self, path: Path, *, ordered: bool) -> bool:
        """Check that the query of an ordered case determines an order that readers see."""
        if not ordered:
            return False
        if self.design.kind != "VIEW":
            self.add((*path, "ordered"), "the rows of a table have no order, whatever the query")
        elif not isinstance(parse(self.design.query or "", "").args.get("order"), exp.Order):
            self.add((*path, "ordered"), "the query has no ORDER BY")
        return True
