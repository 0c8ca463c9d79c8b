"""Splitting files into records, where the CSV of PostgreSQL and of Redshift differ."""

import pytest

from redshift_emulator.copy.reading.records import splitter
from redshift_emulator.copy.statement import FileFormat

CSV = FileFormat(csv=True, delimiter=b",")
TEXT = FileFormat()
ESCAPE = FileFormat(escape=True)
REMOVEQUOTES = FileFormat(remove_quotes=True)
BOTH = FileFormat(escape=True, remove_quotes=True)


def cut(file_format, data):
    """Return the fields of all records, the reason if one is malformed."""
    split = splitter(file_format)
    found, position = [], 0
    while position < len(data):
        record = split(data, position, final=True)
        assert record.start == position
        assert record.end > position
        found.append(record.fault.reason if record.fault else record.fields)
        position = record.end
    return found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\nc,d\n", [(b"a", b"b"), (b"c", b"d")]),
        (b"a,b", [(b"a", b"b")]),
        (b"a,b\r\nc,d\r\n", [(b"a", b"b"), (b"c", b"d")]),
        (b",\n", [(b"", b"")]),
        (b'"","x"\n', [(b"", b"x")]),
        (b'"a,b","c\nd\re"\n', [(b"a,b", b"c\nd\re")]),
        (b'"say ""hi""",""""\n', [(b'say "hi"', b'"')]),
        (b' "a" ,\t"b"\n', [(b"a", b"b")]),
        (b" a , b \n", [(b" a ", b" b ")]),
        (b"\\N,\\.\n", [(b"\\N", b"\\.")]),
        (b"\\.\n1,2\n", [(b"\\.",), (b"1", b"2")]),
        (b"\n", [(b"",)]),
        (b'ab"cd,x\n1,2\n', ["Invalid quote formatting for CSV", (b"1", b"2")]),
        (b'"ab"cd,x\n1,2\n', ["Invalid quote formatting for CSV", (b"1", b"2")]),
        (b'"a" "b",x\n', ["Invalid quote formatting for CSV"]),
        (b'1,"open\n2,x\n', ["Delimited value missing end quote", (b"2", b"x")]),
        (b"a\rb,c\n1,2\n", ["Invalid carriage return outside of quotes", (b"1", b"2")]),
        (b"a,b\r", ["Invalid carriage return outside of quotes"]),
        ("ä,€\n".encode(), [("ä".encode(), "€".encode())]),
    ],
)
def test_csv(data, expected):
    assert cut(CSV, data) == expected


def test_csv_with_another_quote_and_delimiter():
    odd = FileFormat(csv=True, delimiter=b"\t", quote=b"'")
    assert cut(odd, b"'a\tb'\t'it''s'\t \"x\"\n") == [(b"a\tb", b"it's", b' "x"')]


@pytest.mark.parametrize(
    ("file_format", "data", "expected"),
    [
        (TEXT, b'a|"b"|c,d\n', [(b"a", b'"b"', b"c,d")]),
        (TEXT, b"a\\|b\n", [(b"a\\", b"b")]),
        (TEXT, b"a\\nb\n", [(b"a\\nb",)]),
        (TEXT, b"a|b|\n", [(b"a", b"b", b"")]),
        (TEXT, b"a|b\r\n", [(b"a", b"b")]),
        (TEXT, b"a\rb|c\nd\n", ["Input line is not valid", (b"d",)]),
        (ESCAPE, b"a\\|b|c\n", [(b"a|b", b"c")]),
        (ESCAPE, b"a\\nb|\\t|\\x41\n", [(b"anb", b"t", b"x41")]),
        (ESCAPE, b"a\\\nb|c\n", [(b"a\nb", b"c")]),
        (ESCAPE, b"a\\\\|c\n", [(b"a\\", b"c")]),
        (ESCAPE, b"\\N|\\\\N\n", [(b"N", b"\\N")]),
        (REMOVEQUOTES, b"'a|b'|\"it's\"|c\n", [(b"a|b", b"it's", b"c")]),
        (REMOVEQUOTES, b"a'b|c\"\n", [(b"a'b", b'c"')]),
        (REMOVEQUOTES, b"'a|b\nc|d\n", ["Delimited value missing end quote", (b"c", b"d")]),
        (REMOVEQUOTES, b"'a'b|c\n", ["Input line is not valid"]),
        (BOTH, b"\"a\\|b\"|'\\N'\n", [(b"a|b", b"N")]),
        (BOTH, b"'it\\'s'|'\\\\'\n", [(b"it's", b"\\")]),
    ],
)
def test_delimited(file_format, data, expected):
    assert cut(file_format, data) == expected


def test_null_as_is_compared_before_escapes_are_resolved():
    record = splitter(ESCAPE)(b"\\N|\\\\N\n", 0, final=True)
    assert record.markers == (b"\\N", b"\\\\N")


@pytest.mark.parametrize(
    ("file_format", "data"),
    [
        (CSV, b"a,b"),
        (CSV, b"a,b\r"),
        (CSV, b'a,"b'),
        (CSV, b'a,"b"'),
        (CSV, b'a,"b\nc\n'),
        (CSV, b'a, "b\nc'),
        (CSV, b'ab"c'),
        (TEXT, b"a|b"),
        (TEXT, b"a|b\r"),
        (ESCAPE, b"a|b\\"),
        (ESCAPE, b"a|b\\\n"),
    ],
)
def test_a_record_that_may_continue_waits_for_more_data(file_format, data):
    assert splitter(file_format)(data, 0, final=False) is None


def test_a_malformed_line_does_not_wait_for_the_end_of_the_file():
    record = splitter(CSV)(b'ab"c,d\n1,2', 0, final=False)
    assert record.fault is not None
    assert record.end == 7


@pytest.mark.parametrize("file_format", [CSV, TEXT, ESCAPE, REMOVEQUOTES])
def test_an_empty_line_is_blank_and_an_empty_field_is_not(file_format):
    assert splitter(file_format)(b"\n", 0, final=True).blank
    assert not splitter(file_format)(file_format.delimiter + b"\n", 0, final=True).blank
    if file_format.csv:
        assert not splitter(file_format)(b'""\n', 0, final=True).blank
