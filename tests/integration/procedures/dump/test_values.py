import re
import secrets

import pytest
from psycopg2.extensions import make_dsn

from pipeline.designs.model.design import Column
from pipeline.manifest import Manifest
from pipeline.settings import Dump
from tests.support.projects.dumping import CUT, WHOLE

TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'o,k "fine"', '~NULL');
CREATE TYPE pair AS (x integer, y text);
CREATE DOMAIN barcode AS char(13);
CREATE TABLE gallery (
    id integer PRIMARY KEY, t text, v varchar(20), c char(4), i smallint, l bigint,
    n numeric, n2 numeric(38,10), r real, d double precision, b boolean, y bytea,
    da date, ts timestamp, tz timestamptz, ti time, tt timetz, iv interval, u uuid, j json,
    jb jsonb, ia integer[], ta text[], m mood, p pair, ip inet, ra int4range, bi bit varying,
    po point, ba barcode
)
"""

TEXTS = (
    "",
    " ",
    "  two before, two behind  ",
    "comma, \"quote\", ''apostrophe''",
    "line\nbreak",
    "carriage\r\nreturn",
    "\r",
    "\ttab",
    "back\\slash \\n \\N \\.",
    "\\N",
    "\\.",
    "NULL",
    '"',
    '""',
    ",",
    "~NULL",
    "é€😀 \u2028 \x7f \x01",
    "x" * 70_000,
)


def fill(source) -> None:
    source.execute(TYPES)
    for number, text in enumerate(TEXTS):
        source.execute(
            "INSERT INTO gallery (id, t, v, ta) VALUES (%s, %s, %s, ARRAY[%s, NULL])",
            number,
            text,
            text[:20],
            text,
        )
    source.execute(
        """
        INSERT INTO gallery VALUES
        (100, 'one', 'v', 'c', -32768, 9223372036854775807, '-1e-50',
         12345678901234567890.123456789,
         3.4028235e38, 5e-324, true, '\\x00ff0a22', '4713-01-01 BC',
         '294276-12-31 23:59:59.999999',
         '1883-11-18 12:03:58+00', '24:00:00', '12:00:00.000001+05:30',
         '-1 year 2 mons -3 days 4.5 s',
         'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a" :  "\\u0000", "a": [1, "\\n"]}',
         '{"b": null, "a": "\\"x\\""}', '[0:1]={1,NULL}', '{"a,b","\\"",NULL,""}', 'o,k "fine"',
         '(1,"a ""b"" c")', '::1/64', '[1,5)', '0101', '(1.5,-0)', '4006381333931'),
        (101, NULL, NULL, NULL, NULL, NULL, 'NaN', 'NaN', 'NaN', 'Infinity', NULL, '',
         'infinity', '-infinity', 'infinity', '00:00', '00:00+00', '0', NULL, 'null', 'null', '{}',
         '{}', '~NULL', '(,)', NULL, 'empty', '', '(0,0)', ''),
        (102, NULL, NULL, NULL, NULL, NULL, '-Infinity', 0, 0.1, 0.1, false, NULL, '0001-01-01',
         '2026-11-22 01:02:03.4', '2026-11-22 01:02:03.4+09', NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO gallery (id) VALUES (103)
        """
    )


@pytest.mark.parametrize("compression", ["zstd", "gzip"])
def test_every_value_comes_back_unchanged(source, compression):
    fill(source)
    manifest = source.dump(source.design("public.gallery"), Dump(compression=compression))
    source.execute("CREATE TABLE back (LIKE gallery)")
    source.load(manifest, "back")
    source.assert_same("gallery", "back")
    assert manifest.rows == len(TEXTS) + 4


def test_settings_of_the_database_do_not_change_how_values_are_written(source):
    fill(source)
    design = source.design("public.gallery")
    plain = source.texts(source.dump(design))
    name = source.execute("SELECT current_database()")[0][0]
    for setting in (
        "TimeZone TO 'Asia/Kolkata'",
        "DateStyle TO 'German, DMY'",
        "IntervalStyle TO 'postgres_verbose'",
        "extra_float_digits TO -10",
        "bytea_output TO 'escape'",
        "client_encoding TO 'LATIN1'",
        "quote_all_identifiers TO on",
        "standard_conforming_strings TO off",
    ):
        source.execute(f"ALTER DATABASE {name} SET {setting}")
    assert source.texts(source.dump(design)) == plain


HIJACKED = """
CREATE SCHEMA own;
CREATE FUNCTION own.encode(bytea, text) RETURNS text LANGUAGE sql AS $$ SELECT 'wrong' $$;
CREATE DOMAIN own.text AS varchar(1);
CREATE FUNCTION own.twice(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 * 2 $$;
CREATE TABLE t AS SELECT 21 AS id, '\\xff'::bytea AS body, 'long'::text AS note;
"""


def test_the_search_path_of_the_user_finds_functions_but_hides_no_built_in_ones(source):
    source.execute(HIJACKED)
    name = f"user_{secrets.token_hex(4)}"
    user = source.as_user(name, "secret")
    source.execute(
        f"GRANT USAGE ON SCHEMA own TO {name}; GRANT SELECT ON t TO {name};"
        f" ALTER ROLE {name} SET search_path = own, pg_catalog"
    )
    design = user.design(
        "public.t",
        Column("body", expression="encode(body, 'hex')"),
        Column("note", expression="note::text"),
        Column("twice", expression="twice(id)"),
    )
    assert user.texts(user.dump(design)) == [b"ff,long,42\n"]


LIMITS = (
    "statement_timeout", "lock_timeout", "transaction_timeout",
    "idle_in_transaction_session_timeout",
)  # fmt: skip


def test_limits_of_the_user_do_not_apply_but_those_of_the_connection_string_do(source):
    source.execute("CREATE TABLE t AS SELECT 1 AS id")
    name = f"user_{secrets.token_hex(4)}"
    user = source.as_user(name, "secret")
    source.execute(f"GRANT SELECT ON t TO {name}")
    for limit in LIMITS:
        source.execute(f"ALTER ROLE {name} SET {limit} = '33s'")
    shown = [Column(limit, expression=f"current_setting('{limit}')") for limit in LIMITS]
    design = user.design("public.t", *shown)
    assert user.texts(user.dump(design)) == [b"0,15min,0,0\n"]
    options = "-c statement_timeout=7s -c transaction_timeout=8s"
    user.dsn = make_dsn(user.dsn, options=options)
    assert user.texts(user.dump(design)) == [b"7s,15min,8s,0\n"]


def test_a_null_is_not_an_empty_text(source):
    source.execute("CREATE TABLE t AS SELECT 1 AS a, ''::text AS b, NULL::text AS c, 'NULL' AS d")
    manifest = source.dump(source.design("public.t"))
    assert source.texts(manifest) == [b"1,,~NULL~,NULL\n"]


def test_an_empty_text_in_a_table_of_one_column_is_not_an_empty_line(source):
    source.execute("CREATE TABLE t (a text); INSERT INTO t VALUES (''), (NULL), ('x')")
    manifest = source.dump(source.design("public.t"))
    assert source.texts(manifest) == [b'""\n~NULL~\n"x"\n']


def test_texts_that_are_too_long_are_cut_or_set_to_null_and_counted(source, caplog):
    source.execute(
        "CREATE TABLE t AS SELECT g AS id, repeat('x', g) || v AS a, repeat('x', g) || v AS b"
        " FROM generate_series(0, 4) AS g, (VALUES ('é€'), ('😀'), (''), (NULL)) AS w (v)"
    )
    cut = Column("a", "varchar(5)", too_long="truncate")
    gone = Column("b", "varchar(5)", too_long="set_null")
    design = source.design("public.t", "id", cut, gone)
    with caplog.at_level("WARNING"):
        manifest = source.dump(design)
    lines = b"".join(source.texts(manifest)).decode().splitlines()
    assert sorted(lines) == sorted(
        f"{key},~NULL~,~NULL~" if text is None
        else f"{key},{text},{text}" if len(text.encode()) <= 5
        else f"{key},{text.encode()[:5].decode(errors='ignore')},~NULL~"
        for key, text in source.execute("SELECT id, a FROM t")
    )  # fmt: skip
    assert [record.getMessage() for record in caplog.records] == [
        "www.t: a: 7 values longer than varchar(5), truncated",
        "www.t: b: 7 values longer than varchar(5), set to NULL",
    ]
    caplog.clear()
    source.dump(design, limit=3)
    assert caplog.records == []


@pytest.mark.parametrize("too_long", ["truncate", "set_null"])
def test_no_name_of_a_design_means_a_value_of_the_check_for_its_length(source, too_long):
    source.execute(
        "CREATE TABLE bytes AS SELECT 1 AS id, 'a'::text AS utf8, 'b'::text AS computed,"
        " 'c'::text AS v"
    )
    names = ("utf8", "computed", "v", "bytes", "upper")
    written = {"bytes": "bytes::text", "upper": "upper(bytes.v) || computed"}
    columns = [
        Column(name, "varchar(20)", expression=written.get(name), too_long=too_long)
        for name in names
    ]
    manifest = source.dump(source.design("public.bytes", *columns))
    assert source.texts(manifest) == [b'a,b,c,"(1,a,b,c)",Cb\n']


def test_each_text_of_a_set_is_cut(source):
    source.execute("CREATE TABLE t AS SELECT 1 AS id, ARRAY['abc', 'x', 'defg'] AS tags")
    tag = Column("tag", "varchar(2)", expression="unnest(tags)", too_long="truncate")
    assert source.texts(source.dump(source.design("public.t", "id", tag))) == [
        b"1,ab\n1,x\n1,de\n"
    ]


def test_the_log_states_the_amount_and_why_a_dump_starts_again(source, caplog):
    source.execute("CREATE TABLE t (a text); INSERT INTO t VALUES ('~NULL~'), ('x'), ('y')")
    with caplog.at_level("INFO"):
        source.dump(source.design("public.t"))
    messages = [record.getMessage() for record in caplog.records]
    assert any("a value equals ~NULL~, which represents NULL in" in line for line in messages)
    assert re.search(r": dumped 3 rows, \d+ B, 1 part in \d+\.\d s$", messages[-1])


@pytest.mark.parametrize("settings", [WHOLE, CUT], ids=["whole", "cut"])
def test_a_value_that_equals_the_sentinel_does_not_become_null(large, settings):
    large.execute("UPDATE big SET a = '~NULL~', b = NULL WHERE id = 99999")
    manifest = large.dump(large.design("public.big"), settings)
    assert manifest.null_as != "~NULL~"
    large.execute("CREATE TABLE back (LIKE big)")
    large.load(manifest, "back")
    large.assert_same("big", "back")
    assert large.execute("SELECT a, b FROM back WHERE id = 99999") == [("~NULL~", None)]
    assert sorted(large.left_in_folder()) == [part.url.split("/", 3)[3] for part in manifest.parts]


def test_a_value_that_only_contains_the_sentinel_stays_as_it_is(source):
    source.execute(
        "CREATE TABLE t (id int, a text); INSERT INTO t VALUES (1, 'x~NULL~'), (2, 'a\"~NULL~\"b')"
    )
    manifest = source.dump(source.design("public.t"))
    source.execute("CREATE TABLE back (LIKE t)")
    source.load(manifest, "back")
    source.assert_same("t", "back")


def test_names_of_any_form_are_quoted(source):
    source.execute(
        """
        CREATE SCHEMA "Odd schema; DROP";
        CREATE TABLE "Odd schema; DROP"."a ""quoted"" table"
            ("Mixed Case" int, "100%% (s)" text, "select" int);
        INSERT INTO "Odd schema; DROP"."a ""quoted"" table" VALUES (1, 'x', 2)
        """.replace("%%", "%")
    )
    design = source.design('Odd schema; DROP.a "quoted" table')
    assert source.texts(source.dump(design)) == [b"1,x,2\n"]
    condition = source.design(
        'Odd schema; DROP.a "quoted" table', condition="\"100% (s)\" LIKE 'x%'"
    )
    assert source.dump(condition).rows == 1


def test_columns_are_selected_by_their_names_upstream_and_by_expressions(source):
    source.execute(
        """CREATE TABLE t ("CreatedAt" date, amount int); INSERT INTO t VALUES ('2026-11-22', 7)"""
    )
    design = source.design(
        "public.t",
        Column("createdat", source_name="CreatedAt"),
        Column("twice", expression="amount * 2 -- in cents"),
        Column("gone", skipped=True),
        Column("key", identity=True),
        Column("amount"),
    )
    manifest = source.dump(design)
    assert source.texts(manifest) == [b"2026-11-22,14,7\n"]
    assert manifest.columns == ("createdat", "twice", "amount")


def test_an_empty_table_has_one_part_without_rows(source):
    source.execute("CREATE TABLE t (a int, b int)")
    manifest = source.dump(source.design("public.t"), CUT)
    assert [part.rows for part in manifest.parts] == [0]
    assert source.texts(manifest) == [b""]
    assert manifest.parts[0].bytes > 0


def test_the_manifest_records_what_was_dumped(source):
    source.execute("CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 2), (3, 4)")
    manifest = source.dump(source.design("public.t", condition="a > 1"), limit=5)
    assert manifest.relation == "www.t"
    assert manifest.query == (
        'SELECT\n  "a" AS "a",\n  "b" AS "b"\nFROM "public"."t"\nWHERE (a > 1)\nLIMIT 5'
    )
    assert manifest.partial
    assert manifest.database == source.upstream.place
    assert manifest.snapshot.count(":") == 2
    assert Manifest.from_json(manifest.to_json()) == manifest
    assert not source.dump(source.design("public.t")).partial
