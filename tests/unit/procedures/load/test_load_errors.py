"""The errors of a COPY, told from those of other loads in its session."""

from dataclasses import dataclass, field

import pytest

from pipeline.errors import WarehouseError
from pipeline.manifest import FileFormat, Increment, Manifest, Part
from pipeline.names import RunDate, TableName
from pipeline.procedures.load.copy_errors import FailedCopy, load_errors
from pipeline.procedures.load.monitor import Session
from pipeline.stores.warehouse import Row

URL = "s3://bucket/data/www/orders/part 1.csv"


@dataclass
class Views:
    """A warehouse with rows in its views; None if a view cannot be read."""

    rows: dict[str, list[str | None] | None]
    milliseconds: list[int] = field(default_factory=list)

    def query(self, statement) -> list[Row]:
        self.milliseconds.append(statement.parameters["milliseconds"])
        [view] = (name for name in self.rows if f"FROM {name}" in statement.text)
        found = self.rows[view]
        if found is None:
            raise WarehouseError("permission denied")
        return [{"file_name": name, "view": view} for name in found]


@dataclass
class Parts:
    """A manifest, of which only the parts count."""

    parts: tuple[Part, ...] = (Part(URL, 1, 9, 9, None),)


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ([URL], [], ["stl_load_errors"]),
        ([URL[:20]], [], ["stl_load_errors"]),
        ([URL.replace(" ", "%20")], [], ["stl_load_errors"]),
        (["s3://bucket/data/www/users/part.csv"], [], []),
        (["s3://bucket/data/www/users/part.csv", URL], [], ["stl_load_errors"]),
        (None, [URL, URL], ["sys_load_error_detail"] * 2),
        ([], [URL], ["sys_load_error_detail"]),
        ([], [None], ["sys_load_error_detail"]),
    ],
)
def test_load_errors_are_those_of_the_files(older, newer, expected):
    views = Views({"stl_load_errors": older, "sys_load_error_detail": newer})

    assert [row["view"] for row in load_errors(views, Session(7), Parts())] == expected
    assert all(number >= 60_000 for number in views.milliseconds)


NAME, DATE = TableName("www", "orders"), RunDate.parse("2026-11-22")
FORGET = "pipeline forget www.orders --date 2026-11-22"
NONE = Views({"stl_load_errors": [], "sys_load_error_detail": []})
GZIP = WarehouseError("GZIP: Error -4", sqlstate="XX000")
APPENDED = Increment("files:x", "1 file", 0, "first")
DETAIL = {
    "file_name": URL, "line_number": 1, "column_name": "n", "column_type": "int4",
    "column_length": "", "field_value": "x", "reason": "no digits", "code": 1207,
}  # fmt: skip


def failed(parts: int = 1, files: FileFormat | None = None, increment: Increment | None = None):
    urls = (f"s3://b/{number}.csv" for number in range(parts))
    manifest = Manifest(
        str(NAME), tuple(Part(url, None, 9, None, None) for url in urls), ("n",), "", None, None,
        "", "", "", "", files=files, increment=increment,
    )  # fmt: skip
    return FailedCopy(NAME, DATE, manifest)


@pytest.mark.parametrize(
    ("copy", "files", "advice"),
    [
        (
            failed(1, FileFormat("gzip")),
            "1 file (s3_format: csv, compression gzip): s3://b/0.csv",
            f"replace or remove it, run '{FORGET}', and start again.",
        ),
        (
            failed(4, FileFormat(type="parquet"), APPENDED),
            "4 files (s3_format: parquet), such as s3://b/0.csv, s3://b/1.csv, s3://b/2.csv",
            "replace or remove it, and start again.",
        ),
    ],
)
def test_an_error_that_names_no_file_is_told_with_the_relation_and_the_files(copy, files, advice):
    text = copy.explain(GZIP, NONE, Session(7))

    assert text.startswith(
        "COPY into www.orders failed; the table keeps its old rows.\nGZIP: Error -4\n"
        f"It was loading {files}\nIf a file is damaged, {advice}"
    )


def test_a_dump_has_no_files_to_replace_and_other_errors_are_not_about_files():
    assert failed().explain(GZIP, NONE, Session(7)) == (
        "COPY into www.orders failed; the table keeps its old rows.\nGZIP: Error -4"
    )
    denied = WarehouseError("permission denied", sqlstate="42501")
    assert failed(1, FileFormat()).explain(denied, NONE, Session(7)) == ""


@pytest.mark.parametrize(
    ("copy", "advice"),
    [
        (
            failed(),
            f"Fix the value upstream and run '{FORGET}', so that the rows are dumped again; or",
        ),
        (
            failed(files=FileFormat()),
            f"Fix the file, upload it again, run '{FORGET}', and start again; or change the",
        ),
        (
            failed(files=FileFormat(), increment=APPENDED),
            "Fix the file, upload it again, and start again; or change the column's sql_type",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_fixed_where_it_comes_from(copy, advice):
    assert f"\nreason: no digits (code 1207)\n{advice}" in copy.render((DETAIL,))
