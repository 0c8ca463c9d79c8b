"""Tokens change with meaning and not with comments, white space or the case of words."""

import pytest

from pipeline.designs.queries.tokens import POSTGRES, REDSHIFT, tokens, without_semicolon


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select a", "SELECT  A"),
        ("select a -- x\nfrom b.c", "select a from b.c"),
        ("select /* a /* nested */ comment */ 1", "select 1"),
        ("select a+b", "select a + b"),
        ("select 1 -- ' not a string\n", "select 1"),
        ("select a\r\n,b", "select a, b"),
    ],
)
def test_equivalent_texts_have_the_same_tokens(one, other):
    assert list(tokens(one)) == list(tokens(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select 'a'", "select 'A'"),
        ("select 'a  b'", "select 'a b'"),
        ("select '--x'", "select ''"),
        ("select 'it''s'", "select 'it' 's'"),
        (r"select 'it\'s -- '", "select 'its'"),
        ('select "A"', 'select "a"'),
        ("select a b", "select ab"),
        ("select 1.5", "select 1 .5"),
        ("select 1", "select 2"),
        ("select $$a  b$$", "select $$a b$$"),
        ("select /* open", "select 1"),
    ],
)
def test_different_texts_have_different_tokens(one, other):
    assert list(tokens(one)) != list(tokens(other))


@pytest.mark.parametrize(
    ("sql", "redshift", "postgres"),
    [
        (r"'\' || '--a'", [r"'\' || '"], [r"'\'", "||", "'--a'"]),
        (r"e'\'--a'", ["e", r"'\'--a'"], [r"e'\'--a'"]),
        (r"'\\' --a", [r"'\\'"], [r"'\\'"]),
        ("'a''--b'", ["'a''--b'"], ["'a''--b'"]),
    ],
)
def test_backslashes_escape_by_the_rules_of_each_database(sql, redshift, postgres):
    assert list(tokens(sql, REDSHIFT)) == redshift
    assert list(tokens(sql, POSTGRES)) == postgres


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1;", "select 1"),
        ("select 1 ; ;\n-- end\n", "select 1"),
        ("select 1 -- end", "select 1"),
        ("select ';' ;", "select ';'"),
        ("select /* ; */ 1", "select /* ; */ 1"),
        (";", ""),
        ("", ""),
    ],
)
def test_text_after_the_last_token_is_removed(sql, expected):
    assert without_semicolon(sql) == expected
