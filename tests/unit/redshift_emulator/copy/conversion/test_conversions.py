"""Conversion of fields to values by Redshift's rules, where PostgreSQL is more lenient."""

import pytest

from redshift_emulator.copy.conversion.canonical import wire_of
from redshift_emulator.copy.reading.records import Record
from redshift_emulator.copy.reading.rows import ColumnFaultError, RowConverter
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.types import RedshiftType, TableColumn
from tests.support.copy_session import parse

HEAD = "COPY t FROM 's3://b/k' IAM_ROLE default "
BMP = "\N{LATIN SMALL LETTER A WITH DIAERESIS}\N{EURO SIGN}"


def kind(name, *numbers):
    if name == "decimal":
        return RedshiftType(name, precision=numbers[0], scale=numbers[1])
    return RedshiftType(name, *numbers)


def convert(column, field, options="", *, marker=None, not_null=False):
    """Return the field as it goes to PostgreSQL: None for NULL, the code of a load error."""
    statement = parse(HEAD + "CSV " + options if "ESCAPE" not in options else HEAD + options)
    converter = RowConverter(statement, [TableColumn("c", column, not_null=not_null)])
    data = field.encode() if isinstance(field, str) else field
    compared = data if marker is None else marker
    try:
        row = converter.row(Record(0, len(data), (data,), (compared,)))
    except ColumnFaultError as error:
        return error.fault.code
    value = row[:-1]
    if value == wire_of(statement).null:
        return None
    if value[:1] == b'"':
        value = value[1:-1].replace(b'""', b'"')
    return value.decode()


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("integer", "12", "12"),
        ("integer", "-12", "-12"),
        ("integer", "007", "007"),
        ("integer", "2147483647", "2147483647"),
        ("integer", "-2147483648", "-2147483648"),
        ("integer", "2147483648", 1222),
        ("integer", "9" * 5000, 1222),
        ("smallint", "32767", "32767"),
        ("smallint", "32768", 1222),
        ("bigint", "9223372036854775807", "9223372036854775807"),
        ("bigint", "-9223372036854775809", 1222),
        ("integer", "", None),
        ("integer", "  ", None),
        *(("integer", field, 1207) for field in (
            " 12", "12 ", "+12", "0x1F", "0b11", "1_000", "1.0", "1e3", "abc", "-",
            "\N{FULLWIDTH DIGIT ONE}",
        )),
    ],
)  # fmt: skip
def test_integers(name, field, expected):
    assert convert(kind(name), field) == expected


@pytest.mark.parametrize(
    ("precision", "scale", "field", "options", "expected"),
    [
        (10, 2, "20.259", "", "20.25"),
        (10, 2, "-20.259", "", "-20.25"),
        (10, 2, "20.255", "ROUNDEC", "20.26"),
        (10, 2, "-20.255", "ROUNDEC", "-20.26"),
        (10, 2, "20.254", "ROUNDEC", "20.25"),
        (10, 2, "20", "", "20.00"),
        (10, 2, ".5", "", "0.50"),
        (10, 2, "5.", "", "5.00"),
        (4, 2, "99.999", "", "99.99"),
        (4, 2, "99.999", "ROUNDEC", 1204),
        (4, 2, "100", "", 1204),
        (4, 0, "0.9", "", "0"),
        (4, 4, "0.12345", "", "0.1234"),
        (4, 4, "1", "", 1204),
        (19, 0, "9223372036854775807", "", "9223372036854775807"),
        (19, 0, "9223372036854775808", "", 1204),
        (20, 0, "9223372036854775808", "", "9223372036854775808"),
        (38, 0, "9" * 38, "", "9" * 38),
        (38, 0, "9" * 39, "", 1204),
        (10, 2, "0" * 50 + "1", "", "1.00"),
        (10, 2, "1" + "0" * 500, "", 1204),
        *((10, 2, field, "", 1207) for field in (
            "1e3", "NaN", "Infinity", " 1", "1,5", ".", "0x1F", "1_000",
        )),
        (10, 2, "", "", None),
    ],
)  # fmt: skip
def test_decimals_are_truncated_not_rounded(precision, scale, field, options, expected):
    assert convert(kind("decimal", precision, scale), field, options) == expected


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("double precision", "1.5", "1.5"),
        ("double precision", "-1e-7", "-1e-7"),
        ("double precision", "1.7976931348623157e308", "1.7976931348623157e308"),
        *(("double precision", field, 1204) for field in ("1e309", "2.3e-315", "1e-400")),
        ("double precision", "0e-400", "0e-400"),
        ("double precision", "0", "0"),
        ("real", "3.4028235e38", "3.4028235e38"),
        *(("real", field, 1204) for field in ("3.5e38", "1e-39", "1e39")),
        ("real", "NaN", 1208),
        ("real", "inf", 1208),
        *(("double precision", field, 1208) for field in ("-Infinity", " 1", "0x1p3")),
        ("double precision", "", None),
    ],
)  # fmt: skip
def test_floating_point(name, field, expected):
    assert convert(kind(name), field) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        *((word, "t") for word in ("t", "T", "true", "TRUE", "y", "yes", "1")),
        *((word, "f") for word in ("f", "false", "FALSE", "n", "no", "0")),
        *((word, 1210) for word in ("on", "off", "tr", "ye", "2", "truee", " t")),
        ("", None),
    ],
)
def test_booleans(field, expected):
    assert convert(kind("boolean"), field) == expected


