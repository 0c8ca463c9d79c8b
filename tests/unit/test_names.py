"""Names fold as Redshift folds them, and survive encoding in file names and keys."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.names import (
    Fingerprint,
    Layout,
    RunDate,
    TableName,
    decode,
    did_you_mean,
    encode,
    fold,
    split_stem,
    upstream_stem,
    warehouse_name,
)
from pipeline.staging_names import is_leftover, is_reserved, retired, rows_table, staging_table

identifiers = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1)


@given(identifiers)
def test_encoding_is_reversible_and_fit_for_files_and_keys(name):
    encoded = encode(name)
    assert decode(encoded) == name
    assert re.fullmatch(r"[A-Za-z0-9_$%]+", encoded)


@given(identifiers, identifiers)
def test_a_stem_is_split_into_schema_and_table(schema, table):
    stem = upstream_stem("www", TableName(schema, table))
    assert split_stem(stem) == ("www", schema, table)


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("www/public-orders", ("www", "public", "orders")),
        ("analytics/dim_order", ("analytics", None, "dim_order")),
        ("analytics/x-dim_order", ("analytics", "x", "dim_order")),
        ("www/public-order-items", ("www", "public", "order-items")),
        ("www/public-Gift%20Cards", ("www", "public", "Gift Cards")),
    ],
)
def test_stem_is_split_at_the_first_dash(stem, expected):
    assert split_stem(stem) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Orders", "orders"), ("ÄÖÜ", "ÄÖÜ"), ("İI", "İi"), ("a_1$", "a_1$")]
)
def test_only_ascii_letters_fold(name, expected):
    assert fold(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A\nb\tc", "a_b_c"),
        ("#tmp", "_tmp"),
        ("price list ", "price list"),
        (" a", " a"),
        (" \u00a0", "_"),
        ("a#", "a#"),
    ],
)
def test_an_upstream_name_becomes_one_that_redshift_takes(name, expected):
    assert warehouse_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.orders", TableName("www", "orders")),
        (" www.orders ", TableName("www", "orders")),
        ("www.a.b", TableName("www", "a.b")),
    ],
)
def test_table_name_is_parsed(text, expected):
    assert TableName.parse(text) == expected


@pytest.mark.parametrize("text", ["", "www", "www.", ".orders"])
def test_an_invalid_table_name_is_refused(text):
    with pytest.raises(UsageError, match=r"write schema\.table"):
        TableName.parse(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ordrs", "; did you mean 'orders'?"), ("ORDERS", "; did you mean 'orders'?"), ("xyzzy", "")],
)
def test_nearest_name_is_suggested(name, expected):
    assert did_you_mean(name, ["orders", "users"]) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8f4ec5a24b46", Fingerprint("8f4ec5a24b46")),
        ("8f4ec5a24b46-limit10", Fingerprint("8f4ec5a24b46", 10)),
        ("8f4ec5a24b46-alone-1a2b3c4d", Fingerprint("8f4ec5a24b46", run="1a2b3c4d")),
        ("8f4ec5a24b46-limit1-alone-1a", Fingerprint("8f4ec5a24b46", 1, "1a")),
        ("f1", Fingerprint("f1")),
        ("f1-limit", Fingerprint("f1-limit")),
        ("f1-limit007", Fingerprint("f1-limit007")),
        ("", Fingerprint("")),
    ],
)
def test_a_fingerprint_and_its_text_are_the_same(text, value):
    assert Fingerprint.parse(text) == value
    assert str(value) == text


@given(st.text())
def test_any_text_of_a_key_is_a_fingerprint_that_gives_back_the_text(text):
    assert str(Fingerprint.parse(text)) == text


RUN_DATES = ["2026-11-21", "2026-11-21T00", "2026-11-21T14", "2026-11-21T23", "2026-11-22"]


def test_a_day_precedes_its_hours_and_these_the_next_day():
    found = [RunDate.parse(text) for text in RUN_DATES]
    assert [str(each) for each in sorted({*found})] == RUN_DATES
    assert RunDate.parse("2026-11-21T14") == RunDate(dt.date(2026, 11, 21), 14)
    assert found[0] != found[1]
    assert found[1] >= found[0]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2026-11-21T",
            "2026-11-21T1",
            "2026-11-21T24",
            "2026-11-21T14:00",
            "2026-11-21T14Z",
        ),
        *("2026-11-21 14", "2026-11-21t14", "2026-1-2", "20261121", "2026-W47-6", "2026-02-30"),
        *(" 2026-11-21", "2026-11-21\n", "２026-11-21"),
    ],
)
def test_another_text_is_no_date(text):
    with pytest.raises(UsageError, match="as in 2026-11-28, or 2026-11-28T14 for an hour"):
        RunDate.parse(text)


def test_keys_name_date_table_and_fingerprint():
    layout, day = Layout("production"), RunDate(dt.date(2026, 11, 21))
    partial = Fingerprint("8f4ec5a24b46", 10)
    data = "production/data/2026-11-21/www/public-orders.8f4ec5a24b46-limit10"
    assert layout.manifest(day, "www/public-orders", partial) == f"{data}.manifest"
    assert layout.dump(day, "www/public-orders", partial) == f"{data}/"
    hour = RunDate(day.day, 4)
    assert layout.day(hour) == "production/data/2026-11-21T04/"
    assert layout.manifest(hour, "www/public-orders", partial) == (
        "production/data/2026-11-21T04/www/public-orders.8f4ec5a24b46-limit10.manifest"
    )
    assert (
        layout.design("www/public-orders", Fingerprint("1dadc94e7be8"), "yaml")
        == "production/designs/www/public-orders.1dadc94e7be8.yaml"
    )


ORDERS = TableName("www", "orders")
LONG = TableName("www", "ö" * 63 + "x")
"""127 bytes, the longest name that Redshift keeps."""


def test_a_staging_table_has_the_name_of_its_table_and_attempt():
    staging = staging_table(ORDERS, "0a1b2c3d")
    assert staging == TableName("www", "etl_stage_0a1b2c3d_orders")
    assert retired(staging) == TableName("www", "etl_old_0a1b2c3d_orders")
    assert retired(staging_table(staging, "0a1b2c3d")).table.count("_old_") == 1


@pytest.mark.parametrize("attempt", ["", "x" * 9, "é" * 8, "ABCDEF01"])
def test_an_attempt_of_another_form_is_rejected(attempt):
    with pytest.raises(ValueError, match="8 digits and lower-case letters"):
        staging_table(ORDERS, attempt)


def test_every_name_that_redshift_keeps_has_a_staging_table_that_postgresql_keeps():
    first, second = (
        staging_table(name, "0a1b2c3d") for name in (LONG, TableName("www", "ö" * 63 + "y"))
    )
    assert first != second
    for name in (first, second):
        assert name.table.startswith("etl_stage_0a1b2c3d_ööö")
        for beside in (name, retired(name), rows_table(name)):
            assert len(beside.table.encode()) <= 63
            assert is_reserved(beside.table)


@pytest.mark.parametrize(
    ("table", "relation"),
    [
        ("etl_stage_0a1b2c3d_orders", "orders"),
        ("etl_keys_0a1b2c3d_orders", "orders"),
        ("etl_stage_0a1b2c3d_a\nb", "a\nb"),
        ("orders$next$0a1b2c3d", "orders"),  # of the release before
        (staging_table(LONG, "0a1b2c3d").table, LONG.table),
    ],
)
def test_a_leftover_belongs_to_its_relation_alone(table, relation):
    assert is_reserved(table)
    assert is_leftover(table)
    assert is_leftover(table, TableName("www", relation))
    assert not is_leftover(table, TableName("www", "customers"))
    assert not is_leftover(table, TableName("www", f"{relation}s"))


@pytest.mark.parametrize(
    "table", ["orders$old", "orders$next$week", "etl_stage_orders", "etl_stage_0a1b2c3d", "orders"]
)
def test_somebodys_table_is_no_staging_table(table):
    assert not is_reserved(table)
    assert not is_leftover(table)
    assert not is_leftover(table, ORDERS)


@pytest.mark.parametrize(
    "table",
    [
        "etl_old_20261130_orders",
        "etl_stage_20261130_orders",
        "etl_old_payments_orders",
        "etl_stage_archived_orders",
        "etl_rows_0a1b2c3d_orders",
    ],
)
def test_a_copy_that_somebody_made_is_no_leftover(table):
    assert is_reserved(table)
    assert not is_leftover(table)
    assert not is_leftover(table, ORDERS)
