"""Values that plain PostgreSQL accepts or stores differently: each test shows both."""

import itertools
import random

import pytest

from redshift_emulator.copy.conversion.canonical import canonical_rows
from redshift_emulator.copy.reading.records import splitter
from redshift_emulator.copy.reading.rows import ColumnFaultError, RowConverter
from redshift_emulator.copy.session import LoadFailedError
from tests.support.copy_session import ROLE, column, parse


@pytest.mark.parametrize(
    ("kind", "numbers", "value", "code"),
    [
        ("integer", (), "0x1F", 1207),
        ("integer", (), "1_000", 1207),
        ("integer", (), " 12 ", 1207),
        ("integer", (), "+12", 1207),
        ("decimal", (10, 2), "NaN", 1207),
        ("decimal", (10, 2), "1e3", 1207),
        ("decimal", (19, 0), "9223372036854775808", 1204),
        ("double precision", (), "NaN", 1208),
        ("double precision", (), "Infinity", 1208),
        ("double precision", (), "2.3e-315", 1204),
        ("boolean", (), "on", 1210),
        ("boolean", (), "tr", 1210),
        ("date", (), "infinity", 1205),
        ("date", (), "today", 1205),
        ("date", (), "0044-03-15 BC", 1205),
        ("date", (), "20240105", 1205),
        ("timestamp", (), "now", 1206),
        ("timestamp", (), "2024-01-05", 1206),
        ("timestamp", (), "2024-01-05T10:11:12", 1206),
        ("timestamptz", (), "-infinity", 1206),
        ("time", (), "allballs", 1206),
        ("varchar", (3,), "äöü", 1204),
        ("char", (3,), "äöü", 1220),
        ("varbyte", (9,), "\\x00ff", 1219),
    ],
)
def test_values_that_postgresql_accepts_and_redshift_rejects(loader, kind, numbers, value, code):
    loader.table("t", column("id", "integer"), column("v", kind, *numbers))
    content = f"1,{value}\n"
    assert len(loader.plain("t", content)) == 1
    with pytest.raises(LoadFailedError):
        loader.load("t", content)
    ((found, name, line),) = loader.errors("err_code, trim(colname), line_number")
    assert (int(found), name, line) == (code, "v", "1")
    assert loader.rows("t") == []


@pytest.mark.parametrize(
    ("kind", "numbers", "line", "options", "expected"),
    [
        ("decimal", (10, 2), "20.259", "CSV", "20.25"),
        ("decimal", (10, 2), "20.259", "CSV ROUNDEC", "20.26"),
        ("integer", (), '""', "CSV", None),
        ("date", (), "2024-01-05 23:59:59", "CSV", "2024-01-05"),
        ("varchar", (9,), "", "CSV", ""),
        ("varchar", (9,), '"\\N"', "CSV", None),
        ("varchar", (9,), '"@N@"', "CSV NULL AS '@N@'", None),
        ("varchar", (9,), '""', "CSV EMPTYASNULL", None),
        ("varchar", (9,), ' "a" ', "CSV", "a"),
        ("varchar", (3,), "abc   ", "CSV", "abc"),
        ("varchar", (3,), "äöü", "CSV TRUNCATECOLUMNS", "ä"),
        ("varchar", (9,), "a  ", "CSV TRIMBLANKS", "a"),
        ("varchar", (9,), "   ", "CSV BLANKSASNULL", None),
        ("varchar", (9,), "\\.", "CSV", "\\."),
        ("timestamp", (), "2024-01-05 10:11:12 PST", "CSV", "2024-01-05 10:11:12"),
        ("timestamp", (), "1704449472", "CSV TIMEFORMAT 'epochsecs'", "2024-01-05 10:11:12"),
        ("timestamptz", (), "2024-01-05 10:11:12-8", "CSV", "2024-01-05 18:11:12+00"),
        ("date", (), "31/03/2003", "CSV DATEFORMAT 'DD/MM/YYYY'", "2003-03-31"),
        ("varbyte", (9,), "00ff", "CSV", "\\x00ff"),
        ("super", (), '"{""a"": [1, 2]}"', "CSV", '{"a": [1, 2]}'),
        ("super", (), "", "CSV", None),
        ("boolean", (), "YES", "CSV", "t"),
    ],
)
def test_values_as_redshift_stores_them(loader, kind, numbers, line, options, expected):
    loader.table("t", column("v", kind, *numbers), column("id", "integer"))
    assert loader.load("t", f"{line},1\n", options) == [(expected, "1")]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("a\\|b|1\n", "ESCAPE", ("a|b", "1")),
        ("a\\nb|1\n", "ESCAPE", ("anb", "1")),
        ("a\\\nb|1\n", "ESCAPE", ("a\nb", "1")),
        ("a\\nb|1\n", "", ("a\\nb", "1")),
        ("'a|b'|1\n", "REMOVEQUOTES", ("a|b", "1")),
        ('"a"|1\n', "", ('"a"', "1")),
        ("a|1|\n", "", ("a", "1")),
        ("a;1\r\n", "DELIMITER ';'", ("a", "1")),
        ("a\n", "FILLRECORD", ("a", None)),
        ("id|n\n\na|1\n", "IGNOREHEADER 1 IGNOREBLANKLINES", ("a", "1")),
    ],
)
def test_plain_text_files(loader, content, options, expected):
    loader.table("t", column("v", "varchar", 20), column("n", "integer"))
    assert loader.load("t", content, options) == [expected]


