"""An existing design follows its upstream table and keeps changes by hand."""

import json
import re
from dataclasses import replace

import pytest

from pipeline.designs.drafting.draft import draft_designs
from pipeline.designs.drafting.files.merge import update
from pipeline.designs.drafting.files.render import column_fields, render
from pipeline.designs.model.upstream import Digits, UpstreamColumn, UpstreamTable, UpstreamType
from pipeline.names import TableName
from tests.support.values.designs import parse_design, upstream_columns

NAME = TableName("public", "t")
FILE = "www/public-t.yaml"
TEXT = """\
# Owned by the sales team.
name: www.t
source_name: www.public.t
columns:
  - name: id      # the key
    sql_type: bigint
    source_sql_type: bigint
    not_null: true

  # People write long notes.
  - name: note
    sql_type: varchar(4000)
    source_sql_type: text
    expression: left("note", 1000)
  - name: code
    sql_type: varchar(80)
    source_sql_type: character varying(20)
  - name: twice
    sql_type: bigint
    expression: id * 2
constraints:
  - primary_key: [id]
attributes:
  distribution: even  # for a reason
"""


def draft(text, **facts):
    table = UpstreamTable(TableName("public", "t"), upstream_columns(text), **facts)
    return draft_designs("www", [table])[0]


SAME = "id bigint!; note text; code character varying(20)"


def test_nothing_changes_if_upstream_is_unchanged():
    result = update(FILE, TEXT, draft(SAME))
    assert (result.text, result.difference, result.remarks) == (TEXT, "", ())


@pytest.mark.parametrize(
    ("upstream", "removed", "added", "remark"),
    [
        (
            SAME + "; fresh uuid",
            [],
            [
                "  - name: fresh",
                "    sql_type: varchar(36)",
                "    source_sql_type: uuid",
                "    expression: '\"fresh\"::text'",
            ],
            "fresh: added as varchar(36)",
        ),
        (
            SAME.replace("(20)", "(40)"),
            ["    sql_type: varchar(80)", "    source_sql_type: character varying(20)"],
            ["    sql_type: varchar(160)", "    source_sql_type: character varying(40)"],
            "code: is character varying(40) upstream, was character varying(20); now varchar(160)",
        ),
        (
            SAME.replace("note text", "note citext"),
            ["    source_sql_type: text"],
            ["    source_sql_type: citext"],
            "note: is citext upstream, was text; kept varchar(4000), set by hand",
        ),
        (
            SAME.replace("bigint!", "bigint"),
            ["    not_null: true"],
            ["    not_null: false"],
            "id: is nullable upstream; removed not_null",
        ),
        (
            SAME.replace("; code character varying(20)", ""),
            [],
            ["    skipped: missing"],
            "code: is missing upstream; now skipped",
        ),
    ],
)
def test_a_change_upstream_updates_the_file(upstream, removed, added, remark):
    result = update(FILE, TEXT, draft(upstream))
    lines = result.difference.splitlines()[3:]
    assert sorted(line[1:] for line in lines if line.startswith("-")) == sorted(removed)
    assert [line[1:] for line in lines if line.startswith("+")] == added
    assert result.remarks == (remark,)
    assert "# People write long notes." in result.text
    again = update(FILE, result.text, draft(upstream))
    assert (again.text, again.remarks) == (result.text, ())


TYPES = ["text", "jsonb", "uuid", "date", "numeric(5,2)", "numeric", "integer[]", "mood"]


@pytest.mark.parametrize("kind", TYPES)
def test_a_lost_not_null_is_dropped_although_the_draft_converts_the_type(kind):
    text = render(draft(f"id bigint!; a {kind}!"))
    after = draft(f"id bigint!; a {kind}")
    result = update(FILE, text, after)
    assert result.remarks == ("a: is nullable upstream; removed not_null",)
    assert [c.not_null for c in parse_design(FILE, result.text).columns] == [True, False]
    by_hand = "expression: coalesce(a::text, 'none')"
    kept = re.sub(r"expression: .*(\n      .*)*", by_hand, text)
    assert by_hand in kept
    assert update(FILE, kept, after).remarks == ()


