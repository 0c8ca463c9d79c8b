"""The columns that a query's columns are computed from; what is not certain is unknown."""

import pytest

from pipeline.designs.queries.lineage import origins
from pipeline.names import TableName
from tests.support.values.catalogs import derived, table

KNOWN = {
    design.name: design
    for design in (
        table("www.orders", "id", "user_id", "total", "day", "währung", "payload"),
        table("www.users", "id", "email", "level"),
        derived("dw.open", "SELECT * FROM www.orders", "id", is_exact=False, kind="VIEW"),
    )
} | {TableName("www", "faulty"): None}


def found(sql, *names, kind="CTAS"):
    """The columns of each column, as text; None if they are unknown."""
    result = origins(derived("dw.t", sql, *names, kind=kind), KNOWN)
    return {
        name: None if origin.columns is None else " ".join(map(str, sorted(origin.columns)))
        for name, origin in result.items()
    }


CERTAIN = {
    "a copy": ("SELECT id FROM www.orders", "www.orders.id"),
    "by an alias": ("SELECT o.total AS t FROM www.orders AS o", "www.orders.total"),
    "in other case": ('SELECT O."Total" FROM "WWW"."Orders" AS "o"', "www.orders.total"),
    "by the full name": ("SELECT www.orders.id FROM www.orders", "www.orders.id"),
    "not ASCII": ("SELECT währung FROM www.orders", "www.orders.währung"),
    "computed": ("SELECT id + total AS x FROM www.orders", "www.orders.id www.orders.total"),
    "a constant": ("SELECT 1 AS x FROM www.orders", ""),
    "a count": ("SELECT COUNT(*) AS n FROM www.orders", ""),
    "a keyword": ("SELECT sysdate AS x FROM www.orders", ""),
    "of two relations": (
        "SELECT o.total || u.email AS x FROM www.orders o JOIN www.users u ON u.id = o.user_id",
        "www.orders.total www.users.email",
    ),
    "only one relation has it": (
        "SELECT email FROM www.orders o JOIN www.users u ON u.id = o.user_id",
        "www.users.email",
    ),
    "USING": ("SELECT id FROM www.orders JOIN www.users USING (id)", "www.orders.id www.users.id"),
    "WITH": ("WITH a AS (SELECT id AS k FROM www.orders) SELECT a.k FROM a", "www.orders.id"),
    "WITH, twice": (
        "WITH a AS (SELECT id FROM www.orders), b AS (SELECT id + 1 AS n FROM a) SELECT n FROM b",
        "www.orders.id",
    ),
    "WITH and names": (
        "WITH a (k) AS (SELECT total FROM www.orders) SELECT k FROM a",
        "www.orders.total",
    ),
    "WITH hides a table": (
        "WITH orders AS (SELECT email AS id FROM www.users) SELECT id FROM orders",
        "www.users.email",
    ),
    "WITH in a subquery": (
        "SELECT s.k FROM (WITH a AS (SELECT id AS k FROM www.orders) SELECT k FROM a) AS s",
        "www.orders.id",
    ),
    "a subquery's star": ("SELECT s.email FROM (SELECT * FROM www.users) AS s", "www.users.email"),
    "a scalar subquery": (
        "SELECT (SELECT MAX(email) FROM www.users u WHERE u.id = o.id) AS x FROM www.orders o",
        "www.users.email",
    ),
    "a correlated column": (
        "SELECT (SELECT MAX(o.total) FROM www.users u) AS x FROM www.orders o",
        "www.orders.total",
    ),
    "UNION": (
        "SELECT id FROM www.orders UNION ALL SELECT level FROM www.users",
        "www.orders.id www.users.level",
    ),
    "a window": (
        "SELECT RANK() OVER (PARTITION BY day ORDER BY total) AS r FROM www.orders",
        "www.orders.day www.orders.total",
    ),
    "a subquery's expression": (
        "SELECT x + 1 AS y FROM (SELECT total * 2 AS x FROM www.orders) AS s",
        "www.orders.total",
    ),
    "a path into a SUPER": ("SELECT o.payload.a.b AS x FROM www.orders o", "www.orders.payload"),
    "a date part": ("SELECT DATEPART(day, total) AS x FROM www.orders", "www.orders.total"),
    "a column named like a date part": ("SELECT MAX(day) AS x FROM www.orders", "www.orders.day"),
    "a column named like a keyword": ("SELECT level FROM www.users", "www.users.level"),
    "of a relation without a design": ("SELECT x FROM spectrum.clicks", "spectrum.clicks.x"),
    "a view of unknown columns": ("SELECT o.total FROM dw.open o", "dw.open.total"),
    "conditions": ("SELECT id FROM www.orders WHERE total > 1 ORDER BY user_id", "www.orders.id"),
}


