import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.long_names import NAMES, LongNames
from redshift_emulator.language.tokens import QUOTED, WORD, split

PLAIN, TO_QUOTE = "a_long_name_" * 8, "A long name " * 8
FEWEST_CHARACTERS = "𝒳" * 16


@pytest.mark.parametrize("name", ["a" * 63, "é" * 31, "a name"])
def test_a_name_that_postgresql_can_hold_stays(name):
    assert LongNames().short(name) == name


@given(st.text(st.characters(codec="utf-8", exclude_characters='"\0'), min_size=16))
def test_a_long_name_becomes_a_short_one_and_returns(name):
    names = LongNames()
    short = names.short(name)
    data = name.encode("utf-8")
    long = data[:127].decode("utf-8", "ignore")
    assert len(short.encode("utf-8")) <= 63
    assert len(data) <= 63 or len(short) + 2 <= len(long)
    assert names.restored(f"relation {short} of {short}") == f"relation {long} of {long}"


def test_names_with_the_same_beginning_have_different_short_names():
    first, second = NAMES.short(PLAIN + "a"), NAMES.short(PLAIN + "b")
    assert first != second
    assert NAMES.short("x" * 127 + "y") == NAMES.short("x" * 127 + "z")


def test_a_short_name_needs_quotation_marks_if_the_long_one_does():
    assert NAMES.short(PLAIN).replace("_", "").isalnum()
    assert NAMES.short(PLAIN).isascii()
    assert not NAMES.short("a" * 60 + " end").isascii()


def test_a_text_without_known_names_stays():
    text = NAMES.short(PLAIN)
    assert LongNames().restored(text) == text
    assert NAMES.restored("a_l0ng_aaaaaaaaaaaaa") == "a_l0ng_aaaaaaaaaaaaa"


def test_names_are_restored_while_other_threads_read_new_ones(request):
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    sys.setswitchinterval(1e-6)
    names = LongNames()
    cut = names.short(PLAIN)[:-2]
    with ThreadPoolExecutor(1) as other:
        reading = other.submit(names.read, (f"{PLAIN}{number}" for number in range(5000)))
        while not reading.done():
            assert names.restored(cut) == PLAIN
        reading.result()


def test_quotation_marks_in_a_long_name_are_refused():
    with pytest.raises(NotSupportedError, match="more than 63 bytes"):
        NAMES.short('a"' * 32)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (PLAIN, WORD),
        (f'"{PLAIN}"', QUOTED),
        (f'"{TO_QUOTE}"', QUOTED),
        (FEWEST_CHARACTERS, QUOTED),
        ("#" + PLAIN, QUOTED),
    ],
)
def test_a_statement_has_short_names_and_everything_else_where_it_was(written, kind):
    text = f"SELECT 1 AS {written}, x FROM t; SELECT 2"
    first, second = split(text)
    name = first.tokens[3]
    assert (name.kind, len(name.value.encode("utf-8")) <= 63) == (kind, True)
    assert [token.start for token in first.tokens[4:]] == [
        text.index(each) for each in (", x", "x FROM", "FROM", "t;")
    ]
    assert second.text.index("SELECT 2") == text.index("SELECT 2")
    shown = NAMES.restored(first.text)
    assert shown.replace('"', "") == text.replace(TO_QUOTE, TO_QUOTE.lower()).replace('"', "")
    assert len(shown) - len(text) in {0, 2}  # quotation marks where no blanks could follow