@pytest.mark.parametrize(("comment", "expression"), [("", None), ("  # why", '"code"')])
def test_an_expression_that_is_no_longer_needed_is_removed_unless_it_has_a_comment(
    comment, expression
):
    before, after = draft("code uuid"), draft("code integer")
    text = render(before).replace("::text'", f"::text'{comment}")
    result = update(FILE, text, after)
    (column,) = parse_design(FILE, result.text).columns
    assert (column.sql_type, column.expression) == ("integer", expression)
    assert comment in result.text


@pytest.mark.parametrize("as_json", [False, True])
def test_a_column_that_was_missing_is_loaded_once_it_is_back(as_json):
    before, without = draft("id bigint!; m text"), draft("id bigint!")
    text = render(before)
    if as_json:
        columns = [dict(column_fields(column)) for column in before.design.columns]
        text = json.dumps({"name": "www.t", "columns": columns})
    gone = update(FILE, text, without)
    assert [column.missing for column in parse_design(FILE, gone.text).columns] == [False, True]
    assert update(FILE, gone.text, without).difference == ""

    back = update(FILE, gone.text, draft("id bigint!; m character varying(10)"))
    column = parse_design(FILE, back.text).columns[1]
    assert (column.sql_type, column.expression, column.skipped) == ("varchar(40)", None, False)
    assert back.remarks[0] == "m: is upstream again; no longer skipped"


def test_a_column_that_was_skipped_by_hand_stays_skipped_although_it_was_missing():
    text = render(draft("id bigint!; m text"))
    skipped = text.replace("name: m\n", "name: m\n    skipped: true\n")
    for upstream in ("id bigint!", "id bigint!; m text"):
        assert update(FILE, skipped, draft(upstream)).difference == ""


def test_sizes_from_digits_do_not_count_as_set_by_hand():
    number = replace(UpstreamType.parse("numeric"), digits=Digits(7, 2))
    text = render(draft_designs("www", [UpstreamTable(NAME, (UpstreamColumn("n", number),))])[0])
    assert "sql_type: numeric(18,4)" in text
    result = update(FILE, text, draft("n numeric(12,2)"))
    (column,) = parse_design(FILE, result.text).columns
    assert (column.sql_type, column.expression) == ("numeric(12,2)", "NULLIF(\"n\", 'NaN')")
    by_hand = update(FILE, text.replace("(18,4)", "(9,4)"), draft("n integer"))
    assert by_hand.remarks == ("n: is integer upstream, was numeric; now integer",)
    other = update(FILE, text.replace("trunc", "round"), draft("n integer"))
    assert "kept numeric(18,4), set by hand" in other.remarks[0]


@pytest.mark.parametrize(
    ("last", "comment"),
    [
        ("  - name: code\n    sql_type: varchar(80)  # wide", "\n# The keys\n# of both.\n"),
        ("  - {name: code, sql_type: varchar(80)}  # wide", "# The keys.\n"),
        ("  - {name: code, sql_type: varchar(80)}", "\n\n# The keys.\n"),
        ("  - name: code\n    tags:\n      - a", "  # Not loaded.\n\n# The keys.\n"),
        ("  - name: code\n    sql_type: varchar(80)", "\n"),
    ],
)
def test_comments_after_the_columns_stay_where_they_are(last, comment):
    end = f"{comment}attributes:\n  distribution: even\n"
    text = f"name: www.t\nsource_name: www.public.t\ncolumns:\n{last}\n{end}"
    result = update(FILE, text, draft("code character varying(20); n integer; m integer"))
    added = (
        "  - name: n\n    sql_type: integer\n    source_sql_type: integer\n"
        "  - name: m\n    sql_type: integer\n    source_sql_type: integer\n"
    )
    assert result.text == text.replace(f"{last}\n", f"{last}\n{added}")


def test_keys_are_added_if_the_file_has_none():
    bare = TEXT[: TEXT.index("constraints:")]
    result = update(FILE, bare, draft(SAME, primary_key=("id",), comment="Things."))
    design = parse_design(FILE, result.text)
    assert design.constraints.primary_key == ("id",)
    assert design.attributes.distribution == ("id",)
    assert design.description == "Things."
    assert result.remarks == ("description: added", "constraints: added", "attributes: added")


def test_keys_set_by_hand_are_kept():
    result = update(FILE, TEXT, draft(SAME, primary_key=("code",), rows=5))
    assert result.difference == ""


