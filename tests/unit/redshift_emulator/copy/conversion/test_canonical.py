"""The expression of canonical rows, which PostgreSQL and Redshift read alike."""

import pytest

from redshift_emulator.copy.conversion.canonical import canonical_rows
from redshift_emulator.language.types import RedshiftType, TableColumn
from tests.support.copy_session import parse

HEAD = "COPY t FROM 's3://b/k' IAM_ROLE default "


def passes(line, name, *numbers, options="CSV NULL AS '@N@'", **more):
    """Return whether a line of one field passes unread."""
    if name == "decimal":
        kind = RedshiftType(name, precision=numbers[0], scale=numbers[1])
    else:
        kind = RedshiftType(name, *numbers)
    pattern = canonical_rows(parse(HEAD + options), [TableColumn("c", kind, **more)])
    data = line if isinstance(line, bytes) else line.encode()
    match = pattern.match(data + b"\n")
    return match is not None and match.end() == len(data) + 1


@pytest.mark.parametrize(
    ("name", "numbers", "lines"),
    [
        ("smallint", (), ["0", "-1", "32767"[:4], "31999", '"12"', "@N@"]),
        ("integer", (), ["0", "-1", "1234567890", "2099999999", '"12"', "@N@"]),
        ("bigint", (), ["0", "8999999999999999999", "-123456789012345678"]),
        ("decimal", (5, 2), ["1", "-123.45", "0.5", '"1.25"', "@N@"]),
        ("decimal", (2, 2), ["0", "0.25"]),
        ("real", (), ["1.5", "-1e10", "3.25E+5", "1e-19"]),
        ("double precision", (), ["1.5", "-1e99", "0.1234567890123456", "1e-07"]),
        ("boolean", (), ["t", "f", "true", "false", "1", "0"]),
        ("varchar", (5,), ["abc", " a b ", '"a,b"', '"a\nb"', '"a""b"', '""', "äö", "@N@", "\\N"]),
        ("varchar", (5,), ['"""a"""', '"\n""\n"', '"%s"' % ('""' * 5)]),
        ("char", (5,), ["abc", '""', '"a,b"', "@N@"]),
        ("date", (), ["2024-01-31", "2023-02-28", "2024-04-30", "0001-01-01"]),
        ("timestamp", (), ["2024-01-31 23:59:59", "2024-01-31 00:00:00.123456"]),
        ("timestamptz", (), ["2024-01-31 23:59:59+00", "2024-01-31 23:59:59.5-08:00"]),
        ("time", (), ["23:59:59.5"]),
        ("timetz", (), ["23:59:59+00", "00:00:00.5+00:00"]),
        ("super", (), ["1", '"{""a"": 1}"', "@N@"]),
        ("varbyte", (5,), ["@N@"]),
    ],
)
def test_rows_of_a_postgresql_dump_are_canonical(name, numbers, lines):
    assert [line for line in lines if not passes(line, name, *numbers)] == []


@pytest.mark.parametrize(
    ("name", "numbers", "lines"),
    [
        ("smallint", (), ["32768", "99999", "3.0"]),
        ("integer", (), [
            "", '""', " 1", "1 ", "+1", "0x1F", "1_000", "2147483648", "9999999999", "1e3", "1.",
            '"1', '1"', '"@N@"', "a", "--1", "1\r",
        ]),
        ("bigint", (), ["9223372036854775808", "-9223372036854775809"]),
        ("decimal", (5, 2), ["1.234", "1234", "NaN", "1e1", " 1", "1.", ".", "Infinity", ""]),
        ("decimal", (2, 2), ["1", "0.123"]),
        ("decimal", (19, 0), ["9223372036854775808", "9999999999999999999"]),
        ("decimal", (19, 2), ["92233720368547758.08"]),
        ("real", (), ["NaN", "inf", "1e38", "1e-38", "1e30", "0x1p3", " 1", ".5"]),
        ("double precision", (), ["NaN", "-Infinity", "1e308", "1e-308", "infinity", ""]),
        ("boolean", (), ["on", "tr", "T", "yes", "2", ""]),
        ("varchar", (5,), [
            "", '"@N@"', "abcdef", '"abcdef"', "äöü", '"a""bcde"', 'a"b', ' "a"', '"a" ', '"a"b',
            "a\rb", "\\.", '"%s"' % ('""' * 6), '"a""\nbcd"', '"""a""', '"a"""b"', '"a""",',
        ]),
        ("char", (5,), ["ä", '"ä"', "abcdef", ""]),
        ("date", (), [
            "2023-02-29", "2024-02-29", "2024-04-31", "0000-01-01", "2024-1-1", "10000-01-01",
            "infinity", "now", "2024-01-01 10:00:00", "2024-13-01", "20240101",
        ]),
        ("timestamp", (), [
            "2024-01-31 24:00:00", "2024-01-31 10:00:60", "2024-01-31T10:00:00", "2024-01-31",
            "2024-01-31 10:00:00+00", "2024-01-31 10:00:00.1234567", "infinity", "epoch",
        ]),
        ("timestamptz", (), ["2024-01-31 10:00:00", "2024-01-31 10:00:00 PST", "infinity"]),
        ("time", (), ["24:00:00", "10:00", "allballs", "10:00:00 PM"]),
        ("super", (), ["", '"@N@"']),
        ("varbyte", (5,), ["00", "\\x00", "abc", ""]),
    ],
)  # fmt: skip
def test_values_that_redshift_may_read_differently_are_not_canonical(name, numbers, lines):
    assert [line for line in lines if passes(line, name, *numbers)] == []


