"""A column that is missing, new or retyped upstream is found by comparison."""

from dataclasses import replace

import pytest

from pipeline.designs.drafting.draft import draft_designs
from pipeline.designs.drift.compare import compare
from pipeline.designs.model.upstream import UpstreamColumn, UpstreamTable, UpstreamType
from pipeline.names import TableName
from tests.support.values.designs import parse_design

DESIGN = parse_design(
    "www/public-t.yaml",
    """\
name: www.t
columns:
  - {name: id, sql_type: bigint, source_sql_type: bigint, not_null: true}
  - {name: UserId, sql_type: int, source_sql_type: integer}
  - name: status
    sql_type: varchar(63)
    source_sql_type: order_status
    expression: '"status"::text'
  - {name: total, sql_type: 'numeric(38,2)', expression: '("Price" * quantity)::numeric(38,2)'}
  - {name: secret, sql_type: text, skipped: true}
""",
)
UPSTREAM = {
    "id": ("bigint", True),
    "UserId": ("integer", False),
    "status": ("order_status", False),
    "Price": ("numeric(12,2)", False),
    "quantity": ("integer", False),
    "secret": ("text", False),
}


def drift(changes):
    facts = {**UPSTREAM, **changes}
    return [
        f"{each.kind}: {each}"
        for each in compare(
            DESIGN,
            (
                UpstreamColumn(name, UpstreamType.parse(fact[0]), fact[1])
                for name, fact in facts.items()
                if fact is not None
            ),
        )
    ]


TYPES = "text; json; jsonb; uuid; date; timestamp without time zone; numeric(5,2); numeric"
TYPES += "; integer; character varying(3); integer[]; inet; bytea; mood; int4range; interval"


@pytest.mark.parametrize("kind", TYPES.split("; "))
def test_a_lost_not_null_is_found_although_the_draft_converts_the_type(kind):
    before = UpstreamColumn("Id", UpstreamType.parse(kind), not_null=True)
    table = UpstreamTable(TableName("public", "t"), (before,))
    design = draft_designs("www", [table])[0].design
    design = replace(design, columns=(replace(design.columns[0], not_null=True),))
    assert compare(design, [before]) == ()
    [found] = compare(design, [replace(before, not_null=False)])
    assert (found.kind, found.column) == ("not null lost", "Id")
    by_hand = replace(design.columns[0], expression="""coalesce("Id"::text, '')""")
    changed = replace(design, columns=(by_hand,))
    assert compare(changed, [replace(before, not_null=False)]) == ()


DIFFERENCES = [
    ({}, []),
    ({"secret": None}, []),
    ({"secret": ("bytea", False)}, []),
    ({"status": ("shop.order_status", True)}, []),
    ({"quantity": ("bigint", False)}, []),
    ({"id": None}, ["missing: id: is missing upstream"]),
    (
        {"UserId": None, "userid": ("integer", False)},
        [
            "missing: UserId: is missing upstream; did you mean 'userid'?",
            "new: userid: is new upstream (integer); add it, or set skipped: true",
        ],
    ),
    ({"status": None}, ["missing: status: is missing upstream"]),
    ({"id": ("integer", True)}, ["retyped: id: is integer upstream, but bigint in the design"]),
    (
        {"status": ("text", True)},
        ["retyped: status: is text upstream, but order_status in the design"],
    ),
    (
        {"id": ("bigint", False)},
        ["not null lost: id: is nullable upstream, but not_null in the design"],
    ),
    (
        {"fresh": ("date", True)},
        ["new: fresh: is new upstream (date); add it, or set skipped: true"],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), DIFFERENCES)
def test_difference_is_found(changes, expected):
    assert drift(changes) == expected


def test_an_identity_column_is_not_expected_upstream():
    design = parse_design(
        "www/public-t.yaml",
        "name: www.t\ncolumns: [{name: k, sql_type: int, identity: true, not_null: true},"
        " {name: id, sql_type: int}]",
    )
    assert compare(design, [UpstreamColumn("id", UpstreamType.parse("integer"))]) == ()
