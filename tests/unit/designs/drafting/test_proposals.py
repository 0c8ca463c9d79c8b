"""Drafts propose the checks that upstream guarantees, as comments."""

import re

from pipeline.designs.drafting.draft import draft_designs, with_relationships
from pipeline.designs.drafting.files.merge import update
from pipeline.designs.drafting.files.render import PROPOSALS, render
from pipeline.designs.model.checks import AcceptedValues, Check, Pattern, Range, Relationship
from pipeline.designs.model.upstream import (
    UpstreamColumn,
    UpstreamKey,
    UpstreamTable,
    UpstreamType,
)
from pipeline.names import TableName
from tests.support.values.designs import parse_design, upstream_columns

LABELS = ("new", "it's", "no", "a, b", *(f"status number {number}" for number in range(9)))
CUSTOMERS = TableName("public", "customers")
TABLES = [
    UpstreamTable(CUSTOMERS, upstream_columns("id bigint!"), primary_key=("id",), rows=1),
    UpstreamTable(
        TableName("public", "orders"),
        (
            *upstream_columns(
                "id bigint!; Total numeric(12,2); customer_id bigint; level smallint"
            ),
            UpstreamColumn(
                "status", UpstreamType("status", "status", -1, "enum", "public"), labels=LABELS
            ),
            UpstreamColumn(
                "mail",
                UpstreamType("email_address", "text"),
                conditions=("(VALUE ~~ '%@%'::text)",),
            ),
        ),
        foreign_keys=(UpstreamKey(("customer_id",), CUSTOMERS, ("id",)),),
        conditions=('("Total" >= (0)::numeric)', "(level = ANY (ARRAY[1, 2]))", "(id > level)"),
        rows=1,
    ),
]
FILE = "www/public-orders.yaml"


def draft(type_maps=()):
    customers, orders = draft_designs("www", TABLES, type_maps)
    return with_relationships(orders, {customers.design.name: customers.design})


def uncommented(text):
    head, _, block = text.partition(f"# {PROPOSALS}\n")
    return head + re.sub("^# ", "", block, flags=re.MULTILINE)


def test_what_upstream_guarantees_is_proposed_and_not_active():
    text = render(draft())
    assert parse_design(FILE, text).checks == ()
    assert parse_design(FILE, uncommented(text)).checks == (
        Check("status accepted_values", AcceptedValues("status", LABELS)),
        Check("mail pattern", Pattern("mail", "%@%")),
        Check("total range", Range("total", 0)),
        Check("level accepted_values", AcceptedValues("level", (1, 2))),
        Check(
            "customer_id relationship",
            Relationship("customer_id", TableName("www", "customers"), "id"),
        ),
    )
    assert max(map(len, text.splitlines())) <= 96
    assert "# checks:\n#   - accepted_values: {column: status, values: [new, 'it''s', 'no'" in text
    assert text.endswith("#   - relationship: {column: customer_id, to: www.customers.id}\n")


def test_nothing_is_proposed_of_a_column_whose_values_a_type_map_changes():
    text = render(draft([("status", ("varchar(9)", "upper(%s)")), ("smallint", ("real", "%s"))]))
    assert "total" in text.partition(PROPOSALS)[2]
    assert "accepted_values" not in text


def test_an_update_keeps_proposals_and_checks_as_they_are():
    text = render(draft())
    assert update(FILE, text, draft()).text == text
    active = uncommented(text)
    assert update(FILE, active, draft()).text == active
    level = "  - name: level\n    sql_type: smallint\n    source_sql_type: smallint\n"
    fresh = text.replace(level, "")
    merged = update(FILE, fresh, draft()).text
    assert merged.partition(PROPOSALS)[2] == text.partition(PROPOSALS)[2]
    assert level in merged.partition("attributes:")[0]
