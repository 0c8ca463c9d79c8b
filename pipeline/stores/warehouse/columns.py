"""The types of the columns that a query returned."""

from collections.abc import Iterable
from typing import Any

from pipeline.designs.model.types import MAX_PRECISION, MAX_VARBYTE, TEXTS, SqlType

_NAMES = {
    16: "boolean",
    20: "bigint",
    21: "smallint",
    23: "integer",
    700: "real",
    701: "double precision",
    1042: "char",
    1043: "varchar",
    1082: "date",
    1083: "time",
    1114: "timestamp",
    1184: "timestamptz",
    1266: "timetz",
    1700: "numeric",
    4000: "super",
    6551: "varbyte",
}
"""Redshift's types by the numbers that pg_type, or its drivers, have for them.

https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/oids.py
"""


def column_types(description: Iterable[Any]) -> dict[str, SqlType]:
    """Return the types of columns by name, from the driver's description of them.

    A column is absent if its type is another one, or has no size that the server states; of a
    VARBYTE, whose size drivers do not know, the largest is returned.
    https://www.psycopg.org/docs/extensions.html#psycopg2.extensions.Column
    """
    found = {}
    for column in description:
        name = _NAMES.get(column.type_code)
        sizes = _sizes(column, name)
        if name is not None and sizes is not None:
            found[column.name] = SqlType(name, sizes)
    return found


def _sizes(column: Any, name: str | None) -> tuple[int, ...] | None:
    if name == "numeric":  # Without a size, the driver returns 65535.
        known = column.precision is not None and column.precision <= MAX_PRECISION
        return (column.precision, column.scale) if known else None
    if name in TEXTS:
        return (column.internal_size,) if column.internal_size > 0 else None
    if name == "varbyte":
        return (MAX_VARBYTE,)
    return ()
