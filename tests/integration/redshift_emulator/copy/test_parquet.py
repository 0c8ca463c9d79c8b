"""COPY from Parquet: columns by position, equal types, all files or none."""

import datetime as dt
import gzip
import io
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from redshift_emulator.copy.session import LoadFailedError
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import RedshiftType, TableColumn
from tests.support.copy_session import column

FAILED = "Load into table 't' failed.  Check 'stl_load_errors' system table for details."
DAY = dt.date(2026, 11, 22)
MOMENT = dt.datetime.fromisoformat("2026-11-22 20:42:01.250")


def written(table, **options):
    """Return a Parquet file; a mapping is a table, too."""
    content = io.BytesIO()
    pq.write_table(pa.table(table), content, **options)
    return content.getvalue()


def ids(*values, kind=None):
    return {"id": pa.array(values, kind or pa.int32())}


def refused(loader, content, options="FORMAT AS PARQUET", name="t/part.parquet"):
    with pytest.raises(RedshiftError) as error:
        loader.copy("t", loader.put(name, content), options)
    assert loader.rows("t") == []
    return error.value


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (RedshiftType("smallint"), pa.array([-32768, None], pa.int16()), "-32768"),
        (RedshiftType("smallint"), pa.array([-128, None], pa.int8()), "-128"),
        (RedshiftType("integer"), pa.array([2147483647, None], pa.int32()), "2147483647"),
        (RedshiftType("bigint"), pa.array([-(2**63), None], pa.int64()), str(-(2**63))),
        (RedshiftType("real"), pa.array([0.1, None], pa.float32()), "0.1"),
        (RedshiftType("double precision"), pa.array([1e-7, None]), "1e-07"),
        (RedshiftType("boolean"), pa.array([False, None]), "f"),
        (
            RedshiftType("decimal", precision=12, scale=4),
            pa.array([Decimal("-1.5000"), None], pa.decimal128(12, 4)),
            "-1.5000",
        ),
        (
            RedshiftType("decimal", precision=38, scale=2),
            pa.array([Decimal("1" + "0" * 34 + ".25"), None], pa.decimal128(38, 2)),
            "1" + "0" * 34 + ".25",
        ),
        (RedshiftType("char", 3), pa.array(["ab", None]), "ab "),
        (RedshiftType("varchar", 9), pa.array(["grün €", None]), "grün €"),
        (RedshiftType("varchar", 9), pa.array([r"\N", None]), r"\N"),
        (RedshiftType("varchar", 9), pa.array(["", None]), ""),
        (RedshiftType("varchar", 9), pa.array(['a"|\n\r,\x01', None]), 'a"|\n\r,\x01'),
        (RedshiftType("varchar", 9), pa.array(["x", None]).dictionary_encode(), "x"),
        (RedshiftType("varchar", 9), pa.array(["large", None], pa.large_string()), "large"),
        (RedshiftType("varbyte", 4), pa.array([b"\x00\xff", None]), r"\x00ff"),
        (RedshiftType("date"), pa.array([DAY, None]), "2026-11-22"),
        (RedshiftType("date"), pa.array([dt.date(1, 1, 1), None]), "0001-01-01"),
        (
            RedshiftType("timestamp"),
            pa.array([MOMENT, None], pa.timestamp("us")),
            "2026-11-22 20:42:01.25",
        ),
        (
            RedshiftType("timestamp"),
            pa.array([MOMENT, None], pa.timestamp("ms")),
            "2026-11-22 20:42:01.25",
        ),
        (
            RedshiftType("timestamptz"),
            pa.array([MOMENT, None], pa.timestamp("us", "Asia/Tokyo")),
            "2026-11-22 20:42:01.25+00",
        ),
    ],
    ids=str,
)
def test_a_value_of_the_columns_type_is_loaded_unchanged(loader, kind, values, expected):
    loader.table("t", TableColumn("v", kind))
    loader.copy("t", loader.put("t/part", written({"v": values})), "PARQUET")
    assert loader.rows("t") == [(expected,), (None,)]


