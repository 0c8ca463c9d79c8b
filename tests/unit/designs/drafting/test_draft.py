"""Drafts have keys in key order, unique names, and a layout with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.designs.drafting.draft import Draft, column_names, draft_designs, relation_names
from pipeline.designs.drafting.files.render import render
from pipeline.designs.drafting.layout import SMALL
from pipeline.designs.model.design import (
    Attributes,
    Column,
    Constraints,
    Design,
    ExtractSettings,
    ForeignKey,
)
from pipeline.designs.model.upstream import UpstreamKey, UpstreamTable
from pipeline.names import TableName
from tests.support.values.designs import parse_design, upstream_columns


def table(name, text, **facts):
    return UpstreamTable(TableName.parse(name), upstream_columns(text), **facts)


def key(column, target, reference="id"):
    return UpstreamKey((column,), TableName.parse(target), (reference,))


USERS = table("public.Users", "id bigint!; email text", primary_key=("id",), rows=2 * SMALL)
ORDERS = table(
    "public.orders",
    "id bigint!; UserId bigint; created_at timestamp with time zone!; total numeric(19,4)",
    primary_key=("id",),
    unique=(("UserId", "id"),),
    foreign_keys=(key("UserId", "public.Users"),),
    rows=9 * SMALL,
    comment="One row per order.",
)
ITEMS = table(
    "public.order_items",
    "order_id bigint!; nr integer!; product_id bigint",
    primary_key=("order_id", "nr"),
    foreign_keys=(
        key("product_id", "public.products"),
        key("order_id", "public.orders"),
        key("nr", "elsewhere.table"),
    ),
    rows=20 * SMALL,
)
PRODUCTS = table("public.products", "id bigint!", primary_key=("id",), rows=10)

ORDERS_TEXT = """\
name: www.orders
source_name: www.public.orders
description: One row per order.
columns:
  - name: id
    sql_type: bigint
    source_sql_type: bigint
    not_null: true
  - name: userid
    sql_type: bigint
    source_sql_type: bigint
    source_name: UserId
  # infinity, years before Christ and after 9999 become NULL: Redshift documents no form in which
  # COPY takes them
  - name: created_at
    sql_type: timestamptz
    source_sql_type: timestamp with time zone
    expression: >-
      CASE WHEN "created_at" BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31
      23:59:59.999999+00' THEN "created_at" END
    not_null: true
  - name: total
    sql_type: numeric(20,4)
    source_sql_type: numeric(19,4)
    expression: NULLIF("total", 'NaN')  # NaN becomes NULL
constraints:
  - primary_key: [id]
  - unique: [userid, id]
  - foreign_key: [[userid], www.users, [id]]
attributes:
  # Other tables join on id; matching rows share a node.
  distribution: [id]
  # Most queries select a time range.
  compound_sort: [created_at]
