"""The files, rules and messages of docs/checks.md match the program."""

import json
from importlib.resources import files

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.checking.read import READERS
from pipeline.designs.dbt.translate import _RULES
from pipeline.designs.drafting.files.render import PROPOSALS
from pipeline.errors import DesignError
from pipeline.names import TableName
from tests.support.pages import design_files, read_page

PAGE = read_page("docs/checks.md")
BLOCKS = design_files(PAGE)
TABLE = "name: www.{0}\nsource_name: www.public.{0}\ncolumns: [{{name: {1}, sql_type: bigint}}]\n"
OTHERS = {
    "www/public-customers.yaml": TABLE.format("customers", "id"),
    "www/public-payments.yaml": TABLE.format("payments", "amount"),
    "www/public-order_lines.yaml": TABLE.format("order_lines", "order_id"),
}
SCHEMA = json.loads(
    files("pipeline.designs").joinpath("design.schema.json").read_text(encoding="utf-8")
)


def parse(**replaced):
    designs = OTHERS | dict(BLOCKS)
    for old, new in replaced.items():
        designs["www/public-orders.yaml"] = designs["www/public-orders.yaml"].replace(old, new)
    return Catalog.parse(designs)


def test_the_designs_have_no_fault():
    checks = parse()[TableName("www", "orders")].checks
    assert {check.rule.kind for check in checks} == {*READERS} - {"relationships", "unique"}
    assert len({check.severity for check in checks}) == 2


def test_the_fault_is_the_one_on_the_page():
    with pytest.raises(DesignError) as caught:
        parse(**{"www.customers.id": "www.customers.idd"})
    place, _, message = str(caught.value).partition(": ")
    line = next(each for each in PAGE.splitlines() if message in each)
    expected = 1 + next(  # a block's first line names the file
        number
        for number, each in enumerate(dict(BLOCKS)["www/public-orders.yaml"].splitlines())
        if "relationship:" in each
    )
    assert place == f"www/public-orders.yaml:{expected}"
    assert line.strip().startswith(place)


def test_every_rule_and_key_is_on_the_page():
    keys = set(SCHEMA["$defs"]["check"]["else"]["properties"])
    assert {key for key in keys if f"`{key}" not in PAGE} == set()
    missing = [name for name in _RULES if f"`{name}" not in PAGE and name not in PAGE]
    shortened = [name.removeprefix("expect_column_values") for name in missing]
    assert [name for name in shortened if f"`…{name}`" not in PAGE] == []
    assert f"    # {PROPOSALS}\n" in PAGE
