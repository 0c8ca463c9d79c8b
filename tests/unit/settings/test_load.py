"""The configuration: small by default, and every fault at once with its place."""

import datetime as dt
import json

import pytest

from pipeline.errors import ConfigError
from pipeline.freshness import Freshness
from pipeline.manifest import FileFormat
from pipeline.names import TableName
from pipeline.settings import (
    DeclaredUser,
    Dump,
    Groups,
    Settings,
    Source,
    Storage,
    Warehouse,
    config_path,
    load,
)

PRINTED = """
{
    "s3": {
        "bucket_name": "<your bucket>"
    },
    "sources": [
        {
            "name": "dw"
        },
        {
            "name": "www",
            "read_access": "DATABASE_PRODUCTION",
            "include_tables": ["public.*"]
        }
    ]
}
"""
"""The example with which the documentation has always begun."""


def loaded(text, **overrides):
    return load(text, file="sources.json", user="tom", overrides=overrides)


def minimal(**changes):
    data = json.loads(PRINTED)
    return json.dumps(data | changes)


def faults(text, **overrides):
    with pytest.raises(ConfigError) as caught:
        loaded(text, **overrides)
    return [str(fault) for fault in caught.value.faults]


def test_printed_example_is_valid_and_everything_else_has_a_default():
    assert loaded(PRINTED) == Settings(
        storage=Storage("<your bucket>", "tom"),
        sources=(Source("dw"), Source("www", "DATABASE_PRODUCTION", ("public.*",))),
        warehouse=Warehouse("DATA_WAREHOUSE_ADMIN", "DATA_WAREHOUSE_ETL", "dw"),
        dump=Dump(),
        type_maps=(),
        design_dir="designs",
    )


HOUR = dt.timedelta(hours=1)

FULL = """\
# YAML is accepted, too.
s3: {bucket_name: b, prefix: production/a, region: eu-central-1, kms_key_id: alias/x}
sources:
  - name: DW
  - name: www
    read_access: DATABASE_PRODUCTION
    include_tables: [public.*, sales.order*]
    exclude_tables: [public.tmp*]
    engine: process
    consistent: true
    new_columns: warn
    freshness: {warn_after: 26 hours, error_after: 3 days}
  - name: partner
    s3_path: 's3://b/${date}/${table}/'
    s3_format:
      {type: csv, compression: gzip, delimiter: "\t", quote: "'", header_lines: 1, null_as: '-'}
data_warehouse:
  admin_access: ADMIN
  etl_access: ETL
  owner: Owner
  groups: {users: readers}
  iam_role: arn:aws:iam::123456789012:role/copy
  users: [{name: Tom}, {name: spark_etl, etl: true, schema: true}]
  marker_schema: marks
  skip_user_creation: true
dump:
  {compression: gzip, connections: 4, slices: 16, part_size: 1048576, chunk_threshold: 0,
   engine: spark}
type_maps:
  as_is_att_type: {'date': string}
  cast_needed_att_type: {'uuid': [varchar(36), '%s::text', string]}
  citext: varchar(100)
  'my_.*': [bigint, 'f(%s)']
design_dir: s3://bucket/designs
"""


def test_every_key_can_be_set():
    assert loaded(FULL) == Settings(
        storage=Storage("b", "production/a", "eu-central-1", "alias/x"),
        sources=(
            Source("dw"),
            Source(
                "www",
                "DATABASE_PRODUCTION",
                ("public.*", "sales.order*"),
                ("public.tmp*",),
                engine="process",
                consistent=True,
                new_columns="warn",
                freshness=Freshness(None, 26 * HOUR, 72 * HOUR),
            ),
            Source(
                "partner",
                s3_path="s3://b/${date}/${table}/",
                s3_format=FileFormat("gzip", "\t", "'", 1, "-"),
            ),
        ),
        warehouse=Warehouse(
            "ADMIN",
            "ETL",
            "owner",
            Groups("etl_rw", "readers"),
            "arn:aws:iam::123456789012:role/copy",
            (DeclaredUser("tom"), DeclaredUser("spark_etl", etl=True, schema=True)),
            "marks",
            skip_user_creation=True,
        ),
        dump=Dump("gzip", 4, 16, 1048576, 0, "spark"),
        type_maps=(
            ("date", ("", "%s")),
            ("uuid", ("varchar(36)", "%s::text")),
            ("citext", ("varchar(100)", "%s")),
            ("my_.*", ("bigint", "f(%s)")),
        ),
        design_dir="s3://bucket/designs",
    )


