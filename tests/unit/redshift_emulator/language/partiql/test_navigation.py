"""Paths into SUPER values, and their elements as tables, as calls of functions."""

import pytest

from redshift_emulator.language.partiql.navigation import Navigator
from redshift_emulator.language.tokens import split

PRICE = (
    "SELECT pg_internal.super_value(pg_internal.member(pg_internal.element("
    '"c"."items", (0)::bigint), \'price\')) AS "price" FROM t c'
)
ELEMENTS = (
    'SELECT pg_internal.super_value(pg_internal.member("i"."i", \'x\'))::int AS y'
    ' FROM t c, pg_internal.elements_at("c"."items") AS "i" ("i", "n")'
)
CASES = [
    ("SELECT c.items[0].price FROM t c", PRICE),
    ("SELECT i.x::int AS y FROM t c, c.items AS i AT n", ELEMENTS),
    (
        "SELECT k FROM t, UNPIVOT t.s AS v AT k",
        'SELECT k FROM t, pg_internal.attributes("t"."s") AS "v" ("v", "k")',
    ),
    (
        "DELETE FROM t WHERE s.a = 1",
        "DELETE FROM t WHERE pg_internal.super_value(pg_internal.member(\"s\", 'a')) = 1",
    ),
    # columns, functions, types and arrays of the leader node are none
    ("SELECT s.t.a, t.b, pg_catalog.abs(1), 1::pg_catalog.int4 FROM s.t", None),
    ("SELECT c.a FROM (SELECT 1 AS a) AS c JOIN (t JOIN u ON t.x = u.x) ON u.y = c.a", None),
    ("SELECT i.indkey[0], ARRAY[1] FROM pg_index i", None),
    ("INSERT INTO t VALUES (1.5)", None),
]


@pytest.mark.parametrize(("statement", "expected"), CASES)
def test_paths_become_calls(statement, expected):
    edit = Navigator(split(statement)[0], 0, keeps_case=False).run()
    assert (edit.text if edit else None) == expected
