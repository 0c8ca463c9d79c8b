"""The files, tables and commands of docs/designs.md match the program."""

import itertools
import json
import re
from importlib.resources import files

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.mapping.typemap import _BASES, map_type
from pipeline.designs.model.upstream import UpstreamType
from pipeline.errors import DesignError
from pipeline.names import TableName, upstream_stem
from tests.support.pages import blocks, design_files, read_page

PAGE = read_page("docs/designs.md")
BLOCKS = design_files(PAGE)
(DIFFERENCE,) = blocks(PAGE, "diff")
SCHEMA = json.loads(
    files("pipeline.designs").joinpath("design.schema.json").read_text(encoding="utf-8")
)
ORDERS = """
CREATE TABLE "Customers" ("CustomerID" bigint PRIMARY KEY, name varchar(100));
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint, note text, status text, session jsonb,
    placed_at timestamptz NOT NULL, UNIQUE (customer_id, placed_at)
);
"""
INCREMENTAL = """
CREATE TABLE payments (
    id bigint PRIMARY KEY, amount numeric(12,2), updated_at timestamptz NOT NULL
);
CREATE TABLE shops (id bigint NOT NULL, country varchar(2), best_customer bigint);
CREATE TABLE carts (code varchar(20) NOT NULL UNIQUE, deleted_at date, revision bigint NOT NULL);
CREATE TABLE events (created_at timestamptz NOT NULL, kind varchar(20));
CREATE TABLE visits (id bigint PRIMARY KEY, visited_at timestamptz NOT NULL);
CREATE INDEX ON payments (updated_at);
CREATE INDEX ON carts (revision);
CREATE INDEX ON events (created_at);
"""


def rows(heading):
    """The cells of the table that follows a text, without its head."""
    lines = PAGE.split(heading, 1)[1].splitlines()
    table = itertools.dropwhile(lambda line: not line.startswith("|"), lines)
    found = list(itertools.takewhile(lambda line: line.startswith("|"), table))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[2:]]


def code(text):
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("## Keys of a file", SCHEMA["properties"]),
        ("Of a column:", SCHEMA["$defs"]["column"]["properties"]),
        ("Of `constraints`", SCHEMA["$defs"]["constraints"]["properties"]),
        ("Of `attributes`:", SCHEMA["properties"]["attributes"]["properties"]),
        ("Of `extract_settings`:", SCHEMA["properties"]["extract_settings"]["properties"]),
        ("## Incremental loads", SCHEMA["$defs"]["incremental"]["properties"]),
        ("## Freshness", SCHEMA["$defs"]["freshness"]["properties"]),
    ],
)
def test_every_key_is_in_exactly_one_table_of_the_page(heading, keys):
    described = [key for row in rows(heading) for key in code(row[0])]
    assert sorted(described) == sorted(keys)


@pytest.mark.parametrize(("upstream", "file"), rows("can be read back"))
def test_files_are_named_as_on_the_page(upstream, file):
    assert upstream_stem("www", TableName.parse(upstream.strip("`"))) == f"www/{file.strip('`')}"


def upstream_type(text):
    special = {
        "an enum": UpstreamType("mood", "mood", category="enum"),
        "a composite type": UpstreamType("pair", "pair", category="composite"),
        "any other": UpstreamType("vector(3)", "vector"),
    }
    return special.get(text) or UpstreamType.parse(text)


TYPES = [
    (name, redshift, value)
    for cell, redshift, value, *_ in rows("`c` is the column.")
    for name in (code(cell) or [cell])
]


@pytest.mark.parametrize(("name", "redshift", "value"), TYPES)
def test_types_map_as_on_the_page(name, redshift, value):
    mapped = map_type(upstream_type(name))
    assert mapped.sql_type == (name if redshift == "same" else redshift.strip("`"))
    expression = re.sub(r"\bc\b", "%s", value.strip("`")) or None
    assert mapped.expression == expression


def test_every_mapped_type_is_on_the_page():
    assert set(_BASES) <= {upstream_type(name).base for name, *_ in TYPES}


def test_the_files_on_the_page_have_no_faults():
    catalog = Catalog.parse(dict(BLOCKS), {"www": True, "analytics": False})
    assert [str(name) for name in catalog.designs] == [
        "analytics.dim_customer",
        "analytics.v_orders_by_day",
        "analytics.visits_by_day",
        "www.carts",
        "www.customers",
        "www.events",
        "www.orders",
        "www.payments",
        "www.shops",
        "www.visits",
    ]


def test_a_wrong_column_is_reported_as_on_the_page():
    path = "analytics/v_orders_by_day.sql"
    query = f"-- designs/{path}\n{dict(BLOCKS)[path]}".replace("BY placed_on", "BY placed")
    with pytest.raises(DesignError) as caught:
        Catalog.parse({**dict(BLOCKS), path: query})
    assert f"\n    {caught.value}\n" in PAGE


def test_the_files_match_their_upstream_and_are_updated_with_a_diff(upstream_project):
    upstream_project.execute("www", ORDERS + INCREMENTAL)
    upstream_project.sources.append({"name": "analytics"})
    for path, text in BLOCKS:
        upstream_project.write(path, text)
    result = upstream_project.run("validate")
    assert (result.stdout, result.stderr) == (
        "10 relations checked, 7 tables against upstream: no faults.\n",
        "",
    )
    upstream_project.execute("www", "ALTER TABLE orders ADD channel varchar(10)")
    result = upstream_project.run("design", "www", "--update")
    assert DIFFERENCE in result.stdout
    upstream_project.run("validate")


COMMANDS = re.findall(r"^    pipeline (design .*?) +#", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_run(upstream_project, command):
    upstream_project.execute("www", ORDERS)
    result = upstream_project.run(*command.replace("'", "").split())
    assert result.stderr == ""
    assert "designs/www/public-orders.yaml: w" in result.stdout


def test_there_are_commands_to_run():
    assert len(COMMANDS) == 4