def test_overrides_are_merged_at_every_depth():
    text = minimal(s3={"bucket_name": "b", "region": "us-east-1"})
    storage = loaded(text, s3={"prefix": "wip"}).storage
    assert storage == Storage("b", "wip", "us-east-1")
    assert loaded(text, data_warehouse={"groups": {"etl": "x"}}).warehouse.groups == Groups("x")
    text = minimal(data_warehouse={"groups": {"users": "readers"}})
    found = loaded(text, data_warehouse={"groups": {"etl": "x"}}).warehouse.groups
    assert found == Groups("x", "readers")


@pytest.mark.parametrize(
    ("user", "prefix"), [("tom", "tom"), ("DOMAIN\\tom", "DOMAIN%5Ctom"), ("a b", "a%20b")]
)
def test_prefix_is_the_user_s_name_unless_one_is_given(user, prefix):
    assert load(PRINTED, file="f", user=user).storage.prefix == prefix


def test_path_of_the_configuration_comes_from_the_environment():
    assert config_path({"DATA_WAREHOUSE_CONFIG": "/etc/dw.json"}) == "/etc/dw.json"
    assert config_path({}) == "config/sources.json"
    assert config_path({"DATA_WAREHOUSE_CONFIG": ""}) == "config/sources.json"


def warehouse(**data):
    return minimal(data_warehouse=data)


def sources(*entries):
    return minimal(sources=list(entries))


WWW = {"name": "www", "read_access": "X", "include_tables": ["public.*"]}


FAULTS = [
    ("", "sources.json: found nothing, expected a configuration: a mapping with s3 and sources"),
    ("{", "sources.json:2: is neither YAML nor JSON"),
    ("{}", "sources.json:1: the key 's3' is missing"),
    (minimal(s3={}), "s3: the key 'bucket_name' is missing"),
    (minimal(s3={"bucket": "b"}), "s3.bucket: this key is unknown; did you mean 'bucket_name'?"),
    (minimal(s3={"bucket_name": "s3://b/x"}), "expected the name of a bucket alone"),
    (minimal(s3={"bucket_name": "b", "prefix": "/a"}), "s3.prefix: found '/a', expected a folder"),
    (minimal(source=[]), "source: this key is unknown; did you mean 'sources'?"),
    (sources(), "sources: found an empty list, expected at least 1 item"),
    (sources({"name": "a"}, {"name": "A"}), "sources[A].name: duplicate source 'a' (names"),
    (warehouse(ownr="x"), "data_warehouse.ownr: this key is unknown; did you mean 'owner'?"),
    (warehouse(iam_role="copy"), "expected default or the ARN of a role"),
    (
        warehouse(marker_schema="pg_etl"),
        "marker_schema: the schema 'pg_etl' is reserved by Redshift",
    ),
    (warehouse(groups={"etl": "x", "users": "x"}), "groups: etl and users are both 'x'"),
    (warehouse(groups={"etl": "Public"}), "etl: 'public' stands for all users and is not a group"),
    (warehouse(groups={"users": "__dev"}), "users: '__dev': Redshift reserves names with two und"),
    (warehouse(owner="PUBLIC"), "owner: 'public' stands for all users"),
    (
        warehouse(external=["w*.*"]),
        "external[0]: 'w*.*' covers the source 'www'; in a source, name each external relation",
    ),
    (
        warehouse(external=["spectrum"]),
        "external[0]: found 'spectrum', expected a pattern schema.",
    ),
    (warehouse(users=[{"name": "dw"}]), "users[dw].name: 'dw' is the owner already"),
    (warehouse(users=[{"name": "etl", "schema": True}]), "of this user is that of the markers"),
    (warehouse(users=[{"name": "pg_x"}]), "'pg_x' is reserved by Redshift"),
    (warehouse(users=[{"name": "information_schema"}]), "'information_schema' is reserved by"),
    (warehouse(users=[{"name": "PUBLIC"}]), "'public' stands for all users and is not a"),
    (warehouse(users=[{"name": "a"}, {"name": "a"}]), "users[a].name: 'a' is a user already"),
    (
        warehouse(users=[{"name": "www", "schema": True}]),
        "the schema 'www' of this user is that of a source",
    ),
    (warehouse(users=[{"name": "a", "password": "x"}]), "users[a].password: this key is unknown"),
    (minimal(dump={"connections": 0}), "dump.connections: found 0, expected 1 or more"),
    (minimal(dump={"part_size": 1}), "found 1, expected a number of bytes from 1048576"),
    (minimal(dump={"compression": "lz4"}), "found 'lz4', expected one of zstd, gzip"),
    (minimal(type_maps={"(": "date"}), "type_maps.(: '(' is not a regular expression"),
    (minimal(type_maps={"a": ["date", "x"]}), "found 'x', expected %s in it"),
    (minimal(type_maps={"a": 3}), "type_maps.a: found 3, expected a type, or a list"),
]
SOURCE_FAULTS = [
    ({"name": "-a"}, "sources[-a].name: found '-a', expected a name of letters"),
    ({"name": "a b"}, "sources[a b].name: found 'a b', expected a name of letters"),
    ({"name": "pg_x"}, "sources[pg_x].name: the schema 'pg_x' is reserved by Redshift"),
    ({"name": "etl"}, "sources[etl].name: the schema 'etl' is reserved for markers"),
    ({"name": "ü" * 64}, "found 128 bytes, expected at most 127"),
    ({"name": "www", "read_access": "X"}, "read_access: requires 'include_tables', too"),
    ({"name": "w", "include_tables": ["a.*"]}, "include_tables: requires 'read_access', too"),
    ({"name": "w", "exclude_tables": ["a.*"]}, "exclude_tables: requires 'include_tables'"),
    ({**WWW, "include_tables": ["*"]}, "include_tables[0]: found '*', expected a pattern"),
    ({**WWW, "new_columns": "warm"}, "found 'warm', expected one of fail, warn, ignore"),
    ({"name": "w", "freshness": {}}, "found an empty mapping, expected a mapping with warn_after"),
    (
        {"name": "w", "freshness": {"warn_after": "2 days", "error_after": "1 day"}},
        "sources[w].freshness.warn_after: found 2 days, expected less than error_after (1 day)",
    ),
    (
        {"name": "w", "freshness": {"column": "updated_at", "error_after": "1 day"}},
        "sources[w].freshness.column: this key is unknown; known are error_after, warn_after",
    ),
    ({**WWW, "read_access": "a b"}, "read_access: found a text that is not shown"),
]
"""Faults of the only source."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [*FAULTS, *((sources(source), expected) for source, expected in SOURCE_FAULTS)],
)
def test_fault_states_the_place_and_what_is_expected(text, expected):
    assert expected in "\n".join(faults(text))


def test_all_faults_come_at_once_in_the_order_of_the_file():
    text = """\
