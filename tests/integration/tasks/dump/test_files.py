"""External files in S3 as a source: found by path and date, loaded in their own format."""

import bz2
import gzip

import pytest
import zstandard

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, Project, change_configuration

LATER = "2026-11-22"

RATES = """
name: {src}.rates
source_name: {src}.partner.rates
columns:
  - {{name: code, sql_type: varchar(10), not_null: true}}
  - {{name: rate, sql_type: "numeric(12,4)"}}
  - {{name: note, sql_type: varchar(100)}}
constraints:
  - primary_key: [code]
"""
TOTAL = {
    "{dw}/best.yaml": "name: {dw}.best\nsource_name: CTAS\ncolumns:\n"
    '  - {{name: rate, sql_type: "numeric(12,4)"}}\n',
    "{dw}/best.sql": "SELECT MAX(rate) AS rate FROM {src}.rates\n",
}


@pytest.fixture
def partner(new_project) -> Project:
    """A project whose only tables come from files."""
    project = new_project(designs={"{src}/partner-rates.yaml": RATES, **TOTAL})
    describe(project)
    return project


def describe(project: Project, path: str = "${date}/${table}/", **form: object) -> None:
    """Configure the path of the files, below the project's folder, and their format."""
    source = {"name": project.src, "s3_path": f"s3://{BUCKET}/{project.prefix}/in/{path}"}
    if form:
        source["s3_format"] = form
    change_configuration(project, lambda raw: raw.update(sources=[source, {"name": project.dw}]))


def put(project: Project, key: str, body: str | bytes) -> str:
    key = f"{project.prefix}/in/{key}"
    content = body.encode() if isinstance(body, str) else body
    project.s3().put_object(Bucket=BUCKET, Key=key, Body=content)
    return f"s3://{BUCKET}/{key}"


def rates(project: Project) -> list[tuple]:
    return project.rows("SELECT code, rate::varchar, note FROM {src}.rates ORDER BY code")


def manifest(project: Project, date: str = DATE) -> dict:
    keys = project.keys(".manifest")
    return project.manifest(next(key for key in keys if f"/data/{date}/" in key))


def test_all_files_of_a_folder_and_their_dependents_are_loaded(partner: Project) -> None:
    first = put(partner, f"{DATE}/rates/a.csv", "eur,1.5,first\nusd,2,\n")
    second = put(partner, f"{DATE}/rates/more/b.csv", 'gbp,2.25,"with, comma and ""quotes"""\n')
    put(partner, f"{DATE}/rates/_SUCCESS", "")
    put(partner, f"{DATE}/rates/.hidden", "x,y,z\n")
    put(partner, f"{DATE}/rates_old/c.csv", "old,1,\n")

    partner.luigi("LoadAll")

    assert rates(partner) == [
        ("eur", "1.5000", "first"),
        ("gbp", "2.2500", 'with, comma and "quotes"'),
        ("usd", "2.0000", ""),
    ]
    assert partner.rows("SELECT rate::varchar FROM {dw}.best") == [("2.2500",)]
    found = manifest(partner)
    assert [entry["url"] for entry in found["entries"]] == [first, second]
    assert [entry["meta"]["content_length"] for entry in found["entries"]] == [21, 38]
    assert all(entry["mandatory"] and entry["etag"] for entry in found["entries"])
    assert found["rows"] is None
    assert ("CopyTable", f"{partner.src}.rates", 3) in [
        (task, table, rows) for task, table, _, rows in partner.markers()
    ]
    assert "there was nothing to do" in partner.luigi("LoadAll").out


def test_what_was_loaded_from_files_equals_them(partner: Project) -> None:
    put(partner, f"{DATE}/rates/1.csv", "EUR,1.5,x\nUSD,2,y\n")
    partner.luigi("LoadAll")
    before = partner.keys()
    for _ in range(2):
        assert "1 equal to the source" in partner.pipeline("verify", "{src}").out
    put(partner, f"{DATE}/rates/2.csv", "GBP,3,z\n")
    assert "DIFFERENT" in partner.pipeline("verify", "{src}", code=5).out
    assert len(partner.keys()) == len(before) + 1


