"""SUPER: navigation, unnesting, dynamic types, functions.

https://docs.aws.amazon.com/redshift/latest/dg/query-super.html
"""

import pytest

ORDERS = """
CREATE TABLE customers (id int, name varchar(30), orders super);
INSERT INTO customers VALUES
    (1, 'a', json_parse('[{"key": 3020007, "status": "F", "total": 1.5, "date": "2001-09-08",
        "lines": [{"part": 5}, {"part": "x"}]}, {"key": 4, "status": "P ", "total": 2}]')),
    (2, 'b', json_parse('[{"key": "k", "status": 5, "none": null}]')),
    (3, 'c', NULL);
CREATE TABLE bar AS SELECT json_parse('{"scalar_array": [1, 2.3, 45000000]}') AS data;
CREATE TABLE foo AS SELECT json_parse('[[1.1, 1.2], [2.1, 2.2]]') AS levels;
CREATE TABLE strange (id int, o super);
INSERT INTO strange VALUES (1, json_parse('{"a": 5}'))
"""


@pytest.fixture
def orders(client):
    for statement in ORDERS.split(";\n"):
        client.run(statement)
    return client


def described(client, query):
    """Return the names of a query's columns and its rows, as texts."""
    with client.connection.cursor() as cursor:
        cursor.execute(query)
        names = [column.name for column in cursor.description]
        return " ".join(names), [" ".join(map(str, row)) for row in cursor.fetchall()]


NAVIGATION = {
    "SELECT orders[0].key FROM customers ORDER BY id": ("key", ["3020007", '"k"', "None"]),
    "SELECT c.orders[0].key FROM customers AS c WHERE id = 1": ("key", ["3020007"]),
    "SELECT orders[id % 2].key, orders[id - 2] FROM customers WHERE id = 1":
        ("key orders", ["4 None"]),
    "SELECT count(*) FROM customers WHERE orders[0]. key IS NOT NULL": ("count", ["2"]),
    "SELECT orders[0].status, count(*) FROM customers WHERE orders[0].key IS NOT NULL"
    " GROUP BY orders[0].status ORDER BY orders[0].status": ("status count", ["5 1", '"F" 1']),
    "SELECT c.orders.something, c.orders[1][1], c.orders[9] x FROM customers c WHERE id = 1":
        ("something orders x", ["None None None"]),
    "SELECT json_typeof(orders[0].none), orders[0].none IS NULL FROM customers WHERE id = 2":
        ("json_typeof ?column?", ["null True"]),
    "SELECT cast(orders[0].key AS int), orders[0].date::date FROM customers WHERE id = 1":
        ("key date", ["3020007 2001-09-08"]),
    "SELECT id, o.key FROM customers c, c.orders o ORDER BY id, o.key":
        ("id key", ["1 4", "1 3020007", '2 "k"']),
    "SELECT id, l.part FROM customers c, c.orders o, o.lines AS l ORDER BY l.part":
        ("id part", ["1 5", '1 "x"']),
    "SELECT id, o.key AS k, place FROM customers c, c.orders AS o AT place WHERE place = 1":
        ("id k place", ["1 4 1"]),
    "SELECT index, element FROM bar AS b, b.data.scalar_array AS element AT index":
        ("index element", ["0 1", "1 2.3", "2 45000000"]),
    "SELECT array, element FROM foo AS f, f.levels AS array, array AS element ORDER BY element":
        ("array element", ["[1.1,1.2] 1.1", "[1.1,1.2] 1.2", "[2.1,2.2] 2.1", "[2.1,2.2] 2.2"]),
    "SELECT id, o.key FROM customers c JOIN c.orders o ON o.key = 4": ("id key", ["1 4"]),
    "SELECT id, o.key FROM customers c LEFT JOIN c.orders o ON o.key = 4 ORDER BY id":
        ("id key", ["1 4", "2 None", "3 None"]),
    "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM c.orders o WHERE o.total = 2.0)":
        ("id", ["1"]),
    "SELECT attr, json_typeof(val) FROM customers c, UNPIVOT c.orders[0] AS val AT attr"
    " WHERE id = 2 ORDER BY attr":
        ("attr json_typeof", ["key string", "none null", "status number"]),
    "SELECT val FROM customers c, c.orders AS o, UNPIVOT o AS val WHERE id = 2 AND val = 5":
        ("val", ["5"]),
    "SELECT u.item.key FROM customers c, UNNEST(c.orders) AS u (item) WHERE id = 2":
        ("key", ['"k"']),
    "WITH w AS (SELECT orders[0] FROM customers) SELECT w.orders.lines[1] FROM w WHERE"
    " w.orders.total = 1.5": ("lines", ['{"part":"x"}']),
    "SELECT o.total + 1 AS a, a * 2 AS b FROM customers c, c.orders o WHERE o.key = 4":
        ("a b", ["3 6"]),
}  # fmt: skip