s3: {bucket: b}
sources:
  - nme: dw
  - name: www
    read_access: X
dump: {slices: many}
"""
    assert faults(text) == [
        "sources.json:1: s3: the key 'bucket_name' is missing",
        "sources.json:1: s3.bucket: this key is unknown; did you mean 'bucket_name'?",
        "sources.json:3: sources[0]: the key 'name' is missing",
        "sources.json:3: sources[0].nme: this key is unknown; did you mean 'name'?",
        "sources.json:5: sources[www].read_access: requires 'include_tables', too",
        "sources.json:6: dump.slices: found 'many', expected a whole number",
    ]


def test_faults_of_rules_and_of_the_schema_are_reported_together():
    text = """\
s3: {bucket: b}
sources:
  - {name: www, new_columns: ignore}
  - name: dw
  - name: DW
data_warehouse:
  ownr: x
  users: [{name: dw}]
  groups: {etl: x, users: x, more: y}
type_maps: {"(": date, a: 3}
"""
    twice = "duplicate source 'dw' (names are folded to lower case)"
    unbalanced = (
        "'(' is not a regular expression: missing ), unterminated subpattern at position 0"
    )
    value = "an expression with %s"
    assert faults(text) == [
        "sources.json:1: s3: the key 'bucket_name' is missing",
        "sources.json:1: s3.bucket: this key is unknown; did you mean 'bucket_name'?",
        "sources.json:3: sources[www].new_columns: requires 'read_access', too",
        "sources.json:5: sources[DW].name: " + twice,
        "sources.json:7: data_warehouse.ownr: this key is unknown; did you mean 'owner'?",
        "sources.json:8: data_warehouse.users[dw].name: 'dw' is the owner already",
        "sources.json:9: data_warehouse.groups.more: this key is unknown; known are etl, users",
        "sources.json:10: type_maps.(: " + unbalanced,
        "sources.json:10: type_maps.a: found 3, expected a type, or a list of a type and " + value,
    ]


@pytest.mark.parametrize(
    "part",
    ["sources: x", "sources: {a: b}", "data_warehouse: [x]", "type_maps: x", "sources: [3, null]"],
)
def test_a_section_of_another_form_is_one_fault_and_no_traceback(part):
    assert any(part.split(":")[0] in fault for fault in faults(f"s3: {{bucket_name: b}}\n{part}"))


@pytest.mark.parametrize("value", [True, "www", {"www": True}, []])
def test_required_for_success_must_be_a_list(value):
    (fault,) = faults(minimal(data_warehouse={"required_for_success": value}))
    assert "data_warehouse.required_for_success: found" in fault
    assert "expected a list" in fault or "expected at least 1 item" in fault


def test_fault_of_an_override_names_luigi_s_configuration():
    (fault,) = faults(PRINTED, s3={"prefix": "a b"})
    assert fault.startswith("luigi.cfg: s3.prefix: found 'a b', expected a folder in the bucket")


@pytest.mark.parametrize("key", ["read_access", "name"])
def test_connection_string_in_the_wrong_place_is_not_shown(key):
    secret = "postgres://tom:hunter2@host/db"
    text = sources({**WWW, key: secret})
    report = "\n".join(faults(text)).replace(f"sources[{secret}]", "sources[0]")
    assert "hunter2" not in report


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        ("public.orders", True),
        ("public.tmp_orders", False),
        ("sales.orders", True),
        ("sales.users", False),
        ("Public.orders", False),
        ("public.a.b", True),
    ],
)
def test_globs_select_tables_upstream(upstream, expected):
    source = loaded(FULL).source("www")
    assert source is not None
    assert source.includes(TableName.parse(upstream)) is expected


def test_the_engine_of_a_table_is_its_own_then_that_of_its_source_then_that_of_all():
    spark = Settings(
        Storage("b", "p"),
        (Source("www", engine="process"), Source("hyppo")),
        dump=Dump(engine="spark"),
    )
    found = [spark.engine(*each) for each in (("www", "spark"), ("www", None), ("hyppo", None))]
    assert found == ["spark", "process", "spark"]
    assert Settings(Storage("b", "p"), ()).engine("www", None) == "process"


def test_unknown_source_is_none():
    assert loaded(PRINTED).source("web") is None


FILES = {"name": "partner", "s3_path": "s3://b/${table}/"}
BY_ROLE = {"iam_role": "arn:aws:iam::123456789012:role/copy"}


def parquet(*, warehouse=None, **form):
    source = {**FILES, "s3_format": {"type": "parquet", **form}}
    return minimal(sources=[source], data_warehouse=BY_ROLE if warehouse is None else warehouse)


def test_parquet_needs_only_its_type():
    settings = loaded(parquet())
    assert settings.sources[0].s3_format == FileFormat(type="parquet")
    assert settings.file_places == {"partner": ("s3://b/${table}/", "parquet")}


def test_the_identity_of_csv_files_in_fingerprints_never_changes():
    source = {**FILES, "s3_format": {"type": "csv", "delimiter": ";"}}
    places = loaded(minimal(sources=[source])).file_places
    assert places == {"partner": ("s3://b/${table}/", "none", ";", '"', 0, None)}


def test_appending_is_part_of_the_identity_of_files_and_replacing_is_not():
    plain = ("s3://b/${table}/", "none", ",", '"', 0, None)
    for mode, expected in (("replace", plain), ("append", (*plain, "append"))):
        settings = loaded(minimal(sources=[{**FILES, "s3_mode": mode}]))
        assert settings.file_places == {"partner": expected}
        assert settings.sources[0].appends == (mode == "append")


@pytest.mark.parametrize(
    "form", [{"delimiter": '"'}, {"quote": ","}, {"delimiter": "|", "quote": "|"}]
)
def test_fields_are_separated_and_enclosed_by_two_characters(form):
    (fault,) = faults(minimal(sources=[{**FILES, "s3_format": form}]))
    assert "sources[partner].s3_format: " in fault
    assert "is the delimiter and the quote; expected two characters" in fault


def test_a_source_that_appends_needs_a_path_without_a_date():
    dated = {**FILES, "s3_path": "s3://b/${date}/${table}/", "s3_mode": "append"}
    (fault,) = faults(minimal(sources=[dated]))
    assert "sources[partner].s3_path: ${date} selects the files of one date" in fault
    (fault,) = faults(minimal(sources=[{"name": "partner", "s3_mode": "append"}]))
    assert "s3_path" in fault


def test_csv_options_of_a_parquet_source_are_named_one_by_one():
    text = "is for CSV only; a Parquet file describes its own format"
    found = faults(parquet(compression="gzip", header_lines=1))
    for key in ("compression", "header_lines"):
        assert any(f"sources[partner].s3_format.{key}: {text}" in fault for fault in found)
    assert len(found) == 2


def test_parquet_needs_a_role():
    (fault,) = faults(parquet(warehouse={}))
    assert "COPY reads Parquet with a role only; set data_warehouse.iam_role" in fault