def test_a_later_date_finds_the_files_of_that_date(partner: Project) -> None:
    put(partner, f"{DATE}/rates/a.csv", "eur,1.5,\n")
    put(partner, f"{LATER}/rates/a.csv", "eur,1.7,\nchf,3,\n")
    partner.luigi("LoadAll")
    assert len(rates(partner)) == 1

    partner.luigi("LoadAll", "--date", LATER)

    assert [row[:2] for row in rates(partner)] == [("chf", "3.0000"), ("eur", "1.7000")]


def test_a_new_file_under_a_path_without_a_date_is_loaded_on_the_next_date(
    partner: Project,
) -> None:
    describe(partner, "all/${schema}-${table}-*.csv")
    put(partner, "all/partner-rates-1.csv", "eur,1.5,\n")
    partner.luigi("LoadAll")
    put(partner, "all/partner-rates-2.csv", "usd,2,\n")
    put(partner, "all/partner-rates-2.csv.bak", "bad,2,\n")
    put(partner, "all/more/partner-rates-3.csv", "bad,2,\n")
    assert "there was nothing to do" in partner.luigi("LoadAll").out

    partner.luigi("LoadAll", "--date", LATER)

    assert [row[0] for row in rates(partner)] == ["eur", "usd"]


def test_a_run_of_an_hour_loads_the_files_of_that_hour(partner: Project) -> None:
    describe(partner, "${date}/${hour}/${table}/")
    put(partner, f"{DATE}/07/rates/a.csv", "eur,7,\n")
    put(partner, f"{DATE}/08/rates/a.csv", "eur,8,\n")

    partner.luigi("LoadAll", "--date", f"{DATE}T08")
    refused = partner.luigi("DumpTable", "--table", "{src}.rates", code=30)
    shown = partner.pipeline("show", f"{partner.src}.rates")

    assert rates(partner) == [("eur", "8.0000", "")]
    assert "/in/2026-11-21/${hour}/rates/ needs the hour of a run; add one to its" in refused.out
    assert "/${hour}/rates/" in shown.out


def test_yesterdays_files_are_loaded_by_their_name(partner: Project) -> None:
    describe(partner, "${yesterday}/${table}.csv")
    put(partner, "2026-11-20/rates.csv", "eur,1,\n")
    partner.luigi("LoadAll")
    assert [row[0] for row in rates(partner)] == ["eur"]


@pytest.mark.parametrize(
    ("compression", "suffix", "compress"),
    [
        ("none", "csv", bytes),
        ("gzip", "csv.gz", gzip.compress),
        ("zstd", "csv.zst", zstandard.compress),
        ("bzip2", "csv.bz2", bz2.compress),
    ],
)
def test_every_configurable_format_is_loaded(
    partner: Project, compression: str, suffix: str, compress
) -> None:
    describe(
        partner, compression=compression, delimiter=";", quote="'", header_lines=2, null_as="-",
        type="csv",
    )  # fmt: skip
    text = "a report\ncode;rate;note\n'eur';1.5;'it''s; fine'\nusd;-;-\n"
    for number in (1, 2):
        body = text.replace("eur", f"eur{number}").replace("usd", f"usd{number}")
        put(partner, f"{DATE}/rates/part-{number}.{suffix}", compress(body.encode()))

    partner.luigi("LoadAll")

    assert rates(partner) == [
        ("eur1", "1.5000", "it's; fine"),
        ("eur2", "1.5000", "it's; fine"),
        ("usd1", None, None),
        ("usd2", None, None),
    ]


def test_a_changed_path_or_format_is_loaded_again(partner: Project) -> None:
    put(partner, f"{DATE}/rates/a.csv", "eur,1.5,\n")
    put(partner, f"other/{DATE}/rates/a.csv", "eur,9,\n")
    partner.luigi("LoadAll")
    describe(partner, "other/${date}/${table}/")
    partner.luigi("LoadAll")
    assert rates(partner)[0][1] == "9.0000"
    describe(partner, "other/${date}/${table}/", compression="none")
    assert "there was nothing to do" in partner.luigi("LoadAll").out
    describe(partner, "other/${date}/${table}/", null_as="9")
    partner.luigi("LoadAll")
    assert rates(partner)[0][1] is None