def test_rule_84_navigation_and_unnesting(orders):
    found = {query: described(orders, query) for query in NAVIGATION}
    assert found == NAVIGATION
    s = orders.schema
    assert orders.run(f"SELECT {s}.bar.data.scalar_array[0] FROM {s}.bar") == [("1",)]


def test_rule_84_paths_in_views_and_new_tables(orders):
    s = orders.schema
    query = f"SELECT c.id, o.key, o.total::decimal(5,2) FROM {s}.customers c, c.orders AS o"
    orders.run(f"CREATE VIEW bound AS {query}")
    orders.run(f"CREATE VIEW late AS {query} WITH NO SCHEMA BINDING")
    orders.run(f"CREATE TABLE made AS {query}")
    for name in ("bound", "late", "made"):
        names, rows = described(orders, f"SELECT * FROM {name} WHERE key = 4")
        assert (names, rows) == ("id key total", ["1 4 2.00"])
    assert orders.run("UPDATE customers SET name = orders[0].status::varchar") == "UPDATE 3"
    orders.run("DELETE FROM customers WHERE customers.orders[0].status = 5")
    assert orders.run("SELECT name FROM customers ORDER BY id") == [("F",), (None,)]


TYPES = {
    "orders[0].status = 'F'": [True, False, None],
    "orders[0].status <> 'F'": [False, True, None],
    "orders[0].status <= 'P'": [True, None, None],
    "orders[0].status BETWEEN 1 AND 9": [None, True, None],
    "orders[1].status = 'P'": [True, None, None],
    "orders[0].status IN ('F', '5')": [True, False, None],
    "orders[0].status::integer": [None, 5, None],
    "orders[0].status::varchar": ["F", "5", None],
    "orders[0].key::varchar(3)": ["302", "k", None],
    "orders[0]::varchar": [None, None, None],
    "orders[0].total + 0.25": ["1.75", None, None],
    "orders[0].status + 'x'": ['"Fx"', None, None],
    "- orders[0].total": ["-1.5", None, None],
    "floor(orders[0].total)": ["1", None, None],
    "ceil(orders[0].total)": ["2", None, None],
    "trunc(- orders[0].total)": ["-1", None, None],
    "abs(- orders[0].total)": ["1.5", None, None],
    "sign(- orders[0].total)": ["-1", None, None],
    "min(orders[1].total) OVER ()": ["2", "2", "2"],
    "round(orders[0].status)": [None, "5", None],
    "max(orders[0].total) OVER ()": ["1.5", "1.5", "1.5"],
    "orders[0].total / 10": ["0.1500", None, None],
    "coalesce(orders[0].none, 'none')": ['"none"', '"none"', '"none"'],
    "json_serialize(orders[1].status)": ['"P "', "null", "null"],
}


def test_rule_84_values_have_the_types_that_they_have(orders):
    found = {
        expression: [
            row[0] for row in orders.run(f"SELECT {expression} FROM customers ORDER BY id")
        ]
        for expression in TYPES
    }
    assert found == TYPES