def test_int96_timestamps_are_loaded(loader):
    loader.table("t", column("v", "timestamp"))
    values = pa.array([MOMENT, dt.datetime.fromisoformat("9999-12-31")], pa.timestamp("us"))
    content = written({"v": values}, use_deprecated_int96_timestamps=True)
    loader.copy("t", loader.put("t/part", content), "PARQUET")
    assert loader.rows("t") == [("2026-11-22 20:42:01.25",), ("9999-12-31 00:00:00",)]


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
def test_every_internal_codec_is_read(table, codec):
    content = written(ids(*range(3000)), compression=codec, row_group_size=700)
    result = table.copy("t", table.put("t/part.parquet", content), "PARQUET")
    assert result.rows == 3000
    assert sorted(int(row[0]) for row in table.rows("t")) == list(range(3000))


def test_columns_are_matched_by_position_not_by_name(loader):
    loader.table("t", column("a", "integer"), column("b", "varchar", 5))
    url = loader.put("t/part", written({"b": pa.array([1], pa.int32()), "a": ["x"]}))
    loader.copy("t", url, "PARQUET")
    loader.session.backend.execute("BEGIN")
    role = "IAM_ROLE default FORMAT AS PARQUET"
    loader.execute(f"COPY t (a, b) FROM '{url}' {role}")
    with pytest.raises(NotSupportedError, match="into t without b: not supported"):
        loader.execute(f"COPY t (a) FROM '{url}' {role}")
    loader.session.backend.execute("COMMIT")
    assert loader.rows("t") == [("1", "x")] * 2


@pytest.mark.parametrize("names", [("id",), ("id", "v", "w")])
def test_another_number_of_columns_is_refused_with_redshifts_message(loader, names):
    loader.table("t", column("id", "integer"), column("v", "integer"))
    error = refused(loader, written({name: pa.array([1], pa.int32()) for name in names}))
    assert isinstance(error, LoadFailedError)
    assert (error.message, error.code) == ("Spectrum Scan Error", 15007)
    assert error.context == (
        "Unmatched number of columns between table and file. Table columns: 2, "
        f"Data columns: {len(names)}, "
        f"File name: https://s3.amazonaws.com/{loader.bucket.name}/t/part.parquet"
    )


def test_fillrecord_sets_missing_columns_at_the_end_to_null(loader):
    loader.table("t", column("id", "integer"), column("v", "varchar", 5), column("n", "bigint"))
    loader.copy("t", loader.put("t/part", written(ids(1, None))), "PARQUET FILLRECORD")
    assert loader.rows("t") == [("1", None, None), (None, None, None)]
    too_many = {name: pa.array([1], pa.int32()) for name in "abcd"}
    with pytest.raises(RedshiftError, match="Spectrum Scan Error"):
        loader.copy("t", loader.put("u/part", written(too_many)), "PARQUET FILLRECORD")


INT, LONG = RedshiftType("integer"), RedshiftType("bigint")
MONEY, TEXT = RedshiftType("decimal", precision=8, scale=2), RedshiftType("varchar", 5)
WALL = RedshiftType("timestamp")


