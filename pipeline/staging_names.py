"""Names of the tables into which relations are loaded before they are published."""

import hashlib
import re

from pipeline.names import TableName

STAGING_BYTES = 63
"""The longest name of a staging table: that of PostgreSQL, so that the emulator has the same."""

_STAGING = re.compile(
    r"etl_(?:stage|old|rows|keys)_(?P<attempt>[0-9a-z]{8})_(?P<label>.+)", re.DOTALL
)
_LEFTOVER = re.compile(r"etl_(?:stage|keys)_(?=[0-9]*[a-f])[0-9a-f]{8}_(?P<label>.+)", re.DOTALL)
"""The names of tables that outlive a transaction. An attempt has a letter, a date has none."""

_EARLIER_STAGING = re.compile(r"(?P<label>.+)\$next\$[0-9a-f]{8}", re.DOTALL)
"""The names of the release before: ``orders$next$1a2b3c4d``."""


def staging_table(name: TableName, attempt: str) -> TableName:
    """Return an attempt's staging table: ``www.etl_stage_1a2b3c4d_orders`` for ``www.orders``.

    A long name is truncated and gets a hash, so that every name has a staging table.
    """
    found = TableName(name.schema, f"etl_stage_{attempt}_{_label(name)}")
    if not _STAGING.fullmatch(found.table):
        raise ValueError(f"{attempt!r} does not consist of 8 digits and lower-case letters")
    return found


def retired(staging: TableName) -> TableName:
    """Return the name of the table that a staging table replaces, until it is dropped.

    It is ``www.etl_old_1a2b3c4d_orders`` for ``www.etl_stage_1a2b3c4d_orders``.
    """
    return TableName(staging.schema, staging.table.replace("etl_stage_", "etl_old_", 1))


def rows_table(staging: TableName) -> TableName:
    """Return the name of the table of new rows beside a staging table.

    It is ``www.etl_rows_1a2b3c4d_orders`` for ``www.etl_stage_1a2b3c4d_orders``.
    """
    return TableName(staging.schema, staging.table.replace("etl_stage_", "etl_rows_", 1))


def key_table(staging: TableName) -> TableName:
    """Return the name of the table of upstream's keys beside a staging table.

    It is ``www.etl_keys_1a2b3c4d_orders`` for ``www.etl_stage_1a2b3c4d_orders``.
    """
    return TableName(staging.schema, staging.table.replace("etl_stage_", "etl_keys_", 1))


def is_reserved(table: str) -> bool:
    """Return whether a name is one of those that are reserved for tables being loaded."""
    return bool(_STAGING.fullmatch(table) or _EARLIER_STAGING.fullmatch(table))


def is_leftover(table: str, of: TableName | None = None) -> bool:
    """Return whether only a load can have left a table, optionally a load ``of`` a relation.

    ``etl_old_20261130_orders`` is somebody's copy: the pipeline's own ``etl_old_...`` exist within
    a transaction alone. The names of the release before count as well.
    """
    found = _LEFTOVER.fullmatch(table)
    earlier = _EARLIER_STAGING.fullmatch(table)
    if of is None:
        return found is not None or earlier is not None
    is_its_own = found is not None and found["label"] == _label(of)
    return is_its_own or (earlier is not None and earlier["label"] == of.table)


def _label(name: TableName) -> str:
    """Return what names a relation in its staging tables: ``orders``; a long one with a hash."""
    encoded = name.table.encode()
    room = STAGING_BYTES - len("etl_stage_1a2b3c4d_")
    if len(encoded) <= room:
        return name.table
    ending = f"_{hashlib.sha256(encoded).hexdigest()[:12]}"
    return encoded[: room - len(ending)].decode(errors="ignore") + ending
