"""What looks like a path into a SUPER: names of databases, schemas, tables, and their aliases.

https://docs.aws.amazon.com/redshift/latest/dg/query-super.html
"""

from dataclasses import dataclass

import pytest

SHOP = """
CREATE TABLE {s}.{s} (id int);
CREATE TABLE {s}.items (order_id int, q int);
CREATE TABLE {s}.deep (id int, items super, j super);
INSERT INTO {s}.{s} VALUES (1), (2);
INSERT INTO {s}.items VALUES (1, 5);
INSERT INTO {s}.deep VALUES
    (3, json_parse('[7, 8]'), json_parse('[{{"k": 1, "v": [4]}}, {{"k": 2}}]'))
"""


@dataclass(frozen=True)
class Shop:
    """A client whose schema ``{s}``, in the database ``{d}``, has a table of the same name."""

    client: object
    database: str

    def run(self, statement):
        return self.client.run(statement.format(s=self.client.schema, d=self.database))

    def error(self, statement):
        return self.client.error(statement.format(s=self.client.schema, d=self.database))

    def names(self, query):
        with self.client.connection.cursor() as cursor:
            cursor.execute(query.format(s=self.client.schema, d=self.database))
            return " ".join(column.name for column in cursor.description)


@pytest.fixture
def shop(client, emulator):
    made = Shop(client, emulator.database)
    for statement in SHOP.split(";\n"):
        made.run(statement)
    return made


RELATIONS = {
    "SELECT * FROM {s}.{s} ORDER BY id": [(1,), (2,)],
    "SELECT {s}.id, i.q FROM {s}.{s} JOIN {s}.items i ON i.order_id = {s}.id": [(1, 5)],
    "SELECT id FROM {s}.{s} WHERE EXISTS (SELECT 1 FROM {s}.items i WHERE i.order_id = {s}.id)":
        [(1,)],
    "WITH {s} AS (SELECT 1 AS id) SELECT id FROM {s} WHERE id IN"
    " (SELECT order_id FROM {s}.items i)": [(1,)],
    "WITH {s} (n) AS (SELECT 1), two AS (SELECT 2) SELECT n, q FROM {s}, {s}.items i": [(1, 5)],
    "SELECT n, q FROM (SELECT 1 AS n) {s}, {s}.items i": [(1, 5)],
    "SELECT count(*) FROM {s}.items, {s}": [(2,)],
    "SELECT count(*) FROM {s}, {s}.items": [(2,)],
    "SELECT o.q, {s}.q FROM {s}.items o, {s}.items {s}": [(5, 5)],
    "SELECT {s}.id, x.q FROM {s}.{s} {s}, {s}.items x WHERE {s}.id = 1": [(1, 5)],
    "SELECT {s}.id, x.q FROM {s}.{s} {s}, {d}.{s}.items x WHERE {s}.id = 1": [(1, 5)],
    "SELECT {d}.id, x.q FROM {s}.{s} {d}, {d}.{s}.items x WHERE {d}.id = 1": [(1, 5)],
    "SELECT {s}.id, x.n FROM (SELECT sum(i.q) AS n FROM {s}.items i) x, {s}.deep {s}": [(3, 5)],
    "SELECT * FROM (SELECT {s}.items.q FROM {s}.items) i, {s}.{s} {s} WHERE id = 1": [(5, 1)],
    # subqueries that are joined in parentheses
    "SELECT a.q, b.id FROM ((SELECT q FROM {s}.items) a LEFT JOIN (SELECT 5 AS id) b"
    " ON a.q = b.id)": [(5, 5)],
    "SELECT count(*) FROM (((SELECT id FROM {s}.deep) UNION ALL (SELECT 9)) k JOIN {s}.{s} t"
    " ON t.id < k.id) WHERE t.id = 1": [(2,)],
    "SELECT a.id FROM (((SELECT id FROM {s}.deep) UNION ALL (SELECT 9)) ) a ORDER BY 1":
        [(3,), (9,)],
}  # fmt: skip
UNNESTINGS = {
    # a SUPER column of an item before
    "SELECT i FROM {s}.deep {s}, {s}.items i ORDER BY i": [("7",), ("8",)],
    "SELECT count(*) FROM {s}.deep {s} WHERE EXISTS (SELECT 1 FROM {s}.items i WHERE i = 7)":
        [(1,)],
    "SELECT i FROM {d}.{s}.deep {s}, {s}.items i ORDER BY i": [("7",), ("8",)],
    # in the select list, before FROM
    "SELECT t.id, (SELECT sum(o.k::int) FROM t.j o) FROM {s}.deep t": [(3, 3)],
    "SELECT (SELECT sum(v::int) FROM t.j o, o.v v) FROM {s}.deep t": [(4,)],
    "SELECT id FROM {s}.deep t WHERE 2 = (SELECT max(t.k) FROM t.j t)": [(3,)],
}  # fmt: skip


