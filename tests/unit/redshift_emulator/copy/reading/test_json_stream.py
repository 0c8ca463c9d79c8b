"""JSON in chunks of any size, and objects that are too large."""

import pytest

from redshift_emulator.copy.reading.json_paths import parse_path, selector
from redshift_emulator.copy.reading.json_stream import JsonStream
from redshift_emulator.copy.reading.objects import Objects
from redshift_emulator.copy.reading.stream import (
    MAX_ROW,
    FaultLog,
    FileProgress,
    TooManyFaultsError,
)
from redshift_emulator.copy.statement import CopyStatement, FileFormat, RoleAuthorization
from redshift_emulator.language.errors import RedshiftError
from tests.support.copy_session import column

COLUMNS = (column("a", "varchar", 20), column("b", "integer"))


def rows(chunks):
    statement = CopyStatement(
        None, "t", None, "s3://b/k", RoleAuthorization(), file_format=FileFormat(json="auto")
    )
    log = FaultLog(0)
    select = selector("auto", COLUMNS, lambda _: b"")
    stream = JsonStream(Objects(statement, COLUMNS, select, log))
    return b"".join(stream.rows(FileProgress("s3://b/k", 0), chunks)), log.faults


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_values_are_complete_whatever_the_chunks_are(size):
    content = ' {"a": "ä{}",\n "b": 12} {"b":345}{"a":"€"}\n'.encode()
    chunks = [content[start : start + size] for start in range(0, len(content), size)]
    found, faults = rows(chunks)
    assert found.decode().splitlines() == rows([content])[0].decode().splitlines()
    assert found.count(b"\n") == 3
    assert faults == []


def test_an_object_beyond_4_mb_ends_the_load_without_reading_on():
    read = []

    def chunks():
        yield b'{"a": "'
        for _ in range(100):
            read.append(1)
            yield b"x" * (MAX_ROW // 4)

    with pytest.raises(TooManyFaultsError):
        rows(chunks())
    assert len(read) < 10


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("$.a", ("a",)),
        ("$.a.b[0].c", ("a", "b", 0, "c")),
        ("$['a']['b c'][1]", ("a", "b c", 1)),
        ('$["a"]', ("a",)),
        ("$[0][1]", (0, 1)),
    ],
)
def test_paths_are_written_with_brackets_or_dots(text, path):
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", "$", "a", "$.", "$..a", "$.a[*]", "$['a'].b", "$.*x["])
def test_other_paths_are_refused(text):
    with pytest.raises(RedshiftError, match="Invalid JSONPath format"):
        parse_path(text)
