"""Column types, for DDL, the system catalog and COPY."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class RedshiftType:
    """A resolved column type.

    ``name`` is canonical: smallint, integer, bigint, decimal, real, double precision, boolean,
    char, varchar, date, time, timetz, timestamp, timestamptz, super, varbyte, interval year to
    month, interval day to second. ``length`` is in bytes (char, varchar, varbyte); ``precision``
    and ``scale`` are set for decimal, ``qualifier`` for intervals: "hour to second(3)".
    Source: https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
    """

    name: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    qualifier: str = ""


UNKNOWN_WIDTH = RedshiftType("varchar")
"""Of computed texts whose length in Redshift the emulator cannot derive."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a warehouse table, in table order."""

    name: str
    type: RedshiftType
    not_null: bool = False
    has_default: bool = False
    identity: Literal["always", "by default"] | None = None
