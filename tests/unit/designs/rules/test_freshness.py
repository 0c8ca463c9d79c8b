"""``freshness`` of a design: which columns have an age, and how old they may become."""

import datetime as dt
import json

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.drafting.files.render import render
from pipeline.designs.fingerprint import Fingerprints
from pipeline.errors import DesignError
from pipeline.freshness import Freshness
from pipeline.stores.designs.record import from_record, to_record
from tests.support.values.designs import parse_design

TABLE, VIEW = "www/public-orders.yaml", "a/recent.yaml"
DESIGN = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint, not_null: true}
  - {name: Updated_At, sql_type: timestamptz}
  - {name: placed_on, sql_type: date}
  - {name: paid_at, sql_type: timestamp without time zone}
  - {name: note, sql_type: varchar(40)}
  - {name: seen_at, source_sql_type: timestamp with time zone, skipped: true}
"""
DERIVED = """\
name: a.recent
source_name: VIEW
columns: [{name: id}, {name: day, sql_type: date}, {name: seen}]
"""
HOUR = dt.timedelta(hours=1)


def parse(freshness, file=TABLE, text=DESIGN):
    query = "SELECT id, day, seen FROM www.orders" if file == VIEW else None
    return parse_design(file, f"{text}freshness: {freshness}\n", query)


def faults(*words):
    with pytest.raises(DesignError) as caught:
        parse(*words)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("column", ["updated_at", "placed_on", "paid_at"])
def test_the_newest_value_of_a_time_is_the_age_of_the_rows(column):
    found = parse(f"{{column: {column}, warn_after: 26 hours, error_after: 50 hours}}")
    assert found.freshness == Freshness(column, 26 * HOUR, 50 * HOUR)


def test_the_name_of_the_column_is_that_in_the_warehouse():
    assert parse("{column: Updated_At, error_after: 1 day}").freshness.column == "updated_at"


def test_without_a_column_the_age_is_that_of_the_load():
    assert parse("{warn_after: 2 weeks}").freshness == Freshness(None, 336 * HOUR)


def test_a_column_of_a_view_has_an_age_if_its_type_is_known():
    assert parse("{column: day, error_after: 1 day}", VIEW, DERIVED).freshness.column == "day"


EITHER = "expected a mapping with warn_after, error_after or both"


@pytest.mark.parametrize(
    ("freshness", "expected"),
    [
        ("{column: id, error_after: 1 day}", "column: 'id' is bigint; expected date, timestamp"),
        ("{column: note, error_after: 1 day}", "column: 'note' is varchar; expected date"),
        (
            "{column: update_at, error_after: 1 day}",
            "column: 'update_at' is not a column of 'www.orders'; did you mean 'updated_at'",
        ),
        ("{column: seen_at, error_after: 1 day}", "column: 'seen_at' is not loaded: it is skip"),
        (
            "{warn_after: 2 days, error_after: 48 hours}",
            "warn_after: found 2 days, expected less than error_after (2 days)",
        ),
        ("{warn_after: 2 d}", "warn_after: found '2 d', expected a duration such as"),
        ("{error_after: 26}", "error_after: found 26, expected a duration"),
        ("{loaded: 1 day, error_after: 1 day}", "loaded: this key is unknown; known are column,"),
    ],
)
def test_a_fault_has_its_line_and_key(freshness, expected):
    (found,) = faults(freshness)
    assert found.startswith(f"{TABLE}:10: freshness.{expected}"), found


def test_an_age_is_required():
    assert faults("{column: paid_at}") == [
        f"{TABLE}:10: freshness: found a mapping of 1, {EITHER}",
    ]


def test_rows_of_a_view_have_no_load():
    (found,) = faults("{error_after: 1 day}", VIEW, DERIVED)
    assert found.startswith(f"{VIEW}:4: freshness: no rows are loaded into a view; name a column")


def test_a_column_of_a_view_without_its_type_is_a_fault():
    (found,) = faults("{column: seen, error_after: 1 day}", VIEW, DERIVED)
    assert "freshness.column: requires the sql_type of 'seen'" in found


def test_freshness_does_not_change_what_is_loaded():
    before = parse_design(TABLE, DESIGN)
    after = parse("{error_after: 1 day}")
    prints = [Fingerprints(Catalog.of([each]).designs, str) for each in (before, after)]
    assert before != after
    assert prints[0].dump(before.name) == prints[1].dump(before.name)


@pytest.mark.parametrize(
    "freshness", ["{warn_after: 26 hours}", "{column: paid_at, error_after: 1 week}"]
)
def test_a_file_and_the_cache_keep_it(freshness):
    design = parse(freshness)
    assert f"freshness: {freshness}\n" in render(design)
    assert from_record(json.loads(json.dumps(to_record(design)))) == design
