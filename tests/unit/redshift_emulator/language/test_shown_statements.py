"""The texts of statements in system tables."""

import pytest

from redshift_emulator.language.shown_statements import MOST_CHARACTERS, shown
from redshift_emulator.language.tokens import split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" SELECT 1 ; ", "SELECT 1"),
        ("SELECT 'x' AS password, 'y'", "SELECT 'x' AS password, 'y'"),
        (
            "CREATE USER u PASSWORD 'A1bcdefg' VALID UNTIL '2030-01-01'",
            "CREATE USER u PASSWORD '***' VALID UNTIL '2030-01-01'",
        ),
        (
            "COPY t FROM 's3://b/k' CREDENTIALS AS 'aws_iam_role=r' DELIMITER ','",
            "COPY t FROM 's3://b/k' CREDENTIALS AS '***' DELIMITER ','",
        ),
        (
            "unload ('select 1') to 's3://b/k' access_key_id 'a' secret_access_key 'b'",
            "unload ('select 1') to 's3://b/k' access_key_id '***' secret_access_key '***'",
        ),
        (
            "COPY t FROM 's3://b/k' IAM_ROLE 'r' MASTER_SYMMETRIC_KEY 'k' ENCRYPTED",
            "COPY t FROM 's3://b/k' IAM_ROLE 'r' MASTER_SYMMETRIC_KEY '***' ENCRYPTED",
        ),
    ],
)
def test_the_text_is_shown_without_secrets(text, expected):
    assert shown(split(text)[0]) == expected


@pytest.mark.parametrize("head", ["SELECT", "CREATE TABLE t AS SELECT"])
def test_long_texts_are_cut(head):
    text = f"{head} '{'x' * 5000}', 'y'"
    assert text.startswith(shown(split(text)[0]))
    assert len(shown(split(text)[0])) == MOST_CHARACTERS


def test_a_secret_at_the_cut_is_not_shown():
    text = f"COPY t FROM 's3://b/{'k' * 3950}' SECRET_ACCESS_KEY 'very secret indeed'"
    assert shown(split(text)[0]).endswith("SECRET_ACCESS_KEY '***'")
