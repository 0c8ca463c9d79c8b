import hashlib

import pytest

from pipeline.access.passwords import broken_rules, password_hash, suggest
from pipeline.access.words import WORDS


@pytest.mark.parametrize(
    "password", ["aB345678", "aB3" + "x" * 61, "Aa1!#$%&()*+,-.:;<=>?[]^_`{|}~"]
)
def test_a_password_that_redshift_accepts_breaks_no_rule(password):
    assert broken_rules(password) == ()


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("aB34567", "8 to 64"),
        ("aB3" + "x" * 62, "8 to 64"),
        ("ab345678", "uppercase"),
        ("AB345678", "lowercase"),
        ("aBcdefgh", "digit"),
        ("éB345678x", "ASCII"),
        *((f"aB345678{sign}", "ASCII") for sign in "'\"\\/@ \t\n\x7f"),
    ],
)
def test_the_one_broken_rule_is_returned_without_the_password(password, rule):
    (broken,) = broken_rules(password)

    assert rule in broken
    assert password not in broken


def test_all_broken_rules_are_returned_together():
    assert len(broken_rules("")) == 4


def test_the_hash_is_that_of_the_documentation():
    assert password_hash("user1", "ez") == "md5153c434b4b77c89e6b94f12c5393af5b"


def test_the_hash_depends_on_the_case_of_the_name_and_accepts_any_character():
    assert password_hash("Tom", "x") != password_hash("tom", "x")
    expected = hashlib.md5("é€é".encode(), usedforsecurity=False).hexdigest()
    assert password_hash("é", "é€") == f"md5{expected}"


def test_suggestions_keep_the_rules_and_differ():
    suggestions = {suggest() for _ in range(200)}

    assert len(suggestions) == 200
    assert not any(broken_rules(password) for password in suggestions)


def test_even_the_longest_and_shortest_words_keep_the_rules(monkeypatch):
    for choose in (max, min):
        monkeypatch.setattr("secrets.choice", lambda words, choose=choose: choose(words, key=len))
        assert broken_rules(suggest()) == ()


def test_the_words_are_many_different_plain_and_short():
    assert len(WORDS) == len(set(WORDS)) == 730
    assert all(word.isascii() and word.islower() and 3 <= len(word) <= 7 for word in WORDS)
