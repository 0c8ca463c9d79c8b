"""A check that is written, in a new file or into one that exists, is read as the same check."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.designs.drafting.files.checks import add_checks
from pipeline.designs.drafting.files.render import render
from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    Relationship,
    RowCount,
    SumEquals,
    Unique,
)
from pipeline.designs.model.design import Column, Design
from pipeline.names import TableName
from tests.support.values.designs import parse_design

FILE = "www/public-t.yaml"
DESIGN = Design(
    name=TableName("www", "t"),
    kind="TABLE",
    stem="www/public-t",
    columns=(
        Column("c", "varchar(900)", sensitive=True),
        Column("n", "numeric(12,2)"),
        Column("a, b", "bigint"),
    ),
    source=TableName("public", "t"),
)


def check_survives(*checks):
    design = replace(DESIGN, checks=checks)
    written = parse_design(FILE, render(design))
    assert written.checks == checks
    added = parse_design(FILE, add_checks(FILE, render(DESIGN), checks).text)
    assert added.checks == checks


def test_checks_are_appended_to_those_of_the_file():
    first, second = (Check(f"{name} unique", Unique((name,))) for name in "cn")
    text = add_checks(FILE, render(replace(DESIGN, checks=(first,))), [second]).text
    assert parse_design(FILE, text).checks == (first, second)


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=60)


@settings(deadline=None, max_examples=8)
@given(st.lists(texts, min_size=1, max_size=9, unique=True), texts)
@example(["\x85", "a\u2028b", "\n", "a  b", "a\t#"], "%")
def test_any_text_survives(listed, like):
    check_survives(
        Check("c accepted_values", AcceptedValues("c", tuple(listed))),
        Check("c pattern", Pattern("c", like.rstrip("\\") + "%")),
    )


RULES = [
    NotNull("c"),
    Unique(("a, b",)),
    Unique(("c", "a, b")),
    AcceptedValues("n", (1, Decimal("0.25"), -7)),
    Relationship("a, b", TableName("www", "u"), "id"),
    Relationship("a, b", TableName("www", "u"), "i.d"),
    Range("n", Decimal("-0.01"), None),
    RowCount(1, None, 0.3),
    SumEquals("n", "SELECT 'it''s: # 5' || MAX(a) FROM www.u"),
    Query("SELECT *\nFROM {relation}\nWHERE c = 'x: y'"),
]


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_survives_with_its_other_keys(rule):
    where = None if isinstance(rule, Query | RowCount) else "c <> 'a: b'"
    check_survives(Check("first: {x}", rule, "warn", where), Check("second", rule))
