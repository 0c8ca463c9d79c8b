"""Clauses and window functions that PostgreSQL does not have."""

import pytest

STORE = """
CREATE TABLE store_sales (ss_sold_date date, ss_sold_time time, ss_item varchar(20),
    ss_sales_price int);
INSERT INTO store_sales VALUES
    ('2022-01-01', '09:00:00', 'Product 1', 100), ('2022-01-01', '11:00:00', 'Product 2', 500),
    ('2022-01-01', '15:00:00', 'Product 3', 20), ('2022-01-01', '17:00:00', 'Product 4', 1000),
    ('2022-01-01', '18:00:00', 'Product 5', 30), ('2022-01-02', '10:00:00', 'Product 6', 5000),
    ('2022-01-02', '16:00:00', 'Product 7', 5)
"""


@pytest.fixture
def store(client):
    for statement in STORE.split(";"):
        client.run(statement)
    return client


def items(store, query):
    return [row[2] for row in store.run(query)]


def test_rule_63_qualify_filters_by_window_functions(store):
    query = (
        "SELECT * FROM store_sales ss WHERE ss_sold_time > time '12:00:00'"
        " QUALIFY row_number() OVER (PARTITION BY ss_sold_date ORDER BY ss_sales_price DESC) <= 2"
    )
    expected = ["Product 4", "Product 5", "Product 7"]
    assert sorted(items(store, query)) == expected
    assert items(store, f"{query} ORDER BY ss_item DESC LIMIT 2") == expected[:0:-1]
    last = (
        "SELECT * FROM store_sales ss QUALIFY last_value(ss_item) OVER (PARTITION BY ss_sold_date"
        " ORDER BY ss_sold_time ASC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        " = ss_item ORDER BY 1"
    )
    assert items(store, last) == ["Product 5", "Product 7"]
    nested = (
        "SELECT * FROM (SELECT * FROM store_sales ss WHERE ss_sales_price IS NOT NULL QUALIFY"
        " rank() OVER (ORDER BY ss_sales_price) = 1) q"
    )
    assert items(store, nested) == ["Product 7"]


def test_rule_63_qualify_in_unions_groups_and_new_tables(store):
    count = (
        "SELECT ss_sold_date, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS r"
        " FROM store_sales ss GROUP BY ss_sold_date QUALIFY r = 1"
    )
    assert [row[1:] for row in store.run(count)] == [(5, 1)]
    one = "SELECT ss_item FROM store_sales ss QUALIFY row_number() OVER (ORDER BY ss_item) = {}"
    union = f"{one.format(2)} UNION ALL {one.format(7)} ORDER BY 1 DESC"
    assert store.run(union) == [("Product 7",), ("Product 2",)]
    store.run(f"CREATE TABLE u AS {one.format(3)}")
    store.run(f"INSERT INTO u WITH w AS ({one.format(1)}) SELECT * FROM w")
    store.run(f"CREATE VIEW v AS {one.format(5)}")
    assert store.run("SELECT * FROM u UNION SELECT * FROM v ORDER BY 1") == [
        ("Product 1",),
        ("Product 3",),
        ("Product 5",),
    ]
    store.run(
        f"CREATE VIEW l AS {one.format(5).replace('FROM ', f'FROM {store.schema}.')}"
        " WITH NO SCHEMA BINDING"
    )
    assert store.run("SELECT * FROM l") == [("Product 5",)]


def test_rule_63_qualify_needs_an_alias_of_the_table_and_may_be_a_name(store):
    error = store.error("SELECT * FROM store_sales QUALIFY rank() OVER (ORDER BY ss_item) = 1")
    assert error.pgcode == "42601"
    store.run("CREATE TABLE q (qualify int, nulls_ int)")
    store.run("SELECT qualify, nulls_ AS x FROM q AS t WHERE qualify = 1 AND qualify < 2")
    distinct = "SELECT DISTINCT ss_item FROM store_sales s QUALIFY rank() OVER (ORDER BY 1) = 1"
    assert store.error(distinct).pgcode == "0A000"
    assert store.error("SELECT 1 FROM q t QUALIFY none = 1").diag.statement_position == "27"


