"""docs/configuration.md against the code: its examples load, and it is complete."""

import json
import re
from dataclasses import fields
from importlib.resources import files

import pytest

from pipeline.cli.main import main
from pipeline.options import warehouse
from pipeline.settings import Dump, Storage, load
from pipeline.settings import Warehouse as WarehouseSettings
from tests.support.pages import blocks, read_page

DOCUMENT = read_page("docs/configuration.md")
EXAMPLES = [(form, text) for form in ("json", "yaml") for text in blocks(DOCUMENT, form)]
SCHEMA = json.loads(files("pipeline.settings").joinpath("configuration.schema.json").read_text())


def keys(schema, path=()):
    """Yield every key that the schema knows, with the names of those above it."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    for key, below in schema.get("properties", {}).items():
        yield (*path, key)
        yield from keys(below, (*path, key))
    if "items" in schema:
        yield from keys(schema["items"], path)


@pytest.mark.parametrize(("form", "text"), EXAMPLES)
def test_each_example_is_a_configuration(form, text):
    assert load(text, file=f"example.{form}", user="tom").storage.bucket


def test_there_are_a_smallest_and_a_whole_example():
    assert [form for form, _ in EXAMPLES] == ["json", "yaml"]


@pytest.mark.parametrize("path", sorted(set(keys(SCHEMA))), ids=".".join)
def test_each_key_is_explained_and_is_in_the_whole_example(path):
    assert re.search(rf"^ *(- )?{path[-1]}:", EXAMPLES[1][1], re.MULTILINE)
    named = "|".join(map(re.escape, {path[-1], ".".join(path[-2:])}))
    assert re.search(rf"(`({named})(:[^`]*)?`|^### {path[-1]}$)", DOCUMENT, re.MULTILINE)


def test_the_whole_example_shows_all_defaults():
    whole = load(EXAMPLES[1][1], file="x.yaml", user="tom")
    assert whole.dump == Dump()
    default = WarehouseSettings()
    for name in ("admin_access", "etl_access", "owner", "groups", "marker_schema"):
        assert getattr(whole.warehouse, name) == getattr(default, name)


def test_each_default_of_a_dump_is_the_one_in_the_table():
    for field in fields(Dump):
        row = rf"^\| `{field.name}` \| `?{getattr(Dump(), field.name)}`? \|"
        assert re.search(row, DOCUMENT, re.MULTILINE), field.name
    assert {field.name for field in fields(Storage)} == {
        "bucket", "prefix", "region", "kms_key_id",
    }  # fmt: skip


def test_each_option_of_luigis_settings_is_in_the_table():
    table = DOCUMENT[DOCUMENT.index("## Options of") : DOCUMENT.index("## Environment")]
    for name, _ in warehouse.get_params():
        assert f"`{name}`" in table, name


def test_each_option_that_is_named_exists():
    known = {f"--warehouse-{name.replace('_', '-')}" for name, _ in warehouse.get_params()}
    assert set(re.findall(r"--warehouse-[a-z-]+[a-z]", DOCUMENT)) <= known
    shared = {option for each in main.params for option in each.opts}
    assert set(re.findall(r"pipeline (--[a-z]+)", DOCUMENT)) <= shared


def test_each_command_that_is_shown_has_its_options():
    shown = re.findall(r"^    pipeline ([a-z-]+)([^#\n]*)", DOCUMENT, re.MULTILINE)
    assert len(shown) > 8
    for name, rest in shown:
        known = {
            option
            for each in main.load()[name].params
            for option in (*each.opts, *each.secondary_opts)
        }
        assert set(re.findall(r"--[a-z-]+", rest)) <= known, name
