"""Statements shown to people: values are hidden unless somebody said that they are harmless."""

import datetime as dt

import pytest

from pipeline.sql.preview import LATER, PLAIN, preview
from pipeline.sql.statement import Statement

SECRETS = {"password", "access_key_id", "secret_access_key", "session_token", "iam_role"}


def test_every_value_is_hidden_unless_it_is_named():
    statement = Statement("SET a = %(task)s, b = %(password)s", {"task": "x", "password": "p"})

    assert preview(statement) == "SET a = '***', b = '***';"
    assert preview(statement, {"task"}) == "SET a = 'x', b = '***';"


def test_no_parameter_that_holds_a_secret_is_ever_plain():
    assert not SECRETS & (PLAIN | LATER)


def test_percent_signs_stand_as_they_will_be_said():
    assert preview(Statement("SELECT 5 % 2")) == "SELECT 5 % 2;"
    assert preview(Statement("LIKE '%%x' = %(task)s", {"task": 1}), PLAIN) == "LIKE '%x' = 1;"


def test_what_is_known_only_later_is_shown_by_its_name():
    statement = Statement("VALUES (%(row_count)s)", {"row_count": 7})

    assert preview(statement, PLAIN | LATER) == "VALUES (<row_count>);"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "NULL"),
        (7, "7"),
        ("it's", "'it''s'"),
        (dt.date(2026, 11, 22), "'2026-11-22'"),
    ],
)
def test_plain_values_are_literals(value: object, shown: str):
    assert preview(Statement("%(task)s", {"task": value}), PLAIN) == f"{shown};"