def test_no_files_are_an_error_with_the_path_and_the_table_keeps_its_rows(
    partner: Project,
) -> None:
    put(partner, f"{DATE}/rates/a.csv", "eur,1.5,\n")
    partner.luigi("LoadAll")

    failed = partner.luigi("LoadAll", "--date", LATER, code=30)

    path = f"s3://{BUCKET}/{partner.prefix}/in/{LATER}/rates/"
    assert f"{partner.src}.rates: there are no files at {path}; upload them" in failed.out
    assert len(rates(partner)) == 1


def test_a_value_that_does_not_fit_is_named_with_its_file(partner: Project) -> None:
    put(partner, f"{DATE}/rates/a.csv", "eur,1.5,\n")
    bad = put(partner, f"{DATE}/rates/b.csv", "usd,2,\nmuch too long a code,2,\n")
    failed = partner.luigi("LoadAll", code=30)
    for line in (f"file:   {bad}", "line:   2", "column: code varchar(10)"):
        assert line in failed.out


def test_a_duplicate_key_in_two_files_is_found(partner: Project) -> None:
    for name in ("a", "b"):
        put(partner, f"{DATE}/rates/{name}.csv", "eur,1.5,\n")
    failed = partner.luigi("LoadAll", code=30)
    assert "primary key (code) is not unique: (eur) 2 times" in failed.out


def test_a_file_that_is_compressed_in_another_way_is_refused(partner: Project) -> None:
    put(partner, f"{DATE}/rates/a.csv.gz", gzip.compress(b"eur,1.5,\n"))
    failed = partner.luigi("LoadAll", code=30)
    assert "rates/a.csv.gz looks like gzip, but s3_format.compression is none" in failed.out


def test_a_limit_is_refused(partner: Project) -> None:
    put(partner, f"{DATE}/rates/a.csv", "eur,1.5,\n")
    failed = partner.luigi("DumpTable", "--table", "{src}.rates", "--limit", "1", code=30)
    assert "files are loaded whole; omit --limit" in failed.text


def test_options_that_need_a_database_are_faults_of_the_design(partner: Project) -> None:
    put(partner, f"{DATE}/rates/a.csv", "eur,1.5,\n")
    partner.write(
        "{src}/partner-rates.yaml",
        RATES.replace("name: note,", "name: note, expression: upper(note),")
        + "extract_settings: {{condition: rate > 1}}\n",
    )
    failed = partner.luigi("LoadAll", code=30)
    assert "columns[note].expression: files are loaded unchanged" in failed.out
    assert "extract_settings: files are loaded unchanged" in failed.out


def test_validate_and_plan_know_files(partner: Project) -> None:
    partner.pipeline("validate")
    planned = partner.pipeline("plan", "LoadAll", "--date", DATE, "--sql")
    assert f"/in/{DATE}/rates/" in planned.out
    assert "FORMAT AS CSV" in planned.out
    assert "read_access" not in planned.text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"s3_path": "s3://b/x/"}, "found no ${table}, without which all tables would have the"),
        ({"s3_path": "s3://b/${tabel}/${table}/"}, "${tabel} is unknown; did you mean 'table'?"),
        ({"s3_path": "/local/${table}"}, "expected a path such as s3://my-bucket/exports/"),
        ({"read_access": "X", "include_tables": ["a.*"]}, "has a database or files, not both"),
        ({"s3_format": {"type": "orc"}}, "expected one of csv, parquet"),
        ({"s3_format": {"type": "parquet", "quote": "'"}}, "s3_format.quote: is for CSV only"),
        (
            {"s3_format": {"delimiter": "||"}},
            "expected one visible ASCII character, a space or a tab",
        ),
        ({"s3_format": {"null_as": "\\N"}}, "expected a text without backslashes"),
    ],
)
def test_faults_of_the_configuration_are_reported(
    partner: Project, change: dict, expected: str
) -> None:
    change_configuration(partner, lambda raw: raw["sources"][0].update(change))
    failed = partner.pipeline("validate", code=3)
    assert expected in failed.err
