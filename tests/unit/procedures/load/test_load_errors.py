"""The errors of a COPY, told from those of other loads in its session."""

from dataclasses import dataclass, field

import pytest

from pipeline.errors import WarehouseError
from pipeline.manifest import Part
from pipeline.procedures.load.monitor import Session
from pipeline.procedures.load.table import load_errors
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