@pytest.mark.parametrize(
    ("kind", "values", "shown"),
    [
        (INT, pa.array([1], pa.int64()), "Column type: INT, Parquet schema:\noptional int64 v"),
        (LONG, pa.array([1], pa.int32()), "Column type: BIGINT, Parquet schema:\noptional int32"),
        (LONG, pa.array([1], pa.uint64()), "Column type: BIGINT"),
        (RedshiftType("smallint"), pa.array([1], pa.int32()), "Column type: SMALLINT"),
        (RedshiftType("smallint"), pa.array([1], pa.uint8()), "Column type: SMALLINT"),
        (INT, pa.array([1], pa.int8()), "Column type: INT"),
        (TEXT, pa.array([1], pa.int64()), "Column type: VARCHAR, Parquet schema:\noptional int64"),
        (TEXT, pa.array([b"x"]), "Column type: VARCHAR, Parquet schema:\noptional byte_array v"),
        (MONEY, pa.array([Decimal(1)], pa.decimal128(9, 2)), "Column type: DECIMAL(8, 2)"),
        (MONEY, pa.array([Decimal(1)], pa.decimal128(8, 3)), "Column type: DECIMAL(8, 2)"),
        (MONEY, pa.array([1.0]), "Column type: DECIMAL(8, 2), Parquet schema:\noptional double"),
        (RedshiftType("real"), pa.array([1.0]), "Column type: REAL"),
        (RedshiftType("date"), pa.array([MOMENT]), "Column type: DATE"),
        (WALL, pa.array([DAY]), "Column type: TIMESTAMP, Parquet schema:\noptional int32 v"),
        (WALL, pa.array([1], pa.timestamp("ns")), "Column type: TIMESTAMP"),
        (WALL, pa.array([1], pa.timestamp("us", "UTC")), "Column type: TIMESTAMP"),
        (RedshiftType("timestamptz"), pa.array([MOMENT]), "Column type: TIMESTAMPTZ"),
        (RedshiftType("time"), pa.array([dt.time(1)]), "Column type: TIME"),
        (RedshiftType("super"), pa.array(["{}"]), "Column type: SUPER"),
    ],
    ids=str,
)
def test_another_type_is_refused_with_redshifts_message(loader, kind, values, shown):
    loader.table("t", TableColumn("c", kind))
    error = refused(loader, written({"v": values}))
    assert (error.message, error.code) == ("Spectrum Scan Error", 15007)
    assert "/t/part.parquet' has an incompatible Parquet schema for column 's3://" in error.context
    assert shown in error.context
    assert "[i:0 d:1 r:0]" in error.context


@pytest.mark.parametrize(
    "values", [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([[("k", 1)]], pa.map_("str", "i4"))]
)
def test_nested_columns_are_not_supported(table, values):
    assert "nested Parquet column" in refused(table, written({"v": values})).message


@pytest.mark.parametrize(
    ("kind", "values", "code", "reason"),
    [
        (TEXT, ["ok", "grüüün"], 1204, "String length exceeds DDL length"),
        (RedshiftType("char", 5), ["ok", "grün"], 1220, "Multibyte character not supported for"),
        (TEXT, ["ok", "a\0b"], 1216, "Invalid null byte"),
        (RedshiftType("double precision"), [1.0, float("nan")], 1208, "Invalid float value"),
        (RedshiftType("varbyte", 1), [b"1", b"12"], 1204, "Varbyte length exceeds DDL length"),
    ],
    ids=str,
)
def test_an_invalid_value_is_reported_with_its_row(loader, kind, values, code, reason):
    loader.table("t", TableColumn("v", kind))
    loader.put("t/1", written({"v": values[:1]}))
    url = loader.put("t/2", written({"v": values})).removesuffix("2")
    with pytest.raises(LoadFailedError) as error:
        loader.copy("t", url, "PARQUET")
    assert error.value.message == FAILED
    assert loader.rows("t") == []
    ((name, line, found, said),) = loader.session.log.query(
        "SELECT trim(filename), line_number, err_code, trim(err_reason)"
        " FROM pg_internal.stl_load_errors_all"
    )
    assert name.endswith("/t/2")
    assert (line, found) == ("2", str(code))
    assert said.startswith(reason)


def test_null_in_a_not_null_column_fails(loader):
    loader.table("t", column("id", "integer", not_null=True))
    assert refused(loader, written(ids(1, None))).message == FAILED


def test_invalid_characters_are_refused_or_replaced(loader):
    loader.table("t", column("v", "varchar", 5))
    values = pa.array([b"a\xffb"]).view(pa.string())
    content = written({"v": values})
    assert refused(loader, content).message == FAILED
    result = loader.copy("t", loader.put("u/1", content), "PARQUET ACCEPTINVCHARS '^'")
    assert loader.rows("t") == [("a^b",)]
    assert "replacements made for ACCEPTINVCHARS" in result.notices[-1]


def test_a_bad_file_after_good_files_rolls_back_the_load(table):
    table.put("p/1", written(ids(*range(5000))))
    table.put("p/2", written(ids(1, kind=pa.int64())))
    with pytest.raises(LoadFailedError, match="Spectrum Scan Error"):
        table.copy("t", f"s3://{table.bucket.name}/p/", "PARQUET")
    assert table.rows("t") == []


