"""docs/json.md and the schema: each command with --json, and each key that it prints."""

import re

import pytest

from pipeline.cli.main import main
from tests.support.paths import ROOT
from tests.support.results.output import SCHEMA

PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
COMMANDS = sorted(
    name
    for name, command in main.load().items()
    if any("--json" in parameter.opts for parameter in command.params)
)
SECTION = re.MULTILINE | re.DOTALL
VALUES = {"instant", "date"}
"""Definitions of values that any command may print."""


def keys(schema):
    """Yield the keys of all objects that a schema allows."""
    yield from schema.get("properties", ())
    parts = [*schema.get("properties", {}).values(), schema.get("items"), *schema.get("anyOf", ())]
    for part in filter(None, parts):
        name = part.get("$ref", "").rpartition("/")[2]
        yield from keys(SCHEMA["$defs"][name] if name else part)


def test_there_are_commands():
    assert {"history", "plan", "status", "validate"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_key_that_a_command_prints_is_explained(command):
    assert f"`{command}`" in PAGE.partition("\n## ")[0]
    [section] = re.findall(rf"^## pipeline {command}$(.*?)(?=^## |\Z)", PAGE, SECTION)
    found = set(keys(SCHEMA["$defs"][command]))
    assert found
    assert {key for key in found if not re.search(rf'[`"]{key}[`"]', section)} == set()


def test_every_object_has_all_its_keys_and_no_others():
    objects = [each for each in SCHEMA["$defs"].values() if "properties" in each]
    assert len(objects) > 10
    for each in objects:
        assert each["additionalProperties"] is False
        assert sorted(each["required"]) == sorted(each["properties"])


def test_nothing_is_defined_that_no_command_prints():
    used = re.findall(r"'#/\$defs/(\w+)'", str(SCHEMA))
    assert set(SCHEMA["$defs"]) - set(used) == set(COMMANDS)
    assert set(used) >= VALUES
