"""Texts become data by YAML 1.2's core rules, and every place in them has a line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents import read
from pipeline.errors import FaultsError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1", {"a": 1}),
        ("a: -1.5", {"a": -1.5}),
        ("a: true", {"a": True}),
        ("a: yes", {"a": "yes"}),
        ("on: no", {"on": "no"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: 2016-04-11", {"a": "2016-04-11"}),
        ("a: 0x1F", {"a": "0x1F"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: 'null'", {"a": "null"}),
        ("a: !!str 5", {"a": "5"}),
        ("a: [x, {b: c}]", {"a": ["x", {"b": "c"}]}),
        ("x: &one [1]\ny: *one", {"x": [1], "y": [1]}),
        ('{"a": "\\ud83d\\ude00", "b": [1, null]}', {"a": "😀", "b": [1, None]}),
        ('{\n\t"a": "b"\n}', {"a": "b"}),
        ("{a: b}", {"a": "b"}),
        ('{"a": NaN}', {"a": "NaN"}),
        ("", None),
        ("# nothing", None),
    ],
)
def test_text_is_read_by_the_core_rules(text, expected):
    assert read("f", text).data == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2", "f:2: duplicate key 'a'"),
        ('{"a": 1,\n "a": 2}', "f:2: duplicate key 'a'"),
        ("a:\n  b: 1\n c: 2", "f:3: is neither YAML nor JSON: "),
        ("a: [1", "f:2: is neither YAML nor JSON: "),
        ("x: !!python/object/apply:os.system [ls]", "f:1: the tag "),
        ("x: !mine 3", "f:1: the tag !mine is not supported"),
        ("x: !!int abc", "f:1: 'abc' does not match its tag"),
        ("a: &a [*a]", "f:1: an alias refers to a node that contains it"),
        ("? [a]\n: b", "f:1: a key must be a scalar"),
        ("a: 1\n---\nb: 2", "f:2: is neither YAML nor JSON: "),
        ("a: \x00", "is neither YAML nor JSON"),
        ('{"a": "\\ud800"}', "f:1: is neither YAML nor JSON"),
    ],
)
def test_fault_of_a_text_names_its_line(text, expected):
    with pytest.raises(FaultsError) as caught:
        read("f", text)
    assert expected in str(caught.value)


TEXT = """\
name: www.orders
columns:
  - name: id
    sql_type: bigint

  - name: total
    sql_type: money
"""
JSON = """\
{"name": "www.orders",
"columns": [
  {"name": "id",
   "sql_type": "bigint"},

  {"name": "total",
   "sql_type": "money"}]}
"""


@pytest.mark.parametrize(
    ("path", "rendered"),
    [
        (("name",), "f:1: name: m"),
        (("columns", 1, "sql_type"), "f:7: columns[total].sql_type: m"),
        (("columns", 1, "missing"), "f:6: columns[total].missing: m"),
        (("columns", 1), "f:6: columns[total]: m"),
        (("nowhere", "at all"), "f:1: nowhere.at all: m"),
        ((), "f:1: m"),
    ],
)
@pytest.mark.parametrize("text", [TEXT, JSON], ids=["yaml", "json"])
def test_fault_knows_key_and_line(text, path, rendered):
    assert str(read("f", text).fault(path, "m")) == rendered


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.sampled_from([None, 2]))
def test_every_json_text_is_read_as_json_reads_it(data, indent):
    assert read("f", json.dumps(data, indent=indent)).data == data


def test_json_with_many_collections_is_read_as_json_reads_it():
    data = {"columns": [{"name": f"c{n} \U0001f600", "k" * 2000: "\x7f"} for n in range(100)]}
    assert read("f", json.dumps(data)).data == data


@pytest.mark.parametrize("data", ["[" * 50 + "]" * 50, "[" + "1," * 60_000 + "1]"])
def test_the_limits_of_json_are_faults_of_its_file(data):
    with pytest.raises(FaultsError) as caught:
        read("big.json", '{"a": ' + data + "}")
    (fault,) = caught.value.faults
    assert fault.file == "big.json"
    assert "expected at most 40 levels" in fault.message


def bomb(levels: int) -> str:
    """YAML in which each of the levels stands for nine of the one before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "[" * 100_000, "is nested too deeply"),
        ("a: " + "[" * 41 + "]" * 41, "is nested too deeply"),
        ("{a: " * 20_000, "is nested too deeply"),
        ("- " * 300_000 + "x", "is nested too deeply"),
        ("? " * 50_000 + "x", "a key must be a scalar"),
        ("\n".join(" " * i + "a:" for i in range(1000)), "is nested too deeply"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "is nested too deeply"),
        ('{"a":' + "[" * 50 + "]" * 50 + "}", "is nested too deeply"),
        (bomb(9), "is too large"),
        ("".join(f"k{i}: 1\n" for i in range(60_000)), "is too large"),
        ('{"a": [' + "1," * 60_000 + "1]}", "is too large"),
        ("x" * 1_000_001, "has 1,000,001 characters, expected at most 1,000,000"),
        ("a: " + "9" * 900_000, "does not match its tag"),
        ('{"a": ' + "9" * 900_000 + "}", "does not match its tag"),
        ("!" * 1_000_000, "is not supported"),
        ("*" * 1_000_000, "is neither YAML nor JSON"),
        ("a: b\0c", "is neither YAML nor JSON"),
        ('{"a": "b\0c"}', "is neither YAML nor JSON"),
    ],
    ids=range(18),
)
def test_a_document_that_is_too_deep_or_too_large_is_a_fault(text: str, message: str) -> None:
    with pytest.raises(FaultsError) as refused:
        read("a.yaml", text)
    [fault] = refused.value.faults
    assert message in str(fault)
    assert len(str(fault)) < 200


def test_aliases_are_counted_as_if_written_out() -> None:
    assert len(read("a.yaml", bomb(4)).data["a3"]) == 9


@pytest.mark.parametrize("depth", [1, 39])
def test_documents_within_the_limits_are_read(depth: int) -> None:
    assert read("a.yaml", "a: " + "[" * depth + "]" * depth).data
    assert read("a.json", '{"a": ' + "[" * depth + "]" * depth + "}").data
    assert read("a.yaml", "a: 1\r\nb: 2\r\n").data == {"a": 1, "b": 2}