def test_damaged_and_other_files_are_refused(table):
    whole = written(ids(*range(5000)), write_page_checksum=True)
    changed = whole[:2000] + bytes(byte ^ 1 for byte in whole[2000:2100]) + whole[2100:]
    for content in (b"1\n2\n", whole[:-20], changed):
        error = refused(table, content)
        assert (error.message, error.code) == ("Spectrum Scan Error", 15007)
        assert "/t/part.parquet' cannot be read: " in error.context


def test_an_object_without_content_holds_no_rows(table):
    table.put("p/1", b"")
    table.put("p/2", written(ids(1, 2)))
    table.copy("t", f"s3://{table.bucket.name}/p/", "PARQUET")
    assert table.rows("t") == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([{"a": 1, "b": [Decimal("1.50"), None]}]), '{"a":1,"b":[1.50,null]}'),
        (pa.array([[1, 2]], pa.large_list(pa.int16())), "[1,2]"),
        (pa.array(['{"a": "ü"}']), r'"{\"a\": \"ü\"}"'),
        (pa.array(["x"]).dictionary_encode(), '"x"'),
        (pa.array([True]), "true"),
        (pa.array([2.5]), "2.5"),
    ],
    ids=str,
)
def test_serializetojson_loads_any_type_into_super(loader, values, expected):
    loader.table("t", column("s", "super"), column("id", "integer"), column("n", "super"))
    content = written({"v": values, **ids(7), "n": pa.nulls(1, pa.string())})
    loader.copy("t", loader.put("t/1", content), "PARQUET SERIALIZETOJSON")
    assert loader.rows("t") == [(expected, "7", None)]


@pytest.mark.parametrize("values", [pa.array([DAY]), pa.array([[b"x"]])], ids=str)
def test_serializetojson_of_a_type_without_json_is_not_supported(loader, values):
    loader.table("t", column("s", "super"))
    error = refused(loader, written({"v": values}), "PARQUET SERIALIZETOJSON")
    assert "SERIALIZETOJSON of column s, type " in error.message


def test_a_file_that_is_compressed_as_a_whole_is_not_supported(table):
    error = refused(table, gzip.compress(written(ids(1))), name="t/part.parquet.gz")
    assert "Parquet file compressed as a whole" in error.message


def test_a_manifest_requires_the_length_of_each_file(table):
    content = written(ids(1, 2))
    url = table.put("data", content)
    whole = {"url": url, "mandatory": True, "meta": {"content_length": len(content)}}
    table.copy("t", table.manifest("m", whole), "FORMAT AS PARQUET MANIFEST")
    assert table.rows("t") == [("1",), ("2",)]
    without = {"url": url, "mandatory": True}
    for entries, reason in (
        ((whole, without), "needs meta.content_length"),
        ((whole | {"meta": {"content_length": 1}},), "content_length of the manifest is 1, the"),
    ):
        with pytest.raises(RedshiftError, match=reason):
            table.copy("t", table.manifest("n", *entries), "PARQUET MANIFEST")


def test_identity_columns_require_explicit_ids(loader):
    numbered = TableColumn("n", RedshiftType("bigint"), identity="by default")
    loader.table("t", numbered, column("id", "integer"))
    content = written({"n": pa.array([7], pa.int64()), **ids(1)})
    error = refused(loader, content)
    assert "COPY from Parquet into t without n" in error.message
    loader.copy("t", loader.put("u/1", content), "PARQUET EXPLICIT_IDS")
    assert loader.rows("t") == [("7", "1")]


def test_the_load_history_names_the_format_parquet(table):
    table.copy("t", table.put("k", written(ids(1, 2, 3))), "PARQUET")
    ((form, status, rows),) = table.session.log.query(
        "SELECT trim(file_format), trim(status), loaded_rows FROM pg_internal.sys_load_history_all"
    )
    assert (form, status, rows) == ("parquet", "completed", "3")
    ((form, lines),) = table.session.log.query(
        "SELECT trim(file_format), lines_scanned FROM pg_internal.stl_load_commits_all"
    )
    assert (form, lines) == ("parquet", "3")
