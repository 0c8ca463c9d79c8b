"""Run the tests of queries in tables of their own, all of which are rolled back."""

import datetime as dt
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace

from pipeline.designs.cases import compare
from pipeline.designs.cases.compare import Difference
from pipeline.designs.cases.literals import read_again
from pipeline.designs.cases.model import Case, Rows, Sql
from pipeline.designs.model.design import Design
from pipeline.designs.model.types import SqlType
from pipeline.designs.queries.substitute import fix_clock, move
from pipeline.errors import DesignError, StoreError, WarehouseError
from pipeline.names import TableName
from pipeline.procedures.load.verify import verify
from pipeline.screen import PIPE, Screen, tabulate
from pipeline.settings import Connection
from pipeline.sql.statement import Statement
from pipeline.sql.tables import cases as sql
from pipeline.sql.tables import ddl
from pipeline.sql.tables.refresh import fill, insert_key_zero
from pipeline.staging_names import staging_table
from pipeline.stores.warehouse import Row, Transaction, Warehouse

ATTEMPT = "testcase"
"""Names the staging table that a query fills."""

REMEDY = "Fix the query, or the rows that the case gives"

DENIED = "42501"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case: passed, unless there is an ``error`` or a difference."""

    case: Case
    seconds: float
    error: str = ""
    differences: tuple[Difference, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether the query returned what the case expects."""
        return not self.error and not self.differences

    @property
    def headline(self) -> str:
        """Return the case, its place and what is wrong, in one line."""
        what = "error" if self.error else compare.summarize(self.differences)
        return f"{self.case} ({self.case.file}:{self.case.line}): {what}"

    def details(self, screen: Screen = PIPE) -> str:
        """Return the error, or the table of the differences."""
        if self.error:
            return self.error
        headings = compare.headings(self.case.compared, self.differences, key(self.case.design))
        lines = compare.lines(headings[1:], self.differences)
        return tabulate(headings, lines, screen).strip("\n")


def key(design: Design) -> tuple[str, ...]:
    """Return the columns that identify a row that a query returns; none if it declares none."""
    names = {column.name for column in design.data_columns}
    return next((each for each in design.constraints.keys if names.issuperset(each)), ())


@dataclass(frozen=True, slots=True)
class _Tables:
    """The tables of a case, under the names that they have in its transaction."""

    inputs: tuple[tuple[Design, Rows], ...]
    design: Design

    @property
    def returned(self) -> TableName:
        """Return the view, or the table that the query fills."""
        name = self.design.name
        return name if self.design.kind == "VIEW" else staging_table(name, ATTEMPT)


@contextmanager
def open_bench(warehouse: Warehouse, *, own_names: bool = False) -> Iterator["Bench"]:
    """Yield a bench in one transaction, which is rolled back whatever happens.

    With ``own_names``, the schemas of a case have names of their own, and the query is changed
    accordingly; otherwise they have their true ones, and those that exist are renamed meanwhile.
    """
    try:
        with warehouse.transaction() as transaction:
            yield Bench(transaction, f"etl_test_{secrets.token_hex(4)}_", own_names)
            transaction.roll_back()
    finally:
        warehouse.close()


@contextmanager
def open_emulator_bench(emulator: AbstractContextManager[str]) -> Iterator["Bench"]:
    """Yield a bench on an emulator, which yields its URL."""
    with emulator as url, open_bench(Warehouse(Connection.parse("of the emulator", url))) as bench:
        yield bench


