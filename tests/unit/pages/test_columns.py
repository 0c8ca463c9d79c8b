"""The lineage of columns through several relations, and upstream columns of expressions."""

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.model.design import Column
from pipeline.designs.queries.origin import ColumnName
from pipeline.names import TableName
from pipeline.pages.columns import ColumnLineage, upstream_columns
from tests.support.values.catalogs import derived, sales, table


def name(text):
    relation, _, column = text.rpartition(".")
    return ColumnName(TableName.parse(relation), column)


def test_a_column_is_followed_through_all_relations_in_both_directions():
    lineage = ColumnLineage.of(sales())

    found = lineage.upstream(name("dw.richest.spent"))
    assert set(map(str, found.columns)) == {"www.orders.total"}
    assert found.is_complete
    assert lineage.used_by[name("dw.buyers.spent")] == (name("dw.rich.spent"),)
    assert lineage.upstream(name("www.orders.total")).columns == {name("www.orders.total")}


def test_an_unknown_column_makes_all_that_use_it_incomplete():
    first = derived("dw.a", "SELECT i.x AS x FROM www.log l, l.id i", "x", reads="www.log")
    second = derived("dw.b", "SELECT x + 1 AS y, 1 AS one FROM dw.a", "y", "one", reads="dw.a")
    lineage = ColumnLineage.of(Catalog.of([table("www.log", "id"), first, second]))

    assert not lineage.upstream(name("dw.b.y")).is_complete
    assert lineage.upstream(name("dw.b.one")).is_complete


EXPRESSIONS = {
    None: ("status",),
    '"Status"::text': ("Status",),
    "lower(Note) || note": ("note",),
    "coalesce(a, b, a)": ("a", "b"),
    "now()": (),
    "current_date": (),
    "(address).city": None,
    "(SELECT max(x) FROM y)": None,
    "user": None,
    "a ++ (": None,
}


@pytest.mark.parametrize(("expression", "columns"), EXPRESSIONS.items())
def test_the_upstream_columns_of_an_expression(expression, columns):
    assert upstream_columns(Column("status", "bigint", expression=expression)) == columns
