"""Redshift's lexical rules."""

import pytest

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.tokens import Kind, split

STRINGS = [
    ("'plain'", "plain"),
    ("''", ""),
    ("'it''s'", "it's"),
    (r"'it\'s'", "it's"),
    (r"'back\\slash'", "back\\slash"),
    (r"'\\'", "\\"),
    (r"'a\nb\tc\rd\be\ff'", "a\nb\tc\rd\be\ff"),
    (r"'\101\60'", "A0"),
    (r"'\x41\u'", "x41u"),
    ("'a -- b /* c */'", "a -- b /* c */"),
    ("'a;b'", "a;b"),
    ("$$a 'b' ; c$$", "a 'b' ; c"),
    ("$tag$a $$ b$tag$", "a $$ b"),
]


@pytest.mark.parametrize(("text", "value"), STRINGS)
def test_strings_are_decoded(text, value):
    (statement,) = split(f"SELECT {text}")
    assert (statement.tokens[1].kind, statement.tokens[1].value) == (Kind.STRING, value)
    assert statement.source == f"SELECT {text}"


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("SELECT E'a'", "42704"),
        ("SELECT e'a'", "42704"),
        ("SELECT B'01'", "42704"),
        ("SELECT U&'a'", "42601"),
        ("SELECT 'a", "42601"),
        (r"SELECT 'a\'", "42601"),
        ('SELECT "a', "42601"),
        ('SELECT ""', "42601"),
        ("SELECT /* a", "42601"),
        ("SELECT $$a", "42601"),
        ("SELECT $", "42601"),
        (r"SELECT 'a\0b'", "22021"),
        ('SELECT "' + 'é""' * 32 + '"', "0A000"),
    ],
)
def test_invalid_tokens_are_errors(text, sqlstate):
    with pytest.raises(RedshiftError) as caught:
        split(text)
    assert caught.value.sqlstate == sqlstate


def test_names_fold_in_ascii_only():
    (statement,) = split('SELECT Abc, "DeF", "É""x", #Tmp')
    values = [token.value for token in statement.tokens if token.is_name]
    assert values == ["select", "abc", "def", 'É"x', "#tmp"]


def test_quoted_names_keep_their_case_if_case_sensitive():
    (statement,) = split('SELECT Abc, "DeF"', case_sensitive=True)
    assert [token.value for token in statement.tokens] == ["select", "abc", ",", "DeF"]


def test_a_word_of_63_bytes_is_a_name():
    (statement,) = split("SELECT " + "a" * 63)
    assert len(statement.tokens[1].value) == 63


def test_statements_end_with_semicolons_outside_of_everything():
    text = "SELECT ';' ; -- a ; b\n;; /* ; */ SELECT 2;\n"
    assert [statement.source for statement in split(text)] == ["SELECT ';'", "SELECT 2"]
    assert split(" ; -- nothing\n;") == []


def test_numbers_and_operators():
    (statement,) = split("SELECT 1.5e-3*.5::int4>=$2||a.b!=3.")
    assert [token.value for token in statement.tokens[1:]] == [
        *("1.5e-3", "*", ".5", "::", "int4", ">=", "$2", "||", "a", ".", "b", "!=", "3.")
    ]
