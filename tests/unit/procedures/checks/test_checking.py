"""Wrong rows are kept as JSON objects that fit their column."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from pipeline.procedures.checks.checking import VALUE_BYTES, as_json
from pipeline.sql.markers.check_results import ROW_BYTES


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (0.5, 0.5),
        (float("nan"), "nan"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2026, 11, 22), "2026-11-22"),
        ('é "x"\n', 'é "x"\n'),
        (b"\x01\xff", "01ff"),
        (memoryview(b"\x01"), "01"),
    ],
)
def test_values_are_kept_as_json_has_them_or_as_texts(value, kept):
    assert json.loads(as_json({"c": value})) == {"c": kept}


def test_a_long_value_is_cut_with_a_mark():
    [value] = json.loads(as_json({"c": "é" * 4000})).values()
    assert len(value.encode()) <= VALUE_BYTES
    assert value.endswith("é … (cut)")


def test_columns_that_do_not_fit_are_counted():
    text = as_json({f"c{number}": "\\" * 2000 for number in range(30)})
    assert len(text.encode()) <= ROW_BYTES
    kept = json.loads(text)
    assert kept.pop("…") == f"{30 - len(kept)} more columns"
    assert [*kept] == [f"c{number}" for number in range(len(kept))]
    assert len(kept) > 5