NULLS = "SELECT a, {} OVER (ORDER BY a{}) FROM n ORDER BY a"
FRAME = " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"


@pytest.mark.parametrize(
    ("call", "frame", "expected"),
    [
        ("first_value(b) IGNORE NULLS", FRAME, [None, "x", "x", "x", "x"]),
        ("first_value(b IGNORE NULLS)", FRAME, [None, "x", "x", "x", "x"]),
        ("last_value(b) IGNORE NULLS", FRAME, [None, "x", "x", "y", "y"]),
        ("last_value(b) RESPECT NULLS", FRAME, [None, "x", None, "y", None]),
        ("nth_value(b, 2) IGNORE NULLS", FRAME, [None, None, None, "y", "y"]),
        ("lag(b) IGNORE NULLS", "", [None, None, "x", "x", "y"]),
        ("lag(b, 2) IGNORE NULLS", "", [None, None, None, None, "x"]),
        ("lead(nvl(b, NULL), 1) IGNORE NULLS", "", ["x", "y", "y", None, None]),
    ],
)
def test_rule_64_ignore_nulls(client, call, frame, expected):
    client.run("CREATE TABLE n (a int, b varchar(5))")
    client.run("INSERT INTO n VALUES (1, NULL), (2, 'x'), (3, NULL), (4, 'y'), (5, NULL)")
    assert [b for _, b in client.run(NULLS.format(call, frame))] == expected


def test_rule_64_windows_that_are_refused(client):
    client.run("CREATE TABLE n (a int, b varchar(5))")
    cases = {
        "first_value(b) IGNORE NULLS OVER (ORDER BY a)": "42601",
        "lag(b) IGNORE NULLS OVER (ORDER BY a ROWS 1 PRECEDING)": "42601",
        "lag(b, a) IGNORE NULLS OVER (ORDER BY a)": "0A000",
        "sum(a) IGNORE NULLS OVER (ORDER BY a ROWS 1 PRECEDING)": "42601",
        "first_value(b) IGNORE NULLS": "42601",
        "listagg(DISTINCT b) WITHIN GROUP (ORDER BY b) OVER (PARTITION BY a)": "0A000",
        "listagg(b) WITHIN GROUP (ORDER BY b) OVER (ORDER BY a)": "42601",
        "pg_internal.picked(pg_internal.not_nulls(b), 1)": "42883",
        "pg_catalog.generate_series(1, a)": "0A000",
    }
    found = {call: client.error(f"SELECT {call} FROM n").pgcode for call in cases}
    assert found == cases


def test_rule_64_listagg_as_a_window_function(client):
    client.run("CREATE TABLE n (a int, b varchar(5))")
    client.run("INSERT INTO n VALUES (1, 'y'), (1, 'x'), (2, 'z')")
    listagg = "listagg(b, '+') WITHIN GROUP (ORDER BY b) OVER (PARTITION BY a)"
    assert client.run(f"SELECT b, {listagg} FROM n ORDER BY b") == [
        ("x", "x+y"),
        ("y", "x+y"),
        ("z", "z"),
    ]
    assert client.run("SELECT listagg(b) OVER (PARTITION BY a) FROM n WHERE a = 2") == [("z",)]
    client.run(f"CREATE TABLE made AS SELECT b, {listagg} AS l FROM n AS n QUALIFY l <> 'z '")
    assert client.run("SELECT DISTINCT l FROM made") == [("x+y",)]
    error = client.error("SELECT listagg(repeat('x', 65535)) OVER (PARTITION BY a) FROM n")
    assert error.diag.message_primary == "Result size exceeds LISTAGG limit"