@dataclass(slots=True)
class Bench:
    """Runs cases; tables are created once for all cases, and emptied after each."""

    transaction: Transaction
    prefix: str
    own_names: bool
    _created: dict[TableName, Design] = field(default_factory=dict)
    _filled: set[TableName] = field(default_factory=set)

    def run(self, case: Case) -> Result:
        """Run a case; an error of the warehouse or of a design is its result."""
        started = time.monotonic()
        try:
            differences = self._run(case, self._tables(case))
        except (WarehouseError, DesignError) as error:
            self._roll_back()
            message = str(error).replace(self.prefix, "")
            return Result(case, time.monotonic() - started, message)
        return Result(case, time.monotonic() - started, differences=differences)

    def _run(self, case: Case, tables: _Tables) -> tuple[Difference, ...]:
        self._create(tables)
        self._give(case, tables)
        self._execute(tables)
        found = self.transaction.query(
            sql.select_returned(tables.design, tables.returned, case.compared)
        )
        types = self.transaction.column_types()
        rows, design = case.expected, tables.design
        if design.kind == "VIEW":
            design = _typed(design, types)
            rows = _read_again(case, design)
        expected = self._read_expected(case, replace(tables, design=design), rows)
        if self._filled:
            self._do(sql.delete_all_of(sorted(self._filled)))
        self._filled.clear()
        left, right = (compare.comparable(each, types) for each in (expected, found))
        return compare.compare(left, right, key(case.design), ordered=case.ordered)

    def _tables(self, case: Case) -> _Tables:
        """Return the designs of a case under the names of its transaction."""
        query = case.design.query or ""
        if case.now is not None:
            query = fix_clock(query, case.now)
        names = {each.name.schema: self._schema(each.name) for each, _ in case.inputs}
        if self.own_names:
            query = move(query, names)
        design = replace(case.design, name=self._moved(case.relation), query=query)
        inputs = tuple(
            (replace(each, name=self._moved(each.name)), _fixed(rows, case.now))
            for each, rows in case.inputs
        )
        return _Tables(inputs, design)

    def _schema(self, name: TableName) -> str:
        return f"{self.prefix}{name.schema}" if self.own_names else name.schema

    def _moved(self, name: TableName) -> TableName:
        return TableName(self._schema(name), name.table)

    def _create(self, tables: _Tables) -> None:
        """Create the tables of a case that do not exist; all, if one differs from the existing."""
        wanted = {each.name: each for each, _ in tables.inputs}
        wanted[tables.returned] = replace(tables.design, query=None)
        if any(self._created.get(name, design) != design for name, design in wanted.items()):
            self._roll_back()
        self._create_schemas({name.schema for name in wanted})
        for name, design in wanted.items():
            if name not in self._created and design.kind != "VIEW":
                self._do(ddl.create_table(design, name=name, foreign_keys=False))
            self._created[name] = design

    def _create_schemas(self, schemas: set[str]) -> None:
        new = schemas - {name.schema for name in self._created}
        rows = self.transaction.query(sql.select_schemas()) if new and not self.own_names else ()
        existing = {row["schema_name"] for row in rows}
        for schema in sorted(new):
            if schema in existing:
                self._do(sql.rename_schema(schema, f"{self.prefix}{schema}"))
            with _explaining_privilege():
                self._do(sql.create_own_schema(schema))

    def _give(self, case: Case, tables: _Tables) -> None:
        for design, rows in tables.inputs:
            with _naming(f"{case.file}:{case.line}: given {design.name}"):
                if rows:
                    self._fill(design.name, sql.insert_given(design, rows))
                if not sql.has_row_zero(design, rows):
                    self._fill(design.name, insert_key_zero(design, design.name))

    def _execute(self, tables: _Tables) -> None:
        """Execute the query as a refresh does."""
        design = tables.design
        if design.kind == "VIEW":
            self._do(ddl.create_view(design))
            return
        rows = sum(self._fill(tables.returned, each) for each in fill(design, tables.returned))
        verify(self.transaction, design, tables.returned, rows, REMEDY)

    def _read_expected(self, case: Case, tables: _Tables, rows: Rows) -> list[Row]:
        """Convert the expected rows to the types of the query's, in the warehouse."""
        rows = _fixed(rows, case.now)
        statement = sql.select_expected(tables.design, tables.returned, case.compared, rows)
        with _naming(f"{case.file}:{case.line}: expect"):
            found = self.transaction.query(statement) if rows else []
        return [{name: row[name] for name in case.compared} for row in found]

    def _fill(self, name: TableName, statement: Statement) -> int:
        self._filled.add(name)
        return self._do(statement)

    def _do(self, statement: Statement) -> int:
        return self.transaction.execute(statement)

    def _roll_back(self) -> None:
        self.transaction.roll_back()
        self._created.clear()
        self._filled.clear()


@contextmanager
def _explaining_privilege() -> Iterator[None]:
    """Explain that the user cannot create schemas: StoreError, which ends all cases."""
    try:
        yield
    except WarehouseError as error:
        if error.sqlstate != DENIED:
            raise
        raise StoreError(
            f"{error}\nTests create schemas in a transaction that is rolled back. To allow it, run"
            " as the administrator, for the database and the user of this connection: GRANT CREATE"
            " ON DATABASE … TO …"
        ) from error


@contextmanager
def _naming(place: str) -> Iterator[None]:
    """Put a place before the message of an error of the warehouse."""
    try:
        yield
    except WarehouseError as error:
        raise WarehouseError(f"{place}: {error}", sqlstate=error.sqlstate) from error


def _typed(view: Design, types: Mapping[str, SqlType]) -> Design:
    """Return the design of a view with the types that its columns turned out to have."""
    columns = (
        replace(column, sql_type=str(types[column.name])) if column.name in types else column
        for column in view.columns
    )
    return replace(view, columns=tuple(columns))


def _read_again(case: Case, view: Design) -> Rows:
    """Check the expected values by the types of a view's columns, which no file states."""
    try:
        return read_again(case.expected, view)
    except ValueError as error:
        raise WarehouseError(f"{case.file}:{case.line}: expect: {error}") from None


def _fixed(rows: Rows, now: dt.datetime | None) -> Rows:
    """Replace the clock in the values that are SQL."""
    if now is None:
        return rows
    return tuple(
        {
            name: Sql(fix_clock(value.text, now)) if isinstance(value, Sql) else value
            for name, value in row.items()
        }
        for row in rows
    )
