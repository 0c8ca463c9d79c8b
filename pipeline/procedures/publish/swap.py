"""Put a staging table in a table's place, within the transaction that publishes it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.designs.model.design import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.inventory import RelationStates, columns_of, kind_of
from pipeline.settings import Groups
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl, publish
from pipeline.staging_names import retired
from pipeline.stores.warehouse import Row, Transaction

logger = logging.getLogger(__name__)

DEPENDENT = "2BP01"
"""Other objects depend on this one."""


def privileges(design: Design, groups: Groups, name: TableName) -> tuple[Statement, ...]:
    """Return the statements that grant privileges on a new relation and describe it.

    ``name`` may be that of its staging table: renaming keeps both.
    """
    return (*publish.grants(name, groups), *ddl.comment_on(design, name))


@dataclass(frozen=True, slots=True)
class Swap:
    """A relation, and the staging table that replaces it; ``states`` are those of both."""

    design: Design
    staging: TableName
    states: RelationStates

    @property
    def name(self) -> TableName:
        """The relation's name."""
        return self.design.name

    def statements(self, transaction: Transaction) -> tuple[Statement, ...]:
        """Return the statements that swap the staging table in.

        If a view is bound to the table, it is filled in place instead, and none is left to do.
        """
        state = self.states.get(self.name)
        renamed = ddl.rename_table(self.staging, self.name.table)
        if state is None:
            return (renamed,)
        if state.kind in {"view", "late-binding view"}:
            return (ddl.drop_view(self.name), renamed)
        bound = transaction.query(catalog.bound_views(self.name)) if state.has_views else []
        if bound and state.kind == "table":
            self._refill(transaction, bound)
            return ()
        if state.kind != "table":
            return (renamed,)
        keys = (
            transaction.query(catalog.referencing_foreign_keys(self.name))
            if state.is_referenced
            else []
        )
        old = retired(self.staging)
        return (
            *_without(catalog.references(keys)),
            ddl.rename_table(self.name, old.table),
            renamed,
            ddl.drop_table(old),
        )

    def _refill(self, transaction: Transaction, bound: list[Row]) -> None:
        """Replace the rows and keep the table, to which views are bound.

        Columns that somebody added are dropped, as they are by a swap.
        """
        views = ", ".join(f"{row['view_schema']}.{row['view_name']}" for row in bound)
        current, new = columns_of(transaction, self.name), columns_of(transaction, self.staging)
        if not new:
            raise WarehouseError(f"{self.staging} does not exist")
        refused = WarehouseError(
            f"{self.name} cannot get its new columns, because {views} is bound to it; drop"
            " the view, or create it again WITH NO SCHEMA BINDING, and run the task again"
        )
        added = [column for column in current if column not in new]
        if [column for column in current if column not in added] != new:
            raise refused
        for column, _ in added:
            logger.warning("%s: dropping column %s, which has no design", self.name, column)
            try:
                transaction.execute(ddl.drop_column(self.name, column))
            except WarehouseError as error:
                raise (refused if error.sqlstate == DEPENDENT else error) from error
        logger.info("%s: replaced in place, because %s is bound to it", self.name, views)
        transaction.add(
            publish.delete_all(self.name),
            publish.insert_from_staging_table(self.design, self.staging),
        )
        transaction.execute(ddl.drop_table(self.staging))


def _without(references: Iterable[catalog.Reference]) -> list[Statement]:
    return [ddl.drop_constraint(each.table, each.constraint) for each in references]


def has_foreign_keys(design: Design, referencing: tuple[Design, ...]) -> bool:
    """Return whether foreign keys are declared when a table is published."""
    return bool(design.constraints.foreign_keys or referencing)


def declare_foreign_keys(
    transaction: Transaction, design: Design, referencing: tuple[Design, ...]
) -> None:
    """Declare the foreign keys of the design and those that reference it.

    Both tables of a key must exist; the others are declared when the second one is published.
    """
    name = design.name
    others = (other for other in referencing if other.name != name)
    for owner in (design, *others):
        keys = [key for key in owner.constraints.foreign_keys if name in {owner.name, key.table}]
        if not keys or kind_of(transaction, owner.name) != "table":
            continue
        declared = {
            (item.key.columns, item.key.table)
            for item in catalog.references(transaction.query(catalog.own_foreign_keys(owner.name)))
        }
        for key in keys:
            missing = (key.columns, key.table) not in declared
            if missing and kind_of(transaction, key.table) == "table":
                transaction.add(ddl.add_foreign_key(owner.name, key))
