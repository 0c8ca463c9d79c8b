"""The catalog of a real server with unusual tables."""

import logging
from decimal import Decimal

import pytest
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import make_dsn, parse_dsn

from pipeline.designs.drafting.constraint import translate
from pipeline.designs.model.checks import AcceptedValues, Range
from pipeline.designs.model.upstream import (
    Measured,
    Probe,
    UpstreamColumn,
    UpstreamKey,
    UpstreamType,
)
from pipeline.names import TableName
from pipeline.stores.upstream.catalog import measure, read_catalog
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.upstream.errors import QueryError
from tests.support.database import execute

SETUP = """
CREATE EXTENSION hstore;
CREATE SCHEMA other;
CREATE TYPE other.mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN amount AS numeric(19,4) CHECK (VALUE < 9);
CREATE DOMAIN positive AS amount CHECK (VALUE > 0);
CREATE DOMAIN tags AS text[];
CREATE TABLE types (
    gone int, a numeric(12,2), b positive NOT NULL, c varchar(20), d other.mood, e other.mood[],
    f pair, g tags, h int4range, i int4multirange, j hstore,
    "K ""k"" 1" timestamp(3) with time zone, twice int GENERATED ALWAYS AS (2) STORED,
    CONSTRAINT one CHECK (a BETWEEN 0 AND 9), CONSTRAINT two CHECK (c IN ('x', 'y'))
);
ALTER TABLE types DROP COLUMN gone;
COMMENT ON TABLE types IS 'One of each.';
COMMENT ON COLUMN types.c IS 'Ünlike the others';
CREATE TABLE parents (b int, a int, c int, d int, e text, PRIMARY KEY (a, b), UNIQUE (d, c));
CREATE UNIQUE INDEX ON parents (c) INCLUDE (e);
CREATE UNIQUE INDEX ON parents (d) WHERE d > 0;
CREATE UNIQUE INDEX ON parents (lower(e));
CREATE UNIQUE INDEX again ON parents (b, a);
CREATE TABLE children (
    y int, x int, z int REFERENCES parents (c), FOREIGN KEY (x, y) REFERENCES parents (a, b)
);
ALTER TABLE children ADD FOREIGN KEY (y) REFERENCES parents (c) NOT VALID;
CREATE TABLE parts (at date, n int) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (n);
CREATE TABLE parts_1_1 PARTITION OF parts_1 DEFAULT;
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT date '2026-06-01' + i, i FROM generate_series(1, 300) AS i;
CREATE TABLE base (id int);
CREATE TABLE derived (more int) INHERITS (base);
INSERT INTO base SELECT generate_series(1, 10);
INSERT INTO derived SELECT i, i FROM generate_series(1, 20) AS i;
CREATE MATERIALIZED VIEW kept AS SELECT 1 AS id;
CREATE UNIQUE INDEX ON kept (id);
CREATE VIEW seen AS SELECT id FROM base;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE away (id int NOT NULL) SERVER far;
CREATE TABLE nothing ();
CREATE EXTENSION pg_buffercache;
ANALYZE parts, base, derived, kept;
"""


def name(text):
    return TableName.parse(text)


@pytest.fixture
def dsn(new_database):
    dsn = new_database()
    execute(dsn, SETUP)
    return dsn


@pytest.fixture
def upstream(dsn):
    return Upstream("www", dsn)


@pytest.fixture
def tables(catalog):
    return {str(each): table for each, table in catalog.tables.items()}


def test_relations_with_rows_are_tables_but_partitions_are_not(tables):
    assert {each: table.kind for each, table in tables.items()} == {
        "public.types": "r",
        "public.parents": "r",
        "public.children": "r",
        "public.parts": "p",
        "public.base": "r",
        "public.derived": "r",
        "public.kept": "m",
        "public.seen": "v",
        "public.away": "f",
        "public.nothing": "r",
    }


def test_tables_are_sorted_by_name(catalog):
    assert list(catalog.tables) == sorted(catalog.tables)


