"""COPY from JSON: columns by name or by path, values by the rules of text files."""

import json

import pytest

from redshift_emulator.copy.session import LoadFailedError
from redshift_emulator.language.errors import RedshiftError
from tests.support.copy_session import column

OBJECTS = """
{"id": 1, "name": "a \\"b\\" \\u00e4\\n", "price": 1.10, "ok": true,
 "more": {"x": [1.50, null, "ü"]}}
{"price": null, "id": 2, "unknown": 7}   {"id":3,"name":"","ok":false,"more":[],"extra":"x"}
{
  "id": 4,
  "extra": {"b": 1, "a": [true]}
}
"""


@pytest.fixture
def items(loader):
    loader.table(
        "t",
        column("id", "bigint"),
        column("name", "varchar", 20),
        column("price", "decimal", 8, 2),
        column("ok", "boolean"),
        column("more", "varchar", 50),
        column("extra", "super"),
    )
    return loader


def test_fields_are_loaded_by_the_names_of_the_columns(items):
    assert items.load("t", OBJECTS, "JSON 'auto'") == [
        ("1", 'a "b" ä\n', "1.10", "t", '{"x":[1.50,null,"ü"]}', None),
        ("2", None, None, None, None, None),
        ("3", "", None, "f", "[]", '"x"'),
        ("4", None, None, None, None, '{"b":1,"a":[true]}'),
    ]


def test_names_are_compared_in_their_case_unless_told_otherwise(items):
    content = '{"ID": 1, "Name": "a"} {"id": 2}'
    assert [row[:2] for row in items.load("t", content, "FORMAT AS JSON 'auto'")] == [
        (None, None), ("2", None)
    ]  # fmt: skip
    items.session.log.execute("TRUNCATE t")
    found = items.load("t", content, "JSON AS 'auto ignorecase'")
    assert [row[:2] for row in found] == [("1", "a"), ("2", None)]


PATHS = {
    '{"i": {"id": [5, 6]}, "n": "x"} {"n": "y"} {"i": null}': (
        ["$.i.id[1]", "$.n"], [("6", "x"), (None, "y"), (None, None)]
    ),
    '{"i": {"the id": 5}, "n": "x"}': (["$['i']['the id']", '$["n"]'], [("5", "x")]),
    '[7, "x"]\n[8, null]': (["$[0]", "$[1]"], [("7", "x"), ("8", None)]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), PATHS.items())
def test_fields_are_loaded_by_paths(items, content, expected):
    paths, rows = expected
    url = items.put("paths.json", json.dumps({"jsonpaths": paths}))
    source = items.put("t/one.json", content, compress=True)
    items.copy("t (id, name)", source, f"FORMAT JSON AS '{url}' GZIP")
    assert [row[:2] for row in items.rows("t")] == rows


def test_a_file_without_jsonpaths_counts_as_auto(items):
    url = items.put("paths.json", '{"paths": []}')
    assert items.load("t", '{"id": 1}', f"JSON '{url}'")[0][0] == "1"


def test_noshred_loads_whole_objects(loader):
    loader.table("s", column("v", "super"))
    assert loader.load("s", '{"a": [1, 2.50]} [3]', "JSON 'noshred'") == [
        ('{"a":[1,2.50]}',), ("[3]",)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("JSON 'auto' DELIMITER ','", "DELIMITER is not compatible with JSON"),
        ("JSON 'auto' NULL AS 'x'", "NULL is not compatible with JSON"),
        ("JSON 'car'", "expected 'auto'"),
        ("JSON ''", "expected 'auto'"),
        ("JSON '{mixed}'", "mix bracket and dot notation"),
        ("JSON 'noshred'", "one column of the type SUPER"),
        ("JSON 's3://{bucket}/none'", "the object does not exist"),
        ("JSON '{paths}'", "JSONPath size: 1, Number of columns in table or column list: 6"),
        ("JSON '{wild}'", "Invalid JSONPath format: $.a[*]"),
        ("JSON '{bad}'", "is not valid JSON"),
    ],
)
def test_options_that_do_not_fit_are_refused(items, options, message):
    files = {
        "paths": items.put("paths.json", '{"jsonpaths": ["$.a"]}'),
        "wild": items.put("wild.json", '{"jsonpaths": ["$.a[*]"]}'),
        "bad": items.put("bad.json", "{"),
        "mixed": items.put("mixed.json", json.dumps({"jsonpaths": ["$['a']", *["$.a"] * 5]})),
        "bucket": items.bucket.name,
    }
    with pytest.raises(RedshiftError) as error:
        items.copy("t", items.put("t/one.json", "{}"), options.format(**files))
    assert message in error.value.message


FAULTS = {
    '{"id": 1}\n{"id": "x"}': (2, "id", "Invalid digit, Value 'x', Pos 0, Type: Long"),
    '{"id": 1}\n{"name": "%s"}' % ("y" * 21): (2, "name", "String length exceeds DDL length"),
    '[{"id": 1}]': (1, "", "Invalid JSONPath format. Member is not an object."),
    '{"id": 1}\n7': (2, "", "Invalid JSON: expected an object or an array"),
    '{"id": 1}\n{"id": ': (2, "", "Invalid JSON: the file ends in an object"),
    '{"id": NaN}': (1, "", "Invalid JSON: the file ends in an object"),
    b'{"id": 1, "name": "\xff"}': (1, "", "Invalid UTF8 characters"),
}


@pytest.mark.parametrize(("content", "expected"), FAULTS.items())
def test_faults_are_recorded_with_line_column_and_reason(items, content, expected):
    with pytest.raises(LoadFailedError):
        items.load("t", content, "JSON 'auto'")
    found = items.session.log.query(
        "SELECT line_number, trim(colname), trim(err_reason) FROM pg_internal.stl_load_errors_all"
    )
    line, name, reason = expected
    assert [(int(number), column) for number, column, _ in found] == [(line, name)]
    assert found[0][2].startswith(reason)


def test_empty_strings_are_null_where_they_are_no_text_or_if_told(items):
    content = '{"id": "", "name": "", "price": "", "extra": ""}'
    assert items.load("t", content, "JSON 'auto'") == [(None, "", None, None, None, '""')]
    items.session.log.execute("TRUNCATE t")
    assert items.load("t", content, "JSON 'auto' EMPTYASNULL")[0][1] is None


def test_an_index_that_is_not_there_is_a_fault(items):
    url = items.put("paths.json", '{"jsonpaths": ["$[0]", "$[1]"]}')
    with pytest.raises(LoadFailedError):
        items.copy("t (id, name)", items.put("t/one.json", "[8]"), f"JSON '{url}'")
    (reason,) = items.session.log.query(
        "SELECT trim(err_reason) FROM pg_internal.stl_load_errors_all"
    )[0]
    assert reason == "Invalid JSONPath format: Not an array or index out of range."


def test_rows_that_do_not_fit_are_skipped_up_to_maxerror(items):
    content = '{"id": "x"}\n{"id": 2}\n{"ok": 5}\n{"id": 4}'
    assert [row[0] for row in items.load("t", content, "JSON 'auto' MAXERROR 3")] == ["2", "4"]
