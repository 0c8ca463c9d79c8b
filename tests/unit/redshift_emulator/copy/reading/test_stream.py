"""Conversion of files to rows, independent of the size of chunks."""

import pytest

from redshift_emulator.copy.reading.stream import (
    MAX_ROW,
    FaultLog,
    FileProgress,
    RowStream,
    TooManyFaultsError,
)
from redshift_emulator.language.types import RedshiftType, TableColumn
from tests.support.copy_session import parse

HEAD = "COPY t FROM 's3://b/k' IAM_ROLE default "
COLUMNS = (
    TableColumn("a", RedshiftType("integer")),
    TableColumn("b", RedshiftType("varchar", 20)),
)


def stream(data, options="CSV", *, size=None, log=None, columns=COLUMNS, trusting=True):
    """Return what goes to PostgreSQL."""
    statement = parse(HEAD + options)
    log = FaultLog(statement.max_error) if log is None else log
    step = size or len(data) or 1
    chunks = (data[i : i + step] for i in range(0, len(data), step))
    rows = RowStream(statement, columns, log, trusting=trusting)
    return b"".join(rows.rows(FileProgress("s3://b/f", 1), chunks))


MIXED = (
    '1,abc\n2,"x\ny"\n3,"say ""hi"""\n,\n"4",""\n5,äöü€\n6,  \n0007,"\r\n"\n8, "q" \n9,z'
).encode()


@pytest.mark.parametrize("trusting", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 1000])
def test_the_size_of_chunks_does_not_matter(size, trusting):
    whole = stream(MIXED, trusting=trusting)
    assert whole.count(b"\n") == 12
    assert stream(MIXED, size=size, trusting=trusting) == whole


def test_canonical_rows_pass_unchanged():
    data = b'1,abc\n2,"x,y"\n,""\n'
    assert stream(data) == data


def test_other_rows_are_converted_to_canonical_form():
    assert stream(b'1,\n"",x\n\\N,\\N\r\n') == b'1,""\n,"x"\n,\n'
    assert stream(b"1,\n,x\n", "CSV NULL AS '@N@'") == b'1,""\n@N@,"x"\n'
    assert stream(b'1,"@N@"\n', "CSV NULL AS '@N@'") == b"1,@N@\n"


def test_a_text_that_equals_the_marker_after_conversion_is_not_null():
    columns = (TableColumn("b", RedshiftType("varchar", 3)),)
    options = "CSV NULL AS '@N@' TRUNCATECOLUMNS"
    assert stream(b"@N@x\n", options, columns=columns) == b'"@N@"\n'


def test_a_value_that_equals_the_marker_after_conversion_is_not_null():
    columns = (TableColumn("b", RedshiftType("boolean")),)
    assert stream(b"yes\nt\n", "CSV NULL AS 't'", columns=columns) == b'"t"\nt\n'


def test_a_missing_final_newline_does_not_join_two_files():
    assert stream(b"1,a\n2,b").endswith(b"\n")


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_headers_are_skipped_per_file(size):
    data = b'"id",name,more\nx\n1,a\n'
    assert stream(data, "CSV IGNOREHEADER 2", size=size) == b"1,a\n"
    assert stream(data, "CSV IGNOREHEADER 9", size=size) == b""


def test_the_first_bad_row_ends_the_load():
    log = FaultLog(0)
    with pytest.raises(TooManyFaultsError):
        stream(b'1,"a\nb"\n2,c\nx,"d"\ny,e\n', log=log)
    (fault,) = log.faults
    assert (fault.code, fault.line_number, fault.start_offset) == (1207, 4, 12)
    assert (fault.column, fault.raw_value, fault.raw_line) == (0, b"x", b'x,"d"')
    assert (fault.filename, fault.slice) == ("s3://b/f", 1)


@pytest.mark.parametrize("size", [1, 3, 8, 1000])
def test_line_numbers_and_offsets_do_not_depend_on_chunks(size):
    log = FaultLog(0)
    with pytest.raises(TooManyFaultsError):
        stream(MIXED + b"\nx,y\n", size=size, log=log)
    assert (log.faults[0].line_number, log.faults[0].start_offset) == (13, len(MIXED) + 1)