def test_a_table_of_an_extension_is_read_only_by_its_full_name(upstream):
    view = name("public.pg_buffercache")
    with upstream.snapshot() as session:
        assert view not in read_catalog(session, lambda _: True).tables
        assert view in read_catalog(session, lambda _: True, named=[str(view)]).tables
        assert view in read_catalog(session, lambda _: False).names


def test_types_of_domains_are_their_base_types_with_size_and_schema(tables):
    types = {column.name: column.type for column in tables["public.types"].columns}
    numeric_19_4 = ((19 << 16) | 4) + 4
    assert types == {
        "a": UpstreamType("numeric(12,2)", "numeric", ((12 << 16) | 2) + 4),
        "b": UpstreamType("positive", "numeric", numeric_19_4),
        "c": UpstreamType("character varying(20)", "varchar", 24),
        "d": UpstreamType("other.mood", "mood", -1, "enum", "other"),
        "e": UpstreamType("other.mood[]", "_mood", -1, "array", "other"),
        "f": UpstreamType("pair", "pair", -1, "composite", "public"),
        "g": UpstreamType("tags", "_text", -1, "array"),
        "h": UpstreamType("int4range", "int4range", -1, "range"),
        "i": UpstreamType("int4multirange", "int4multirange", -1, "multirange"),
        "j": UpstreamType("hstore", "hstore", -1, "base", "public"),
        'K "k" 1': UpstreamType("timestamp(3) with time zone", "timestamptz", 3),
        "twice": UpstreamType("integer", "int4"),
    }


def test_columns_are_in_order_with_not_null_and_comment(tables):
    types = tables["public.types"]
    assert types.comment == "One of each."
    assert [column.name for column in types.columns] == [*"abcdefghij", 'K "k" 1', "twice"]
    assert [column.name for column in types.columns if column.not_null] == ["b"]
    assert types.columns[2].comment == "Ünlike the others"
    unproven = "NOT NULL is not enforced for the foreign table public.away"
    assert tables["public.away"].columns == (
        UpstreamColumn("id", UpstreamType("integer", "int4"), unproven=unproven),
    )
    assert tables["public.nothing"].columns == ()


def test_keys_are_in_key_order_and_partial_ones_are_excluded(tables):
    parents = tables["public.parents"]
    assert parents.primary_key == ("a", "b")
    assert parents.unique == (("c",), ("d", "c"))
    assert tables["public.kept"].unique == (("id",),)


def test_foreign_keys_are_in_key_order_and_unvalidated_ones_are_excluded(tables):
    assert set(tables["public.children"].foreign_keys) == {
        UpstreamKey(("x", "y"), name("public.parents"), ("a", "b")),
        UpstreamKey(("z",), name("public.parents"), ("c",)),
    }


def test_labels_of_enums_and_conditions_are_read(tables):
    types = tables["public.types"]
    labels = {column.name: column.labels for column in types.columns if column.labels}
    assert labels == {"d": ("sad", "glad")}
    (domain,) = (column for column in types.columns if column.conditions)
    found = [translate(each, {"VALUE": domain.type}) for each in domain.conditions]
    assert (domain.name, found) == (
        "b",
        [(Range("VALUE", None, Decimal("8.9999")),), (Range("VALUE", Decimal("0.0001")),)],
    )
    columns = {column.name: column.type for column in types.columns}
    assert [translate(each, columns) for each in types.conditions] == [
        (Range("a", 0, 9),),
        (AcceptedValues("c", ("x", "y")),),
    ]


