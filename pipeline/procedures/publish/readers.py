"""Wait for the readers of a relation that is replaced, without blocking the other relations."""

import logging
from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import WarehouseError
from pipeline.stores.warehouse import LOCK_TIMEOUT, Transaction, Warehouse

logger = logging.getLogger(__name__)

Value = TypeVar("Value")

READERS = 60.0
"""Seconds that one attempt at a swap waits for readers."""


class Readers:
    """The readers of a relation, for which its swap waits until ``lock_timeout`` is over.

    Meanwhile no other relation can be published, and new queries of this one wait, too. So each
    attempt waits briefly and ends with a rollback: others publish and read before the next one.
    The wait for the marker table's lock, while another session of the pipeline holds it, does not
    count.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._left = float(warehouse.timeouts.lock_timeout)
        self._attempt = min(READERS, self._left / 4)
        self._is_brief = False

    def wait_briefly(self, transaction: Transaction) -> None:
        """Limit the waits of a transaction's statements."""
        transaction.lock_timeout = self._attempt
        self._is_brief = True

    def retry(self, work: Callable[[], Value]) -> Value:
        """Call ``work`` until the readers end; its last transaction calls ``wait_briefly``.

        What it waits for before, such as another session's lock of the marker table, ends it.
        """

        def once() -> Value:
            self._is_brief = False
            return work()

        while True:
            try:
                return self._warehouse.retry(once)
            except WarehouseError as error:
                self._left -= self._attempt
                again = self._is_brief and error.sqlstate == LOCK_TIMEOUT
                if not again or self._left <= 0:
                    raise
                logger.info("trying again: %s", error)
