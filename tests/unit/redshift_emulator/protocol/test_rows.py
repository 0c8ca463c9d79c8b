"""The types of result columns."""

import struct

import pytest

from redshift_emulator.protocol.rows import refusal

INTEGER, NAMES, RECORD, LSN = 23, 1003, 2249, 3220
ROWS = "rows as values are not supported"


def described(*columns):
    parts = [
        name.encode() + b"\0" + struct.pack("!ihihih", 0, 0, number, -1, -1, 0)
        for name, number in columns
    ]
    return struct.pack("!h", len(columns)) + b"".join(parts)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ([], ""),
        ([("a", INTEGER), ("b", NAMES)], ""),
        ([("a", INTEGER), ("r", RECORD)], ROWS),
        ([("t", 16500)], ROWS),
        ([("a", INTEGER), ("p", LSN)], 'the type of the column "p" is not supported'),
    ],
)
def test_a_result_has_types_of_redshift_only(columns, reason):
    assert refusal(described(*columns)) == reason
