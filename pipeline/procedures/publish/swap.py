"""Put a staging table in a table's place, within the transaction that publishes it."""

from dataclasses import dataclass

from pipeline.names import TableName
from pipeline.procedures.inventory import RelationState, RelationStates
from pipeline.procedures.publish import foreign_keys
from pipeline.procedures.publish.in_place import Bound, InPlace
from pipeline.procedures.publish.privileges import Carried
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl
from pipeline.staging_names import retired
from pipeline.stores.warehouse import Transaction


@dataclass(frozen=True, slots=True)
class Swap:
    """A publication, and the staging table with its rows; ``states`` are those of both tables."""

    publication: Publication
    staging: TableName
    states: RelationStates

    @property
    def name(self) -> TableName:
        """The relation's name."""
        return self.publication.name

    def statements(self, transaction: Transaction) -> tuple[Statement, ...]:
        """Return the statements that swap the staging table in.

        If a view is bound to the table, or a foreign key that the user may not drop, it is filled
        in place instead, and none is left to do.
        """
        state = self.states.get(self.name)
        renamed = ddl.rename_table(self.staging, self.name.table)
        if state is None:
            return (renamed,)
        if state.kind in {"view", "late-binding view"}:
            return (ddl.drop_view(self.name), renamed, *self._carried(state))
        if state.kind != "table":
            return (renamed,)
        return self._replace_table(transaction, state)

    def _replace_table(
        self, transaction: Transaction, state: RelationState
    ) -> tuple[Statement, ...]:
        design, referencing = self.publication.design, self.publication.referencing
        remark = self.publication.place.remark
        views, keys = self._bound_views(transaction, state), self._references(transaction, state)
        bound = Bound(views, tuple(key for key in keys if not key.may_alter))
        if bound:
            InPlace(design, self.staging, bound, keys, referencing, remark).replace(transaction)
            self.publication.restore(transaction, state)
            return ()
        old = retired(self.staging)
        return (
            *foreign_keys.drop(keys),
            ddl.rename_table(self.name, old.table),
            ddl.rename_table(self.staging, self.name.table),
            ddl.drop_table(old),
            *self._carried(state),
            *foreign_keys.declare_again(design, referencing, keys, remark),
        )

    def _carried(self, state: RelationState) -> tuple[Statement, ...]:
        place, new = self.publication.place, self.states.get(self.staging)
        return Carried(self.name, place.groups, state, new, place.remark).statements()

    def _bound_views(self, transaction: Transaction, state: RelationState) -> tuple[str, ...]:
        rows = transaction.query(catalog.bound_views(self.name)) if state.has_views else ()
        return tuple(f"{row['view_schema']}.{row['view_name']}" for row in rows)

    def _references(
        self, transaction: Transaction, state: RelationState
    ) -> tuple[catalog.Reference, ...]:
        if not state.is_referenced:
            return ()
        return catalog.references(transaction.query(catalog.referencing_foreign_keys(self.name)))
