"""Faults of rows and fields, with the codes of Redshift's load error reference.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Load_Error_Reference.html
The codes are documented, but only some of the texts.
"""

from dataclasses import dataclass

UNKNOWN = 1200
TOO_MANY_FIELDS = 1202
TOO_FEW_FIELDS = 1203
OUT_OF_RANGE = 1204
BAD_DATE = 1205
BAD_TIMESTAMP = 1206
BAD_DIGIT = 1207
BAD_FLOAT = 1208
BAD_BOOLEAN = 1210
EMPTY_LINE = 1211
MISSING_VALUE = 1213
NO_DELIMITER = 1214
BAD_LINE = 1216
BAD_NUL = 1218
BAD_HEX = 1219
BAD_TEXT = 1220
INTEGER_OVERFLOW = 1222
BAD_JSON = 1224


class FieldFaultError(Exception):
    """A field or a record that Redshift rejects."""

    def __init__(self, code: int, reason: str, position: int = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.position = position


@dataclass(frozen=True, slots=True)
class LoadFault:
    """A rejected record, as in STL_LOAD_ERRORS; ``column`` is an index, or -1 for none."""

    code: int
    reason: str
    position: int
    filename: str
    slice: int
    line_number: int
    start_offset: int
    column: int
    raw_line: bytes
    raw_value: bytes
