"""What is in the warehouse, as far as completion markers speak of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from pipeline.designs.model.design import Design
from pipeline.designs.model.types import SqlType, parse_type
from pipeline.names import TableName
from pipeline.sql.catalog import relations, tables
from pipeline.sql.catalog.inventory import inventory
from pipeline.sql.markers import check_results, history, loaded_files, marker
from pipeline.sql.markers.own_table import OwnTable
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl
from pipeline.stores.warehouse import Query, Row, Transaction


@dataclass(frozen=True, slots=True)
class Inventory:
    """Schemas, object ids of relations, and columns of the pipeline's own tables."""

    schemas: frozenset[str] = frozenset()
    relations: Mapping[TableName, int] = field(default_factory=dict)
    columns: Mapping[TableName, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Self:
        """Read the rows of ``select_inventory``."""
        schemas, relations = set(), {}
        columns: dict[TableName, set[str]] = {}
        for row in rows:
            schemas.add(row["schema_name"])
            if row["relation_name"] is None:
                continue
            name = TableName(row["schema_name"], row["relation_name"])
            relations[name] = row["object_id"]
            if row["column_name"] is not None:
                columns.setdefault(name, set()).add(row["column_name"])
        found = {name: frozenset(names) for name, names in columns.items()}
        return cls(frozenset(schemas), relations, found)

    def missing(self, schemas: Iterable[str], marker_schema: str) -> Iterator[str]:
        """Yield in words what BootstrapWarehouse made and is gone: ``the schema www``."""
        for schema in dict.fromkeys((*schemas, marker_schema)):
            if schema not in self.schemas:
                yield f"the schema {schema}"
        for own in own_tables(marker_schema):
            if own.name.schema not in self.schemas:
                continue
            if own.name not in self.relations:
                yield f"the table {own.name}"
                continue
            present = self.columns.get(own.name, frozenset())
            for column in own.columns:
                if column.name not in present:
                    yield f"the column {column.name} of {own.name}"


def own_tables(marker_schema: str) -> tuple[OwnTable, ...]:
    """Return the pipeline's own tables: markers, history, loaded files, results of checks."""
    first = (each.own_table(marker_schema) for each in (marker, history, loaded_files))
    return (*first, *check_results.own_tables(marker_schema))


def select_inventory(schemas: Iterable[str], marker_schema: str) -> Statement:
    """Select what is in these schemas and in the marker schema."""
    names = [own.name for own in own_tables(marker_schema)]
    return inventory((*schemas, marker_schema), names)


def kind_of(transaction: Transaction, name: TableName) -> str | None:
    """Return the kind of a relation in the warehouse, None if the name is free."""
    rows = transaction.query(relations.relation_kind(name))
    return rows[0]["kind"] if rows else None


def object_id(query: Query, name: TableName) -> int | None:
    """Return the object id of a relation in the warehouse, None if the name is free."""
    rows = query(relations.relation_kind(name))
    return rows[0]["object_id"] if rows else None


@dataclass(frozen=True, slots=True)
class RelationState:
    """A relation in the warehouse: its kind, object id, privileges, and what depends on it.

    It is the same one while others change only its privileges.
    """

    kind: str
    object_id: int | None
    has_views: bool
    is_referenced: bool
    owner: str = field(default="", compare=False)
    acl: str | None = field(default=None, compare=False)
    may_alter: bool = field(default=True, compare=False)
    comment_count: int = field(default=0, compare=False)
    """The number of comments of the design that it has."""


RelationStates = Mapping[TableName, RelationState]
"""The relations that exist, by name."""


def states_of(
    query: Query,
    name: TableName,
    *staging: TableName,
    comments: Collection[tuple[str, str]] = (),
) -> RelationStates:
    """Return the states of a relation and of its staging tables, as far as they exist.

    ``comments`` are those that are counted, as ``ddl.comments`` returns them.
    """
    return {
        TableName(name.schema, row["table_name"]): RelationState(
            *(row["kind"], row["object_id"], row["has_views"], row["is_referenced"]),
            *(row["owner_name"], row["acl"], row["may_alter"], row["comment_count"]),
        )
        for row in query(relations.relation_states(name, *staging, comments=comments))
    }


@dataclass(frozen=True, slots=True)
class ColumnState:
    """A column of a table in the warehouse."""

    name: str
    sql_type: str
    not_null: bool


def columns_of(query: Query, name: TableName) -> tuple[ColumnState, ...]:
    """Return the columns of a table, in their order."""
    return tuple(
        ColumnState(row["column_name"], row["column_type"], row["not_null"])
        for row in query(tables.table_columns(name))
    )


def find_altered(query: Query, design: Design, *, sizes: bool) -> str:
    """Return which columns the table has not, or with another type; empty if it has all.

    So it is if somebody altered the table, or if the design was changed since the last load.
    """
    found = {column.name: column.sql_type for column in columns_of(query, design.name)}
    altered = []
    for column in design.loaded_columns:
        expected = ddl.column_type(column)
        if column.name not in found:
            altered.append(f"{column.name} is missing")
        elif (known := _known(found[column.name])) and (
            known != expected if sizes else known.base != expected.base
        ):
            altered.append(f"{column.name} is {known}, not {expected}")
    return f"its columns are not those of the design: {', '.join(altered)}" if altered else ""


def _known(text: str) -> SqlType | None:
    try:
        return parse_type(text)
    except ValueError:
        return None
