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
    TableName,
    decode,
    did_you_mean,
    encode,
    fold,
    split_stem,
    upstream_stem,
    warehouse_name,
)

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


def test_control_characters_become_underscores_in_the_warehouse():
    assert warehouse_name("A\nb\tc") == "a_b_c"


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


def test_keys_name_date_table_and_fingerprint():
    layout, day = Layout("production"), dt.date(2026, 11, 21)
    partial = Fingerprint("8f4ec5a24b46", 10)
    data = "production/data/2026-11-21/www/public-orders.8f4ec5a24b46-limit10"
    assert layout.manifest(day, "www/public-orders", partial) == f"{data}.manifest"
    assert layout.dump(day, "www/public-orders", partial) == f"{data}/"
    assert (
        layout.design("www/public-orders", Fingerprint("1dadc94e7be8"), "yaml")
        == "production/designs/www/public-orders.1dadc94e7be8.yaml"
    )
