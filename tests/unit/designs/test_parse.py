"""Both versions of the format are parsed; every fault has file, key and line."""

import json

import pytest

from pipeline.designs.model.design import (
    Attributes,
    Column,
    Constraints,
    Design,
    ExtractSettings,
    ForeignKey,
)
from pipeline.errors import DesignError
from pipeline.names import TableName
from tests.support.values.designs import parse_design

SEED = json.dumps(
    {
        "name": "www.orders",
        "source_name": "www.public.orders",
        "columns": [
            {"name": "id", "type": "long", "sql_type": "bigint", "not_null": True},
            {
                "name": "note",
                "type": ["null", "string"],
                "sql_type": "varchar(65535)",
                "source_sql_type": "text",
                "expression": '"note"::varchar(65535)',
                "encoding": "lzo",
            },
            {"name": "user_id", "type": ["null", "int"], "sql_type": "INTEGER"},
        ],
        "constraints": {
            "primary_key": ["id"],
            "natural_key": ["note"],
            "unique": ["user_id"],
            "foreign_key": [["user_id"], "www.users", ["id"]],
        },
        "attributes": {"distribution": ["id"], "compound_sort": ["id", "user_id"]},
    },
    indent=4,
)
"""A file as the first version of the format wrote it: JSON, in a file that ends with .yaml."""

SUCCESSOR = """\
name: www.orders
source_name: www.public.orders
description: One row per order.
tags: [core, daily]
unload_target: lake
columns:
  - name: ID
    description: The key.
    sql_type: bigint
    type: long
    encoding: az64
    not_null: true
  - name: UserId
    sql_type: Character  Varying(12)
    type: string
    encoding: zstd
    references: [www.Users, [ID]]
  - name: internal
    sql_type: varchar(3)
    skipped: true
constraints:
  - primary_key: [ID]
  - unique: [UserId]
  - unique: [ID, UserId]
attributes:
  distribution: auto
  compound_sort: auto
extract_settings:
  condition: '"ID" > 0'
  engine: spark
  split_by: [ID]
  num_partitions: 8
"""


def test_the_first_version_of_the_format_is_parsed():
    orders, users = TableName("www", "orders"), TableName("www", "users")
    assert parse_design("www/public-orders.yaml", SEED) == Design(
        name=orders,
        kind="TABLE",
        stem="www/public-orders",
        columns=(
            Column("id", "bigint", not_null=True),
            Column("note", "varchar(65535)", "text", '"note"::varchar(65535)', "lzo"),
            Column("user_id", "integer"),
        ),
        source=TableName("public", "orders"),
        constraints=Constraints(
            primary_key=("id",),
            natural_key=("note",),
            unique=(("user_id",),),
            foreign_keys=(ForeignKey(("user_id",), users, ("id",)),),
        ),
        attributes=Attributes(("id",), ("id", "user_id")),
    )


def test_the_second_version_of_the_format_is_parsed():
    assert parse_design("www/public-orders.yaml", SUCCESSOR) == Design(
        name=TableName("www", "orders"),
        kind="TABLE",
        stem="www/public-orders",
        columns=(
            Column(
                "id",
                "bigint",
                encoding="az64",
                not_null=True,
                description="The key.",
                source_name="ID",
            ),
            Column("userid", "character varying(12)", encoding="zstd", source_name="UserId"),
            Column("internal", "varchar(3)", skipped=True),
        ),
        source=TableName("public", "orders"),
        constraints=Constraints(
            primary_key=("id",),
            unique=(("userid",), ("id", "userid")),
            foreign_keys=(ForeignKey(("userid",), TableName("www", "users"), ("id",)),),
        ),
        attributes=Attributes("auto", "auto"),
        extract=ExtractSettings('"ID" > 0', engine="spark"),
        description="One row per order.",
        tags=("core", "daily"),
        unload_target="lake",
    )


DERIVED = """\
name: analytics.dim_order
source_name: CTAS
columns:
  - {name: order_key, sql_type: bigint, identity: true, not_null: true}
  - {name: id, sql_type: bigint, not_null: true}
constraints: [surrogate_key: [order_key], natural_key: [id]]
depends_on: [www.calendar]
"""


@pytest.mark.parametrize("file", ["analytics/dim_order.yaml", "analytics/x-dim_order.yaml"])
def test_a_derived_table_has_its_query_and_the_relations_that_it_reads(file):
    design = parse_design(file, DERIVED, "SELECT id FROM www.orders; -- all\n")
    assert (design.kind, design.source, design.query) == (
        "CTAS",
        None,
        "SELECT id FROM www.orders",
    )
    assert design.reads == (TableName("www", "orders"),)
    assert design.needs == (TableName("www", "calendar"), TableName("www", "orders"))
    assert design.identity == Column("order_key", "bigint", identity=True, not_null=True)
    assert [column.name for column in design.data_columns] == ["id"]