def test_rule_84_a_value_without_json_parse_is_a_scalar(client):
    client.run("CREATE TABLE t (s super)")
    client.run(
        "INSERT INTO t VALUES ('abc'), ('5'), (5), (true), (1.22), (2.22::float), ('{\"a\":1}'),"
        " (array(1, 'abc', null)), (-2.5), (object('b', 1)), (NULL)"
    )
    rows = client.run(
        "SELECT s, is_varchar(s), is_integer(s), is_decimal(s), is_float(s), is_boolean(s),"
        " is_scalar(s), is_array(s), is_object(s) FROM t ORDER BY s"
    )
    assert [(row[0], "".join("tf"[not each] for each in row[1:])) for row in rows] == [
        ("true", "ffffttff"),
        ("-2.5", "fftfftff"),
        ("1.22", "fftfftff"),
        ("2.22e+0", "ffftftff"),
        ("5", "fttfftff"),
        ('"5"', "tfffftff"),
        ('"abc"', "tfffftff"),
        ('"{\\"a\\":1}"', "tfffftff"),
        ('[1,"abc",null]', "fffffftf"),
        ('{"b":1}', "ffffffft"),
        (None, "ffffffff"),
    ]
    client.run("CREATE TABLE d (a int, b super DEFAULT '1', c super DEFAULT 1)")
    client.run("INSERT INTO d (a) VALUES (1)")
    assert client.run("SELECT b, c FROM d") == [('"1"', "1")]
    client.run(
        "MERGE INTO d USING (SELECT 1 AS id UNION ALL SELECT 9) AS n ON d.a = n.id WHEN MATCHED"
        " THEN UPDATE SET b = '2' WHEN NOT MATCHED THEN INSERT (a, b) VALUES (9, '[3]')"
    )
    assert client.run("SELECT b FROM d ORDER BY a") == [('"2"',), ('"[3]"',)]
    assert client.run("SELECT s FROM t WHERE s IN ('5', 'x')") == [('"5"',)]
    client.run("UPDATE t SET s = 'true' WHERE s = true")
    assert client.run("SELECT count(*) FROM t WHERE s = 'true'") == [(1,)]
    client.run("INSERT INTO t SELECT '[1]' UNION ALL SELECT 'x'")
    assert client.run("SELECT count(*) FROM t WHERE is_array(s)") == [(1,)]
    client.run("PREPARE q (super, varbyte) AS SELECT $1, $2")
    assert client.run("EXECUTE q('[1]', '4d')") == [('"[1]"', "3464")]
    assert client.run("EXECUTE q(array(1), from_hex('4d'))") == [("[1]", "4d")]
    assert client.run("SELECT '{\"a\":1}'::super, 5::super::bool, 5.0::super::bool") == [
        ('"{\\"a\\":1}"', True, None)
    ]


def test_rule_84_a_literal_for_another_column_may_be_equal(client):
    client.run("CREATE TABLE t (id int, v varchar(20), n numeric(5,2), a super)")
    client.run("INSERT INTO t (id, a, v) VALUES (1, '0', '0'), (2, '1', '0'), (3, 'x', 'x')")
    client.run("INSERT INTO t (id, a, n) VALUES (4, '1', '1')")
    client.run("INSERT INTO t (id, v, a) SELECT 5, $$2$$, $$2$$")
    client.run("UPDATE t SET a = '9', v = '9' WHERE a = '2' AND v = '2'")
    assert client.run("SELECT id, v, n, a FROM t ORDER BY id") == [
        (1, "0", None, '"0"'),
        (2, "0", None, '"1"'),
        (3, "x", None, '"x"'),
        (4, None, 1, '"1"'),
        (5, "9", None, '"9"'),
    ]
    client.run("CREATE VIEW w AS SELECT id, v FROM t WHERE a = '0'")
    assert client.run("SELECT id, v = '0', '0' FROM w WHERE v = '0'") == [(1, True, "0")]


def test_rule_84_names_of_attributes_are_folded_unless_their_case_matters(client):
    source = '(SELECT json_parse(\'{"ITEMS":{"Name":"TV"}, "price": 345}\') AS data) AS j'
    names = f"SELECT j.data.ITEMS.Name, j.data.price FROM {source}"
    quoted = f'SELECT j.data."ITEMS"."Name", j.data."price" FROM {source}'
    assert described(client, names) == ("name price", ["None 345"])
    client.run("SET enable_case_sensitive_super_attribute TO true")
    assert described(client, names) == ("name price", ['"TV" 345'])
    client.run("RESET enable_case_sensitive_super_attribute")
    client.run("SET enable_case_sensitive_identifier TO true")
    assert described(client, quoted) == ("Name price", ['"TV" 345'])
    client.run("RESET enable_case_sensitive_identifier")
    assert described(client, quoted) == ("name price", ["None 345"])


