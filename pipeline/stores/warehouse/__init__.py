"""The warehouse: its connection, transactions and errors."""

from pipeline.stores.warehouse.connection import Query, Row, Transaction, Warehouse
from pipeline.stores.warehouse.errors import LOCK_TIMEOUT, LOGIN_REFUSED

__all__ = ["LOCK_TIMEOUT", "LOGIN_REFUSED", "Query", "Row", "Transaction", "Warehouse"]
