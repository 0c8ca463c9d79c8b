"""Functions of SUPER that search and compare arrays, and those of objects.

The printed results are in ``documented.tsv``.
https://docs.aws.amazon.com/redshift/latest/dg/c_Array_Functions.html
https://docs.aws.amazon.com/redshift/latest/dg/Object_Functions.html
"""

from contextlib import closing

import pytest

# The first seven are printed, for default_array_search_null_handling FALSE; the others follow.
WITHOUT_NULLS = {
    "array_contains(array('red', 'green'), NULL)": None,
    "array_contains(array('red', NULL, 'green'), 'green')": True,
    "array_contains(array('red', NULL, 'green'), 'blue')": None,
    "array_position(array('red', NULL, 'green'), 'green')": 2,
    "array_position(array('red', NULL, 'green'), 'blue')": None,
    "array_positions(array('red', NULL, 'green'), 'green')": "[2]",
    "array_positions(array('red', NULL, 'green'), 'blue')": None,
    "array_contains(array('red', 'green'), NULL, true)": False,
    "array_contains(array(), 'blue')": False,
    "array_position(array('red'), 'blue')": -1,
    "array_positions(array('red'), 'blue')": "[]",
}
# What follows from the comparison of SUPER values, or is assumed.
RESULTS = {
    "array_contains(array(1, '2', 3.0), 3)": True,
    "array_contains(array(1, '2'), 2)": False,
    "array_contains(array(array(1), object('a', 1)), object('a', 1))": True,
    "array_contains(array('a'), 'a'::char(3))": True,
    "array_contains(array(1), 1, NULL)": None,
    "array_contains(json_parse('{}'), 1)": None,
    "array_position(NULL, 1)": None,
    "array_positions(json_parse('1'), 1)": None,
    "array_distinct(array(2, 1, 2.0, '2', array(1), array(1)))": '[2,1,"2",[1]]',
    "array_distinct(array())": "[]",
    "array_distinct(json_parse('{}'))": None,
    "array_union(array(1), json_parse('{}'))": None,
    "array_except(array('b', 'a', 'b'), array('b'))": '["a","b"]',
    "array_except(array(3, 3, 1), array(), true)": "[3,1]",
    "array_intersection(array(2, 1, 2), array(1, 2))": "[2,1]",
    "array_intersection(array(1), NULL)": None,
    "arrays_overlap(array(), array())": False,
    "arrays_overlap(array(1), json_parse('1'))": None,
    "array_sort(array(2, NULL, 1), true, true)": "[null,1,2]",
    "array_sort(array(2, NULL, 1), false, true)": "[null,2,1]",
    "array_sort(array())": "[]",
    "array_sort(json_parse('1'))": None,
    "get_number_attributes(json_parse('{}'))": 0,
    "get_number_attributes(array(1))": None,
    "lower_attribute_names(json_parse('{\"Ä\": [], \"B\": {}}'))": '{"ä":[],"b":{}}',
    "object_transform(json_parse('{\"a\": 1}'))": '{"a":1}',
    "object_transform(json_parse('[1]') KEEP '\"a\"' SET '\"a\"', 1)": "[1]",
    "object_transform(NULL KEEP '\"a\"')": None,
    "object_transform((SELECT object('a', 1, 'b', 2)) KEEP '\"b\"')": '{"b":2}',
    'object_transform(json_parse(\'{"a": {"b": 1, "c": 2}, "d": 3, "e": 4}\')'
    ' KEEP \'"d"."x"\', \'"e"\', \'"a"."c"\''
    ' SET \'"n"."o"\', \'it\'\'s\', \'"e"\', array(1, NULL))':
        '{"a":{"c":2},"e":[1,null],"n":{"o":"it\'s"}}',
    "object_transform(object('a', 1) SET '\"b\"', 1.50)": '{"b":1.50}',
}  # fmt: skip
WRONG = {
    "array_contains(array(1))": ("42883", "wrong number of arguments"),
    "array_contains('a'::varchar, 'a')": ("42883", "does not exist"),
    "array_sort(1)": ("42883", "does not exist"),
    "array_union(array(1), array(1), true)": ("42883", "does not exist"),
    'lower_attribute_names(json_parse(\'{"x": [{"A": 1, "a": 2}]}\'))': (
        "XX000",
        "context:   SUPER value has duplicate attributes after case conversion.",
    ),
    "object_transform(object('a', 1) KEEP 'a')": ("22023", "a path is a literal such as"),
    "object_transform(object('a', 1) KEEP '\"a\"' SET '\"a\"')": ("42601", "wrong arguments"),
    "object_transform(object('a', 1), 2)": ("42601", "wrong arguments"),
    "object_transform(object('a', 1) KEEP '\"a\"',)": ("22023", "a path is a literal such as"),
    "object_transform(object('a', 1) KEEP '\"a\"' SET)": ("42601", "syntax error"),
    "object_transform(object('a', 1) SET '\"a\"' SET '\"b\"', 1)": ("42601", "syntax error"),
    "array_contains(array(1),)": ("42601", "syntax error"),
    "array(1, )": ("42601", "syntax error"),
    "object_transform(object('a', 1) SET '\"a\"',)": ("42601", "syntax error"),
    "object_transform(object('a', 1) KEEP '\"a\"' || 'b')": ("42601", "syntax error"),
    "object_transform(object('a', 1) SET '\"a\"', 1 KEEP '\"a\"')": ("42601", "syntax error"),
}


