"""A design states how its table is loaded incrementally; every fault has file, line and key."""

import datetime as dt

import pytest

from pipeline.designs.drafting.files.render import render
from pipeline.designs.model.incremental import Incremental
from pipeline.errors import DesignError
from pipeline.stores.designs.record import from_record, to_record
from tests.support.values.designs import parse_design

FILE = "www/public-orders.yaml"
DESIGN = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint, source_sql_type: bigint, not_null: true}
  - {name: shop, sql_type: varchar(40), source_sql_type: text}
  - name: created_at
    sql_type: timestamptz
    source_sql_type: timestamp with time zone
    expression: >-
      CASE WHEN "created_at" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59.999999+00'
      THEN "created_at" END
    not_null: true
  - {name: updated_at, sql_type: timestamptz, source_sql_type: timestamp with time zone, \
not_null: true}
  - {name: revision, source_sql_type: bigint, skipped: true}
  - {name: deleted, sql_type: boolean, expression: '"deletedAt" IS NOT NULL'}
constraints: {primary_key: [id]}
extract_settings:
  incremental: """

MINUTES = dt.timedelta(minutes=15)


def parse(incremental: str, old: str = "", new: str = "") -> Incremental | None:
    text = DESIGN.replace(old, new) if old else DESIGN
    return parse_design(FILE, f"{text}{incremental}\n").extract.incremental


WRITTEN = {
    "{cursor: updated_at}": Incremental("updated_at"),
    "{cursor: elsewhere, lag: 15 minutes}": Incremental("elsewhere", lag=MINUTES),
    "{cursor: revision, set_by: application, lag: 1000}": Incremental(
        "revision", set_by="application", lag=1000
    ),
    "{cursor: updated_at, deletes: compare_keys, max_delete_share: 0.5%, full_every: 1 week}": (
        Incremental("updated_at", max_delete_share=0.005)
    ),
    "{cursor: updated_at, deletes: ignore, full_every: never}": Incremental(
        "updated_at", deletes="ignore", full_every=None
    ),
    "{cursor: updated_at, deletes: {column: deletedAt}, full_every: 36 hours}": Incremental(
        "updated_at",
        deletes="marked",
        deleted_column="deletedAt",
        full_every=dt.timedelta(hours=36),
    ),
    "{window: {column: created_at, size: 3 days}}": Incremental(
        "created_at", window=dt.timedelta(days=3)
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items())
def test_what_a_design_states_is_read_stored_and_written_again(text, expected):
    design = parse_design(FILE, f"{DESIGN}{text}\n")
    assert design.extract.incremental == expected
    assert from_record(to_record(design)) == design
    assert parse_design(FILE, render(design)) == design


DURATION = "expected a duration such as 15 minutes, 2 hours or 3 days"
EITHER = "expected a mapping with either cursor or window"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{}", f"incremental: found an empty mapping, {EITHER}"),
        ("{set_by: transaction}", f"incremental: found a mapping of 1, {EITHER}"),
        (
            "{cursor: updated_at, window: {column: created_at, size: 1 day}}",
            f"incremental: found a mapping of 2, {EITHER}",
        ),
        ("updated_at", f"incremental: found 'updated_at', {EITHER}"),
        ("{cursor: updated_at, lags: 1 day}", "lags: this key is unknown; did you mean 'lag'?"),
        (
            "{cursor: updated_at, lag: 15}",
            "lag: 'updated_at' is timestamp with time zone upstream",
        ),
        ("{cursor: updated_at, lag: 15 min}", f"lag: found '15 min', {DURATION}"),
        ("{cursor: updated_at, lag: 0 minutes}", f"lag: found '0 minutes', {DURATION}"),
        (
            "{cursor: x, lag: 0}",
            "lag: found 0, expected a duration such as 15 minutes, or a whole",
        ),
        ("{cursor: x, lag: true}", "lag: found true, expected a duration such as 15 minutes, or"),
        ("{cursor: updated_at, full_every: 7}", "full_every: found 7, expected never, or a"),
        ("{cursor: x, full_every: nie}", "full_every: found 'nie', expected never, or a duration"),
        (
            "{cursor: x, max_delete_share: 5}",
            "max_delete_share: found 5, expected a share from 0% to 100%, such as 5%",
        ),
        (
            "{cursor: x, max_delete_share: 101%}",
            "max_delete_share: found '101%', expected a share",
        ),
        ("{cursor: x, set_by: trigger}", "set_by: found 'trigger', expected one of transaction, "),
        (
            "{cursor: x, deletes: soft}",
            "deletes: found 'soft', expected compare_keys, ignore or a",
        ),
        ("{cursor: x, deletes: {}}", "deletes: the key 'column' is missing"),
        ("{window: {column: created_at}}", "window: the key 'size' is missing"),
        ("{window: {column: created_at, size: 3}}", f"window.size: found 3, {DURATION}"),
        ("{window: created_at}", "window: found 'created_at', expected a mapping with column and"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_its_line(text, fault):
    with pytest.raises(DesignError) as caught:
        parse(text)
    [found] = caught.value.faults
    assert f"extract_settings.incremental.{fault}".replace(
        "incremental.incremental", "incremental"
    ) in str(found)
    assert found.line == 18
