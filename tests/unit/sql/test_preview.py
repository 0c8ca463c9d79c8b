"""Statements for display hide all values that are not declared plain."""

import datetime as dt

import pytest

from pipeline.sql.access import users
from pipeline.sql.preview import LATER, PLAIN, preview
from pipeline.sql.statement import Statement

SECRETS = {"password", "access_key_id", "secret_access_key", "session_token", "iam_role"}


def test_every_value_is_hidden_unless_it_is_named():
    statement = Statement("SET a = %(task)s, b = %(password)s", {"task": "x", "password": "p"})

    assert preview(statement) == "SET a = '***', b = '***';"
    assert preview(statement, {"task"}) == "SET a = 'x', b = '***';"


def test_no_parameter_that_holds_a_secret_is_ever_plain():
    assert not SECRETS & (PLAIN | LATER)


def test_values_are_hidden_and_names_are_as_the_server_gets_them():
    shown = preview(users.create_user("50%tom", "md5secret", ("a",)))

    assert shown == 'CREATE USER "50%tom"\nPASSWORD \'***\'\nIN GROUP "a";'


def test_without_values_the_text_stays_as_it_is():
    assert preview(Statement("SELECT '100%%'")) == "SELECT '100%';"


def test_percent_signs_are_shown_as_executed():
    assert preview(Statement("LIKE '%%x' = %(task)s", {"task": 1}), PLAIN) == "LIKE '%x' = 1;"


def test_values_known_only_at_execution_are_shown_by_name():
    statement = Statement("VALUES (%(row_count)s)", {"row_count": 7})

    assert preview(statement, PLAIN | LATER) == "VALUES (<row_count>);"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "NULL"), (7, "7"), ("it's", "'it''s'"), (dt.date(2026, 11, 22), "'2026-11-22'")],
)
def test_plain_values_are_literals(value: object, shown: str):
    assert preview(Statement("%(task)s", {"task": value}), PLAIN) == f"{shown};"
