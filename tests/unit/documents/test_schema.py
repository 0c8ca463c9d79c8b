"""Faults against a schema state what was found, what was expected, and the nearest name."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pipeline.documents import Schema, read
from tests.support.paths import ROOT

KNOWN = "count, either, kind, many, name, secret, shaped"
SCHEMA = Schema(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "kind"],
        "properties": {
            "name": {"type": "string", "minLength": 2},
            "kind": {"enum": ["zstd", "gzip"]},
            "count": {"type": "integer", "minimum": 1, "maximum": 9},
            "either": {"type": ["string", "boolean"]},
            "many": {"type": "array", "minItems": 1, "uniqueItems": True},
            "secret": {"type": "string", "pattern": "^[A-Z]+$", "writeOnly": True},
            "shaped": {"type": "string", "pattern": "^a", "title": "a word with a"},
        },
        "dependentRequired": {"count": ["many"]},
    }
)


VALID = "name: ab\nkind: gzip\n"
FAULTS = [
    ("name: ab\nkind: zstd", []),
    ("- a", ["f:1: found a list of 1, expected a mapping"]),
    ("", ["f: found nothing, expected a mapping"]),
    ("kind: zstd", ["f:1: the key 'name' is missing"]),
    ("{}", ["f:1: the key 'kind' is missing", "f:1: the key 'name' is missing"]),
    (
        "name: ab\nkind: zstandard",
        ["f:2: kind: found 'zstandard', expected one of zstd, gzip; did you mean 'zstd'?"],
    ),
    (VALID + "nmae: x", ["f:3: nmae: this key is unknown; did you mean 'name'?"]),
    (VALID + "xyzzy: x", [f"f:3: xyzzy: this key is unknown; known are {KNOWN}"]),
    ("name: 3\nkind: gzip", ["f:1: name: found 3, expected a text"]),
    ("name: a\nkind: gzip", ["f:1: name: found 'a', expected at least 2 characters"]),
    (VALID + "many: [1]\ncount: 10", ["f:4: count: found 10, expected 9 or less"]),
    (VALID + "count: 1", ["f:3: count: requires 'many', too"]),
    (VALID + "many: []", ["f:3: many: found an empty list, expected at least 1 item"]),
    (VALID + "many: [1, 1]", ["f:3: many: found a list of 2, expected no duplicate items"]),
    (VALID + "either: 1", ["f:3: either: found 1, expected a text or true or false"]),
    (VALID + "shaped: b", ["f:3: shaped: found 'b', expected a word with a"]),
]


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_fault_says_found_and_expected(text, expected):
    assert [str(fault) for fault in SCHEMA.faults(read("f", text))] == expected


@pytest.mark.parametrize("key", ["secret", "kind", "shaped"])
def test_value_that_may_contain_a_secret_is_not_shown(key):
    text = f"{VALID}{key}: postgres://tom:hunter2@host/db\n"
    if key == "kind":
        text = text.replace("kind: gzip\n", "")
    (fault,) = SCHEMA.faults(read("f", text))
    assert "hunter2" not in str(fault)
    assert "tom" not in str(fault)


def test_long_values_are_truncated():
    (fault,) = SCHEMA.faults(read("f", f"name: ab\nkind: {'x' * 100}"))
    assert f"'{'x' * 56}..." in str(fault)


def test_very_many_faults_are_cut_and_counted() -> None:
    document = read("f", VALID + "".join(f"k{i}: 1\n" for i in range(5000)))
    faults = SCHEMA.faults(document)
    assert len(faults) == 101
    assert "f: has more than 100 faults" in map(str, faults)


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("pipeline/**/*.schema.json")), ids=lambda file: file.name
)
def test_the_schemas_of_the_package_are_valid(file: Path) -> None:
    Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))