def test_generated_file_is_up_to_date():
    drafted = draft(SAME + "; t timestamp with time zone!; n numeric(5,2)", primary_key=("id",))
    text = render(drafted)
    assert update(FILE, text, drafted).text == text


FLOW = """\
{name: www.t, source_name: www.public.t, columns: [
  {name: id, sql_type: bigint, source_sql_type: bigint, not_null: true},  # the key
  {name: gone, sql_type: bigint, source_sql_type: bigint},
], attributes: {distribution: even}}
"""


def test_yaml_that_begins_with_a_brace_remains_yaml():
    same = update(FILE, FLOW, draft("id bigint!; gone bigint"))
    assert (same.text, same.difference) == (FLOW, "")
    text = update(FILE, FLOW, draft("id bigint!; born text")).text
    assert text.startswith("{name: www.t, source_name: ")
    assert "# the key" in text
    columns = parse_design(FILE, text).columns
    found = [(column.name, column.sql_type, column.missing) for column in columns]
    assert found == [
        ("id", "bigint", False),
        ("gone", "bigint", True),
        ("born", "varchar(65535)", False),
    ]


def test_a_json_file_remains_json():
    data = {"name": "www.t", "columns": [{"name": "id", "sql_type": "bigint"}]}
    text = json.dumps(data)
    result = update(FILE, text, draft("id bigint; fresh date!"))
    columns = json.loads(result.text)["columns"]
    assert columns[0] == data["columns"][0]
    assert (columns[1]["name"], columns[1]["not_null"]) == ("fresh", True)
    assert parse_design(FILE, result.text)


@pytest.mark.parametrize("indent", ["", "  ", "    "])
def test_indentation_of_the_file_is_kept(indent):
    text = f"name: www.t\ncolumns:\n{indent}- name: id\n{indent}  sql_type: bigint\n"
    result = update(FILE, text, draft("id bigint; fresh date!"))
    assert f"\n{indent}- name: fresh\n{indent}  sql_type: date\n" in result.text
    assert result.text.startswith(text)


def test_a_column_name_in_another_case_is_another_column():
    result = update(FILE, TEXT, draft(SAME.replace("code", "Code")))
    assert result.remarks[0] == "code: is missing upstream; now skipped"
    assert result.remarks[1].startswith("Code: added as")


def test_a_missing_upstream_column_is_skipped_but_a_computed_column_is_kept():
    text = render(draft("id bigint!; day date")) + "# end\n"
    computed = "  - {name: next, sql_type: bigint, expression: id + 1}\n"
    text = text.replace("columns:\n", f"columns:\n{computed}")
    result = update(FILE, text, draft("id bigint!"))
    assert result.remarks == ("day: is missing upstream; now skipped",)
    assert [column.skipped for column in parse_design(FILE, result.text).columns] == [
        False, False, True,
    ]  # fmt: skip


def test_a_column_that_an_expression_mentions_is_not_added():
    text = TEXT.replace('left("note", 1000)', 'left("note", 1000) || lower(suffix)::text')
    result = update(FILE, text, draft(SAME + "; suffix text; text text"))
    assert [remark.partition(":")[0] for remark in result.remarks] == ["text"]


@pytest.mark.parametrize(
    ("kind", "sql_type"), [("character varying(30)", "varchar(120)"), ("integer", "integer")]
)
def test_a_measured_width_does_not_count_as_set_by_hand(kind, sql_type):
    text = render(draft("note text")).replace("varchar(65535)", "varchar(300)")
    result = update(FILE, text, draft(f"note {kind}"))
    (column,) = parse_design(FILE, result.text).columns
    assert (column.sql_type, column.source_sql_type) == (sql_type, kind)


INCREMENTAL = """\
extract_settings:
  incremental:
    cursor: seen   # a trigger sets it
    deletes: {column: gone_at}
"""


def test_an_incremental_load_is_kept_and_its_columns_are_not_added():
    text = TEXT + INCREMENTAL
    upstream = f"{SAME}; seen timestamp with time zone; gone_at date"
    assert update(FILE, text, draft(upstream)).difference == ""
    result = update(FILE, text, draft(f"{upstream}; fresh date"))
    assert result.text.endswith(INCREMENTAL)
    assert result.remarks[0].startswith("fresh: added as date")
    assert len(result.remarks) == 1