"""


def drafts(*tables, **options):
    return {str(draft.design.name): draft for draft in draft_designs("www", tables, **options)}


def test_a_draft_is_rendered_as_readable_yaml():
    assert render(drafts(ORDERS, USERS, ITEMS, PRODUCTS)["www.orders"]) == ORDERS_TEXT


def test_a_rendered_file_parses_to_the_same_design():
    for draft in draft_designs("www", [ORDERS, USERS, ITEMS, PRODUCTS]):
        parsed = parse_design(f"{draft.design.stem}.yaml", render(draft))
        assert parsed == draft.design


@pytest.mark.parametrize(
    ("name", "distribution", "reason"),
    [
        ("www.products", "all", "About 10 rows: few enough"),
        ("www.orders", ("id",), "Other tables join on id"),
        ("www.users", ("id",), "Other tables join on id"),
        # Beside the largest table that it refers to; small ones are everywhere.
        ("www.order_items", ("order_id",), "Joins with public.orders need no network traffic."),
    ],
)
def test_distribution_follows_joins_and_size(name, distribution, reason):
    draft = drafts(ORDERS, USERS, ITEMS, PRODUCTS)[name]
    assert draft.design.attributes.distribution == distribution
    assert draft.distribution_reason.startswith(reason)


@pytest.mark.parametrize("keys", [{}, {"primary_key": ("id",)}])
def test_an_unknown_number_of_rows_is_a_reason(keys):
    (draft,) = draft_designs("www", [table("public.a", "id bigint!", **keys)])
    assert draft.distribution_reason.startswith("The number of rows is unknown. ")


@pytest.mark.parametrize(
    ("upstream", "distribution", "sort"),
    [
        (table("public.a", "x text"), "even", ()),
        (table("public.a", "x text", rows=0), "all", ()),
        (table("public.a", "id uuid!; y date!", primary_key=("id",)), ("id",), ("id",)),
        (table("public.a", "id json!", primary_key=("id",)), "even", ()),
        (table("public.a", "x text; y date!"), "even", ("y",)),
        (table("public.a", "y date; created_on date"), "even", ()),
        (table("public.a", "updated_at date!; created_on date!"), "even", ("created_on",)),
        (table("public.a", "b int!; a int!", primary_key=("b", "a")), "even", ("b", "a")),
    ],
)
def test_layout_of_a_single_table(upstream, distribution, sort):
    (draft,) = draft_designs("www", [upstream])
    assert draft.design.attributes == Attributes(distribution, sort)


def test_foreign_keys_to_tables_outside_the_warehouse_are_omitted():
    keys = drafts(ORDERS, ITEMS)["www.order_items"].design.constraints.foreign_keys
    assert keys == (ForeignKey(("order_id",), TableName("www", "orders"), ("id",)),)


@pytest.mark.parametrize(
    ("tables", "taken", "expected"),
    [
        ("public.a public.b", {}, "a b"),
        ("public.A", {}, "a"),
        ("public.t billing.t", {}, "t billing_t"),
        ("sales.t billing.t", {}, "sales_t billing_t"),
        ("public.t public.T", {}, "t t_2"),
        ("public.T public.t public.t_2", {}, "t_3 t t_2"),
        ("public.t billing.t billing.T", {}, "t billing_t billing_t_2"),
        ("public.billing_t billing.t public.t", {}, "billing_t billing_t_2 t"),
        ("public.a%b", {}, "a%b"),
        # The name of an existing design is kept, whatever tables appear.
        ("public.t billing.t", {"billing.t": "www.t"}, "t_2 t"),
    ],
)
def test_every_table_has_a_unique_name(tables, taken, expected):
    names = [TableName.parse(name) for name in tables.split()]
    known = {TableName.parse(a): TableName.parse(b) for a, b in taken.items()}
    found = relation_names("www", names, known)
    assert [found[name].table for name in names] == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id int; ID int; Id int", "id id_2 id_3"),
        ("ID int; id int", "id_2 id"),
        ("ID int; id_2 int; id int", "id_3 id_2 id"),
        ("oid oid", "oid_2"),
        ("a\nb int", "a_b"),
    ],
)
def test_every_column_has_a_unique_name(text, expected):
    found = column_names(upstream_columns(text))
    assert [found[column.name] for column in upstream_columns(text)] == expected.split()


tables_upstream = st.lists(
    st.builds(
        TableName,
        st.sampled_from(["public", "Billing", "a_b"]),
        st.text("aAbB_2 -.\t", min_size=1),
    ).filter(lambda name: name.table.strip(" ") == name.table),
    unique=True,
    max_size=8,
)


@given(tables_upstream)
def test_drafts_of_any_set_of_tables_can_be_parsed(names):
    tables = [UpstreamTable(name, upstream_columns("Id int!; id text")) for name in names]
    found = [draft.design for draft in draft_designs("www", tables)]
    assert len({design.name for design in found}) == len(names)
    for design in found:
        assert parse_design(f"{design.stem}.yaml", render(design)) == design


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(texts, texts, texts.filter(str.strip))
def test_any_text_survives_rendering_and_parsing(description, condition, expression):
    design = Design(
        name=TableName("www", "t"),
        kind="TABLE",
        stem="www/public-t",
        columns=(Column("c", "bigint", "bigint", expression, description=description),),
        source=TableName("public", "t"),
        constraints=Constraints(unique=(("c",),)),
        extract=ExtractSettings(condition),
        description=description,
        tags=(description,),
    )
    assert parse_design("www/public-t.yaml", render(Draft(design))) == design


def test_a_long_comment_is_truncated_visibly():
    upstream = table("public.t", "id int", comment="ü" * 1000)
    (draft,) = draft_designs("www", [upstream])
    assert draft.design.description.endswith("ü...")
    assert len(draft.design.description.encode()) <= 1024
