"""The relations and columns of a query are found by its grammar, not in comments or strings."""

import re

import pytest

from pipeline.designs.queries.parse import analyze, line_of
from pipeline.errors import DesignError
from pipeline.names import TableName

READS = [
    ("SELECT 1 AS one", []),
    ("SELECT * FROM www.orders", ["www.orders"]),
    ('SELECT * FROM "WWW"."Orders"', ["www.orders"]),
    ('SELECT * FROM www."gift cards"', ["www.gift cards"]),
    ('SELECT * FROM www."a.b"', ["www.a.b"]),
    ("SELECT * FROM www.orders o JOIN www.users AS u USING (id)", ["www.orders", "www.users"]),
    ("SELECT * FROM www.a, www.b CROSS JOIN www.c", ["www.a", "www.b", "www.c"]),
    ("SELECT * FROM (SELECT * FROM www.orders) AS x", ["www.orders"]),
    ("SELECT 1 FROM a.b WHERE x IN (SELECT y FROM c.d)", ["a.b", "c.d"]),
    ("SELECT (SELECT max(y) FROM c.d) AS m FROM a.b", ["a.b", "c.d"]),
    ("SELECT 1 FROM a.b WHERE EXISTS (SELECT 1 FROM c.d WHERE d.x = b.x)", ["a.b", "c.d"]),
    (
        "SELECT x FROM a.b UNION ALL SELECT x FROM c.d EXCEPT SELECT x FROM e.f",
        ["a.b", "c.d", "e.f"],
    ),
    ("(SELECT x FROM a.b) UNION (SELECT x FROM c.d)", ["a.b", "c.d"]),
    ("WITH o AS (SELECT * FROM www.orders) SELECT * FROM o", ["www.orders"]),
    ("WITH a AS (SELECT * FROM x.y), b AS (SELECT * FROM a) SELECT * FROM b", ["x.y"]),
    ('WITH "O" AS (SELECT * FROM www.orders) SELECT * FROM o', ["www.orders"]),
    ("WITH RECURSIVE t(n) AS (SELECT 1 FROM www.c UNION ALL SELECT 2 FROM t) TABLE t", ["www.c"]),
    # A name of WITH hides no relation with a schema.
    ("WITH orders AS (SELECT * FROM www.orders) SELECT * FROM orders", ["www.orders"]),
    ("WITH a AS (SELECT 1) SELECT * FROM (WITH b AS (SELECT * FROM a) SELECT * FROM b) c", []),
    ("SELECT * FROM a.b JOIN LATERAL (SELECT * FROM c.d) l ON TRUE", ["a.b", "c.d"]),
    # Walking into a SUPER column is no relation.
    ("SELECT i.name FROM www.orders o, o.items i", ["www.orders"]),
    ("SELECT i.name FROM www.orders o LEFT JOIN o.items i ON TRUE", ["www.orders"]),
    # A path begins with a name to the left.
    ("SELECT 1 FROM www.users u JOIN a.b AS www ON www.id = u.id", ["a.b", "www.users"]),
    ("SELECT 1 FROM www.users u, a.b AS www", ["a.b", "www.users"]),
    ("SELECT 1 FROM a.b JOIN (c.d x JOIN e.f y ON TRUE) ON TRUE", ["a.b", "c.d", "e.f"]),
    ("SELECT dw.f_hash(o.id) AS h FROM www.orders o", ["www.orders"]),
    ("SELECT extract(year FROM b.c), trim(both FROM b.d) FROM a.b", ["a.b"]),
    ("SELECT 1 FROM a.b WHERE b.x IS DISTINCT FROM b.y", ["a.b"]),
    ("SELECT 'FROM x.y' AS t FROM a.b -- JOIN c.d\n/* FROM e.f */", ["a.b"]),
    ("SELECT * FROM a.b;", ["a.b"]),
    ("SELECT * FROM pg_catalog.pg_class, information_schema.tables, a.b", ["a.b"]),
    ("SELECT * FROM svv_tables, stl_query, pg_class, sys_query_history, a.b", ["a.b"]),
    ("SELECT DATEDIFF(day, a, GETDATE()) FROM w.o QUALIFY RANK() OVER (ORDER BY a) = 1", ["w.o"]),
    ("SELECT * FROM a.b PIVOT (sum(x) FOR y IN ('p', 'q'))", ["a.b"]),
]


@pytest.mark.parametrize(("sql", "expected"), READS)
def test_a_query_reads_exactly_its_relations(sql, expected):
    assert analyze(sql).reads == tuple(map(TableName.parse, expected))