def test_rule_84_a_relation_that_exists_is_no_path(shop):
    assert {query: shop.run(query) for query in RELATIONS} == RELATIONS
    changed = shop.run("UPDATE {s}.{s} SET id = 9 FROM {s}.items i WHERE i.order_id = {s}.id")
    assert changed == "UPDATE 1"
    assert shop.run("DELETE FROM {s}.{s} USING {s}.items i WHERE i.q + 4 = {s}.id") == "DELETE 1"


def test_rule_84_a_super_column_is_a_path_even_if_there_is_a_relation(shop):
    assert {query: shop.run(query) for query in UNNESTINGS} == UNNESTINGS
    shop.run("CREATE VIEW late AS SELECT * FROM {s}.deep WITH NO SCHEMA BINDING")
    assert shop.run("SELECT l.id, j[0].k, late.v FROM late l, l.j late WHERE late.k = 1") == [
        (3, "1", "[4]")
    ]


COLUMNS = {
    "SELECT {d}.{s}.items.q FROM {s}.items": [(5,)],
    "SELECT {d}.{s}.items.q FROM items": [(5,)],
    "SELECT {s}.items.q FROM items": [(5,)],
    "SELECT {d}.{s}.deep.j[0].k FROM {s}.deep": [("1",)],
    "SELECT generate_series.generate_series FROM generate_series(1, 1)": [(1,)],
    "SELECT at.q FROM {s}.items AS at": [(5,)],
    "SELECT at.q FROM {s}.items at WHERE at.q = 5": [(5,)],
    "SELECT at.id, n FROM {s}.deep AS at, at.items AS i AT n WHERE n = 1": [(3, 1)],
    "SELECT json_parse('{{\"a\": 5}}') AS made, made.a FROM {s}.items": [('{"a":5}', "5")],
}


def test_rule_84_columns_with_the_names_of_their_tables(shop):
    expected = {query: [tuple(map(str, row)) for row in COLUMNS[query]] for query in COLUMNS}
    found = {query: [tuple(map(str, row)) for row in shop.run(query)] for query in COLUMNS}
    assert found == expected
    query = "SELECT {d}.{s}.items.q FROM {s}.items"
    shop.run(f"CREATE VIEW late AS {query} WITH NO SCHEMA BINDING")
    assert shop.run("SELECT * FROM late") == [(5,)]


def test_rule_84_an_unknown_table_is_missing_where_no_super_can_be_meant(shop):
    for query in (
        "SELECT nope.q FROM {s}.items",
        "SELECT 1 FROM {s}.items i WHERE nope.q = 1",
        "SELECT nope.q",
        "WITH nop AS (SELECT * FROM {s}.items) SELECT nope.q FROM nop",
        "SELECT nope.q FROM (SELECT json_parse('1') AS nop) AS n",
        "UPDATE {s}.items SET q = nope.q",
    ):
        error = shop.error(query)
        assert error.pgcode == "42P01", query
        assert 'missing FROM-clause entry for table "nope"' in str(error), query
    for query in (
        "SELECT items.q FROM items AS i",
        "SELECT 1 FROM items i GROUP BY items.q",
    ):
        error = shop.error(query)
        assert error.pgcode == "42P01", query
        assert 'invalid reference to FROM-clause entry for table "items"' in str(error), query
    for query in ("SELECT nope.q FROM {s}.deep", "SELECT nope.q FROM (SELECT * FROM {s}.deep) n"):
        assert shop.error(query).pgcode == "42703", query


NAMES = {
    "CASE WHEN true THEN d.j ELSE d.j[0].k END": "case",
    "(CASE id WHEN 3 THEN 1 ELSE d.j[0].k::int END)::bigint": "case",
    "CASE WHEN true THEN 1 ELSE d.id END": "id",
    "CASE WHEN d.j[0].k = 1 THEN 1 END": "case",
    "CASE WHEN true THEN d.j ELSE d.j[0].k END AS x": "x",
    "(d.j[0].k), ((d.j[0].k)::int), d.j[0].k y, cast(d.j[0].k AS int)": "k k y k",
    "cast(d.j[0].k + 1 AS int)": "int4",
}


def test_rule_84_names_of_computed_columns(shop):
    assert {each: shop.names(f"SELECT {each} FROM {{s}}.deep d") for each in NAMES} == NAMES