def test_rule_65_an_alias_may_be_used_after_it_in_its_select(client):
    client.run_all(
        "CREATE TABLE hits (clicks int, seen int); INSERT INTO hits VALUES (1, 4), (3, 4)"
    )
    assert client.run(
        "SELECT clicks::float / seen AS probability, round(100 * probability, 1) AS percentage,"
        " percentage + 1 AS more FROM hits WHERE probability > 0.5"
    ) == [(0.75, 75.0, 76.0)]
    assert client.run("SELECT clicks AS seen, seen + 1 AS n FROM hits ORDER BY 1") == [
        (1, 5),
        (3, 5),
    ]
    grouped = "SELECT clicks % 2 AS odd, count(*) AS n FROM hits GROUP BY odd HAVING n > 1"
    assert client.run(grouped) == [(1, 2)]
    nested = (
        "SELECT n * 2 AS m, m + 1 AS k FROM (SELECT clicks c, c + 1 n FROM hits) q WHERE m > 4"
    )
    assert client.run(nested) == [(8, 9)]
    client.run("CREATE TABLE t AS SELECT clicks + 1 AS a, a * 2 AS b FROM hits")
    assert client.run("SELECT a, b FROM t ORDER BY a") == [(2, 4), (4, 8)]
    assert client.run(
        "SELECT clicks AS c FROM hits WHERE c IN (SELECT clicks FROM hits WHERE c > 1)"
    ) == [(3,)]


def test_rule_65_other_unknown_columns_are_errors_at_their_place(client):
    client.run("CREATE TABLE hits (clicks int)")
    cases = {
        "SELECT b + 1 AS a, clicks AS b FROM hits": 8,
        "SELECT clicks + 1 AS a, a + b AS c, 1 AS b FROM hits": 29,
        "SELECT a + 1 AS a FROM hits": 8,
        "SELECT nvl(clicks, 1) AS a, (SELECT q.a FROM hits) AS b, none FROM hits": 37,
    }
    for query, position in cases.items():
        error = client.error(query)
        assert error.pgcode in {"42703", "42P01"}, query
        assert error.diag.statement_position == str(position), query


def test_only_errors_of_the_parser_name_a_word(client):
    client.run("CREATE TABLE t (a int, b int)")
    for statement, message in {
        "INSERT INTO t (a, b) VALUES (1)": "INSERT has more target columns than expressions",
        "INSERT INTO t (a) SELECT 1, 2": "INSERT has more expressions than target columns",
        "SELECT 1 UNION SELECT 1, 2": "each UNION query must have the same number of columns",
        "SELECT a FROM t WHERE a = (SELECT 1, 2)": "subquery must return only one column",
        "UPDATE t SET a = 1, a = 2": 'multiple assignments to same column "a"',
        "SELECT a FROM FROM t": 'syntax error at or near "FROM"',
    }.items():
        error = client.error(statement)
        assert (error.pgcode, error.diag.message_primary) == ("42601", message), statement


