"""COPY from Avro.

https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-avro
"""

import io
import json

import fastavro
import pytest

from redshift_emulator.copy.session import LoadFailedError
from redshift_emulator.language.errors import RedshiftError
from tests.support.copy_session import column

FIELDS = [
    {"name": "id", "type": "int"},
    {"name": "big", "type": "long"},
    {"name": "ratio", "type": "double"},
    {"name": "flag", "type": "boolean"},
    {"name": "name", "type": ["null", "string"]},
    {"name": "kind", "type": {"type": "enum", "name": "kind", "symbols": ["A", "B"]}},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "place", "type": {"type": "map", "values": "long"}},
]
RECORD = {
    "id": 1, "big": 2**62, "ratio": 0.1, "flag": True, "name": 'ä|,"', "kind": "B",
    "tags": ["x", "y"], "place": {"n": 3},
}  # fmt: skip


def written(records, fields=FIELDS, **options):
    """Return an Avro file."""
    schema = {"type": "record", "name": "person", "fields": fields}
    content = io.BytesIO()
    fastavro.writer(content, schema, records, **options)
    return content.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_rule_25_fields_are_matched_by_name_and_complex_ones_are_json(loader, codec):
    loader.table(
        "t",
        *(column("kind", "varchar", 5), column("id", "integer"), column("big", "bigint")),
        *(column("ratio", "double precision"), column("flag", "boolean")),
        *(column("name", "varchar", 20), column("tags", "varchar", 20), column("place", "super")),
        column("nowhere", "integer"),
    )
    records = [RECORD, {**RECORD, "id": 2, "name": None}]
    url = loader.put("t/part.avro", written(records, codec=codec))
    assert loader.copy("t", url, "FORMAT AS AVRO 'auto'").rows == 2
    first, second = loader.rows("t")
    assert first == (*("B", "1", str(2**62), "0.1", "t", 'ä|,"', '["x","y"]', '{"n":3}', None),)
    assert (second[1], second[5]) == ("2", None)


def test_rule_25_names_of_any_case_and_paths(loader):
    fields = [{"name": "ID", "type": "int"}]
    loader.table("t", column("id", "integer"))
    url = loader.put("t/part.avro", written([{"ID": 1}], fields))
    assert loader.copy("t", url, "AVRO").rows == 1
    assert loader.rows("t") == [(None,)]
    loader.copy("t", url, "AVRO 'auto ignorecase'")
    paths = loader.put("paths.json", json.dumps({"jsonpaths": ["$.place.n"]}).encode())
    nested = loader.put("n/part.avro", written([RECORD]))
    loader.copy("t", nested, f"AVRO '{paths}'")
    assert loader.rows("t") == [(None,), ("1",), ("3",)]


def test_rule_27_a_value_that_does_not_fit_is_a_load_error(loader):
    loader.table("t", column("id", "smallint"))
    many = [{**RECORD, "id": number} for number in (1, 70_000, 3)]
    url = loader.put("t/part.avro", written(many))
    with pytest.raises(LoadFailedError):
        loader.copy("t", url, "AVRO 'auto'")
    assert loader.copy("t", url, "AVRO 'auto' MAXERROR 2").rows == 2


@pytest.mark.parametrize(
    "kind",
    [
        "bytes",
        {"type": "fixed", "name": "f", "size": 2},
        {"type": "int", "logicalType": "date"},
        ["null", {"type": "array", "items": "bytes"}],
    ],
)
def test_rule_26_types_of_avro_that_are_not_supported(loader, kind):
    loader.table("t", column("id", "integer"))
    url = loader.put("t/part.avro", written([], [{"name": "id", "type": kind}]))
    with pytest.raises(RedshiftError, match="in an Avro file: not supported by the emulator"):
        loader.copy("t", url, "AVRO 'auto'")


def test_rule_26_files_that_are_no_avro(loader):
    loader.table("t", column("id", "integer"))
    content = io.BytesIO()
    fastavro.writer(content, "int", [1])
    damaged = written([RECORD] * 3)[:-20]
    for number, each in enumerate((b"no Avro", content.getvalue(), damaged)):
        url = loader.put(f"{number}/part.avro", each)
        with pytest.raises(RedshiftError, match="Invalid AVRO file found"):
            loader.copy("t", url, "AVRO 'auto'")
    assert loader.rows("t") == []


@pytest.mark.parametrize("options", ["AVRO CSV", "AVRO 'noshred'", "AVRO JSON 'auto'"])
def test_rule_25_options_that_avro_excludes(loader, options):
    loader.table("t", column("id", "integer"))
    with pytest.raises(RedshiftError) as caught:
        loader.copy("t", loader.put("t/part.avro", written([])), options)
    assert caught.value.sqlstate in {"42601", "22023"}
