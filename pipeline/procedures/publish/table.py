"""Put a staging table in a table's place, together with the marker that completes the task.

The rows were loaded and checked in a separate transaction, into a table that no query reads.
What happens here is short and begins with LOCK on the marker table, before the transaction has a
snapshot: two runs publish one after the other, and the second finds the first one's marker. With
the load inside the same transaction, its snapshot would be older than the other run's marker, and
the two would end in a serialization error after hours of COPY, or in two markers.
https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html

What decides is read before LOCK. The whole transaction is one message, in which a statement fails
if the markers have changed since: no round trip passes while other runs wait for the lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.content import (
    InputsChangedError,
    ReplacedError,
    SupersededError,
)
from pipeline.procedures.publish.foreign_keys import declare_foreign_keys, has_foreign_keys
from pipeline.procedures.publish.in_place import BoundError
from pipeline.procedures.publish.publication import Before, Publication
from pipeline.procedures.publish.readers import Readers
from pipeline.procedures.publish.swap import Swap
from pipeline.sql.tables import ddl
from pipeline.stores.warehouse import LOCK_TIMEOUT, OWN_LOCK_TIMEOUT, Transaction


class StagingTableGoneError(WarehouseError):
    """Another run of the same task dropped the staging table as a leftover; load again."""


class KeysGivenError(WarehouseError):
    """Another run has published the table, and perhaps given new surrogate keys; load again."""


def publish(publication: Publication, staging: TableName, before: Before) -> bool:
    """Publish a committed staging table; ``before`` is what was there when it was filled.

    Return False if another run published first; its rows stay. StagingTableGoneError if another
    run dropped the staging table, KeysGivenError if one published other rows, BoundError if the
    table cannot get the definition of its design. The staging table is dropped if it must not be
    published.
    """
    warehouse = publication.place.warehouse
    readers = Readers(warehouse)
    # Another run's marker, if one was there before the rows were loaded, can be outdated.
    known = None if publication.is_complete(before) else before

    def work() -> bool:
        nonlocal known
        found, known = known or publication.read(warehouse.query, staging), None
        if publication.is_published(warehouse.query, found):
            warehouse.execute(ddl.drop_table(staging, if_exists=True))
            return False
        publication.check_inputs(before.contents, found.contents)
        if staging not in found.states:
            raise StagingTableGoneError(f"{staging} was dropped by another run of this task")
        with locked(publication, found, readers, staging) as transaction:
            if publication.keys is not None and not publication.keys.is_current(transaction):
                raise KeysGivenError(f"another run has published {publication.name}")
            publish_within(publication, transaction, staging, found)
        publication.tell_replaced(found)
        return True

    try:
        return readers.retry(work)
    except (SupersededError, InputsChangedError, ReplacedError, KeysGivenError, BoundError):
        warehouse.execute(ddl.drop_table(staging, if_exists=True))
        raise


@contextmanager
def locked(
    publication: Publication, before: Before, readers: Readers, *staging: TableName
) -> Iterator[Transaction]:
    """Begin a transaction that locks the marker table, and fails if it holds other markers.

    ``before`` is what was read of the relation and of its staging tables. If it has changed after
    an error, the error is retryable: read it again.
    """
    warehouse = publication.place.warehouse
    try:
        with warehouse.transaction() as transaction:
            readers.wait_briefly(transaction)
            transaction.add(*publication.lock_unchanged(before))
            yield transaction
    except WarehouseError as error:
        if error.retryable or error.sqlstate in {LOCK_TIMEOUT, OWN_LOCK_TIMEOUT}:
            raise
        if _read_again(publication, staging) in (None, before):
            raise
        raise WarehouseError(
            f"another task or run changed {publication.name}, or what its query reads, before it"
            " was published",
            retryable=True,
        ) from error


def _read_again(publication: Publication, staging: tuple[TableName, ...]) -> Before | None:
    """Read what is there after an error; None if that fails, too."""
    try:
        return publication.read(publication.place.warehouse.query, *staging)
    except WarehouseError:
        return None


def publish_within(
    publication: Publication,
    transaction: Transaction,
    staging: TableName,
    before: Before | None = None,
) -> None:
    """Publish a staging table in a transaction that began with the marker table's lock.

    ``before`` is what was read before; it is read now if the transaction has published others.
    """
    if before is None:
        before = publication.read(transaction.query, staging)
    if publication.keys is not None:
        publication.keys.write(transaction, staging)
        if publication.keys.lost:
            publication.forget_dependents(transaction)
    swap = Swap(publication, staging, before.states)
    statements = swap.statements(transaction)
    published = before.states.get(staging if statements else publication.name)
    transaction.add(*statements)
    if has_foreign_keys(publication.design, publication.referencing):
        declare_foreign_keys(transaction, publication.design, publication.referencing)
    publication.replace_marker(transaction, before, published.object_id if published else None)
