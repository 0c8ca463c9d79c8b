"""A manifest is read if it is exactly what was written: digest, totals, entries."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.errors import StorageError
from pipeline.manifest import FileFormat, Manifest, Part
from tests.support.values.warehouse_samples import MANIFEST

PARTS = tuple(
    Part(f"s3://bucket/p/part-{n:04d}.csv.zst", n, 10 * n, 30 * n, f"{n:064x}", f"{n:032x}")
    for n in (1, 2, 3)
)
DUMP = replace(MANIFEST, parts=PARTS, key="p/orders.manifest")
FILES = replace(
    DUMP,
    parts=tuple(replace(part, rows=None, raw_bytes=None, sha256=None) for part in PARTS),
    files=FileFormat(null_as="-"),
)
VERSION_1 = replace(
    DUMP, parts=tuple(replace(part, etag=None) for part in PARTS), key="", version=1
)


@pytest.mark.parametrize("manifest", [DUMP, FILES, VERSION_1, replace(FILES, key="", version=1)])
def test_what_was_written_is_read(manifest: Manifest) -> None:
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_version_1_is_written_without_what_version_2_added() -> None:
    record = json.loads(VERSION_1.to_json())
    assert record.keys().isdisjoint({"version", "key", "digest"})
    assert record["entries"][0] == {
        "url": "s3://bucket/p/part-0001.csv.zst",
        "mandatory": True,
        "meta": {"content_length": 10},
        "rows": 1,
        "raw_bytes": 30,
        "sha256": f"{1:064x}",
    }


def test_the_digest_does_not_depend_on_order_and_white_space() -> None:
    record = json.loads(DUMP.to_json())
    text = json.dumps(dict(reversed(record.items())))
    assert Manifest.from_json(text) == DUMP


def remove_entry_and_its_rows(record: dict) -> None:
    entry = record["entries"].pop()
    record["rows"] -= entry["rows"]
    record["bytes"] -= entry["meta"]["content_length"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda record: record["entries"].pop(), "bytes, digest, rows does not fit"),
        (remove_entry_and_its_rows, "^digest does not fit"),
        (lambda record: record["entries"].append(record["entries"][0]), "more than once"),
        (lambda record: record["entries"].reverse(), "^digest does not fit"),
        (lambda record: record["entries"][0].update(mandatory=False), "^entries does not fit"),
        (lambda record: record["entries"][0].update(etag="0"), "^digest does not fit"),
        (lambda record: record["entries"][0].update(rows="1"), "unsupported operand"),
        (lambda record: record.update(entries=[]), "does not fit"),
        (lambda record: record.update(snapshot="1:1:"), "^digest does not fit"),
        (lambda record: record.update(key="p/other.manifest"), "^digest does not fit"),
        (lambda record: record.update(rows=7), "^rows does not fit"),
        (lambda record: record.update(more=1), "unexpected keyword argument 'more'"),
        (lambda record: record.update(version=1), "version does not fit"),
        (lambda record: record.update(version=3), "increment does not fit its version"),
        (lambda record: record.update(version="2"), "digest does not fit"),
        (lambda record: record.pop("version"), "digest, key does not fit"),
        (lambda record: record.pop("digest"), "^digest does not fit"),
        (lambda record: record.pop("key"), "digest, key does not fit"),
        (lambda record: record.pop("bytes"), "^bytes does not fit"),
        (lambda record: record.pop("entries"), "entries"),
    ],
)
def test_a_changed_manifest_is_refused(change: Callable[[dict], object], message: str) -> None:
    record = json.loads(DUMP.to_json())
    change(record)
    with pytest.raises((ValueError, TypeError, KeyError), match=message):
        Manifest.from_json(json.dumps(record))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["entries"].pop(),
        lambda record: record["entries"].append(record["entries"][0]),
        lambda record: record["entries"][0].update(mandatory=False),
        lambda record: record.update(rows=7),
        lambda record: record.pop("bytes"),
        lambda record: record.update(key="p/orders.manifest"),
        lambda record: record.update(digest=""),
    ],
)
def test_version_1_has_totals_and_nothing_of_version_2(change: Callable[[dict], object]) -> None:
    record = json.loads(VERSION_1.to_json())
    change(record)
    with pytest.raises((ValueError, TypeError, KeyError)):
        Manifest.from_json(json.dumps(record))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"rows": 1, "rows": 1}', '{"entries": 1}']
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        Manifest.from_json(text)


def test_a_newer_version_is_no_damage() -> None:
    record = {**json.loads(DUMP.to_json()), "version": 4, "news": "unknown"}
    with pytest.raises(StorageError, match="version 4 is of a newer release: update this one"):
        Manifest.from_json(json.dumps(record))