def test_rule_73_exclude_leaves_columns_out(client):
    s = client.schema
    client.run_all(
        "CREATE TABLE t (a int, b int, c int); INSERT INTO t VALUES (1, 2, 3), (4, 5, 6)"
    )
    client.run_all("CREATE TABLE u (a int, d int); INSERT INTO u VALUES (1, 9)")
    client.run(f"CREATE VIEW l AS SELECT a, b FROM {s}.t WITH NO SCHEMA BINDING")
    cases = {
        "SELECT * EXCLUDE (a, c) FROM t ORDER BY a DESC LIMIT 1": [(5,)],
        "SELECT * EXCLUDE c FROM t WHERE c > 3": [(4, 5)],
        "SELECT *, 7 AS d EXCLUDE (a, b) FROM t WHERE c > 3": [(6, 7)],
        "SELECT a, *, b EXCLUDE (c) FROM t WHERE c > 3": [(4, 4, 5, 5)],
        "SELECT a, b EXCLUDE a FROM t WHERE c > 3": [(5,)],
        "SELECT a exclude FROM t WHERE c > 3": [(4,)],
        "SELECT t.* EXCLUDE b, d FROM t": None,
        "SELECT * EXCLUDE (b) FROM t JOIN u ON u.a = t.a": [(1, 3, 1, 9)],
        "SELECT * EXCLUDE (a) FROM l ORDER BY b": [(2,), (5,)],
        "WITH w AS (SELECT a, d FROM u) SELECT * EXCLUDE d FROM w": [(1,)],
        "SELECT x.b FROM (SELECT * EXCLUDE (a) FROM t) AS x WHERE x.c = 6": [(5,)],
        "SELECT * EXCLUDE (a, b) FROM t UNION ALL SELECT d FROM u ORDER BY 1": [(3,), (6,), (9,)],
    }
    for query, rows in cases.items():
        if rows is None:
            assert client.error(query).pgcode == "42703"
        else:
            assert client.run(query) == rows, query
    client.run("CREATE TABLE n AS SELECT * EXCLUDE (c) FROM t")
    assert client.run("SELECT * FROM n ORDER BY a") == [(1, 2), (4, 5)]
    assert client.error("SELECT * EXCLUDE (a, b, c) FROM t").pgcode == "42601"
    assert client.error("SELECT * EXCLUDE (upper(a)) FROM t").pgcode == "42601"


def test_rule_73_exclude_is_over_before_rows_are_compared_and_ordered(client):
    client.run("CREATE TABLE t (a int, b int, c int)")
    client.run("INSERT INTO t VALUES (1, 3, 7), (2, 1, 7), (3, 1, 7)")
    cases = {
        "SELECT * EXCLUDE (a) FROM t ORDER BY 1": [(1, 7), (1, 7), (3, 7)],
        "SELECT DISTINCT * EXCLUDE (a) FROM t ORDER BY b": [(1, 7), (3, 7)],
        "SELECT 2 UNION ALL SELECT * EXCLUDE (a, c) FROM t ORDER BY 1": [(1,), (1,), (2,), (3,)],
        "SELECT 2 UNION ALL SELECT * EXCLUDE (a, c) FROM t ORDER BY 1 DESC LIMIT 1": [(3,)],
        "SELECT a + b, a, * EXCLUDE (a, b) FROM t WHERE a = 1": [(4, 1, 7)],
        "SELECT max(a) OVER (), * EXCLUDE (a, b) FROM t ORDER BY a LIMIT 1": [(3, 7)],
    }
    assert {query: client.run(query) for query in cases} == cases
    assert client.error("SELECT a, * EXCLUDE (d) FROM t").pgcode == "42703"
    assert client.error("SELECT t.*, * EXCLUDE (a) FROM t").pgcode == "0A000"
    assert client.error("SELECT TOP 1 * EXCLUDE (a) FROM t ORDER BY 1").pgcode == "0A000"


def test_an_error_of_syntax_in_a_query_with_aliases_is_the_only_one(store):
    wrong = [
        "SELECT ss_sales_price + 1 AS x, x + 1 AS y FROM store_sales WHERE y >= {1}",
        "SELECT ss_sales_price + 1 AS x, x + 1 AS y, FROM store_sales",
        "CREATE TABLE u AS SELECT ss_sales_price + 1 AS x, x + {1} AS y FROM store_sales",
        "PREPARE p AS SELECT ss_sales_price + 1 AS x, x + {1} AS y FROM store_sales",
    ]
    for statement in wrong:
        error = store.error(statement)
        assert (error.pgcode, "syntax error at or near" in str(error)) == ("42601", True), (
            statement
        )
    store.run("BEGIN")
    assert store.error(wrong[0]).pgcode == "42601"
    assert store.error("SELECT 1").pgcode == "25P02"
    store.run("ROLLBACK")
    assert store.run("SELECT count(*) FROM store_sales") == [(7,)]
