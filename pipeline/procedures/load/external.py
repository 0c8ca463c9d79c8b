"""Check the relations that queries read and others maintain."""

from collections.abc import Iterable

from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.sql.catalog.tables import explain_reading
from pipeline.stores.warehouse import Warehouse


def check_external(warehouse: Warehouse, names: Iterable[TableName]) -> None:
    """Raise WarehouseError if the owner of the warehouse cannot read one of the relations."""
    for name in names:
        try:
            warehouse.query(explain_reading(name))
        except WarehouseError as error:
            if error.retryable:
                raise
            raise WarehouseError(
                f"{name}, which data_warehouse.external declares, cannot be read: {error};"
                " others maintain it: ask them to create it, or to grant USAGE on its schema and"
                " SELECT on it",
                sqlstate=error.sqlstate,
            ) from error