@pytest.mark.parametrize(
    ("name", "passing", "others"),
    [
        ("integer", ["1", ""], ["\\N", '"\\N"', '""', "@N@"]),
        ("varchar", ["abc", '""', '"a"'], ["", "\\N", '"\\N"']),
        ("date", ["2024-01-31", ""], ["\\N", '""']),
    ],
)
def test_without_null_as_an_empty_field_is_null_except_in_strings(name, passing, others):
    numbers = (9,) if name == "varchar" else ()
    # A line of one empty field would be an empty line, so a second column follows it.
    second = TableColumn("d", RedshiftType("integer"))
    columns = [TableColumn("c", RedshiftType(name, *numbers)), second]
    pattern = canonical_rows(parse(HEAD + "CSV"), columns)
    full = {line: pattern.match(f"{line},1\n".encode()).end() > 0 for line in passing + others}
    assert [line for line, found in full.items() if found] == passing


@pytest.mark.parametrize("options", ["CSV EMPTYASNULL", "CSV NULL AS ''"])
def test_a_quoted_empty_text_is_null_when_empty_is(options):
    assert not passes('""', "varchar", 9, options=options)
    assert passes("abc", "varchar", 9, options=options)


def test_null_is_not_canonical_in_a_not_null_column():
    assert passes("@N@", "integer")
    assert not passes("@N@", "integer", not_null=True)
    assert not passes("@N@", "varchar", 9, not_null=True)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("integer", "NULL AS '@N@' ESCAPE"),
        ("integer", "NULL AS '@N@' REMOVEQUOTES"),
        ("integer", "CSV TRIMBLANKS"),
        ("integer", "CSV BLANKSASNULL"),
        ("integer", "CSV DELIMITER ' '"),
        ("integer", "CSV DELIMITER '-'"),
        ("integer", "CSV DELIMITER '5'"),
    ],
)
def test_no_row_is_canonical_under_options_that_change_fields(name, options):
    assert not passes("1", name, options=options)


def test_dates_of_another_format_are_not_canonical():
    assert not passes("2024-01-31", "date", options="CSV DATEFORMAT 'YYYY-DD-MM'")
    assert not passes("2024-01-31 10:00:00", "timestamp", options="CSV TIMEFORMAT 'epochsecs'")


def test_plain_text_has_no_quotes():
    assert passes('a"b', "varchar", 5, options="")
    assert passes('"12', "varchar", 5, options="")
    assert not passes('"12"', "integer", options="")
    assert not passes("a\x01b", "varchar", 5, options="")


def test_the_expression_stops_at_the_first_row_that_is_not_canonical():
    columns = [TableColumn(name, RedshiftType("integer")) for name in "ab"]
    pattern = canonical_rows(parse(HEAD + "CSV"), columns)
    assert pattern.match(b"1,2\n3,4\n5,x\n6,7\n").end() == 8
    assert pattern.match(b"1,2,3\n").end() == 0
    assert pattern.match(b"1\n").end() == 0
    assert pattern.match(b"1,2\n3,").end() == 4


def test_many_nulls_before_a_bad_field_take_linear_time():
    columns = [TableColumn(f"c{n}", RedshiftType("varchar", 99)) for n in range(200)]
    columns.append(TableColumn("z", RedshiftType("integer")))
    pattern = canonical_rows(parse(HEAD + "CSV NULL AS '@N@'"), columns)
    assert pattern.match(b"@N@," * 200 + b"x\n").end() == 0


def test_long_texts_are_canonical():
    text = '"' + 'say ""hi"" ' * 5000 + '"'
    assert passes(text, "varchar", 65535)
    assert not passes(text, "varchar", 44_999)
    assert passes(text, "varchar", 45_000)


def test_a_number_equal_to_the_null_marker_is_canonical_only_as_null():
    assert passes("0", "integer", options="CSV NULL AS '0'")
    assert not passes('"0"', "integer", options="CSV NULL AS '0'")
    assert not passes("0", "integer", options="CSV NULL AS '0'", not_null=True)
    assert passes('"1"', "integer", options="CSV NULL AS '0'", not_null=True)
