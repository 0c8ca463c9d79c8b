"""PIVOT, UNPIVOT and GROUP BY ALL."""

import psycopg

PARTS = [
    ("prop", "local parts co", 2, "10.00"),
    ("prop", "big parts co", None, "9.00"),
    ("prop", "small parts co", 1, "12.00"),
    ("rudder", "local parts co", 1, "2.50"),
    ("rudder", "big parts co", 2, "3.75"),
    ("rudder", "small parts co", None, "1.90"),
    ("wing", "local parts co", None, "7.50"),
    ("wing", "big parts co", 1, "15.20"),
    ("wing", "small parts co", None, "11.80"),
]
"""The rows of Amazon's examples."""


def described(client, query):
    """Return the names of a query's columns and its rows, as texts."""
    with client.connection.cursor() as cursor:
        cursor.execute(query)
        names = [column.name for column in cursor.description]
        return " ".join(names), [" ".join(map(str, row)) for row in cursor.fetchall()]


def test_rule_74_pivot_turns_rows_into_columns(client):
    client.run(
        "CREATE TABLE part (partname varchar, manufacturer varchar, quality int, price dec(12,2))"
    )
    for row in PARTS:
        client.run("INSERT INTO part VALUES (%s, %s, %s, %s)", row)
    quality = "(SELECT quality, left(manufacturer, 5) AS m FROM part)"
    cases = {
        "SELECT * FROM (SELECT partname, price FROM part)"
        " PIVOT (AVG(price) FOR partname IN ('prop', 'rudder', 'wing'))": (
            "prop rudder wing", ["10.33 2.71 11.50"]
        ),
        f"SELECT * FROM {quality} PIVOT (count(*) FOR quality IN (1, 2, NULL)) ORDER BY m": (
            "m 1 2 null", ["big p 1 1 1", "local 1 1 1", "small 1 0 2"]
        ),
        f"SELECT * FROM {quality} PIVOT (count(*) AS n FOR quality IN (1 AS high, NULL na)) AS p"
        " WHERE p.na_n > 1": ("m high_n na_n", ["small 1 2"]),
        "SELECT * FROM part p PIVOT (sum(p.price) FOR p.partname IN ('prop', upper('a')))"
        " WHERE prop > 9 ORDER BY prop": (
            "manufacturer quality prop ?column?",
            ["local parts co 2 10.00 None", "small parts co 1 12.00 None"],
        ),
        "WITH a AS (SELECT partname AS n, price FROM part), b AS (SELECT * FROM a PIVOT"
        " (count(DISTINCT price) FOR n IN ('prop'))) SELECT prop FROM b": ("prop", ["3"]),
    }  # fmt: skip
    for query, expected in cases.items():
        assert described(client, query) == expected, query
    faults = {
        "(median(price) FOR partname IN ('prop'))": "0A000",
        "(sum(price) FOR colour IN ('prop'))": "42703",
        "(sum(price) FOR partname IN ())": "42601",
        "(sum(price) FOR partname IN ('prop')": "42601",
    }
    for fault, code in faults.items():
        assert client.error(f"SELECT * FROM part PIVOT {fault}").pgcode == code, fault
    join = "SELECT * FROM part a JOIN part b ON true PIVOT (sum(price) FOR partname IN ('prop'))"
    assert client.error(join).pgcode == "0A000"


def test_rule_74_unpivot_turns_columns_into_rows(client):
    client.run_all("CREATE TABLE t (quality varchar, red int, green int, blue bigint)")
    client.run("INSERT INTO t VALUES ('high', 15, 20, 7), ('normal', 35, NULL, 40)")
    colors = "(cnt FOR color IN (red, green AS g, blue b))"
    cases = {
        f"SELECT * FROM t UNPIVOT {colors} ORDER BY 1, 2": (
            "quality color cnt",
            ["high b 7", "high g 20", "high red 15", "normal b 40", "normal red 35"],
        ),
        f"SELECT sum(cnt), count(*) FROM (SELECT red, green, blue FROM t) UNPIVOT {colors} AS u"
        " WHERE u.color <> 'b'": ("sum count", ["70 3"]),
        f"SELECT * FROM t UNPIVOT INCLUDE NULLS {colors} WHERE cnt IS NULL": (
            "quality color cnt", ["normal g None"]
        ),
    }  # fmt: skip
    for query, expected in cases.items():
        assert described(client, query) == expected, query
    client.run(f"CREATE VIEW v AS SELECT * FROM t UNPIVOT EXCLUDE NULLS {colors}")
    assert client.value("SELECT count(*) FROM v") == 5
    assert client.error("SELECT * FROM t UNPIVOT (c FOR n IN (yellow))").pgcode == "42703"
    assert client.error("SELECT a FROM t, UNPIVOT t.s AS a AT b").pgcode == "42703"


