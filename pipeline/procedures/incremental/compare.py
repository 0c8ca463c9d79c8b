"""Compare a delta, its table and upstream's keys before the delta is applied."""

import dataclasses

from pipeline.designs.model.design import Design
from pipeline.designs.model.incremental import Incremental
from pipeline.errors import WarehouseError
from pipeline.figures import count, write_share
from pipeline.manifest import Increment
from pipeline.names import TableName
from pipeline.procedures.content import Content
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.markers.loaded_files import count_loaded_files, loaded_files_table
from pipeline.sql.tables import checks, incremental
from pipeline.sql.tables.incremental import KeyCounts
from pipeline.stores.warehouse import Row, Transaction


class BaseReplacedError(WarehouseError):
    """The table holds other rows than those for which the delta was made; dump again."""


class DeltaRefusedError(WarehouseError):
    """With the delta, the table would not equal upstream; the next load takes all rows."""


class MassDeleteError(WarehouseError):
    """More rows would be deleted than the design allows; somebody decides."""


def compare(
    design: Design,
    increment: Increment,
    transaction: Transaction,
    delta: TableName,
    keys: TableName | None,
    *,
    current: int | None,
) -> KeyCounts:
    """Count what a staged delta changes in its table.

    ``current`` is the number of its rows by the marker; they are counted after the changes.
    Without keys or a window, all rows are counted as added: those that replace others are known
    when they do.
    DeltaRefusedError if the table would not equal upstream, MassDeleteError if too many rows would
    be deleted.
    """
    settings = design.incremental
    if current is None:
        current = number(transaction.query(incremental.count_rows(design.name)))
    new = number(transaction.query(incremental.count_rows(delta)))
    if settings.window is not None:
        window = incremental.count_window(design, increment.since or "")
        gone = number(transaction.query(window))
        counts = KeyCounts(current, changed=0, added=new, gone=gone)
    elif keys is None:
        counts = KeyCounts(current, changed=0, added=new)
        if new:
            return counts  # until ``count_replaced``
    else:
        found = incremental.compare_keys(design, delta if new else None, keys)
        [row] = transaction.query(found)
        counts = incremental.read_key_counts(row, current=current, new=new)
        if _is_mass_delete(settings, counts):  # Perhaps the rows are gone in the warehouse.
            current = number(transaction.query(incremental.count_rows(design.name)))
            counts = incremental.read_key_counts(row, current=current, new=new)
    if keys is not None and _is_mass_delete(settings, counts):
        raise _mass_delete(design.name, counts, settings.max_delete_share)
    _check_keys(counts)
    _check_count(settings, counts, increment.source_rows)
    return counts


def count_replaced(
    design: Design, increment: Increment, counts: KeyCounts, replaced: int
) -> KeyCounts:
    """Return the counts of a delta without keys, of which ``replaced`` rows were deleted.

    DeltaRefusedError if the table would not equal upstream.
    """
    counts = dataclasses.replace(counts, changed=replaced, added=counts.added - replaced)
    _check_keys(counts)
    _check_count(design.incremental, counts, increment.source_rows)
    return counts


def compare_files(
    publication: Publication, base: Content, transaction: Transaction, delta: TableName
) -> KeyCounts:
    """Count the rows of new files, which are added to those of ``base``.

    WarehouseError if the table has one of their keys already, or if its files are not recorded.
    """
    name, schema = publication.name, publication.place.marker_schema
    recorded = number(transaction.query(count_loaded_files(schema, name)))
    if count(recorded, "file") != base.position:
        raise WarehouseError(
            f"{name}: {base.position} were loaded, but {loaded_files_table(schema)} records"
            f" {count(recorded, 'file')}; nothing was published, because files could be loaded"
            f" twice. Restore that table, or run 'pipeline forget {name.argument}' to load all"
            " files again"
        )
    for key in checks.keys(publication.design):
        _check_new(publication.design, transaction, delta, key)
    current = number(transaction.query(incremental.count_rows(name)))
    return KeyCounts(current, 0, number(transaction.query(incremental.count_rows(delta))))


def _check_new(
    design: Design, transaction: Transaction, delta: TableName, key: checks.Key
) -> None:
    found = transaction.query(incremental.existing_keys(design, delta, key.columns))
    if found:
        values = (", ".join(" ".join(str(v).split()) for v in row.values()) for row in found)
        examples = "; ".join(f"({each})" for each in values)
        raise WarehouseError(
            f"{design.name}: the table has rows of other files with the same"
            f" {'primary key' if key.primary else 'key'} ({', '.join(key.columns)}) as the new"
            " files; nothing was published. Remove these rows from the new files, or the key from"
            f" the design. They have keys such as {examples}"
        )


def _check_keys(counts: KeyCounts) -> None:
    faults = (
        (counts.lost, "of upstream would be missing"),
        (counts.unknown, "of the delta are not upstream"),
        (max(0, -counts.added), "of the delta occur more than once in the warehouse"),
    )
    found = [f"{count(many, 'key')} {what}" for many, what in faults if many > 0]
    if found:
        raise DeltaRefusedError(f"keys did not match: {', '.join(found)}")


def _is_mass_delete(settings: Incremental, counts: KeyCounts) -> bool:
    return counts.gone > settings.max_delete_share * counts.current


def _mass_delete(name: TableName, counts: KeyCounts, share: float) -> MassDeleteError:
    return MassDeleteError(
        f"{name}: {counts.gone:,} of {count(counts.current, 'row')} are no longer upstream, more"
        f" than max_delete_share ({write_share(share)}) allows; nothing was published. If that is"
        f" right, run 'pipeline forget {name.argument}' and start again, which loads all rows;"
        " otherwise find out what deleted them upstream, and start again when they are back"
    )


def _check_count(settings: Incremental, counts: KeyCounts, upstream: int) -> None:
    """Compare the number of rows that the table will have with upstream's."""
    may_exceed = settings.window is None and settings.deletes == "ignore"
    if counts.after < upstream or (counts.after > upstream and not may_exceed):
        raise DeltaRefusedError(
            f"the count did not match: {counts.after:,} rows instead of the {upstream:,} upstream"
        )


def check_unique(design: Design, transaction: Transaction, delta: TableName) -> None:
    """Check the declared keys by which rows are not replaced, for the values of the delta."""
    replaced = () if is_window(design) else (design.row_key,)
    for key in checks.keys(design):
        if key.columns in replaced:
            continue
        repeated = number(transaction.query(incremental.count_repeated(design, key, delta)))
        if repeated:
            names = ", ".join(key.columns)
            raise DeltaRefusedError(
                f"the key ({names}) would not be unique: {count(repeated, 'value')}"
            )


def is_window(design: Design) -> bool:
    """Return whether a table is loaded by a window."""
    settings = design.extract.incremental
    return settings is not None and settings.window is not None


def number(rows: list[Row]) -> int:
    """Return the number that a query of ``row_count`` found."""
    return int(rows[0]["row_count"])


def find_touched(base: Content, counts: KeyCounts) -> str:
    """Return that the table has not the rows of its files: somebody's decision, never repaired."""
    if base.rows in {None, counts.current}:
        return ""
    return f"the table had {count(counts.current, 'row')}, not the {base.rows:,} of the last load"