def test_a_bom_is_data(loader):
    loader.table("t", column("v", "varchar", 9))
    assert loader.load("t", b"\xef\xbb\xbfa\n") == [("\ufeffa",)]


def test_invalid_utf8_is_reported_in_its_row(loader):
    loader.table("t", column("v", "varchar", 9))
    with pytest.raises(LoadFailedError):
        loader.load("t", b"good\n" * 1000 + b"a\xa4b\n")
    ((code, line, reason),) = loader.errors("err_code, line_number, trim(err_reason)")
    assert (code, line) == ("1220", "1001")
    assert reason.endswith("Bad UTF8 hex sequence: a4 (error 3)")


def test_the_sessions_time_zone_applies_to_a_timestamptz_without_one(loader):
    loader.table("t", column("v", "timestamptz"))
    loader.session.backend.execute("SET timezone = 'America/New_York'")
    loader.copy("t", loader.put("k", "2024-01-05 10:11:12\n2024-01-05 10:11:12+00\n"))
    assert loader.rows("t") == [("2024-01-05 15:11:12+00",), ("2024-01-05 10:11:12+00",)]


HARD = [
    "", '""', "@N@", '"@N@"', "\\N", '"\\N"', "0", "-1", "1.5", "1.505", "-0.004", "99999999.999",
    "2147483648", "9223372036854775807", "1e5", "1E-9", "NaN", "inf", "0x1F", "1_0", " 1", "1 ",
    "t", "true", "yes", "on", "abc", '"abc"', '"a""b"', '"a,b"', '"a\nb"', "äöü", '"äöü"', "\\.",
    "abcdefghij", "abcdefghijk", "abcdefghij  ", "2024-02-29", "2023-02-29", "2024-12-31",
    "2024-12-31 23:59:59", "2024-12-31 23:59:59.123456", "2024-12-31 24:00:00", "infinity",
    "2024-12-31 23:59:59+02", "23:59:59", "23:59:59.5", "24:00:00", '"2024-12-31"', "now", "null",
    "{}", '"{""a"":1}"', "[1", "00ff", "3.4e38", "1e-45", "12345678901234567890", ".5", "5.",
]  # fmt: skip
COLUMNS = (
    column("i2", "smallint"), column("i4", "integer"), column("i8", "bigint"),
    column("d", "decimal", 10, 2), column("d19", "decimal", 19, 4), column("f4", "real"),
    column("f8", "double precision"), column("b", "boolean"), column("v", "varchar", 10),
    column("c", "char", 10), column("dt", "date"), column("ts", "timestamp"),
    column("tz", "timestamptz"), column("tm", "time"), column("s", "super"),
)  # fmt: skip


