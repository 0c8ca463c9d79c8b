"""Parquet files in S3 as a source, by the real commands: loaded unchanged, or not at all."""

import datetime as dt
import io
from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, Project, change_configuration

LATER = "2026-11-22"
EVENTS = """
name: {src}.events
source_name: {src}.partner.events
columns:
  - {{name: id, sql_type: bigint, not_null: true}}
  - {{name: kind, sql_type: smallint}}
  - {{name: number, sql_type: integer}}
  - {{name: title, sql_type: varchar(20)}}
  - {{name: code, sql_type: char(3)}}
  - {{name: price, sql_type: "numeric(12,4)"}}
  - {{name: ratio, sql_type: double precision}}
  - {{name: share, sql_type: real}}
  - {{name: paid, sql_type: boolean}}
  - {{name: day, sql_type: date}}
  - {{name: moment, sql_type: timestamp}}
  - {{name: body, sql_type: varbyte(8)}}
constraints:
  - primary_key: [id]
"""
BEST = {
    "{dw}/best.yaml": "name: {dw}.best\nsource_name: CTAS\ncolumns:\n"
    '  - {{name: price, sql_type: "numeric(12,4)"}}\n',
    "{dw}/best.sql": "SELECT MAX(price) AS price FROM {src}.events\n",
}
SCHEMA = pa.schema(
    [
        ("id", pa.int64()), ("kind", pa.int16()), ("number", pa.int32()), ("title", pa.string()),
        ("code", pa.string()), ("price", pa.decimal128(12, 4)), ("ratio", pa.float64()),
        ("share", pa.float32()), ("paid", pa.bool_()), ("day", pa.date32()),
        ("moment", pa.timestamp("us")), ("body", pa.binary()),
    ]
)  # fmt: skip
MOMENT = dt.datetime.fromisoformat("2026-11-20 23:59:59.000001")
ROWS = [
    (1, -1, 7, 'grün, "€" \N{SNOWMAN}\n', "eur", Decimal("12.3400"), 0.1, 0.5, True,
     dt.date(2026, 11, 20), MOMENT, b"\x00\xff"),
    (2, None, None, None, None, None, None, None, None, None, None, None),
    (3, 32767, -(2**31), "", "", Decimal("-99999999.9999"), -1e300, 1.5, False,
     dt.date(1, 1, 1), dt.datetime.fromisoformat("9999-12-31"), b""),
    (4, 0, 0, r"\N", "a", Decimal(0), 0.0, 0.0, True, dt.date(9999, 12, 31), MOMENT, b"12345678"),
]  # fmt: skip
SELECT = (
    "SELECT id, kind, number, title, code, price, ratio, share, paid, day, moment,"
    " body FROM {src}.events ORDER BY id"
)


@pytest.fixture
def partner(new_project) -> Project:
    """A project whose only tables come from Parquet files."""
    project = new_project(designs={"{src}/partner-events.yaml": EVENTS, **BEST})
    describe(project)
    return project


def describe(project: Project, **form: object) -> None:
    path = f"s3://{BUCKET}/{project.prefix}/in/${{date}}/${{table}}/"
    source = {"name": project.src, "s3_path": path, "s3_format": {"type": "parquet", **form}}
    change_configuration(project, lambda raw: raw.update(sources=[source, {"name": project.dw}]))


def table(rows: list[tuple], schema: pa.Schema = SCHEMA) -> pa.Table:
    return pa.table([list(values) for values in zip(*rows, strict=True)], schema=schema)


def put(
    project: Project, name: str, content: pa.Table, date: str = DATE, **options: object
) -> str:
    body = io.BytesIO()
    pq.write_table(content, body, **options)
    key = f"{project.prefix}/in/{date}/events/{name}"
    project.s3().put_object(Bucket=BUCKET, Key=key, Body=body.getvalue())
    return f"s3://{BUCKET}/{key}"


def expected(row: tuple) -> tuple:
    """Return the row as the emulator shows it: CHAR padded with spaces, bytes in hexadecimal."""
    code = None if row[4] is None else row[4].ljust(3)
    return (*row[:4], code, *row[5:11], None if row[11] is None else row[11].hex())


def test_files_in_parts_are_loaded_value_by_value_with_their_dependents(partner: Project) -> None:
    first = put(partner, "part-0.snappy.parquet", table(ROWS[:2]), compression="snappy")
    second = put(partner, "part-1.parquet", table(ROWS[2:]), compression="zstd")
    many = [(number, *ROWS[0][1:]) for number in range(100, 3100)]
    third = put(partner, "part-2.parquet", table(many), row_group_size=800, compression="none")
    put(partner, "_SUCCESS", table(ROWS))

    partner.luigi("DumpTable", "--table", "{src}.events")
    (key,) = partner.keys(".manifest")
    assert [entry["url"] for entry in partner.manifest(key)["entries"]] == [first, second, third]
    assert all(entry["meta"]["content_length"] > 0 for entry in partner.manifest(key)["entries"])
    partner.luigi("CopyTable", "--table", "{src}.events")
    partner.luigi("LoadAll")

    found = partner.rows(SELECT)
    assert len(found) == 3004
    assert found[:4] == [expected(row) for row in ROWS]
    assert found[4:] == [expected(row) for row in many]
    assert partner.rows("SELECT price FROM {dw}.best") == [(Decimal("12.3400"),)]
    assert ("CopyTable", f"{partner.src}.events", 3004) in [
        (task, name, rows) for task, name, _, rows in partner.markers()
    ]
    assert "there was nothing to do" in partner.luigi("LoadAll").out


