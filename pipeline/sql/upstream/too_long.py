"""Values longer than their warehouse column: shortened or set to NULL, as the design chooses."""

from pipeline.designs.model.design import Column
from pipeline.designs.model.types import parse_type


def limit(column: Column) -> int:
    """Return the length of a varchar column in bytes: 64 for ``varchar(64)``."""
    return parse_type(column.sql_type).sizes[0]


def is_too_long(value: str, column: Column) -> str:
    """Return the condition that a value, as UTF-8, has more bytes than its column holds."""
    return f"pg_catalog.octet_length({_utf8(value)}) > {limit(column)}"


def fitted(value: str, column: Column) -> str:
    """Return an expression for a value that fits its column, by the column's ``too_long``.

    The value is a qualified name: the names in a design's SQL might be those of this expression.
    """
    match column.too_long:
        case "set_null":
            return f"CASE WHEN NOT {is_too_long(value, column)} THEN {value} END"
        case "truncate":
            return _truncated(value, limit(column))
        case None:
            return value


def _utf8(value: str) -> str:
    return f"pg_catalog.convert_to(({value})::text, 'UTF8')"


def _truncated(value: str, size: int) -> str:
    """Keep the whole characters in the first ``size`` bytes.

    A character begins with a byte other than 10xxxxxx and has at most 4 bytes.
    https://datatracker.ietf.org/doc/html/rfc3629
    """
    begins = "pg_catalog.get_byte(bytes.utf8, {}) & 192 <> 128"
    ends = [
        f"WHEN {begins.format(end)} THEN {end}" for end in range(size, size - 3, -1) if end > 0
    ]
    end = " ".join(["CASE", *ends, f"ELSE {max(size - 3, 0)} END"])
    return f"""\
(
    SELECT CASE
      WHEN pg_catalog.octet_length(bytes.utf8) > {size}
      THEN pg_catalog.convert_from(pg_catalog.substring(bytes.utf8, 1, {end}), 'UTF8')
      ELSE ({value})::text
    END
    FROM (SELECT {_utf8(value)} AS utf8) AS bytes
  )"""