def test_a_design_with_a_query_but_no_source_name_is_a_ctas():
    text = DERIVED.replace("source_name: CTAS\n", "")
    assert parse_design("analytics/dim_order.yaml", text, "SELECT id FROM a.b").kind == "CTAS"


def test_a_view_has_names_and_optional_types():
    text = "name: a.v\nsource_name: VIEW\ncolumns: [{name: A}, {name: b, sql_type: date}]"
    design = parse_design("a/v.yaml", text, "SELECT a, b FROM www.orders")
    assert design.kind == "VIEW"
    assert [column.name for column in design.columns] == ["a", "b"]


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("www/public-Orders.yaml", "www.Orders", "www.orders"),
        ("www/public-Gift%20Cards.yaml", "www.gift cards", "www.gift cards"),
        ("www/public-order-items.yaml", "www.order-items", "www.order-items"),
        ("www/public-a%2Eb.yaml", "www.a.b", "www.a.b"),
        ("WWW/public-a.yaml", "www.a", "www.a"),
        # The same table in another schema upstream takes the schema into its name.
        ("www/billing-orders.yaml", "www.orders", "www.orders"),
        ("www/billing-orders.yaml", "www.billing_orders", "www.billing_orders"),
        # Names that differ by case only are numbered.
        ("www/public-ORDERS.yaml", "www.orders_2", "www.orders_2"),
    ],
)
def test_the_name_follows_from_the_file_name(file, name, expected):
    text = f"name: {name}\ncolumns: [{{name: id, sql_type: int}}]"
    design = parse_design(file, text)
    assert str(design.name) == expected
    assert design.source is not None


TABLE = """\
name: www.t
columns:
  - name: id
    sql_type: bigint
    not_null: true
  - name: doc
    sql_type: super
  - name: gone
    sql_type: whatever
    skipped: true
"""
CTAS = "name: a.t\nsource_name: CTAS\ncolumns: [{name: id, sql_type: bigint}]\n"
VIEW = "name: a.t\nsource_name: VIEW\ncolumns: [{name: id}]\n"
LONG = "x" * 128
QUERY = "SELECT id FROM a.b"
IDENTITY = "sql_type: int, not_null: true, identity: true"


def column(text):
    return f"name: www.t\ncolumns:\n  - {{name: id, sql_type: int}}\n  - {{name: c, {text}}}\n"


def many(count, key):
    columns = "".join(f"  - {{name: c{n}, sql_type: int}}\n" for n in range(count))
    keys = ", ".join(f"c{n}" for n in range(count))
    return f"name: www.t\ncolumns:\n{columns}attributes: {{{key}: [{keys}]}}\n"