@pytest.mark.parametrize(
    ("limit", "loaded"), [("", None), ("MAXERROR 1", None), ("MAXERROR 2", None)]
)
def test_a_load_fails_when_errors_reach_maxerror(limit, loaded):
    with pytest.raises(TooManyFaultsError):
        stream(b"1,a\nx,b\ny,c\n4,d\n", "CSV " + limit)


@pytest.mark.parametrize("limit", ["MAXERROR 3", "IGNOREALLERRORS"])
def test_fewer_errors_than_maxerror_are_skipped(limit):
    log = FaultLog(None if limit == "IGNOREALLERRORS" else 3)
    assert stream(b"1,a\nx,b\ny,c\n4,d\n", "CSV " + limit, log=log) == b"1,a\n4,d\n"
    assert [fault.line_number for fault in log.faults] == [2, 3]


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        (b"1\n", "CSV", 1214),
        (b"1,a,b\n", "CSV", 1202),
        (b"1,a,\n", "CSV", 1202),
        (b"1|a|b\n", "", 1202),
        (b"\n", "CSV", 1211),
        (b'1,a"b\n', "CSV", 1216),
        (b'1,"a\n', "CSV", 1216),
        (b"1,a\0b\n", "CSV", 1216),
        (b"1,\xff\n", "CSV", 1220),
        (b"\xef\xbb\xbf1,a\n", "CSV", 1207),
        (b"PK\x03\x04\x00\x00\n", "CSV", 1214),
    ],
)
def test_bad_records(data, options, code):
    log = FaultLog(0)
    with pytest.raises(TooManyFaultsError):
        stream(data, options, log=log)
    assert log.faults[0].code == code


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (b"1\n", "CSV FILLRECORD", b'1,""\n'),
        (b"1\n", "CSV FILLRECORD EMPTYASNULL", b"1,\n"),
        (b"\n1,a\n\n", "CSV IGNOREBLANKLINES", b"1,a\n"),
        (b"1|a|\n", "", b"1|\x01a\x01\n"),
        (b"1|a\n", "", b"1|a\n"),
        (b"1|a\\|b\n", "ESCAPE", b"1|\x01a|b\x01\n"),
        (b"1,\xffb\n", "CSV ACCEPTINVCHARS", b'1,"?b"\n'),
    ],
)
def test_records_that_an_option_completes(data, options, expected):
    assert stream(data, options) == expected


def test_replacements_are_logged():
    log = FaultLog(0)
    stream(b"1,ok\n2,\xffb\n3,\xc3\xa4\n", "CSV ACCEPTINVCHARS", log=log)
    assert [(r.line_number, r.column) for r in log.replacements] == [(2, 1)]


def test_a_row_beyond_4_mb_is_refused():
    columns = (TableColumn("a", RedshiftType("super")),)
    fits = b'"' + b"x" * (MAX_ROW - 10) + b'"'
    quoted = b'"' + fits.replace(b'"', b'""') + b'"'
    assert stream(quoted + b"\n", columns=columns, size=1 << 18) == quoted + b"\n"
    log = FaultLog(0)
    with pytest.raises(TooManyFaultsError):
        stream(b'"' + b"x" * (MAX_ROW + 10) + b'"\n', columns=columns, size=1 << 18, log=log)
    assert log.faults[0].code == 1216


def test_a_row_without_an_end_fails_under_any_maxerror():
    with pytest.raises(TooManyFaultsError):
        stream(b'1,"' + b"x\n" * MAX_ROW, "CSV", size=1 << 18, log=FaultLog(None))


def test_a_row_beyond_4_mb_in_one_chunk_is_refused():
    columns = (TableColumn("a", RedshiftType("super")),)
    log = FaultLog(0)
    with pytest.raises(TooManyFaultsError):
        stream(b"1\n" + b"2" * (MAX_ROW + 10) + b"\n", columns=columns, log=log)
    assert log.faults[0].line_number == 2
