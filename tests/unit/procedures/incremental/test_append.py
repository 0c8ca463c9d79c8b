"""Which files are new, and what a manifest says of them."""

import datetime as dt

import pytest

from pipeline.errors import StorageError
from pipeline.manifest import Part
from pipeline.names import TableName
from pipeline.procedures.incremental.append import ANOTHER_PATH, Append, FilesGoneError
from pipeline.procedures.incremental.base import Base, Decision, describe, is_files
from pipeline.procedures.publish.loaded_files import read_record

EMPTY = " (empty)"
PATH = "s3://b/in/*/rates/"
ALL = Decision(reason="it has not been loaded, or was forgotten")


def part(name: str, etag: str = "x") -> Part:
    return Part(f"s3://b/in/{name}", None, 7, None, None, etag)


def append(decision: Decision, *loaded: str, path: str = PATH) -> Append:
    moment = dt.datetime.fromisoformat("2026-11-20T02:00:00")
    rows = [
        {
            "url": f"s3://b/in/{name.removesuffix(EMPTY)}",
            "etag": "x",
            "byte_count": 0 if name.endswith(EMPTY) else 7,
            "loaded_at": moment,
        }
        for name in loaded
    ]
    return Append(TableName("partner", "rates"), path, decision, lambda: read_record(rows))


_, FIRST = append(ALL).choose((part("a"), part("b")))
NEXT = Decision(Base("p/CopyTable/2026-11-20/partner.rates/x", "t", "2 files", FIRST.source))


def test_all_files_are_loaded_first() -> None:
    assert (FIRST.base, FIRST.position, FIRST.reason) == (None, "2 files", ALL.reason)
    assert is_files(FIRST.source)
    assert describe(FIRST) == "all: it has not been loaded, or was forgotten; 2 files"
    assert str(ALL) == f"all: {ALL.reason}"


def test_then_those_that_are_not_recorded_in_any_order() -> None:
    new, increment = append(NEXT, "a", "c").choose((part("a"), part("b"), part("c"), part("d")))
    assert new == (part("b"), part("d"))
    assert increment.position == "4 files"
    assert (increment.base, increment.source) == (NEXT.base and NEXT.base.update_id, FIRST.source)
    assert describe(increment) == "2 new files"
    assert str(NEXT) == "new files (2 files loaded)"


def test_none_may_be_new_and_loaded_ones_may_be_gone() -> None:
    new, increment = append(NEXT, "a", "b").choose(())
    assert new == ()
    assert increment.position == "2 files"
    assert describe(increment) == "no new file"


def test_a_loaded_file_with_another_content_is_named() -> None:
    said = (
        r"partner\.rates: s3://b/in/a \(and 1 more file\) was replaced after it had been loaded on"
        r" 2026-11-20; .* run 'pipeline forget partner\.rates' before"
    )
    with pytest.raises(StorageError, match=said):
        append(NEXT, "a", "b").choose((part("a", "y"), part("b", "y"), part("c")))


def test_what_was_recorded_empty_may_be_gone_or_filled_and_still_counts() -> None:
    """As releases before did; a file that has rows now is a new one."""
    loaded = ("a", f"b{EMPTY}", f"c{EMPTY}")
    new, increment = append(NEXT, *loaded).choose((part("a"), part("b", "y")))
    assert new == (part("b", "y"),)
    assert increment.position == "4 files"
    assert append(ALL, *loaded).choose((part("a"),))[0] == (part("a"),)
    with pytest.raises(FilesGoneError, match="but the only file that was loaded, s3://b/in/a,"):
        append(ALL, *loaded).choose((part("b"),))


def test_if_all_are_loaded_other_contents_count_and_missing_files_do_not() -> None:
    changed = (part("a", "y"), part("b"))
    assert append(ALL, "a", "b").choose(changed)[0] == changed
    said = r"but 1 of 2 files that were loaded, such as s3://b/in/b, cannot be found at s3://b/in/"
    with pytest.raises(FilesGoneError, match=said):
        append(ALL, "a", "b").choose((part("a"), part("c")))
    with pytest.raises(
        FilesGoneError, match="but 2 files that were loaded, such as s3://b/in/a, cannot"
    ):
        append(ALL, "a", "b").choose(())


def test_another_path_is_another_source() -> None:
    new, increment = append(NEXT, "a", path="s3://b/other/rates/").choose((part("a"), part("b")))
    assert len(new) == 2
    assert (increment.base, increment.reason) == (None, ANOTHER_PATH)
    assert increment.source != FIRST.source
