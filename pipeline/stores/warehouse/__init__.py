"""The warehouse: its connection, transactions and errors."""

from pipeline.stores.warehouse.connection import Query, Row, Transaction, Warehouse
from pipeline.stores.warehouse.errors import LOCK_TIMEOUT, LOGIN_REFUSED, OWN_LOCK_TIMEOUT

__all__ = [
    "LOCK_TIMEOUT",
    "LOGIN_REFUSED",
    "OWN_LOCK_TIMEOUT",
    "Query",
    "Row",
    "Transaction",
    "Warehouse",
]
