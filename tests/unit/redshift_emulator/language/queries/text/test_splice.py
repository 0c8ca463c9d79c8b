"""Edits of a text, and the origin of its parts."""

import pytest

from redshift_emulator.language.queries.text.splice import Splice

TEXT = "SELECT nvl(a, 1), nosuch FROM t"


def spliced():
    splice = Splice(TEXT)
    splice.replace(7, 10, "coalesce")
    splice.insert(16, "::int")
    return splice.apply(0, len(TEXT))


def test_only_edited_parts_change():
    assert spliced().text == "SELECT coalesce(a, 1)::int, nosuch FROM t"


@pytest.mark.parametrize("word", ["SELECT", "a, 1)", ", nosuch", "nosuch", "FROM t"])
def test_positions_map_back_to_the_original(word):
    done = spliced()
    assert done.origin(done.text.index(word)) == TEXT.index(word)


def test_a_position_in_new_text_maps_to_the_replaced_text():
    done = spliced()
    assert done.origin(done.text.index("coalesce") + 3) == TEXT.index("nvl")


def test_a_prefix_shifts_positions():
    done = spliced().after("INSERT INTO x ")
    assert done.text.startswith("INSERT INTO x SELECT")
    assert done.origin(done.text.index("nosuch")) == TEXT.index("nosuch")


def test_only_edits_within_the_range_apply():
    splice = Splice("a b c")
    splice.replace(0, 1, "A")
    splice.replace(4, 5, "C")
    assert splice.apply(2, 5).text == "b C"


def test_overlapping_edits_are_an_error():
    splice = Splice("abcdef")
    splice.replace(0, 3, "x")
    splice.replace(2, 4, "y")
    with pytest.raises(AssertionError, match="overlapping"):
        splice.apply(0, 6)


def test_dropped_edits_do_not_apply():
    splice = Splice("abcdef")
    splice.replace(0, 1, "x")
    splice.replace(3, 4, "y")
    splice.drop(0, 2)
    assert splice.apply(0, 6).text == "abcyef"