@pytest.mark.parametrize(("sql", "expected"), CERTAIN.values(), ids=CERTAIN)
def test_what_a_column_is_computed_from(sql, expected):
    assert found(sql, "c") == {"c": expected}


UNCERTAIN = {
    "a set of keys": "SELECT id IN (SELECT id FROM www.users) AS x FROM www.orders",
    "EXISTS": "SELECT EXISTS (SELECT 1 FROM www.users) AS x FROM www.orders",
    "recursion": (
        "WITH RECURSIVE a (n) AS (SELECT id FROM www.users UNION ALL SELECT n FROM a)"
        " SELECT n FROM a"
    ),
    "a faulty design": "SELECT x FROM www.faulty f, spectrum.clicks c",
    "PIVOT": "SELECT * FROM (SELECT id, day FROM www.orders) PIVOT (COUNT(*) FOR day IN (1, 2))",
    "a star of unknown columns": "SELECT * FROM spectrum.clicks",
    "a navigated SUPER": "SELECT i.price FROM www.orders o, o.payload i",
    "NATURAL": "SELECT id FROM www.orders NATURAL JOIN www.users",
    "a column that two relations have": "SELECT id FROM www.orders, www.users",
    "in a UNION": "SELECT id FROM www.orders UNION SELECT * FROM spectrum.clicks",
    "another number of columns": "SELECT id, total FROM www.orders",
    "another dialect": "SELECT id FRM www.orders",
    "a system table": "SELECT relname FROM pg_class",
}


@pytest.mark.parametrize("sql", UNCERTAIN.values(), ids=UNCERTAIN)
def test_what_is_not_certain_is_unknown(sql):
    assert found(sql, "c") == {"c": None}


def test_one_unknown_column_does_not_hide_the_others():
    sql = "SELECT o.id, i.price FROM www.orders o, o.payload i"
    assert found(sql, "id", "price") == {"id": "www.orders.id", "price": None}


def test_an_alias_is_used_by_later_columns_unless_a_relation_has_the_name():
    sql = "SELECT id * 2 AS x, x + 1 AS y FROM www.orders"
    assert found(sql, "x", "y") == dict.fromkeys("xy", "www.orders.id")
    sql = "SELECT id AS total, total + 1 AS y FROM www.orders"
    assert found(sql, "a", "b") == {"a": "www.orders.id", "b": "www.orders.total"}


def test_a_view_names_its_columns_and_a_table_numbers_them():
    sql = "SELECT total AS a, id AS b FROM www.orders"
    assert found(sql, "b", kind="VIEW") == {"b": "www.orders.id"}
    assert found(sql, "x", "y") == {"x": "www.orders.total", "y": "www.orders.id"}


EXPRESSIONS = {
    "SELECT id FROM www.orders": "",
    "SELECT id AS n FROM www.orders": "",
    "SELECT SUM(total) AS t FROM www.orders": "SUM(total)",
    "SELECT NVL(total, 0) t FROM www.orders": "NVL(total, 0)",
    "SELECT DISTINCT (id + 1) AS t FROM www.orders": "(id + 1)",
    "SELECT CASE WHEN id > 1, THEN 2 END AS t FROM www.orders": "",
    "SELECT CASE WHEN id > 1 THEN 'a, b' END t FROM www.users": "CASE WHEN id > 1 THEN 'a, b' END",
    "WITH a AS (SELECT MAX(id) AS m FROM www.orders) SELECT m FROM a": "MAX(id)",
    "SELECT 1, id\n  -- of the order\n  + 1 AS x FROM www.orders": "id\n  -- of the order\n  + 1",
    "SELECT DATEDIFF(day, day, total) AS d FROM www.orders": "DATEDIFF(day, day, total)",
    "SELECT id + 1 AS a FROM www.orders UNION SELECT id + 2 AS a FROM www.orders": "",
}


@pytest.mark.parametrize(("sql", "text"), EXPRESSIONS.items())
def test_an_expression_is_shown_as_the_query_writes_it(sql, text):
    names = ("x", "y")[: 1 + sql.count("SELECT 1,")]
    result = origins(derived("dw.t", sql, *names), KNOWN)
    assert result[names[-1]].expression == text