def test_printed_results_of_a_search_without_nulls(client):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_default_array_search_null_handling.html"""
    client.run("SET default_array_search_null_handling to FALSE")
    found = {each: client.value(f"SELECT {each}") for each in WITHOUT_NULLS}
    assert found == WITHOUT_NULLS
    assert client.value("SHOW default_array_search_null_handling") == "false"
    assert client.value("SELECT current_setting('default_array_search_null_handling')") == "false"
    client.run("RESET default_array_search_null_handling")
    assert client.value("SHOW default_array_search_null_handling") == "true"
    assert client.value("SELECT array_contains(array(NULL), NULL)") is True
    assert "requires a Boolean value" in str(
        client.error("SET default_array_search_null_handling TO 2")
    )


def test_a_user_may_search_without_nulls(client, emulator, new_user):
    user, _ = new_user()
    client.run(f"ALTER USER {user} PASSWORD 'Secret1pw'")
    client.run(f"ALTER USER {user} SET default_array_search_null_handling TO off")
    with closing(emulator.connect(user, "Secret1pw")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT array_contains(array(NULL), NULL)")
        assert cursor.fetchone() == (None,)


def test_results(client):
    assert {each: client.value(f"SELECT {each}") for each in RESULTS} == RESULTS


@pytest.mark.emulator_only
def test_what_is_wrong(client):
    for expression, (code, message) in WRONG.items():
        error = client.error(f"SELECT {expression}")
        assert (error.pgcode, message in str(error)) == (code, True), (expression, str(error))
    path = client.error(
        "SELECT object_transform(object('a', 1) KEEP '\"a\"' SET '\"a\".\"b\"', 2)"
    )
    assert (path.pgcode, "no object" in str(path)) == ("0A000", True)


def test_in_tables_and_views_beside_paths(client):
    client.run("CREATE TABLE t (id int, s super)")
    client.run(
        'INSERT INTO t SELECT 1, json_parse(\'{"tags": ["b", "a", null], "o": {"K": 1}}\')'
        " UNION ALL SELECT 2, NULL"
    )
    s = client.schema
    query = (
        "SELECT id, array_sort(s.tags) AS sorted, array_position(s.tags, 'a') AS place,"
        " array_contains(s.tags, 'b') AS has, get_number_attributes(s.o) AS many,"
        f" object_transform(s KEEP '\"o\"' SET '\"id\"', id, '\"n\"', 'x') AS o FROM {s}.t"
    )
    client.run(f"CREATE TABLE made AS {query}")
    client.run(f"CREATE VIEW bound AS {query}")
    client.run(f"CREATE VIEW late AS {query} WITH NO SCHEMA BINDING")
    rows = [
        (1, '["a","b",null]', 1, True, 1, '{"o":{"K":1},"id":1,"n":"x"}'),
        (2, None, None, None, None, None),
    ]
    for relation in ("made", "bound", "late"):
        assert client.run(f"SELECT * FROM {relation} ORDER BY id") == rows
    assert client.run(
        "SELECT type FROM pg_table_def WHERE tablename = 'made' ORDER BY \"column\""
    ) == [("boolean",), ("integer",), ("integer",), ("super",), ("integer",), ("super",)]
    client.run("UPDATE t SET s = lower_attribute_names(s) WHERE array_contains(s.tags, NULL)")
    assert client.run("SELECT s.o.k FROM t WHERE NOT arrays_overlap(s.tags, array(1))") == [("1",)]