FAULTS = [
    # The form.
    ("", "found nothing, expected a design"),
    ("name: www.t", "the key 'columns' is missing"),
    ("name: t\ncolumns: [{name: a, sql_type: int}]", ":1: name: found 't', expected schema.table"),
    ("name: www.t\ncolumns: []", ":2: columns: found an empty list, expected at least 1 item"),
    # Names.
    (
        "name: www.u\ncolumns: [{name: a, sql_type: int}]",
        ":1: name: found 'www.u', expected 'www.t'",
    ),
    ("name: web.t\ncolumns: [{name: a, sql_type: int}]", "found 'web.t', expected 'www.t'"),
    (
        TABLE.replace("name: www.t", "name: www.t\nsource_name: www.public.u"),
        ":2: source_name: found",
    ),
    # Columns.
    (
        "name: www.t\ncolumns: [{name: a, sql_type: int, not_null: true, identity: true}]",
        "expected at least one column that holds data",
    ),
    (many(1601, "distribution"), "found 1601, expected at most 1600"),
    # Attributes.
    (
        many(401, "compound_sort"),
        "attributes.compound_sort: found 401 columns, expected at most 400",
    ),
    (many(9, "interleaved_sort"), "interleaved_sort: found 9 columns, expected at most 8"),
]
COLUMN_FAULTS = [
    # The form.
    ("sql_typ: int", ":4: columns[c].sql_typ: this key is unknown; did you mean 'sql_type'"),
    ("sql_type: int, encoding: lzop", ":4: columns[c].encoding: found 'lzop', expected one"),
    ("sql_type: int, type: text", ":4: columns[c].type: found 'text', expected one of"),
    ("sql_type: int, type: [int, int]", ":4: columns[c].type[0]: found 'int', expected 'null'"),
    ("sql_type: int, too_long: truncate", "columns[c].too_long: requires a varchar with its"),
    ("sql_type: varchar(9), too_long: null", "too_long: found nothing, expected one of truncate"),
    (
        "sql_type: varchar(9), too_long: set_null, not_null: true",
        "columns[c].too_long: found set_null, but the column is not_null",
    ),
    # Names.
    (f"sql_type: int}}\n  - {{name: {LONG}, sql_type: int", "is longer than 127 bytes"),
    ("sql_type: int}\n  - {name: 'ü" + "ü" * 63 + "', sql_type: int", "longer than 127 bytes"),
    ('sql_type: int}\n  - {name: "a\\nb", sql_type: int', "contains a line break or NUL"),
    ("sql_type: int}\n  - {name: ctid, sql_type: int", "'ctid' is the name of a system column"),
    # Columns.
    ("sql_type: int}\n  - {name: c, sql_type: int", ":5: columns[c].name: duplicate column 'c'"),
    ("sql_type: int}\n  - {name: C, sql_type: int", "Redshift folds 'C' to lower case"),
    ("not_null: true", ":4: columns[c]: the key 'sql_type' is missing"),
    ("sql_type: uuid", ":4: columns[c].sql_type: Redshift has no type 'uuid'; use varchar(36)"),
    (
        "sql_type: boolean, encoding: az64",
        ":4: columns[c].encoding: boolean does not support encoding az64",
    ),
    ("sql_type: bigint, identity: true", "an identity column requires not_null: true"),
    (
        "sql_type: date, identity: true, not_null: true",
        "found date, expected integer or bigint for an identity column",
    ),
    (
        "sql_type: int, identity: true, not_null: true, expression: '1'",
        "cannot have an expression",
    ),
    (
        "sql_type: int, identity: true, not_null: true, skipped: true",
        "an identity column cannot be skipped",
    ),
    (
        f"{IDENTITY}}}\n  - {{name: d, {IDENTITY}",
        ":5: columns[d].identity: a table can have only one identity column",
    ),
    ("sql_type: int, not_null: true, type: ['null', int]", "found a nullable type"),
    (
        "sql_type: int, type: ['null', int]}\n  - {name: d, sql_type: int, type: int",
        ":5: columns[d].type: found 'int', expected ['null', 'int'] or not_null: true",
    ),
    # Attributes.
    (
        "sql_type: int, skipped: true, references: [www.a, [id]]",
        ":4: columns[c].references: a skipped column cannot have references",
    ),
]
"""Definitions of the column c."""
TABLE_FAULTS = [
    # The form.
    (
        "attributes: {}",
        (
            ":11: attributes: found an empty mapping, expected at least 1 key of compound_sort,"
            " distribution, interleaved_sort"
        ),
    ),
    ("attributes: {distribution: id}", "found 'id', expected all, even, auto or a list of"),
    ("constraints: [{primary_key: [id], unique: [id]}]", "expected exactly 1 key"),
    ("constraints: {primary_keys: [id]}", "unknown; did you mean 'primary_key'"),
    ("constraints: {foreign_key: [[id], www.a]}", "expected at least 3 items"),
    # Keys.
    (
        "constraints: {primary_key: [ids]}",
        ":11: constraints.primary_key[0]: there is no column 'ids'; did you mean 'id'?",
    ),
    ("constraints: [{unique: [gone]}]", "constraints[0].unique[0]: the column 'gone' is skipped"),
    (
        "constraints: {unique: [[id], [nope]]}",
        "constraints.unique[1][0]: there is no column 'nope'",
    ),
    ("constraints: [{primary_key: [id]}, {primary_key: [id]}]", "found 2 times, expected once"),
    ("constraints: {primary_key: [id, ID]}", "duplicate column 'id'"),
    (
        "constraints: {foreign_key: [[nope], www.a, [id]]}",
        "foreign_key[0][0]: there is no column 'nope'",
    ),
    (
        "constraints: {foreign_key: [[id], www.a, [id, no]]}",
        "(id) references (id, no) of 'www.a'; expected as many",
    ),
    ("constraints: {surrogate_key: [id]}", "keeps its own keys; use primary_key"),
    # Attributes.
    ("attributes: {distribution: [nope]}", "attributes.distribution[0]: there is no column"),
    ("attributes: {distribution: [id, gone]}", "found 2 columns, expected exactly one"),
    (
        "attributes: {distribution: [doc]}",
        "'doc' is super, which cannot be a distribution or sort key",
    ),
    (
        "attributes: {compound_sort: [doc]}",
        "'doc' is super, which cannot be a distribution or sort key",
    ),
    ("attributes: {compound_sort: [id], interleaved_sort: [id]}", "a table has one sort key"),
    ("attributes: {interleaved_sort: [id], distribution: auto}", "an interleaved sort key with"),
    (
        "extract_settings: {split_by: [nr]}",
        "extract_settings.split_by[0]: there is no column 'nr'",
    ),
    # What only some kinds have.
    ("depends_on: [www.a]", "only CTAS and VIEW can have depends_on"),
    (f"description: {'ü' * 513}", "description: found 1026 bytes, expected at most 1024"),
]
"""What follows the columns of TABLE."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *FAULTS,
        *((column(text), expected) for text, expected in COLUMN_FAULTS),
        *((TABLE + text, expected) for text, expected in TABLE_FAULTS),
    ],
)
def test_a_fault_of_a_table_names_file_line_key_and_expectation(text, expected):
    with pytest.raises(DesignError) as caught:
        parse_design("www/public-t.yaml", text)
    assert expected in str(caught.value)
    assert all(fault.file == "www/public-t.yaml" for fault in caught.value.faults)


DERIVED_FAULTS = [
    (CTAS, None, "CTAS requires a query in a/t.sql"),
    (VIEW, None, "VIEW requires a query in a/t.sql"),
    (CTAS, "SELEC 1", "a/t.sql:1: column 7"),
    (CTAS, "SELECT id FROM orders", "a/t.sql:1: column 16: 'orders' has no schema"),
    (
        CTAS,
        "SELECT number AS nr FROM a.b",
        "a/t.sql: query and design differ: the query does not return id",
    ),
    (CTAS, "SELECT id, nr FROM a.b", "the design does not have nr"),
    (CTAS + "extract_settings: {condition: x}", QUERY, "CTAS is not extracted"),
    (CTAS + "depends_on: [a.t]", QUERY, "a relation cannot depend on itself"),
    (
        CTAS.replace("sql_type: bigint", "sql_type: varchar(9), too_long: truncate"),
        QUERY,
        ":3: columns[id].too_long: only columns of upstream tables can have too_long",
    ),
    (
        CTAS + "constraints: {surrogate_key: [id]}",
        QUERY,
        ":4: constraints.surrogate_key: 'id' is not an identity column; set its identity: true",
    ),
    (VIEW + "attributes: {distribution: all}", QUERY, "attributes: a view cannot have this key"),
    (VIEW + "constraints: {primary_key: [id]}", QUERY, "constraints: a view cannot have this key"),
    (VIEW.replace("id", "id, not_null: true"), QUERY, "a column of a view can only have name"),
    ("name: a.t\ncolumns: [{name: id, sql_type: int}]", None, "rename it 'a/<upstream schema>-t'"),
]


@pytest.mark.parametrize(("text", "query", "expected"), DERIVED_FAULTS)
def test_fault_of_a_derived_relation_is_reported(text, query, expected):
    with pytest.raises(DesignError) as caught:
        parse_design("a/t.yaml", text, query)
    assert expected in str(caught.value)


def test_a_query_may_begin_with_a_byte_order_mark():
    design = parse_design("a/t.yaml", CTAS, f"\ufeff{QUERY}")
    assert design == parse_design("a/t.yaml", CTAS, QUERY)


def test_columns_of_query_and_design_are_compared_in_order():
    text = CTAS.replace("[{", "[{name: nr, sql_type: int}, {")
    with pytest.raises(DesignError, match="found the columns id, nr, expected nr, id"):
        parse_design("a/t.yaml", text, "SELECT id, nr FROM a.b")


def test_an_upstream_table_has_no_query():
    text = TABLE.replace("name: www.t", "name: www.t\nsource_name: www.public.t")
    with pytest.raises(DesignError, match=r"has no query, but www/public-t\.sql exists"):
        parse_design("www/public-t.yaml", text, "SELECT 1 AS id")


def test_a_reserved_schema_is_rejected():
    with pytest.raises(DesignError, match="the schema 'pg_x' is reserved by Redshift"):
        parse_design("pg_x/a-t.yaml", "name: pg_x.t\ncolumns: [{name: a, sql_type: int}]")


@pytest.mark.parametrize("table", ["etl_stage_0a1b2c3d_t", "t$next$0a1b2c3d"])
def test_names_of_staging_and_replaced_tables_are_rejected(table):
    text = f"name: www.{table}\ncolumns: [{{name: a, sql_type: int}}]"
    with pytest.raises(DesignError, match="is reserved for a table that is being loaded"):
        parse_design(f"www/public-{table}.yaml", text)


def test_all_faults_of_design_and_query_are_reported_at_once():
    text = CTAS.replace("sql_type: bigint", "sql_type: uuid") + "depends_on: [a.t]"
    with pytest.raises(DesignError) as caught:
        parse_design("a/t.yaml", text, "SELECT 1 FROM orders")
    assert [fault.file for fault in caught.value.faults] == ["a/t.sql", "a/t.yaml", "a/t.yaml"]