ASSUMED = [
    ("SELECT 1 FROM a.b, c.d JOIN e.f ON TRUE", []),
    ("SELECT 1 FROM svv_tables, sys_events, pg_catalog.pg_class", [".svv_tables", ".sys_events"]),
    ("WITH sys_events AS (SELECT 1 FROM a.b) SELECT 1 FROM sys_events", []),
    ("SELECT i.name FROM www.orders o, o.items i", ["o.items"]),
    ("SELECT i.name FROM www.orders o LEFT JOIN o.items.lines i ON TRUE", ["o.items.lines"]),
    ("SELECT 1 FROM a.b AS www JOIN www.users u ON www.id = u.id", ["www.users"]),
    ("SELECT 1 FROM a.b AS www CROSS JOIN www.users u", ["www.users"]),
    ("SELECT 1 FROM a.www JOIN www.users USING (id)", ["www.users"]),
    ("WITH mart AS (SELECT 1 FROM a.b) SELECT 1 FROM mart, mart.dimu", ["mart.dimu"]),
    ("SELECT 1 FROM (SELECT 1 FROM a.b) AS www NATURAL JOIN www.users", ["www.users"]),
    ("SELECT 1 FROM a.b WHERE x IN (SELECT 1 FROM c.d AS www, www.users)", ["www.users"]),
]


@pytest.mark.parametrize(("sql", "expected"), ASSUMED)
def test_a_name_is_assumed_to_be_a_path_or_a_system_table_where_it_can_be_one(sql, expected):
    names = [tuple(name.split(".", 1)) for name in expected]
    assert analyze(sql).assumed == tuple(TableName(*name) for name in names)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM a.b", ("id",)),
        ('SELECT b.id, "Total" AS "Sum", 1 AS one FROM a.b', ("id", "sum", "one")),
        ("SELECT a AS x FROM a.b UNION ALL SELECT c FROM d.e", ("x",)),
        ("(SELECT 1 AS x) UNION SELECT 2", ("x",)),
        ("WITH c AS (SELECT * FROM a.b) SELECT id, n FROM c", ("id", "n")),
        ("SELECT *, 1 AS x FROM a.b", None),
        ("SELECT b.* FROM a.b", None),
        ("SELECT a, b EXCLUDE (b) FROM a.b", None),
        ("SELECT count(*) FROM a.b", None),
        ("SELECT 1", None),
    ],
)
def test_columns_are_known_if_the_text_names_them(sql, expected):
    assert analyze(sql).columns == expected


FAULTS = [
    ("", "q.sql: found 0 statements, expected exactly one SELECT"),
    ("-- only a comment", "q.sql: found 0 statements, expected exactly one SELECT"),
    ("SELECT 1; SELECT 2", "q.sql: found 2 statements, expected exactly one SELECT"),
    ("CREATE TABLE a.b AS SELECT 1", "q.sql:1: found CREATE, expected exactly one SELECT"),
    ("INSERT INTO a.b SELECT 1", "q.sql:1: found INSERT, expected exactly one SELECT"),
    ("DELETE FROM a.b", "q.sql:1: found DELETE, expected exactly one SELECT"),
    ("SELECT 1\nFRO a.b", "q.sql:2: column 5: "),
    ("SELECT 'open", "q.sql"),
    ("SELECT 1 AS a\nINTO a.b FROM c.d", "q.sql:2: column 6: SELECT INTO would create a table"),
    (
        "SELECT *\nFROM a.b\n  JOIN orders o ON 1 = 1",
        "q.sql:3: column 8: 'orders' has no schema; write schema.table, as in www.orders",
    ),
    ("SELECT * FROM a.b.c.d", "'a.b.c.d' has too many parts"),
    (
        "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
        "column 26: 'b' has no schema",
    ),
    ("WITH a AS (SELECT * FROM a) SELECT * FROM a", "column 26: 'a' has no schema"),
    (
        "SELECT * FROM (WITH b AS (SELECT 1 AS x) SELECT x FROM b) c, b",
        "column 62: 'b' has no schema",
    ),
    ("SELECT * FROM #temporary", "has no schema"),
    ("SELECT * FROM a.b WHERE c = :parameter", "a query cannot have parameters"),
    ("SELECT * FROM a.b WHERE c = $1", "a query cannot have parameters"),
    ("SELECT * FROM a.b WHERE c = ?", "a query cannot have parameters"),
    (
        "SELECT 1 -- a\u00a0b\nFROM\u00a0a.b\u200b",
        "q.sql:2: column 5: U+00A0 NO-BREAK SPACE looks like a space but is none to Redshift",
    ),
    ("SELECT 1\u2028FROM a.b", "q.sql:1: column 9: U+2028 LINE SEPARATOR looks like a space"),
    ("SELECT 1 \ufeffFROM a.b", "q.sql:1: column 10: U+FEFF ZERO WIDTH NO-BREAK SPACE"),
]


