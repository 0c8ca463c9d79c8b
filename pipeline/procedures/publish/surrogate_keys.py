"""Give each row of a table the surrogate key that it had, and new rows the next ones.

A key that was given never comes to mean another row: new keys continue behind the largest one ever
given, which is recorded in the transaction that publishes the rows. Rows are identified by the
natural key; without one, all rows get new keys.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from pipeline.designs.model.design import Design
from pipeline.designs.model.types import INTEGERS, TEXTS, parse_type
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.sql.catalog import relations
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import marker
from pipeline.sql.markers import surrogate_keys as record
from pipeline.sql.tables import ddl
from pipeline.sql.tables import surrogate_keys as sql
from pipeline.sql.tables.ddl import column_type
from pipeline.staging_names import rows_table
from pipeline.stores.warehouse import Query, Transaction, Warehouse

logger = logging.getLogger(__name__)

_COMPARABLE = {
    **dict.fromkeys((*INTEGERS, "numeric"), "number"),
    **dict.fromkeys(TEXTS, "text"),
}
"""Types whose values compare without a cast, by what they have in common."""


@dataclass(frozen=True, slots=True)
class SurrogateKeys:
    """The surrogate keys of a table, read before its staging table is filled."""

    schema: str
    design: Design
    last: int
    """The largest key ever given, 0 if none was."""
    recorded: str | None
    """The staging table whose publication recorded ``last``; None if nothing is recorded."""
    kept: bool
    """Whether the table holds rows, and the natural key finds them again."""
    lost: bool = False
    """Whether keys were given before, and no row has them any more once it is published."""

    @classmethod
    def read(cls, query: Query, schema: str, design: Design) -> Self:
        """Read the keys of a table.

        In transactions of their own, or in one that holds the lock of the marker table: if the
        transaction that fills a staging table read what others publish, then, with SERIALIZABLE
        isolation, they would be in conflict.
        """
        rows = query(record.select_last_key(schema, design.name))
        last, recorded = (rows[0]["last_key"], rows[0]["staging_table"]) if rows else (0, None)
        types = {
            row["column_name"]: row["column_type"]
            for row in query(catalog.table_columns(design.name))
        }
        largest = None
        if design.identity is not None and design.identity.name in types:
            found = query(sql.select_largest_key(design))
            largest = found[0]["last_key"] if found else None
        kept = largest is not None and _identifies(design, types)
        last = max(last, largest or 0)
        return cls(schema, design, last, recorded, kept=kept, lost=last > 0 and not kept)

    def fill(
        self,
        transaction: Transaction,
        staging: TableName,
        fill: Callable[[Transaction, TableName], int],
    ) -> tuple[int, Self]:
        """Create and fill a staging table.

        Return the number of rows expected, and the keys as they are once it is published.
        """
        design = self.design
        new = ddl.create_table(design, name=staging, foreign_keys=False, first_key=self.last + 1)
        transaction.add(new)
        if not self.kept:
            return fill(transaction, staging), self._with_generated(transaction, staging)
        rows = rows_table(staging)
        transaction.add(ddl.create_table(design, name=rows, foreign_keys=False))
        expected = fill(transaction, rows)
        transaction.add(sql.insert_unknown_rows(design, rows, staging))
        given = self._with_generated(transaction, staging)
        transaction.add(
            sql.insert_known_rows(design, rows, staging),
            sql.insert_row_zero(design, rows, staging),
            ddl.drop_table(rows),
        )
        return expected, given

    def _with_generated(self, transaction: Transaction, staging: TableName) -> Self:
        """Return the keys including those that Redshift generated, which must be new."""
        found = transaction.query(sql.select_generated_keys(self.design, staging))
        if not found or found[0]["first_key"] is None:
            return self
        if found[0]["first_key"] <= self.last:
            raise WarehouseError(
                f"{self.design.name}: the warehouse generated the surrogate key"
                f" {found[0]['first_key']}, although keys up to {self.last} were given before;"
                " nothing was published. Report this as a bug, with the output of this run"
            )
        return replace(self, last=found[0]["last_key"])

    def is_current(self, transaction: Transaction) -> bool:
        """Return whether nobody has published the table since the keys were read.

        The transaction must hold the lock of the marker table.
        """
        rows = transaction.query(record.select_last_key(self.schema, self.design.name))
        return (rows[0]["staging_table"] if rows else None) == self.recorded

    def write(self, transaction: Transaction, staging: TableName) -> None:
        """Record the largest key, in the transaction that publishes the staging table."""
        name = self.design.name
        row = record.LastKey(str(name), self.last, staging.table)
        transaction.add(
            record.delete_last_key(self.schema, name), record.insert_last_key(self.schema, row)
        )


def create_key_table(warehouse: Warehouse, schema: str) -> None:
    """Create the table of surrogate keys if it is absent; the marker table's lock is enough."""
    if warehouse.query(relations.relation_kind(record.key_table(schema))):
        return

    def create() -> None:
        with warehouse.transaction() as transaction:
            transaction.add(marker.lock_markers(schema), record.create_key_table(schema))

    warehouse.retry(create)


def _identifies(design: Design, types: dict[str, str]) -> bool:
    """Return whether the natural key finds the rows of a table with columns of these types."""
    key = design.identifying_key
    wanted = {c.name: column_type(c).base for c in design.loaded_columns if c.name in key}
    lost = [name for name in key if _comparable(types.get(name)) != _comparable(wanted[name])]
    if lost:
        logger.warning(
            "%s: all rows get new surrogate keys, because the table does not hold the natural key"
            " as the design declares it (%s)",
            design.name,
            ", ".join(lost),
        )
    return bool(key) and not lost


def _comparable(sql_type: str | None) -> str | None:
    if sql_type is None:
        return None
    try:
        base = parse_type(sql_type).base
    except ValueError:
        return sql_type
    return _COMPARABLE.get(base, base)
