"""UNLOAD: what it writes to S3, and that COPY reads it back.

https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

import gzip
import io
import json

import psycopg2
import pytest
from pyarrow import parquet as pq

from tests.support.emulator import ROLE

HOSTILE = ["plain", "", 'a "quote"', "it's", "a|b,c", "two\nlines", "back\\slash\\n", "é€𝄞", None]


@pytest.fixture
def objects(bucket):
    """Return a function that reads the objects of the bucket, by key."""
    s3 = bucket.client()

    def read():
        listed = s3.list_objects_v2(Bucket=bucket.name).get("Contents", [])
        keys = sorted(item["Key"] for item in listed)
        return {key: s3.get_object(Bucket=bucket.name, Key=key)["Body"].read() for key in keys}

    return read


@pytest.fixture
def unload(client, bucket):
    """Return a function that unloads a query to the prefix ``u/``."""

    def run(query, options="", prefix="u/"):
        target = f"s3://{bucket.name}/{prefix}"
        return client.run(f"UNLOAD (%s) TO %s IAM_ROLE '{ROLE}' {options}", (query, target))

    return run


def refused(unload, query, options=""):
    with pytest.raises(psycopg2.Error) as error:
        unload(query, options)
    return error.value


@pytest.fixture
def venue(client):
    client.run_all(
        "CREATE TABLE venue (id int, name varchar(40), city char(20), seats int);"
        " INSERT INTO venue VALUES (1, 'Pinewood Race|track', 'Akron', 0),"
        " (2, 'Columbus \"Home\" Stadium', 'Columbus', NULL),"
        " (4, 'Community, Ballpark, Arena', 'Kansas City', 0)"
    )
    return client


def test_rule_60_a_file_for_each_slice_and_their_rows_alternate(venue, unload, objects):
    assert unload("select * from venue order by id") == "UNLOAD"
    assert objects() == {
        "u/0000_part_00": b"1|Pinewood Race|track|Akron|0\n"
        b"4|Community, Ballpark, Arena|Kansas City|0\n",
        "u/0001_part_00": b'2|Columbus "Home" Stadium|Columbus|\n',
    }
    assert "INFO:  UNLOAD completed, 3 record(s) unloaded successfully." in venue.notices()


def test_rule_60_parallel_off_keeps_the_order_and_csv_quotes_what_needs_it(venue, unload, objects):
    unload("select * from venue order by id desc", "CSV DELIMITER AS '|' HEADER PARALLEL OFF")
    assert objects() == {
        "u/000": b"id|name|city|seats\n"
        b"4|Community, Ballpark, Arena|Kansas City|0\n"
        b'2|"Columbus ""Home"" Stadium"|Columbus|\n'
        b'1|"Pinewood Race|track"|Akron|0\n'
    }


def test_rule_60_options_of_delimited_text(venue, unload, objects):
    query = "select id, name, seats from venue where id < 3 order by id"
    unload(
        query,
        r"PARALLEL OFF ADDQUOTES ESCAPE DELIMITER ',' NULL AS 'fred' GZIP EXTENSION 'txt.gz'",
    )
    ((key, content),) = objects().items()
    assert key == "u/000.txt.gz"
    assert gzip.decompress(content) == (
        b'"1","Pinewood Race|track","0"\n"2","Columbus \\"Home\\" Stadium","fred"\n'
    )


def test_rule_60_json_has_a_line_for_each_row(client, unload, objects):
    client.run_all(
        "CREATE TABLE t (a int, b decimal(5,2), c varchar(9), d bool, e super, f date);"
        " INSERT INTO t VALUES"
        " (1, 1.50, 'x\"y', true, json_parse('{\"k\": [1, 2.50]}'), '2026-11-22'),"
        " (2, NULL, NULL, false, NULL, NULL)"
    )
    unload("select * from t order by a", "FORMAT AS JSON PARALLEL OFF")
    assert objects()["u/000"].decode().splitlines() == [
        '{"a":1,"b":1.50,"c":"x\\"y","d":"t","e":{"k":[1,2.50]},"f":"2026-11-22"}',
        '{"a":2,"b":null,"c":null,"d":"f","e":null,"f":null}',
    ]
    unload("select 1 as a from t where a > 9", "JSON", "none/")
    assert not any(key.startswith("none/") for key in objects())
    assert refused(unload, "select a, a from t", "JSON ALLOWOVERWRITE").pgcode == "42701"


def test_rule_60_the_manifest_lists_files_and_sizes(venue, unload, objects):
    unload("select id, name, city, 1.5::numeric(4,2) as n from venue", "MANIFEST VERBOSE HEADER")
    found = objects()
    document = json.loads(found.pop("u/manifest"))
    assert [entry["meta"]["content_length"] for entry in document["entries"]] == [
        len(content) for content in found.values()
    ]
    assert [entry["url"].partition("/u/")[2] for entry in document["entries"]] == [
        "0000_part_00",
        "0001_part_00",
    ]
    assert document["meta"]["record_count"] == 3 + 2
    assert document["schema"]["elements"] == [
        {"name": "id", "type": {"base": "integer"}},
        {"name": "name", "type": {"base": "character varying", "max_length": 40}},
        {"name": "city", "type": {"base": "character", "max_length": 20}},
        {"name": "n", "type": {"base": "numeric", "precision": 4, "scale": 2}},
    ]
    assert document["author"] == {"name": "Amazon Redshift", "version": "1.0.0"}


ROUND_TRIPS = [
    ("ESCAPE NULL AS '@'", "ESCAPE NULL AS '@'"),
    ("ESCAPE ADDQUOTES NULL AS '@'", "ESCAPE REMOVEQUOTES NULL AS '@'"),
    ("CSV NULL AS '@' GZIP", "CSV NULL AS '@' GZIP"),
    ("CSV NULL AS '@' ZSTD HEADER", "CSV NULL AS '@' ZSTD IGNOREHEADER 1"),
    ("CSV NULL AS '@' BZIP2 PARALLEL OFF", "CSV NULL AS '@' BZIP2"),
    ("PARQUET", "PARQUET"),
]


def test_rule_60_copy_reads_back_what_unload_wrote(client, bucket, unload):
    client.run_all(
        "CREATE TABLE t (id int, s smallint, b bigint, d decimal(20,4), r real, f float,"
        " o bool, c char(12), v varchar(40), a date, m timestamp); CREATE TABLE back (LIKE t)"
    )
    rows = ", ".join(
        f"({number}, -3, 9007199254740993, '-12345678901234.5678', 0.5, 0.1, true, 'ab', %s,"
        " '2026-11-22', '2026-11-22 01:02:03.000004')"
        for number, _ in enumerate(HOSTILE)
    )
    client.run(f"INSERT INTO t VALUES {rows}", HOSTILE)
    client.run("INSERT INTO t (id) VALUES (100)")
    expected = client.run("SELECT * FROM t ORDER BY id")
    assert len(expected) == len(HOSTILE) + 1
    for number, (options, copy) in enumerate(ROUND_TRIPS):
        prefix = f"{number}/"
        client.run("SET datestyle TO 'SQL, DMY'")
        unload("select * from t order by id", f"{options} MANIFEST", prefix)
        manifest = f"s3://{bucket.name}/{prefix}manifest"
        client.run(f"COPY back FROM '{manifest}' IAM_ROLE '{ROLE}' MANIFEST {copy}")
        client.run("RESET datestyle")
        assert client.run("SELECT * FROM back ORDER BY id") == expected, options
        client.run("DELETE FROM back")


def test_rule_60_parquet_columns_have_the_types_of_the_query(client, unload, objects):
    client.run("CREATE TABLE t (a smallint, b timestamptz, c decimal(8,2), d char(3))")
    client.run("INSERT INTO t VALUES (1, '2026-11-22 02:00:00+02', 1.25, 'x')")
    unload("select * from t", "FORMAT PARQUET ROWGROUPSIZE 64 MB")
    ((key, content),) = objects().items()
    assert key == "u/0000_part_00.parquet"
    table = pq.read_table(io.BytesIO(content))
    assert [str(field.type) for field in table.schema] == [
        "int16",
        "timestamp[us]",
        "decimal128(8, 2)",
        "string",
    ]
    assert [str(value[0]) for value in table] == ["1", "2026-11-22 00:00:00", "1.25", "x"]
    assert (
        refused(unload, "select sum(c) / 3 as x from t", "PARQUET ALLOWOVERWRITE").pgcode
        == "0A000"
    )


def test_rule_60_partitions_are_folders_by_hives_convention(client, unload, objects):
    client.run_all(
        "CREATE TABLE t (a int, y int, m varchar(20)); INSERT INTO t VALUES"
        " (1, 2019, 'May'), (2, 2019, 'a/b=c'), (3, NULL, ''), (4, 2019, 'May')"
    )
    unload("select * from t order by a", "PARTITION BY (y, m) MANIFEST", prefix="p")
    found = objects()
    assert {key: found[key] for key in found if key != "p/manifest"} == {
        "p/y=2019/m=May/0000_part_00": b"1\n",
        "p/y=2019/m=May/0001_part_00": b"4\n",
        "p/y=2019/m=a%2Fb%3Dc/0001_part_00": b"2\n",
        "p/y=__HIVE_DEFAULT_PARTITION__/m=__HIVE_DEFAULT_PARTITION__/0000_part_00": b"3\n",
    }
    unload(
        "select a, y from t where a = 1", "PARTITION BY (y) INCLUDE CSV PARALLEL OFF", prefix="q"
    )
    assert objects()["q/y=2019/000"] == b"1,2019\n"
    for options, sqlstate in (
        ("PARTITION BY (x)", "42703"),
        ("PARTITION BY (a, y, m)", "42601"),
        ("PARTITION BY ('y')", "42601"),
    ):
        assert refused(unload, "select * from t", f"{options} ALLOWOVERWRITE").pgcode == sqlstate
    error = refused(unload, "select a, a::float as f from t", "PARTITION BY (f)")
    assert error.pgcode == "0A000"


@pytest.mark.emulator_only
def test_intervals_are_refused(client, unload):
    client.run("CREATE TABLE t (i interval year to month)")
    shown = 'UNLOAD of column "i" of type interval year to month as'
    for options, form in {
        "": "TEXT",
        "PARQUET": "PARQUET",
        "FIXEDWIDTH 'i:9'": "FIXEDWIDTH",
    }.items():
        message = f"{shown} {form}: not supported by the emulator"
        assert message in str(refused(unload, "select i from t", options))


def test_rule_60_existing_objects_are_kept_replaced_or_removed(client, bucket, unload, objects):
    s3 = bucket.client()
    client.run_all("CREATE TABLE t (a int, y int); INSERT INTO t VALUES (1, 1)")
    s3.put_object(Bucket=bucket.name, Key="u/old", Body=b"old")
    error = refused(unload, "select a from t")
    assert error.diag.message_primary.startswith(
        "Specified unload destination on S3 is not empty."
    )
    assert list(objects()) == ["u/old"]
    unload("select a from t", "ALLOWOVERWRITE PARALLEL OFF")
    unload("select 2 as a from t", "ALLOWOVERWRITE PARALLEL OFF")
    assert objects() == {"u/000": b"2\n", "u/old": b"old"}
    unload("select 3 as a from t", "CLEANPATH")
    assert objects() == {"u/0000_part_00": b"3\n", "u/0001_part_00": b""}
    for key in ("u/y=1/old", "u/y=2/old"):
        s3.put_object(Bucket=bucket.name, Key=key, Body=b"old")
    unload("select * from t", "CLEANPATH PARTITION BY (y)")
    assert [key for key in objects() if "y=" in key] == ["u/y=1/0000_part_00", "u/y=2/old"]


def test_rule_60_maxfilesize_begins_new_files(client, unload, objects):
    client.run_all("CREATE TABLE t (a varchar(65535)); INSERT INTO t VALUES (repeat('x', 60000))")
    for _ in range(7):
        client.run("INSERT INTO t SELECT a FROM t")
    unload("select a from t", "MAXFILESIZE AS 5 MB PARALLEL OFF")
    sizes = {key: len(content) for key, content in objects().items()}
    assert sizes == {"u/000": 87 * 60001, "u/001": 41 * 60001}
    unload("select a from t", "MAXFILESIZE 5 GZIP", prefix="z/")
    assert [key for key in objects() if key.startswith("z/")] == [
        "z/0000_part_00.gz",
        "z/0001_part_00.gz",
    ]


OPTIONS = [
    ("CSV ADDQUOTES", "42601"),
    ("CSV ESCAPE", "42601"),
    ("JSON HEADER", "42601"),
    ("PARQUET NULL AS 'x'", "42601"),
    ("PARQUET GZIP", "42601"),
    ("CSV JSON", "42601"),
    ("GZIP ZSTD", "42601"),
    ("CLEANPATH ALLOWOVERWRITE", "42601"),
    ("HEADER HEADER", "42601"),
    ("VERBOSE", "42601"),
    ("MAXFILESIZE 4 MB", "22023"),
    ("MAXFILESIZE 7 GB", "22023"),
    ("ROWGROUPSIZE 32 MB", "42601"),
    ("PARQUET ROWGROUPSIZE 129", "22023"),
    ("FIXEDWIDTH '0:3' HEADER", "42601"),
    ("FIXEDWIDTH '0:3,1:2'", "42601"),
    ("FIXEDWIDTH '3'", "22023"),
    ("ENCRYPTED MASTER_SYMMETRIC_KEY 'x'", "0A000"),
    ("KMS_KEY_ID 'x'", "42601"),
    ("KMS_KEY_ID 'x' ENCRYPTED AUTO", "42601"),
    ("REGION 'eu-west-1'", "XX000"),
    ("IGNOREHEADER 1", "42601"),
    (r"NULL AS '\N'", "0A000"),
]
QUERIES = [
    ("select a from t limit 1", "0A000"),
    ("select top 1 a from t", "0A000"),
    ("(select a from t limit 1)", "0A000"),
    ("delete from t", "42601"),
    ("select 1; select 2", "42601"),
    ("", "42601"),
    ("select a from t where", "42601"),
    ("select usename from pg_user", "0A000"),
    ("select b from t", "42703"),
    ("select 1 / (a - 1) from t", "22012"),
]


def test_rule_60_what_cannot_be_unloaded_is_refused_and_writes_nothing(client, unload, objects):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    for options, sqlstate in OPTIONS:
        assert refused(unload, "select a from t", options).pgcode == sqlstate, options
    for query, sqlstate in QUERIES:
        assert refused(unload, query).pgcode == sqlstate, query
    assert objects() == {}


def test_rule_60_files_that_s3_encrypts_are_as_others(client, unload, objects):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (7)")
    for number, option in enumerate(("ENCRYPTED", "CSV ENCRYPTED AUTO HEADER")):
        unload("select a from t", option, prefix=f"{number}/")
    assert objects()["0/0000_part_00"] == b"7\n"
    assert objects()["1/0000_part_00"] == b"a\n7\n"


def test_rule_60_fixed_width_fields_are_filled_with_blanks(client, bucket, unload, objects):
    client.run_all(
        "CREATE TABLE t (a int, b varchar(9), c date); INSERT INTO t VALUES (1, 'aé', NULL),"
        " (-12, '', '2026-11-22'); CREATE TABLE back (LIKE t)"
    )
    widths = "FIXEDWIDTH AS 'a:3,b:4,c:10'"
    unload("select * from t order by a desc", f"{widths} PARALLEL OFF")
    assert objects()["u/000"].decode() == "1  aé            \n-12    2026-11-22\n"
    client.run(f"COPY back FROM 's3://{bucket.name}/u/' IAM_ROLE '{ROLE}' TRIMBLANKS {widths}")
    assert client.run("SELECT * FROM back ORDER BY 1") == client.run("SELECT * FROM t ORDER BY 1")
    unload("select a, c from t where a = 1", "FIXEDWIDTH 'a:1,c:2' NULL AS 'nil'", "n/")
    assert objects()["n/0000_part_00"] == b"1  \n"
    for query in ("select a, 'xy' from t", "select a, null::varchar(1) from t"):
        error = refused(unload, query, "FIXEDWIDTH 'a:3,b:1' NULL AS 'nil' ALLOWOVERWRITE")
        assert error.pgcode == "22001", query
    assert refused(unload, "select a::varchar::varbyte from t", "FIXEDWIDTH 'a:9'").pgcode


def test_rule_60_kms_key_id_is_the_key_of_each_file_and_of_the_manifest(client, bucket, unload):
    unload("select 1", "KMS_KEY_ID '1234abcd-12ab-34cd-56ef-1234567890ab' ENCRYPTED MANIFEST")
    s3 = bucket.client()
    for key in ("u/0000_part_00", "u/manifest"):
        found = s3.head_object(Bucket=bucket.name, Key=key)
        assert found["ServerSideEncryption"] == "aws:kms"
        assert found["SSEKMSKeyId"].endswith("1234abcd-12ab-34cd-56ef-1234567890ab")


def test_rule_60_a_nested_limit_is_allowed(client, unload, objects):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3)")
    unload("select a from t where a in (select a from t order by a desc limit 2)", "PARALLEL OFF")
    assert sorted(objects()["u/000"].split()) == [b"2", b"3"]


def test_rule_60_counters_and_system_tables(client, unload):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3)")
    counters = "SELECT pg_last_unload_count(), pg_last_unload_id()"
    assert client.run(counters) == [(0, -1)]
    unload("select a from t", "GZIP")
    count, query = client.run(counters)[0]
    assert (count, query > 0) == (3, True)
    refused(unload, "select a from t", "CSV nonsense")
    assert client.run(counters) == [(3, query)]
    logged = client.run(
        "SELECT slice, line_count, TRIM(path) FROM stl_unload_log"
        " WHERE query = pg_last_unload_id() ORDER BY 1"
    )
    assert [(place, lines) for place, lines, _ in logged] == [(0, 2), (1, 1)]
    assert logged[0][2].endswith("/u/0000_part_00.gz")
    detail = client.run(
        "SELECT line_count, TRIM(file_name), TRIM(file_format), transfer_size > 0,"
        " session_id = pg_backend_pid() FROM sys_unload_detail"
        " WHERE query_id = pg_last_unload_id() ORDER BY 2"
    )
    assert detail == [(lines, path, "Text", True, True) for _, lines, path in logged]
    assert client.run(
        f"SELECT status, file_format, compression_type, unloaded_rows, unloaded_files_count"
        f" FROM sys_unload_history WHERE query_id = {query}"
    ) == [("completed", "Text", "GZIP", 3, 2)]
    refused(unload, "select 1 / (a - 2) from t order by a", "ALLOWOVERWRITE")
    count, failed = client.run(counters)[0]
    assert (count, failed > query) == (0, True)
    assert client.run(f"SELECT status FROM sys_unload_history WHERE query_id = {failed}") == [
        ("failed",)
    ]
    client.run("BEGIN READ ONLY")
    unload("select a from t", prefix="v/")
    client.run("ROLLBACK")
    assert client.run(counters) == [(3, failed)]


def test_rule_60_the_query_needs_privileges_and_the_destination_a_role(client, bucket, new_user):
    name, user = new_user()
    s = client.schema
    client.run_all(f"CREATE TABLE t (a int); GRANT USAGE ON SCHEMA {s} TO {name}")
    target = f"s3://{bucket.name}/u/"
    statement = f"UNLOAD ($$select a from {s}.t$$) TO '{target}' "
    assert user.error(f"{statement} IAM_ROLE '{ROLE}'").pgcode == "42501"
    assert client.error(statement).pgcode == "42601"
    other = ROLE.replace("local", "other")
    assert "Not authorized" in str(client.error(f"{statement} IAM_ROLE '{other}'"))
    secret = "distinctive-secret"
    keys = f"ACCESS_KEY_ID 'x' SECRET_ACCESS_KEY '{secret}'"
    assert secret not in str(client.error(f"{statement} {keys} GZIP GZIP"))
    client.run(f"CREATE VIEW v AS SELECT a FROM {s}.t WITH NO SCHEMA BINDING")
    client.run(f"UNLOAD ('select a from v') TO '{target}' IAM_ROLE default")
