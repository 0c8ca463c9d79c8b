"""Values of Bind messages in a CALL."""

import struct

import pytest

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.tokens import split
from redshift_emulator.session.call_parameters import Bound, bound, described

TEXT, BINARY = 0, 1
# type, format, value, SQL
VALUES = [
    (0, TEXT, b"it's \\", r"'it''s \\'"),
    (1043, TEXT, "é".encode(), "'é'"),
    (23, TEXT, b"-1", "(-1)"),
    (23, TEXT, b"1); DROP TABLE t; --", "'1); DROP TABLE t; --'"),
    (1700, TEXT, b"1.25", "(1.25)"),
    (1700, TEXT, b"NaN", "'NaN'"),
    (16, TEXT, b"t", "'t'::boolean"),
    (1082, TEXT, b"2020-01-02", "'2020-01-02'::date"),
    (23, TEXT, None, "NULL"),
    (21, BINARY, struct.pack("!h", -2), "(-2)"),
    (20, BINARY, struct.pack("!q", 2**40), "(1099511627776)"),
    (701, BINARY, struct.pack("!d", 0.1), "'0.1'::double precision"),
    (16, BINARY, b"\1", "'true'::boolean"),
    (25, BINARY, b"x", "'x'"),
    (1082, BINARY, struct.pack("!i", 1), "'2000-01-02'::date"),
    (1082, BINARY, struct.pack("!i", 2**31 - 1), "'infinity'::date"),
    (1082, BINARY, struct.pack("!i", -(2**31)), "'-infinity'::date"),
    (1114, BINARY, struct.pack("!q", 1_500_000), "'2000-01-01 00:00:01.500000'::timestamp"),
    (1114, BINARY, struct.pack("!q", -(2**63)), "'-infinity'::timestamp"),
    (1184, BINARY, struct.pack("!q", 0), "'2000-01-01 00:00:00+00'::timestamptz"),
    (1184, BINARY, struct.pack("!q", 2**63 - 1), "'infinity'::timestamptz"),
]


def message(number, form, value):
    size = -1 if value is None else len(value)
    binding = struct.pack("!hhhi", 1, form, 1, size) + (value or b"") + struct.pack("!hh", 1, 1)
    return Bound(split("CALL p($1)")[0], struct.pack("!hi", 1, number), binding)


@pytest.mark.parametrize(("number", "form", "value", "sql"), VALUES)
def test_values_are_written_into_the_call(number, form, value, sql):
    found = bound(message(number, form, value), case_sensitive=False)
    assert found.statement.text == f"CALL p({sql})"
    assert (found.types, found.binding) == (b"\0\0", b"\0\0\0\0\0\1\0\1")


def test_other_binary_values_and_missing_ones_are_refused():
    with pytest.raises(NotSupportedError, match="binary parameter of type 1700"):
        bound(message(1700, BINARY, b"\0"), case_sensitive=False)
    missing = Bound(split("CALL p($2)")[0], b"\0\0", b"\0\0\0\0\0\0")
    with pytest.raises(RedshiftError, match=r"no parameter \$2"):
        bound(missing, case_sensitive=False)


def test_moments_before_the_year_1_and_after_9999_are_refused():
    for number, value in ((1082, struct.pack("!i", 2**30)), (1114, struct.pack("!q", -(2**62)))):
        with pytest.raises(RedshiftError, match="datetime field overflow") as caught:
            bound(message(number, BINARY, value), case_sensitive=False)
        assert caught.value.sqlstate == "22008"


@pytest.mark.parametrize("place", ["32768", "2000000000", "9" * 5000])
def test_parameters_that_no_message_can_have_are_refused(place):
    call = Bound(split(f"CALL p(${place})")[0], b"\0\0", b"\0\0\0\0\0\0")
    with pytest.raises(RedshiftError, match="no parameter") as caught:
        described(call)
    assert caught.value.sqlstate == "42P02"
    with pytest.raises(RedshiftError, match="no parameter"):
        bound(call, case_sensitive=False)


def test_parameters_have_the_types_of_the_parse_message_or_text():
    call = Bound(split("CALL p($1, $4)")[0], struct.pack("!hiii", 3, 23, 0, 705), b"")
    assert described(call).types == struct.pack("!hiiii", 4, 23, 25, 25, 25)