@pytest.mark.parametrize(
    ("name", "length", "field", "options", "expected"),
    [
        ("varchar", 5, "abcde", "", "abcde"),
        ("varchar", 5, "", "", ""),
        ("varchar", 5, "  ", "", "  "),
        ("varchar", 5, BMP, "", BMP),
        ("varchar", 4, BMP, "", 1204),
        ("varchar", 5, "abcdef", "", 1204),
        ("varchar", 5, "abcde   ", "", "abcde"),
        ("varchar", 5, "abc   ", "", "abc  "),
        ("varchar", 5, "abc  ", "TRIMBLANKS", "abc"),
        ("varchar", 5, "abcdef", "TRUNCATECOLUMNS", "abcde"),
        ("varchar", 4, BMP, "TRUNCATECOLUMNS", BMP[0]),
        ("varchar", 5, "  ", "BLANKSASNULL", None),
        ("varchar", 5, "", "EMPTYASNULL", None),
        ("varchar", 5, "", "NULL AS ''", None),
        ("varchar", 5, "\\N", "", None),
        ("varchar", 5, "\\n", "", "\\n"),
        ("varchar", 9, "NULL", "NULL AS 'NULL'", None),
        ("varchar", 9, "\\N", "NULL AS 'NULL'", "\\N"),
        ("varchar", 9, "a\0b", "", 1216),
        ("varchar", 9, "a\0b", "NULL AS '\\000'", 1218),
        *(("varchar", 9, field, "", 1220) for field in (
            b"a\xa4", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80",
        )),
        ("varchar", 9, b"a\xa4b", "ACCEPTINVCHARS", "a?b"),
        ("varchar", 9, b"\xe2\x82b", "ACCEPTINVCHARS '^'", "^^b"),
        ("varchar", 9, "\ufffe", "", "\ufffe"),
        ("varchar", 9, "\ufffe", "ACCEPTINVCHARS", "???"),
        ("char", 5, "abc", "", "abc"),
        ("char", 5, "abcdef", "", 1204),
        ("char", 5, "abcdef", "TRUNCATECOLUMNS", "abcde"),
        ("char", 5, "a" + BMP[0], "", 1220),
        ("char", 5, "a" + BMP[0], "ACCEPTINVCHARS", 1220),
        ("char", 5, "", "", ""),
    ],
)  # fmt: skip
def test_lengths_of_text_are_in_bytes(name, length, field, options, expected):
    assert convert(kind(name, length), field, options) == expected


def test_a_field_that_is_nul_is_null_if_it_is_the_marker():
    assert convert(kind("varchar", 9), "\0", "NULL AS '\\000'") is None


@pytest.mark.parametrize(
    ("field", "options", "expected"),
    [
        ("2024-02-29", "", "2024-02-29"),
        *((field, "", 1205) for field in (
            "2023-02-29", "0000-01-01", "10000-01-01", "2024-1-5", "2024-01-05x", "01/05/2024",
            "20240105", "infinity", "today", "epoch", "0044-03-15 BC",
        )),
        ("0001-01-01", "", "0001-01-01"),
        ("9999-12-31", "", "9999-12-31"),
        ("2024-01-05 10:11:12", "", "2024-01-05"),
        ("2024-01-05T10:11:12Z", "", "2024-01-05"),
        ("", "", None),
        ("01/05/2024", "DATEFORMAT 'auto'", "2024-01-05"),
        ("20240105", "DATEFORMAT 'auto'", "2024-01-05"),
        ("240105", "DATEFORMAT 'auto'", "2024-01-05"),
        ("2024-01-05", "DATEFORMAT 'auto'", "2024-01-05"),
        ("1996.008", "DATEFORMAT 'auto'", "1996-01-08"),
        ("J2451187", "DATEFORMAT 'auto'", "1999-01-08"),
        ("J2345678", "DATEFORMAT 'auto'", "1710-02-23"),
        ("Jan-08-1999", "DATEFORMAT 'auto'", "1999-01-08"),
        ("January 8, 1999", "DATEFORMAT 'auto'", "1999-01-08"),
        ("8 Jan 1999", "DATEFORMAT 'auto'", "1999-01-08"),
        ("01/02/00", "DATEFORMAT 'auto'", "2000-01-02"),
        ("2000-Jan-31", "DATEFORMAT 'auto'", "2000-01-31"),
        ("08.JAN.1999", "DATEFORMAT 'auto'", "1999-01-08"),
        *((field, "DATEFORMAT 'auto'", 1205) for field in ("infinity", "now", "12.17.1997")),
        ("03/31/2003", "DATEFORMAT 'MM/DD/YYYY'", "2003-03-31"),
        ("31/03/2003", "DATEFORMAT 'MM/DD/YYYY'", 1205),
        ("2003-03-31", "DATEFORMAT 'MM/DD/YYYY'", 1205),
        ("March 31, 2003", "DATEFORMAT 'MON DD, YYYY'", "2003-03-31"),
        ("Jan-01-99", "DATEFORMAT 'MON-DD-YY'", "1999-01-01"),
        ("00/00/00 00:00:00", "ACCEPTANYDATE DATEFORMAT 'auto'", None),
    ],
)  # fmt: skip
def test_dates(field, options, expected):
    assert convert(kind("date"), field, options) == expected


