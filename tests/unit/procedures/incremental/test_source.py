"""A position holds for the source it was taken from, and not for an older state of it."""

import pytest

from pipeline.procedures.incremental.source import find_change, is_known, is_older

SOURCE = "cluster=7412345678901234567/1 database=16384 table=16390 columns=0123456789ab ended=9"


def test_another_source_is_named() -> None:
    assert find_change(SOURCE, SOURCE.replace("ended=9", "ended=10")) is None
    for old, new, reason in (
        ("/1", "/2", "upstream is another cluster"),
        ("16384", "16385", "upstream is another database"),
        ("16390", "16391", "upstream is another table"),
        ("ab ", "ac ", "its columns were changed upstream"),
    ):
        assert find_change(SOURCE, SOURCE.replace(old, new)) == reason


def test_values_changed_if_their_digest_did_or_the_files_and_the_columns_of_the_catalog() -> None:
    now = f"{SOURCE} values=a files=b altered=c"
    reason = "the values of its columns were changed upstream"
    for replaced, expected in (
        ({"values=a": "values=x"}, reason),
        ({"files=b": "files=x"}, None),
        ({"altered=c": "altered=x"}, None),
        ({"files=b": "files=x", "altered=c": "altered=x"}, reason),
    ):
        other = now
        for old, new in replaced.items():
            other = other.replace(old, new)
        assert find_change(now, other) == expected
    assert find_change(SOURCE, now) is find_change(now, SOURCE) is None


def test_a_cluster_that_is_not_known_counts_as_the_same() -> None:
    unknown = SOURCE.replace("7412345678901234567/1", "unknown")
    assert find_change(unknown, SOURCE) is find_change(SOURCE, unknown) is None
    assert (is_known(SOURCE), is_known(unknown)) == (True, False)


@pytest.mark.parametrize(("ended", "expected"), [("8", True), ("9", False), ("10", False)])
def test_fewer_ended_transactions_are_an_older_state(ended: str, expected: bool) -> None:
    assert is_older(SOURCE.replace("ended=9", f"ended={ended}"), SOURCE) is expected