def without(name: str) -> pa.Table:
    return table(ROWS[:1]).drop_columns([name])


def changed(name: str, kind: pa.DataType) -> pa.Table:
    position = SCHEMA.get_field_index(name)
    whole = table(ROWS[:1])
    return whole.set_column(position, name, whole.column(name).cast(kind))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (without("body"), "Table columns: 12, Data columns: 11, File name: https://"),
        (changed("number", pa.int64()), "Column type: INT, Parquet schema:"),
        (changed("price", pa.decimal128(14, 4)), "Column type: DECIMAL(12, 4), Parquet schema:"),
    ],
    ids=("a column too few", "a wider number", "another precision"),
)
def test_a_file_that_does_not_fit_fails_and_the_table_keeps_its_rows(
    partner: Project, content: pa.Table, said: str
) -> None:
    put(partner, "a.parquet", table(ROWS))
    partner.luigi("LoadAll")
    put(partner, "a.parquet", table(ROWS[:1]), date=LATER)
    bad = put(partner, "b.parquet", content, date=LATER)

    failed = partner.luigi("LoadAll", "--date", LATER, code=30)

    assert "Spectrum Scan Error" in failed.out
    assert said in failed.out
    assert bad.removeprefix("s3://") in failed.out
    assert len(partner.rows(SELECT)) == 4
    assert partner.leftovers() == []


def test_a_value_that_does_not_fit_is_named_with_its_file_and_row(partner: Project) -> None:
    wide = (9, 1, 1, "ü" * 11, *ROWS[0][4:])
    bad = put(partner, "a.parquet", table([*ROWS, wide]))
    failed = partner.luigi("LoadAll", code=30)
    for line in (f"file:   {bad}", "line:   5", "column: title varchar(20)", "String length"):
        assert line in failed.out


@pytest.mark.parametrize(("suffix", "form"), [("gz", "gzip"), ("snappy", "snappy")])
def test_a_file_that_is_compressed_as_a_whole_is_refused(
    partner: Project, suffix: str, form: str
) -> None:
    put(partner, f"a.parquet.{suffix}", table(ROWS))
    failed = partner.luigi("LoadAll", code=30)
    assert f"a.parquet.{suffix} looks like {form}, but s3_format.type is parquet" in failed.out


def test_columns_that_parquet_cannot_fill_are_found_before_anything_is_read(
    partner: Project,
) -> None:
    partner.pipeline("validate")
    partner.write(
        "{src}/partner-events.yaml",
        EVENTS.replace("sql_type: varbyte(8)", "sql_type: super")
        .replace("sql_type: timestamp}", "sql_type: timestamptz}")
        .replace("name: title,", "name: title, expression: upper(title),"),
    )
    said = (
        "columns[title].expression: files are loaded unchanged",
        "columns[moment].sql_type: COPY is not documented to load timestamptz from Parquet",
        "columns[body].sql_type: COPY is not documented to load super from Parquet",
    )
    checked = partner.pipeline("validate", "--offline", code=3)
    failed = partner.luigi("LoadAll", code=30)
    for line in said:
        assert line in checked.err
        assert line in failed.out


def test_a_surrogate_key_cannot_be_numbered(partner: Project) -> None:
    partner.write(
        "{src}/partner-events.yaml",
        EVENTS.replace(
            "columns:\n",
            "columns:\n  - {{name: key, sql_type: bigint, identity: true, not_null: true}}\n",
        ).replace("primary_key: [id]", "surrogate_key: [key]\n  - natural_key: [id]"),
    )
    checked = partner.pipeline("validate", code=3)
    assert "columns[key].identity: a Parquet file must have all columns" in checked.err


def test_the_plan_shows_the_statement(partner: Project) -> None:
    planned = partner.pipeline("plan", "LoadAll", "--date", DATE, "--sql")
    assert "MANIFEST\n" in planned.out
    assert "FORMAT AS PARQUET" in planned.out
    for word in ("REGION", "TIMEFORMAT", "COMPUPDATE"):
        assert word not in planned.out


def test_options_of_csv_and_a_missing_role_are_faults_of_the_configuration(
    partner: Project,
) -> None:
    describe(partner, compression="zstd")
    change_configuration(partner, lambda raw: raw["data_warehouse"].pop("iam_role"))
    failed = partner.pipeline("validate", code=3)
    assert "s3_format.compression: is for CSV only; a Parquet file describes its own" in failed.err
    assert "s3_format.type: COPY reads Parquet with a role only; set data_warehouse" in failed.err