@pytest.mark.parametrize(
    ("name", "field", "options", "expected"),
    [
        ("timestamp", "2024-01-05 10:11:12", "", "2024-01-05 10:11:12"),
        ("timestamp", "2024-01-05 10:11:12.5", "", "2024-01-05 10:11:12.500000"),
        ("timestamp", "2024-01-05 10:11:12.123456", "", "2024-01-05 10:11:12.123456"),
        *(("timestamp", field, "", 1206) for field in (
            "2024-01-05 10:11:12.1234567", "2024-01-05 10:11", "2024-01-05",
            "2024-01-05T10:11:12", "2024-01-05 24:00:00", "2024-01-05 10:60:00",
            "2024-01-05 10:59:60", "2024-02-30 10:59:00", "infinity", "now",
        )),
        ("timestamp", "2024-01-05 10:11:12+05:30", "", "2024-01-05 10:11:12"),
        ("timestamp", "", "", None),
        ("timestamp", "2024-01-05T10:11:12.195Z", "TIMEFORMAT 'auto'",
         "2024-01-05 10:11:12.195000"),
        ("timestamp", "2024-01-05", "TIMEFORMAT 'auto'", "2024-01-05 00:00:00"),
        ("timestamp", "19960108 040809", "TIMEFORMAT 'auto'", "1996-01-08 04:08:09"),
        ("timestamp", "960108 040809", "TIMEFORMAT 'auto'", "1996-01-08 04:08:09"),
        ("timestamp", "17 Dec 07:37:16 1997 PST", "TIMEFORMAT 'auto'", "1997-12-17 07:37:16"),
        ("timestamp", "12/17/1997 07:37:16.00 PST", "TIMEFORMAT 'auto'", "1997-12-17 07:37:16"),
        ("timestamp", "17 Dec 07:37:16 1997 XYZ", "TIMEFORMAT 'auto'", 1206),
        ("timestamp", "1704449472", "TIMEFORMAT 'auto'", 1206),
        ("timestamp", "1996-01-08 04:05 PM", "TIMEFORMAT 'auto'", "1996-01-08 16:05:00"),
        ("timestamp", "1996-01-08 12:05:06 am", "TIMEFORMAT 'auto'", "1996-01-08 00:05:06"),
        ("timestamp", "1996-01-08 13:05 PM", "TIMEFORMAT 'auto'", 1206),
        ("timestamp", "2008.366 04:05:06", "TIMEFORMAT 'auto'", "2008-12-31 04:05:06"),
        ("timestamp", "1704449472", "TIMEFORMAT 'epochsecs'", "2024-01-05 10:11:12"),
        ("timestamp", "1704449472123", "TIMEFORMAT 'epochmillisecs'",
         "2024-01-05 10:11:12.123000"),
        ("timestamp", "1e9", "TIMEFORMAT 'epochsecs'", 1206),
        ("timestamp", "9" * 17, "TIMEFORMAT 'epochsecs'", 1206),
        ("timestamp", "03.31.2003 18:45:05", "TIMEFORMAT 'MM.DD.YYYY HH:MI:SS'",
         "2003-03-31 18:45:05"),
        ("timestamp", "03.31.2003 06:45:05 PM", "TIMEFORMAT 'MM.DD.YYYY HH12:MI:SS PM'",
         "2003-03-31 18:45:05"),
        ("timestamp", "03.31.2003 12:45:05 AM", "TIMEFORMAT 'MM.DD.YYYY HH12:MI:SS AM'",
         "2003-03-31 00:45:05"),
        ("timestamp", "2024-13-05 10:11:12", "ACCEPTANYDATE", None),
        ("timestamptz", "2024-01-05 10:11:12+00", "", "2024-01-05 10:11:12+00:00"),
        ("timestamptz", "2024-01-05 10:11:12-8:00", "", "2024-01-05 10:11:12-08:00"),
        ("timestamptz", "2024-01-05 10:11:12+0530", "", "2024-01-05 10:11:12+05:30"),
        ("timestamptz", "2024-01-05 10:11:12 PST", "TIMEFORMAT 'auto'", "2024-01-05 10:11:12 PST"),
        ("timestamptz", "2024-01-05 10:11:12+99", "", 1206),
        ("timestamptz", "1704449472", "TIMEFORMAT 'epochsecs'", "2024-01-05 10:11:12+00"),
        ("time", "10:11:12.5", "", "10:11:12.5"),
        ("time", "24:00:00", "", "24:00:00"),
        ("time", "24:00:01", "", 1206),
        ("time", "allballs", "", 1206),
        ("time", "10:11:12+02", "", "10:11:12"),
        ("timetz", "10:11:12+02", "", "08:11:12+00"),
        ("timetz", "01:11:12.5+0530", "", "19:41:12.5+00"),
        ("timetz", "20:00:00 PST", "", "04:00:00+00"),
        ("timetz", "24:00:00Z", "", "00:00:00+00"),
        ("timetz", "10:11:12", "", "10:11:12"),
    ],
)  # fmt: skip
def test_times(name, field, options, expected):
    assert convert(kind(name), field, options) == expected