def test_rule_75_group_by_all_groups_by_what_is_no_aggregate(client):
    client.run("CREATE TABLE t (a varchar, b varchar, n int)")
    client.run("INSERT INTO t VALUES ('x', 'p', 1), ('x', 'p', 2), ('x', 'q', 4), ('y', 'p', 8)")
    cases = {
        "SELECT a, sum(n), b FROM t GROUP BY ALL ORDER BY 1, 3": [
            ("x", 3, "p"), ("x", 4, "q"), ("y", 8, "p")
        ],
        "SELECT upper(a), max(n) - min(n) FROM t WHERE n IN (SELECT n FROM t GROUP BY ALL)"
        " GROUP BY ALL HAVING count(*) > 1": [("X", 3)],
        "SELECT DISTINCT sum(n) FROM t GROUP BY ALL": [(15,)],
        "SELECT a FROM t GROUP BY ALL UNION ALL SELECT b FROM t GROUP BY ALL ORDER BY 1": [
            ("p",), ("q",), ("x",), ("y",)
        ],
    }  # fmt: skip
    for query, rows in cases.items():
        assert client.run(query) == rows, query
    assert client.error("SELECT *, count(*) FROM t GROUP BY ALL").pgcode == "0A000"
    window = "SELECT a, sum(n), rank() OVER (ORDER BY sum(n)) FROM t GROUP BY ALL"
    assert client.error(window).pgcode in {"0A000", "42803"}


def test_rule_74_what_cannot_be_told_is_refused(client):
    client.run("CREATE TABLE s (id int, month int, a date, b date, k varchar)")
    refused = (
        "SELECT * FROM s PIVOT (sum(datediff(month, a, b)) FOR k IN ('x'))",
        "SELECT * FROM s PIVOT (count(id) FOR k IN (month))",
        "SELECT * FROM s PIVOT (count(id) FOR k IN ((SELECT 'x')))",
        "SELECT * FROM (WITH w AS (SELECT * FROM s) SELECT * FROM w PIVOT (max(id) FOR k IN (1)))",
    )
    for query in refused:
        assert client.error(query).pgcode == "0A000", query


def test_rule_74_unpivot_reads_its_source_once(client):
    client.run("CREATE TABLE t (a int, b int)")
    client.run("INSERT INTO t VALUES (1, 2)")
    source = "(SELECT random() AS r, a, b FROM t) UNPIVOT (v FOR n IN (a, b))"
    assert client.value(f"SELECT count(DISTINCT r) FROM {source}") == 1


def test_rules_73_and_74_take_parameters_of_drivers(client, emulator):
    client.run("CREATE TABLE t (a int, b int)")
    client.run("INSERT INTO t VALUES (1, 2)")
    with psycopg.connect(
        host=emulator.host,
        port=emulator.port,
        dbname=emulator.database,
        user=emulator.user,
        password=emulator.password,
        sslmode="disable",
    ) as connection:
        connection.execute(f"SET search_path TO {client.schema}")
        excluded = connection.execute("SELECT * EXCLUDE (a) FROM t WHERE a = %s", (1,))
        assert excluded.fetchall() == [(2,)]
        query = (
            "SELECT v FROM (SELECT * FROM t WHERE a = %s) UNPIVOT (v FOR n IN (a, b)) ORDER BY 1"
        )
        assert connection.execute(query, (1,)).fetchall() == [(1,), (2,)]
