"""Intervals in binary form: PostgreSQL's microseconds, days and months, and Redshift's values."""

import struct

import pytest

from redshift_emulator.protocol.intervals import narrowed, widened

INTERVAL, YEAR_TO_MONTH, DAY_TO_SECOND, INTEGER = 1186, 1188, 1190, 23
DAY = 86_400_000_000
TEXT, BINARY = 0, 1


@pytest.mark.parametrize(
    ("number", "parts", "form", "expected"),
    [
        (INTERVAL, (5, 2, 3), "!qi", (5 + 2 * DAY, 3)),
        (YEAR_TO_MONTH, (0, 0, -13), "!i", (-13,)),
        (DAY_TO_SECOND, (-5, 2, 0), "!q", (2 * DAY - 5,)),
        (DAY_TO_SECOND, (-14_454_775_808, -106_751_991, 0), "!q", (-(2**63),)),
    ],
)
def test_results(number, parts, form, expected):
    assert narrowed(number)(struct.pack("!qii", *parts)) == struct.pack(form, *expected)


def types(*numbers):
    return struct.pack(f"!h{len(numbers)}i", len(numbers), *numbers)


def binding(forms, values, end=b"\0\1\0\1"):
    parts = [struct.pack(f"!h{len(forms)}h", len(forms), *forms), struct.pack("!h", len(values))]
    for value in values:
        size = -1 if value is None else len(value)
        parts += [struct.pack("!i", size), value or b""]
    return b"".join([*parts, end])


def test_parameters():
    numbers = types(INTERVAL, YEAR_TO_MONTH, DAY_TO_SECOND, INTEGER, DAY_TO_SECOND)
    seven = struct.pack("!i", 7)
    given = struct.pack("!qi", 5, 3), seven, struct.pack("!q", -1), seven, None
    wide = [struct.pack("!qii", *parts) for parts in ((5, 0, 3), (0, 0, 7), (-1, 0, 0))]
    for forms in ([BINARY], [BINARY] * 5):
        assert widened(numbers, binding(forms, given)) == binding(forms, [*wide, seven, None])


@pytest.mark.parametrize(
    ("numbers", "forms"),
    [((YEAR_TO_MONTH,), []), ((YEAR_TO_MONTH,), [TEXT]), ((INTEGER,), [BINARY]), ((), [BINARY])],
)
def test_texts_and_other_types_stay(numbers, forms):
    given = binding(forms, [b"1 mo"])
    assert widened(types(*numbers), given) == given


def test_a_value_of_another_size_is_no_interval():
    with pytest.raises(struct.error):
        widened(types(DAY_TO_SECOND), binding([BINARY], [b"1234"]))