@pytest.mark.parametrize(
    "options", ["DATEFORMAT 'AUTO'", "TIMEFORMAT 'Auto'", "TIMEFORMAT 'EPOCHSECS'"]
)
def test_keywords_of_formats_are_case_sensitive(options):
    column = kind("date") if "DATE" in options else kind("timestamp")
    with pytest.raises(RedshiftError, match="Invalid"):
        convert(column, "2024-01-05", options)


@pytest.mark.parametrize("options", ["TIMEFORMAT 'YYYY-MM-DD HH:MI:SSOF'", "TIMEFORMAT 'TZ'"])
def test_a_time_zone_in_a_format_is_refused(options):
    with pytest.raises(RedshiftError, match="TIMEFORMAT"):
        convert(kind("timestamp"), "2024-01-05", options)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('{"a": [1, null]}', '{"a": [1, null]}'),
        ("1", "1"),
        ('"x"', '"x"'),
        *((field, 1224) for field in (
            "{", "abc", "NaN", '{"a": Infinity}', '"\\u0000"', '"\\ud800"',
        )),
        ("", None),
    ],
)  # fmt: skip
def test_super_accepts_json(field, expected):
    assert convert(kind("super"), field) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [("00fF", "\\x00fF"), ("\\x00ff", 1219), ("0", 1219), ("zz", 1219), ("0011223344", 1204),
     ("", None)],
)  # fmt: skip
def test_varbyte_accepts_hexadecimal_without_a_prefix(field, expected):
    assert convert(kind("varbyte", 4), field) == expected


@pytest.mark.parametrize("field", ["", "\\N"])
@pytest.mark.parametrize("name", ["integer", "date", "boolean", "super"])
def test_null_in_a_not_null_column_is_rejected(name, field):
    assert convert(kind(name), field, not_null=True) == 1213


def test_an_empty_text_is_not_null():
    assert convert(kind("varchar", 3), "", not_null=True) == ""
    assert convert(kind("varchar", 3), "", "EMPTYASNULL", not_null=True) == 1213


def test_reasons_name_the_digit_and_its_position():
    converter = RowConverter(parse(HEAD + "CSV"), [TableColumn("c", kind("integer"))])
    with pytest.raises(ColumnFaultError) as error:
        converter.row(Record(0, 3, (b"12a",), (b"12a",)))
    assert error.value.fault.reason == "Invalid digit, Value 'a', Pos 2, Type: Integer"
    assert error.value.fault.position == 2


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (b"\xa4", "Bad UTF8 hex sequence: a4 (error 3)"),
        (b"\xff", "Bad UTF8 hex sequence: ff (error 3)"),
        (b"\xe2\x82", "Bad UTF8 hex sequence: e2 82 (error 2)"),
        (b"\xe2\x82a", "Bad UTF8 hex sequence: e2 82 61 (error 4)"),
        (b"\xed\xa0\x80", "Bad UTF8 hex sequence: ed a0 80 (error 5)"),
    ],
)
def test_reasons_show_the_invalid_bytes(field, reason):
    converter = RowConverter(parse(HEAD + "CSV"), [TableColumn("c", kind("varchar", 9))])
    with pytest.raises(ColumnFaultError) as error:
        converter.row(Record(0, 3, (field,), (field,)))
    assert error.value.fault.reason.endswith(reason)