UNPROVEN = """
CREATE TABLE target (id int PRIMARY KEY);
CREATE TABLE note (
    id int PRIMARY KEY, code text UNIQUE, kept int NOT NULL REFERENCES target,
    own int, CONSTRAINT note_own NOT NULL own NO INHERIT
);
CREATE TABLE invoice_note (extra int UNIQUE) INHERITS (note);
CREATE TABLE foreigners (id int NOT NULL);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE away () INHERITS (foreigners) SERVER far;
CREATE TABLE late (id int, later int UNIQUE DEFERRABLE INITIALLY DEFERRED, many int);
INSERT INTO late VALUES (NULL, 1, 1), (1, 2, 1);
ALTER TABLE late ADD CONSTRAINT late_id NOT NULL id NOT VALID;
ALTER TABLE late ADD CHECK (many > 5) NOT VALID;
ALTER TABLE note ADD CHECK (own > 5) NO INHERIT, ADD CHECK (kept > 5);
ALTER TABLE foreigners ADD CHECK (id > 5);
ALTER TABLE target ADD CHECK (id > 5) NO INHERIT;
CREATE TABLE refers (a int REFERENCES target, b int REFERENCES target NOT ENFORCED, c int);
CREATE TABLE disabled (a int REFERENCES target);
ALTER TABLE disabled DISABLE TRIGGER ALL;
CREATE TABLE parted (id int PRIMARY KEY, n int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (9);
CREATE TABLE unfinished (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE unfinished_1 PARTITION OF unfinished DEFAULT;
CREATE UNIQUE INDEX ON ONLY unfinished (id);
"""


@pytest.fixture
def unproven(new_database):
    dsn = new_database()
    execute(dsn, UNPROVEN)
    with pytest.raises(UniqueViolation):
        execute(dsn, "CREATE UNIQUE INDEX CONCURRENTLY ON late (many)")
    with Upstream("www", dsn).snapshot() as session:
        found = read_catalog(session, lambda _: True).tables
    return {each.table: table for each, table in found.items()}


def test_conditions_that_some_rows_need_not_meet_are_excluded(unproven):
    conditions = {each: table.conditions for each, table in unproven.items() if table.conditions}
    assert conditions == {
        "note": ("(kept > 5)",),
        "invoice_note": ("(kept > 5)",),
        "target": ("(id > 5)",),
    }


def test_keys_of_a_table_do_not_hold_for_tables_that_inherit_from_it(unproven):
    note = unproven["note"]
    assert (note.primary_key, note.unique, note.foreign_keys) == ((), (), ())
    assert note.unproven_keys == (("id",), ("code",))
    assert unproven["invoice_note"].unique == (("extra",),)
    assert (unproven["parted"].primary_key, unproven["parted"].unproven_keys) == (("id",), ())


def test_invalid_indexes_are_no_keys_but_deferred_ones_are(unproven):
    assert (unproven["late"].unique, unproven["late"].unproven_keys) == ((("later",),), ())
    assert unproven["unfinished"].unique == ()


def test_not_null_is_read_only_if_it_holds_for_every_row_that_a_dump_reads(unproven):
    found = {
        f"{table.name.table}.{column.name}": column.unproven
        for table in unproven.values()
        for column in table.columns
        if column.not_null or column.unproven
    }
    assert found == {
        "away.id": "NOT NULL is not enforced for the foreign table public.away",
        "foreigners.id": "NOT NULL is not enforced for the foreign table public.away",
        "invoice_note.id": None,
        "invoice_note.kept": None,
        "late.id": "NOT NULL was never validated in public.late",
        "note.id": None,
        "note.kept": None,
        "note.own": "can be NULL in public.invoice_note, whose rows are dumped with the table",
        "parted.id": None,
        "parted.n": None,
        "target.id": None,
    }


def test_foreign_keys_that_upstream_does_not_enforce_are_excluded(unproven):
    target = name("public.target")
    assert unproven["refers"].foreign_keys == (UpstreamKey(("a",), target, ("id",)),)
    assert unproven["disabled"].foreign_keys == ()