SUMS = {
    "[1.5, 2, null]": ("3.5", "1.7"),
    "[1, 2]": ("3", "1"),
    "[-1, -2]": ("-3", "-1"),
    "[1.5, 2e0]": ("3.5e+0", "1.75e+0"),
    "[null]": (None, None),
}


def test_rule_84_sum_and_avg_have_the_types_of_the_values(client):
    query = "SELECT sum(v), avg(v) FROM (SELECT json_parse('{}') AS a) AS t, t.a AS v"
    assert {each: client.run(query.format(each))[0] for each in SUMS} == SUMS
    client.run(f"CREATE TABLE made AS {query.format('[1.5, 2]')}")
    assert client.run("SELECT 1 + sum, avg::varchar FROM made") == [("4.5", "1.7")]


REFUSED = {
    "SELECT '2019-09-09'::date::super": ("42846", "cannot cast type date to super"),
    "SELECT object('k', '2008-12-31'::date)": ("42883", "cannot cast type date to super"),
    "SELECT object(1, 2)": ("42883", "function object(integer, super) does not exist"),
    "SELECT c.id FROM customers c RIGHT JOIN c.orders o ON true": ("0A000", "right or full"),
    "SELECT length(orders[0].status) FROM customers": ("42883", "super"),
    "SELECT orders[0].status || 'x' FROM customers": ("42883", "super"),
    "SELECT id.x FROM customers": ("42883", "navigation needs a super, not the type integer"),
    "SELECT nosuch.x FROM customers": ("42703", 'column "nosuch" does not exist'),
    'SELECT json_parse(\'{"a": 1, "a": 2}\')': ("XX000", "duplicate"),
    "SELECT json_parse('{')": ("XX000", "context:   invalid json object {"),
}
OF_OTHER_TYPES = {
    "orders[0].status LIKE 'F'": "42883",
    "sum(orders[0].key)": "0A000",
    "avg(orders)": "0A000",
    "coalesce(orders[0], 1)": "42804",
    "CASE WHEN true THEN orders ELSE 1 END": "42804",
}
NOT_MODELED = [
    "SELECT orders[orders[0].key].key FROM customers",
    "SELECT orders[-1].key FROM customers",
    "SELECT (orders[0]).key FROM customers",
    "SELECT (orders)[0] FROM customers",
    "SELECT json_parse('{}').key FROM customers",
    "CREATE FUNCTION f(super) RETURNS super STABLE AS $$ SELECT $1.a $$ LANGUAGE sql",
    "SELECT u.o FROM customers c, UNNEST(c.orders) WITH OFFSET AS u (o, i)",
    "SELECT o.a FROM strange s, s.o AS o",
    "SELECT v FROM strange s, UNPIVOT s.o.a AS v AT k",
    "SELECT 1 FROM customers WHERE orders[0] < orders[1]",
    "SELECT orders[0].key / 2 FROM customers WHERE id = 1",
    "SELECT size(orders) FROM customers",
    "SET json_parse_dedup_attributes TO on",
    "SET navigate_super_null_on_error TO off",
    "SET cast_super_null_on_error TO off",
    "SET parse_super_null_on_error TO on",
    "SET json_parse_truncate_strings TO on",
]


def test_rule_84_what_is_refused(orders):
    for statement, (code, message) in REFUSED.items():
        error = orders.error(statement)
        assert error.pgcode == code, statement
        assert message in str(error), statement


@pytest.mark.emulator_only
def test_rule_84_what_the_emulator_refuses(orders):
    for statement in NOT_MODELED:
        error = orders.error(statement)
        assert error.pgcode == "0A000", (statement, error)
    found = {each: orders.error(f"SELECT {each} FROM customers").pgcode for each in OF_OTHER_TYPES}
    assert found == OF_OTHER_TYPES
