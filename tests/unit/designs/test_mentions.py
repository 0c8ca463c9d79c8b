"""The columns that an expression mentions."""

import pytest

from pipeline.designs.mentions import mentioned, names_relation, takes_rows, used
from pipeline.designs.model.design import Column, Design, ExtractSettings
from pipeline.names import TableName


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"note"::text', {"note"}),
        ('"text"::text', {"text"}),
        ("Total * 2", {"total"}),
        ('"Total" * 2', {"Total"}),
        ('"a""b" || c', {'a"b', "c"}),
        ("left(note, 10)", {"note"}),
        ("CASE WHEN \"day\" BETWEEN '0001-01-01' AND '9999-12-31' THEN \"day\" END", {"day"}),
        ("CAST(a AS double precision)", {"a"}),
        ("a::timestamp with time zone + b", {"a", "b"}),
        ("date '2026-11-22' - a", {"a"}),
        (r"E'it\'s b' || a", {"a"}),
        ("'b' || $$c$$ || a -- d", {"a"}),
        ("a1 + _b + c$ + 1e5", {"a1", "_b", "c$"}),
        ("größe + 1", {"größe"}),
        ("", set()),
    ],
)
def test_columns_are_distinguished_from_functions_types_and_keywords(expression, expected):
    assert mentioned(expression) == expected


@pytest.mark.parametrize(
    ("expression", "relation", "expected"),
    [
        ("row_to_json(orders)", "orders", True),
        ("Orders::text", "orders", True),
        ("to_jsonb(orders.*)", "orders", True),
        ("(orders).id", "orders", True),
        ("public.orders.id > 0", "orders", True),
        ('public . "orders" . id > 0', "orders", True),
        ('"My ""t"""::text', 'My "t"', True),
        ("row_to_json(ORDERS)", "ORDERS", False),
        ("orders.id + orders . total", "orders", False),
        ('"orders"."id" /* orders */', "orders", False),
        ("'orders' || $$orders$$ -- orders", "orders", False),
        ("id + 1", "orders", False),
        ("", "orders", False),
    ],
)
def test_a_relation_is_named_as_a_whole_or_with_its_schema(expression, relation, expected):
    assert names_relation(expression, relation) is expected


def design(expression=None, condition=None, table="orders"):
    columns = (Column("id"), Column("value", expression=expression))
    source = TableName("public", table)
    name = TableName("www", "orders")
    return Design(name, "TABLE", "www/o", columns, source, extract=ExtractSettings(condition))


@pytest.mark.parametrize(
    ("expression", "table", "expected"),
    [
        ("row_to_json(orders)::text", "orders", True),
        ("to_jsonb(Orders) - 'id'", "orders", True),
        ('("Gift Cards")::text', "Gift Cards", True),
        ("md5(orders.*::text)", "orders", True),
        ("md5((t.*)::text)", "orders", True),
        ("orders.note", "orders", False),
        ("public.orders.note || 'orders'", "orders", False),
        ("orders(note)", "orders", False),
        ("(SELECT count(*) FROM items AS i WHERE i.id = orders.id)", "orders", False),
        ("total*2", "orders", False),
        ("row_to_json(orders)", "Orders", False),
    ],
)
def test_whole_rows_are_taken_by_the_name_of_the_table_or_a_star(expression, table, expected):
    assert takes_rows(design(expression, table=table)) is expected
    assert takes_rows(design(condition=expression, table=table)) is expected


def test_the_columns_of_a_dump_are_those_of_its_values_and_its_condition():
    upstream = ["id", "total", "note", "status"]
    assert used(design("total * 2", "status > ''"), upstream) == {"id", "total", "status"}
    assert used(design("orders::text"), upstream) == set(upstream)