def test_tables_whose_rows_a_policy_hides_are_known(dsn, reader):
    url = reader(dsn)
    user = parse_dsn(url)["user"]
    execute(
        dsn, f"GRANT SELECT ON base, parts TO {user}; ALTER TABLE base ENABLE ROW LEVEL SECURITY"
    )
    for options, hidden in (("", True), ("-c row_security=on", False)):
        with Upstream("www", make_dsn(url, options=options)).snapshot() as session:
            found = read_catalog(session, lambda _: True).tables
        assert [found[name(f"public.{each}")].hidden_rows for each in ("base", "parts")] == [
            hidden,
            False,
        ]


def test_types_are_the_same_whatever_the_search_path_is(dsn, upstream, catalog):
    execute(
        dsn,
        "CREATE DOMAIN other.text AS bigint; CREATE FUNCTION other.encode(bytea, text)"
        " RETURNS text LANGUAGE sql AS 'SELECT NULL::pg_catalog.text'",
        f"ALTER DATABASE {parse_dsn(dsn)['dbname']} SET search_path = other, public, pg_catalog",
        f"ALTER DATABASE {parse_dsn(dsn)['dbname']} SET quote_all_identifiers = on",
    )
    with upstream.snapshot() as session:
        assert read_catalog(session, lambda table: True) == catalog


def test_row_estimates_include_partitions_and_children_and_are_unknown_before_analyze(tables):
    rows = {each.partition(".")[2]: table.rows for each, table in tables.items()}
    assert (rows["parts"], rows["base"], rows["derived"], rows["kept"]) == (300, 30, 20, 1)
    assert (rows["types"], rows["seen"], rows["away"]) == (None, None, None)


def test_only_requested_tables_are_read(upstream):
    with upstream.snapshot() as session:
        found = read_catalog(session, lambda table: table.table == "children")
    assert [str(each) for each in found.tables] == ["public.children"]
    assert found.tables[name("public.children")].foreign_keys == ()


def test_the_number_of_queries_does_not_depend_on_the_number_of_tables(upstream, caplog):
    with upstream.snapshot() as session, caplog.at_level(logging.DEBUG, "pipeline.stores"):
        assert len(read_catalog(session, lambda _: True).tables) == 10
    assert len(caplog.records) == 7


def test_no_requested_tables_is_not_an_error(upstream):
    with upstream.snapshot() as session:
        assert read_catalog(session, lambda _: False).tables == {}


def test_columns_without_select_privilege_are_known(dsn, reader):
    url = reader(dsn)
    user = parse_dsn(url)["user"]
    execute(
        dsn,
        f"GRANT SELECT ON base TO {user}; GRANT SELECT (x, z) ON children TO {user}",
        "CREATE TABLE other.hidden (id int); GRANT SELECT ON other.hidden TO PUBLIC",
    )
    with Upstream("www", url).snapshot() as session:
        found = read_catalog(session, lambda _: True).unreadable
    assert found[name("public.base")] == frozenset()
    assert found[name("public.children")] == {"y"}
    assert found[name("public.parents")] == set("abcde")
    assert found[name("other.hidden")] == {"id"}


def test_measuring_counts_rows_widest_values_and_values_lost(dsn, upstream):
    execute(
        dsn,
        'CREATE TABLE t ("a ""%s" text, b date, c text)',
        'INSERT INTO t ("a ""%s", b)'
        " VALUES ('größe', 'infinity'), ('x', '2026-01-01'), (NULL, NULL)",
    )
    finite = 'CASE WHEN isfinite("b") THEN "b" END'
    asked = [Probe('a "%s', width='"a ""%s"'), Probe("b", lost=finite), Probe("c", width="c")]
    with upstream.snapshot() as session:
        found = measure(session, name("public.t"), asked)
    assert found == Measured(3, {'a "%s': 7}, {"b": 1})


def test_an_unreadable_table_cannot_be_measured(dsn, reader):
    with Upstream("www", reader(dsn)).snapshot() as session, pytest.raises(QueryError) as caught:
        measure(session, name("public.parents"), [Probe("e", width='"e"')])
    assert caught.value.sqlstate == "42501"
