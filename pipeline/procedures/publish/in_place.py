"""Replace the rows of a table in place, because what is bound to it would not follow a swap.

The table keeps its definition, and must have that of its design: columns are compared, keys are
dropped and declared, since the planner relies on them. Distribution, sort keys and encodings do
not change what queries return, and stay.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pipeline.designs.model.design import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.inventory import ColumnState, columns_of
from pipeline.procedures.publish.foreign_keys import declare_again, drop
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.catalog.tables import NamedKey, Reference
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl, publish
from pipeline.stores.warehouse import Transaction

logger = logging.getLogger(__name__)

DEPENDENT = "2BP01"
"""Other objects depend on this one."""

Columns = Sequence[ColumnState]


class BoundError(WarehouseError):
    """A table cannot get what its design declares, because of what is bound to it."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What is bound to a table: views, and foreign keys that the user may not drop."""

    views: tuple[str, ...]
    keys: tuple[Reference, ...]

    def __bool__(self) -> bool:
        return bool(self.views or self.keys)

    def __str__(self) -> str:
        return f"{', '.join((*self.views, *map(str, self.keys)))} is bound to it"

    def refusal(self, name: TableName, what: str) -> BoundError:
        """Return the error that the table cannot get or do something."""
        remedies = []
        if self.views:
            remedies.append("drop the view, or create it again WITH NO SCHEMA BINDING")
        if self.keys:
            remedies.append("have the owner of the table drop the foreign key")
        return BoundError(
            f"{name} cannot {what}, because {self}; {'; '.join(remedies)}, and run the task again"
        )


@dataclass(frozen=True, slots=True)
class InPlace:
    """A table that keeps its place, and the staging table whose rows it gets.

    ``references`` are the foreign keys of other tables to it; ``referencing`` are the designs that
    declare some.
    """

    design: Design
    staging: TableName
    bound: Bound
    references: tuple[Reference, ...]
    referencing: tuple[Design, ...]
    remark: Callable[[str], None]

    @property
    def name(self) -> TableName:
        """The table's name."""
        return self.design.name

    def replace(self, transaction: Transaction) -> None:
        """Replace the rows, and the keys that the design declares no longer or not yet.

        Columns that somebody added are dropped, as they are by a swap.
        """
        current, new = (columns_of(transaction.query, each) for each in (self.name, self.staging))
        if not new:
            raise WarehouseError(f"{self.staging} does not exist")
        added = self._find_added(current, new)
        self._check_nulls(transaction, current, new)
        before, after = self._key_changes(transaction, current)
        transaction.add(*before)
        self._drop_columns(transaction, added)
        logger.info("%s: replaced in place, because %s", self.name, self.bound)
        transaction.add(
            publish.delete_all(self.name),
            publish.insert_from_staging_table(self.design, self.staging),
            *after,
        )
        transaction.execute(ddl.drop_table(self.staging))

    def _find_added(self, current: Columns, new: Columns) -> list[str]:
        """Return the columns that only the table has; otherwise both must have the same."""
        names = {column.name: column.sql_type for column in new}
        added = [c.name for c in current if names.get(c.name) != c.sql_type]
        kept = [(c.name, c.sql_type) for c in current if c.name not in added]
        if kept != [*names.items()]:
            raise self.bound.refusal(self.name, "get its new columns")
        return added

    def _drop_columns(self, transaction: Transaction, added: Collection[str]) -> None:
        for column in added:
            logger.warning("%s: dropping column %s, which has no design", self.name, column)
            try:
                transaction.execute(ddl.drop_column(self.name, column))
            except WarehouseError as error:
                if error.sqlstate != DEPENDENT:
                    raise
                raise self.bound.refusal(self.name, "get its new columns") from error

    def _check_nulls(self, transaction: Transaction, current: Columns, new: Columns) -> None:
        """Refuse NULLs in a column that was NOT NULL: ALTER TABLE cannot change that."""
        nullable = {column.name for column in new if not column.not_null}
        strict = tuple(c.name for c in current if c.not_null and c.name in nullable)
        if not strict:
            return
        for row in transaction.query(publish.count_nulls(self.staging, strict)):
            found = [name for number, name in enumerate(strict) if row[f"nulls_{number}"]]
            if found:
                raise self.bound.refusal(self.name, f"get NULL in {', '.join(found)}")

    def _key_changes(
        self, transaction: Transaction, current: Columns
    ) -> tuple[list[Statement], list[Statement]]:
        """Return the statements that drop keys, and those that then declare keys."""
        name, declared = self.name, self.design.constraints.foreign_keys
        primary, unique = ddl.declared_keys(self.design.constraints)
        wanted = {key: key == primary for key in (primary, *unique) if key}
        held = catalog.keys_of(transaction.query(catalog.named_keys(name)))
        gone = [key for key in held if wanted.get(key.columns) != key.is_primary]
        kept = {key.columns for key in held if key not in gone}
        self._check_primary(current, () if primary in kept else primary)
        depending = [each for each in self.references if _depends(each, gone)]
        if any(not each.may_alter for each in depending):
            raise self.bound.refusal(name, "lose the key that its design does not declare")
        own = catalog.references(transaction.query(catalog.own_foreign_keys(name)))
        undeclared = [
            each
            for each in own
            if each.key not in declared or (each.key.table == name and _depends(each, gone))
        ]
        return (
            [
                *drop((*undeclared, *depending)),
                *(ddl.drop_constraint(name, key.constraint) for key in gone),
            ],
            [
                *(ddl.add_key(name, k, primary=p) for k, p in wanted.items() if k not in kept),
                *declare_again(self.design, self.referencing, depending, self.remark),
            ],
        )

    def _check_primary(self, current: Columns, primary: tuple[str, ...]) -> None:
        """Refuse a new primary key of columns that allow NULL."""
        nullable = [c.name for c in current if c.name in primary and not c.not_null]
        if nullable:
            what = f"get its primary key, since {', '.join(nullable)} allows NULL in it"
            raise self.bound.refusal(self.name, what)


def _depends(reference: Reference, keys: Collection[NamedKey]) -> bool:
    """Return whether a foreign key references the columns of one of the keys."""
    return any(set(reference.key.references) <= set(key.columns) for key in keys)
