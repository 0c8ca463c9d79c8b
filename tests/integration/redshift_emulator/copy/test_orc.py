"""COPY from ORC: columns by position, equal types, all files or none.

https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

import datetime as dt
import io
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import orc

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import RedshiftType, TableColumn
from tests.support.copy_session import column

MOMENT = dt.datetime.fromisoformat("2026-11-22 20:42:01.250001")


def written(columns, **options):
    """Return an ORC file."""
    content = io.BytesIO()
    orc.write_table(pa.table(columns), content, **options)
    return content.getvalue()


def copy(loader, columns, options="FORMAT AS ORC", name="t/part.orc"):
    return loader.copy("t", loader.put(name, written(columns)), options)


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (RedshiftType("smallint"), pa.array([-32768, None], pa.int16()), "-32768"),
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
        (RedshiftType("date"), pa.array([dt.date(2026, 11, 22), None]), "2026-11-22"),
        (
            RedshiftType("timestamp"),
            pa.array([MOMENT, None], pa.timestamp("us")),
            "2026-11-22 20:42:01.250001",
        ),
        (RedshiftType("varchar", 9), pa.array(["ä|,\n", None]), "ä|,\n"),
        (RedshiftType("char", 3), pa.array(["ab", None]), "ab "),
        (RedshiftType("varbyte", 9), pa.array([b"\x00\xff", None]), "\\x00ff"),
    ],
)
def test_rule_27_every_type_of_orc(loader, kind, values, expected):
    loader.table("t", TableColumn("x", kind))
    result = copy(loader, {"another_name": values})
    assert result.rows == 2
    assert loader.rows("t") == [(expected,), (None,)]


def test_rule_25_stripes_and_several_files(loader):
    loader.table("t", column("id", "integer"))
    many = {"id": pa.array(range(20_000), pa.int32())}
    url = loader.put("t/1.orc", written(many, stripe_size=1024, batch_size=1024))
    loader.put("t/2.orc", written({"id": pa.array([-1], pa.int32())}))
    assert loader.copy("t", url.removesuffix("1.orc"), "ORC").rows == 20_001


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"id": pa.array([1], pa.int64())}, "has an incompatible ORC schema for column 's3://"),
        ({"id": ["1"]}, "Column type: INT, ORC schema: string"),
        (
            {"id": pa.array([1], pa.int32()), "more": [1]},
            "Unmatched number of columns between table and file. Table columns: 1, Data",
        ),
    ],
)
def test_rule_26_another_schema_is_refused(loader, columns, reason):
    loader.table("t", column("id", "integer"))
    with pytest.raises(RedshiftError) as caught:
        copy(loader, columns)
    assert (caught.value.code, reason in caught.value.context) == (15007, True)


def test_rule_26_what_the_emulator_does_not_read_of_orc(loader):
    loader.table("t", column("id", "integer"))
    for columns in ({"id": [[1]]}, {"id": [{"a": 1}]}):
        with pytest.raises(RedshiftError, match="nested ORC column id in"):
            copy(loader, columns)
    with pytest.raises(NotSupportedError):
        copy(loader, {"id": pa.array([1], pa.int32())}, name="t/part.orc.gz")
    url = loader.put("d/part.orc", b"no ORC at all")
    with pytest.raises(RedshiftError, match="Spectrum Scan Error"):
        loader.copy("t", url, "ORC")


def test_rule_27_columns_missing_at_the_end_need_fillrecord(loader):
    loader.table("t", column("id", "integer"), column("s", "varchar", 5))
    copy(loader, {"id": pa.array([1], pa.int32())}, "ORC FILLRECORD")
    assert loader.rows("t") == [("1", None)]


def test_serializetojson_loads_nested_columns_into_super(loader):
    loader.table("t", column("s", "super"), column("v", "varchar", 5))
    copy(loader, {"s": pa.array([{"a": [1]}]), "v": ["x"]}, "ORC SERIALIZETOJSON")
    assert loader.rows("t") == [('{"a":[1]}', "x")]
    with pytest.raises(RedshiftError, match="SERIALIZETOJSON of column s, type date32"):
        copy(loader, {"s": [dt.date(2026, 1, 1)], "v": ["x"]}, "ORC SERIALIZETOJSON")


def test_an_object_without_content_holds_no_rows(loader):
    loader.table("t", column("v", "varchar", 5))
    assert loader.copy("t", loader.put("t/0", b""), "ORC").rows == 0
