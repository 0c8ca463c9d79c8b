"""Edits of a text, and where its parts came from."""

import pytest

from redshift_emulator.language.queries.splice import Splice

TEXT = "SELECT nvl(a, 1), nosuch FROM t"


def spliced():
    splice = Splice(TEXT)
    splice.replace(7, 10, "coalesce")
    splice.insert(16, "::int")
    return splice.apply(0, len(TEXT))


def test_only_edited_parts_change():
    assert spliced().text == "SELECT coalesce(a, 1)::int, nosuch FROM t"


@pytest.mark.parametrize("word", ["SELECT", "a, 1)", ", nosuch", "nosuch", "FROM t"])
def test_positions_lead_back(word):
    done = spliced()
    assert done.origin(done.text.index(word)) == TEXT.index(word)


def test_a_position_in_new_text_leads_to_what_it_replaced():
    done = spliced()
    assert done.origin(done.text.index("coalesce") + 3) == TEXT.index("nvl")


def test_text_in_front_moves_positions():
    done = spliced().after("INSERT INTO x ")
    assert done.text.startswith("INSERT INTO x SELECT")
    assert done.origin(done.text.index("nosuch")) == TEXT.index("nosuch")


def test_a_part_is_edited_alone():
    splice = Splice("a b c")
    splice.replace(0, 1, "A")
    splice.replace(4, 5, "C")
    assert splice.apply(2, 5).text == "b C"


def test_edits_that_overlap_are_a_mistake():
    splice = Splice("abcdef")
    splice.replace(0, 3, "x")
    splice.replace(2, 4, "y")
    with pytest.raises(AssertionError, match="overlapping"):
        splice.apply(0, 6)


def test_dropped_edits_are_gone():
    splice = Splice("abcdef")
    splice.replace(0, 1, "x")
    splice.replace(3, 4, "y")
    splice.drop(0, 2)
    assert splice.apply(0, 6).text == "abcyef"