@pytest.mark.parametrize("options", ["CSV", "CSV NULL AS '@N@'", "CSV EMPTYASNULL NULL AS '@N@'"])
def test_canonical_rows_are_stored_as_python_reads_them(loader, options):
    """The fast path against the slow one: all that passes the expression, for every type."""
    statement = parse(f"COPY t FROM 's3://b/k' IAM_ROLE default {options}")
    passed = 0
    for one in COLUMNS[:-1]:  # PostgreSQL itself judges SUPER's documents
        name = f"t_{one.name}"
        loader.table(name, one, column("id", "integer"))
        columns = loader.session.tables[name]
        known, split = canonical_rows(statement, columns), splitter(statement.file_format)
        converter = RowConverter(statement, columns)
        unread, read = [], []
        for number, value in enumerate(HARD):
            line = f"{value},{number}\n".encode()
            if known.match(line).end() == len(line):
                unread.append(line)
                read.append(converter.row(split(line, 0, final=True)))
        passed += len(unread)
        assert len(unread) > 1, f"nothing passes for {one.name}"
        stored = []
        for lines in (unread, read):
            loader.session.log.execute(f"DELETE FROM {name}")
            loader.copy(name, loader.put("k", b"".join(lines)), options)
            stored.append(loader.session.log.query(f"SELECT * FROM {name} ORDER BY id"))
        assert stored[0] == stored[1]
        assert len(stored[0]) == len(unread)
    assert passed > 100


def test_every_value_loads_or_is_rejected_the_same_in_both_ways(loader):
    """IGNOREALLERRORS keeps the good rows; each of them must be good alone, too."""
    statement = parse("COPY t FROM 's3://b/k' IAM_ROLE default CSV NULL AS '@N@'")
    for one in COLUMNS:
        name = f"t_{one.name}"
        loader.table(name, one, column("id", "integer"))
        converter = RowConverter(statement, loader.session.tables[name])
        split = splitter(statement.file_format)
        good = set()
        for number, value in enumerate(HARD):
            line = f"{value},{number}\n".encode()
            try:
                converter.row(split(line, 0, final=True))
            except ColumnFaultError:
                continue
            good.add(str(number))
        content = "".join(f"{value},{number}\n" for number, value in enumerate(HARD))
        result = loader.copy(name, loader.put("k", content), "CSV NULL AS '@N@' IGNOREALLERRORS")
        assert {row[1] for row in loader.rows(name)} == good
        assert result.rows == len(good)


@pytest.mark.parametrize("value", ["[1", "NaN", "'a'", '"""\\u0000"""'])
def test_invalid_json_for_a_super_is_reported(loader, value):
    loader.table("t", column("v", "super"), column("id", "integer"))
    with pytest.raises(LoadFailedError):
        loader.load("t", f"1,1\n{value},2\n")
    assert loader.errors("err_code, line_number") == [("1224", "2")]


def test_random_texts_are_stored_byte_for_byte(loader):
    loader.table("t", column("id", "integer"), column("v", "varchar", 400))
    choice = random.Random(7)
    letters = ['"', ",", "\n", "\r", "\\", "'", " ", "\t", "a", "N", ".", "ä", "€", "😀", "@"]
    texts = ["".join(choice.choices(letters, k=choice.randrange(60))) for _ in range(3000)]
    quoted = (text.replace('"', '""') for text in texts)
    content = "".join(f'{n},"{text}"\n' for n, text in zip(itertools.count(), quoted))
    loader.copy("t", loader.put("k", content), "CSV NULL AS '@NULL@'")
    stored = loader.session.log.query("SELECT v FROM t ORDER BY id")
    assert [row[0] for row in stored] == texts


def test_many_small_rows_are_loaded_exactly_once(loader):
    """Many small rows over several chunks: each of them is loaded once."""
    loader.table("t", column("id", "integer"), column("v", "varchar", 20))
    content = "".join(f"{n},{'x' * (n % 20)}\n" for n in range(200_000))
    loader.put("p/1", content[: 1 << 20].rpartition("\n")[0])
    loader.put("p/2", content[: 1 << 20].rpartition("\n")[2] + content[1 << 20 :])
    loader.session.backend.execute("BEGIN")
    result = loader.execute(f"COPY t FROM 's3://{loader.bucket.name}/p/' IAM_ROLE '{ROLE}' CSV")
    loader.session.backend.execute("COMMIT")
    assert result.rows == 200_000
    counted = loader.session.log.query("SELECT count(*), count(DISTINCT id), sum(id) FROM t")
    assert counted == [("200000", "200000", str(sum(range(200_000))))]