@pytest.mark.parametrize(("sql", "expected"), FAULTS)
def test_a_fault_of_a_query_names_line_and_column(sql, expected):
    with pytest.raises(DesignError) as caught:
        analyze(sql, "q.sql")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT @ total AS total FROM a.b",
        "SELECT @ -x AS y, - @x AS z, 2 * @(x) AS w FROM a.b WHERE @ b.x > 1 ORDER BY @x",
        "SELECT 5 # 3 AS x, ~ y AS n, |/ 25.0 AS r, ||/ 27 AS c, 2 ^ 3 % 2 AS p FROM a.b",
        "SELECT 'a\u00a0@' AS \"x\u200by\" /* \u00a0 */ FROM a.b -- \u00a0",
    ],
)
def test_an_operator_or_a_text_of_redshift_is_accepted(sql):
    query = analyze(sql)
    assert query.reads == (TableName("a", "b"),)
    assert query.text == sql.partition(" --")[0]


def test_all_unqualified_names_are_reported_at_once():
    with pytest.raises(DesignError) as caught:
        analyze("SELECT * FROM a JOIN b ON 1 = 1", "q.sql")
    assert len(caught.value.faults) == 2


def test_the_final_semicolon_is_removed():
    assert analyze("SELECT 1 AS x\n; -- the end").text == "SELECT 1 AS x"


def test_the_line_of_a_relation_is_its_first_use():
    assert (
        line_of("SELECT 1\nFROM a.b\nJOIN c.d ON TRUE\nJOIN c.d x ON TRUE", TableName("c", "d"))
        == 3
    )
    assert line_of("SELECT d.x\nFROM a.b AS d\n, d.x", TableName("d", "x")) == 3


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT FROM WHERE", "column 17: Expected table name near 'WHERE'"),
        ("SELECT 1\nFROM a.b WHERE (", "column 16: syntax error: an operand is missing near '('"),
        ("SELECT CASE WHEN a THEN FROM a.t", "an operand is missing near 'FROM'"),
    ],
)
def test_a_syntax_error_is_reported_in_terms_of_sql(sql, message):
    with pytest.raises(DesignError, match=re.escape(message)) as caught:
        analyze(sql, "dw/q.sql")
    assert "sqlglot" not in str(caught.value)
    assert str(caught.value).startswith(f"dw/q.sql:{1 + sql.count(chr(10))}: ")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (f"SELECT {'(' * 400_000}1{')' * 400_000} AS a"[:499_999], "is nested too deeply"),
        (f"SELECT {'(' * 51}1{')' * 51} AS a", "is nested too deeply"),
        (f"SELECT {'NOT ' * 5000}true AS a", "is nested too deeply"),
        (f"SELECT {'- ' * 5000}1 AS a", "is nested too deeply"),
        (f"SELECT {'CASE WHEN 1 = 1 THEN ' * 51}1{' END' * 51} AS a", "is nested too deeply"),
        (f"SELECT {'decimal(' * 25}1{')' * 25} AS a", "is nested too deeply"),
        (f"SELECT 1 AS a FROM www.t WHERE {' AND '.join(['x = 1'] * 20_000)}", "has more than"),
        (f"SELECT '{'x' * 1_000_000}' AS a", "characters, expected at most 500,000"),
    ],
    ids=range(8),
)
def test_a_query_that_is_too_deep_or_too_large_is_a_fault(sql: str, message: str) -> None:
    with pytest.raises(DesignError) as refused:
        analyze(sql, "q.sql")
    [fault] = refused.value.faults
    assert message in str(fault)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT 1 AS a FROM www.t WHERE {' AND '.join(['x = 1'] * 4900)}",
        " UNION ALL ".join(["SELECT 1 AS a"] * 3300),
        f"SELECT 1 AS a FROM www.t {' '.join(f'JOIN www.t x{i} ON true' for i in range(2400))}",
        f"SELECT {'decimal(' * 6}1{')' * 6} AS a",
        "SELECT 1\r\nAS a\r\n",
    ],
    ids=range(5),
)
def test_long_queries_are_parsed(sql: str) -> None:
    assert analyze(sql).columns == ("a",)
