"""COPY through the server: syntax, messages, SQLSTATEs, counters, load errors."""

from contextlib import closing

import psycopg2
import pytest

from tests.support.emulator import ROLE


@pytest.fixture
def load(client, bucket):
    """Return a function that puts a file and copies it into t."""
    client.run("CREATE TABLE t (id int NOT NULL, v varchar(5), d decimal(8,2))")

    def copy(content, options="CSV"):
        bucket.client().put_object(Bucket=bucket.name, Key="t/part", Body=content.encode())
        source = f"s3://{bucket.name}/t/"
        return client.run(f"COPY t FROM %s IAM_ROLE %s {options}", (source, ROLE))

    return copy


def values(client):
    return client.run("SELECT id, v FROM t ORDER BY id")


@pytest.mark.parametrize("marker", [r"'\0'", r"'\000'", r"'\\0'", r"'\\000'"])
def test_null_as_nul_turns_a_field_that_is_nul_into_null(client, load, marker):
    load("1,\0,\n2,a,\n", f"CSV NULL AS {marker}")
    assert values(client) == [(1, None), (2, "a")]


def test_nul_has_no_use_in_other_strings(client, load):
    for statement in (r"SELECT 'a\000'", r"COPY t FROM 's3://b/k\000' IAM_ROLE default"):
        assert client.error(statement).pgcode == "22021"
    with pytest.raises(psycopg2.Error) as error:
        load("1,a,1\n", r"CSV DATEFORMAT '\0'")
    assert error.value.pgcode == "22021"


@pytest.mark.parametrize("delimiter", [r"'\001'", r"'\1'", r"'\\001'"])
def test_a_delimiter_may_be_written_as_an_octal_number(client, load, delimiter):
    load("1\x01a|b\x01\n", f"DELIMITER {delimiter}")
    assert values(client) == [(1, "a|b")]


def test_rule_33_a_load_is_a_step_that_inserts(client, load):
    load("1,a,1\n2,b,2\n")
    query = "SELECT step_name, output_rows FROM sys_query_detail WHERE table_id = 't'::regclass"
    assert client.run(query) == [("insert", 2)]


def test_a_hexadecimal_escape_is_a_plain_x_as_in_other_statements(client, load):
    assert client.value(r"SELECT '\x41'") == "x41"
    load("1,A,\n2,x41,\n", r"CSV NULL AS '\x41'")
    assert values(client) == [(1, "A"), (2, None)]
    with pytest.raises(psycopg2.Error, match="must be a single ASCII character"):
        load("1A\n", r"DELIMITER '\x41'")


def test_comments_nest_as_in_other_statements(client, load):
    assert client.value("SELECT /* outer /* inner */ still outer */ 1") == 1
    load("1;a;\n", "/* outer /* inner */ GZIP */ CSV -- GZIP\n DELIMITER /* ; */ ';'")
    assert values(client) == [(1, "a")]


def test_escape_string_syntax_is_unknown_as_in_other_statements(client, load):
    refusal = client.error("SELECT E'a'")
    assert (refusal.pgcode, refusal.diag.message_primary) == ("42704", 'type "e" does not exist')
    with pytest.raises(psycopg2.Error) as error:
        load("1,a,1\n", "CSV NULL AS E'a'")
    assert error.value.diag.message_primary == refusal.diag.message_primary
    assert error.value.pgcode == refusal.pgcode


def test_options_come_in_any_order_and_the_authorization_anywhere(client, bucket, load):
    bucket.client().put_object(Bucket=bucket.name, Key="t/part", Body=b"id;v\n1;-\n")
    client.run(
        f"COPY t (id, v) FROM 's3://{bucket.name}/t/' NULL AS '-' IGNOREHEADER 1 DELIMITER ';'"
        f" IAM_ROLE '{ROLE}' MAXERROR AS 3 CSV"
    )
    assert values(client) == [(1, None)]


def test_quoted_names_keep_their_case_in_a_case_sensitive_session(client):
    client.run("SET enable_case_sensitive_identifier TO on")
    client.run('CREATE TABLE "T" ("Id" int)')
    copy = "COPY \"T\" ({}) FROM 's3://nosuch-bucket/k' IAM_ROLE %s CSV"
    assert client.error(copy.format('"Id"'), (ROLE,)).pgcode == "XX000"
    assert client.error(copy.format('"id"'), (ROLE,)).pgcode == "42703"


def test_counters_and_messages_of_a_load(client, load):
    assert client.value("SELECT PG_LAST_COPY_COUNT()") == 0
    assert client.value("SELECT PG_LAST_COPY_ID()") == -1
    assert load("1,a,1.999\n2,,\n") == "COPY"
    assert "INFO:  Load into table 't' completed, 2 record(s) loaded" in client.notices()
    assert client.value("SELECT PG_LAST_COPY_COUNT()") == 2
    assert client.value("SELECT PG_LAST_COPY_ID()") > 0
    rows = client.run("SELECT id, v, d FROM t ORDER BY id")
    assert [(i, v, str(d)) for i, v, d in rows] == [(1, "a", "1.99"), (2, "", "None")]


def test_a_failed_load_is_an_internal_error_with_its_rows_in_stl_load_errors(client, load):
    load("1,a,1\n")
    with pytest.raises(psycopg2.errors.InternalError_) as error:
        load("2,b,2\nx,c,3\n")
    assert error.value.pgcode == "XX000"
    assert error.value.diag.message_primary == (
        "Load into table 't' failed.  Check 'stl_load_errors' system table for details."
    )
    assert "code:      8001" in error.value.diag.message_detail
    assert client.value("SELECT PG_LAST_COPY_COUNT()") == 0
    assert client.value("SELECT count(*) FROM t") == 1
    found = client.run(
        "SELECT TRIM(filename), line_number, TRIM(colname), err_code, TRIM(err_reason)"
        " FROM stl_load_errors WHERE session = PG_BACKEND_PID()"
    )
    ((name, line, column, code, reason),) = found
    assert name.endswith("/t/part")
    assert (line, column, code) == (2, "id", 1207)
    assert reason == "Invalid digit, Value 'x', Pos 0, Type: Integer"
    details = client.run(
        "SELECT line_number, TRIM(column_name), error_code FROM sys_load_error_detail"
        " WHERE session_id = PG_BACKEND_PID()"
    )
    assert details == [(2, "id", 1207)]


def test_a_refused_copy_does_not_change_the_counters(client, load):
    load("1,a,1\n")
    for options in ("CSV nonsense", "CSV CSV", "PARQUET CSV"):
        with pytest.raises(psycopg2.Error):
            load("1,a,1\n", options)
    with pytest.raises(psycopg2.errors.InternalError_, match="Cannot COPY into nonexistent table"):
        client.run("COPY nowhere FROM 's3://b/k' IAM_ROLE default")
    assert client.value("SELECT PG_LAST_COPY_COUNT()") == 1


def test_a_load_is_visible_to_others_after_commit(client, second, load):
    client.run("BEGIN")
    load("1,a,1\n2,b,2\n")
    assert client.value("SELECT count(*) FROM t") == 2
    assert second.value("SELECT count(*) FROM t") == 0
    client.run("COMMIT")
    assert second.value("SELECT count(*) FROM t") == 2


def test_no_key_reaches_the_client(client, bucket):
    client.run("CREATE TABLE t (id int)")
    secret = "distinctive-secret-key"
    for tail in (f"'{secret}' nonsense", f"'{secret}'", f"'{secret}' GZIP GZIP"):
        error = client.error(
            f"COPY t FROM 's3://{bucket.name}/k' ACCESS_KEY_ID 'x' SECRET_ACCESS_KEY {tail}"
        )
        assert secret not in str(error)


def is_frozen(emulator, client, table):
    """Return whether the first page of a table in PostgreSQL shows its rows to everybody."""
    page = f"pg_read_binary_file(pg_relation_filepath('{client.schema}.{table}'), 10, 1)"
    with closing(emulator.plain()) as plain, plain.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute(f"SELECT get_byte({page}, 0) & 4 <> 0")
        return cursor.fetchone()[0]


@pytest.mark.emulator_only
@pytest.mark.parametrize(
    ("before", "frozen"),
    [
        ("BEGIN; CREATE TABLE t (id int)", True),
        ("BEGIN; CREATE TABLE t (id int); GRANT SELECT ON t TO PUBLIC", True),
        ("BEGIN; CREATE TEMP TABLE t (id int)", None),
        ("BEGIN; CREATE TABLE s (id int); ALTER TABLE s RENAME TO t", True),
        ("CREATE TABLE t (id int); BEGIN", False),
        ("CREATE TABLE s (id int); BEGIN; ALTER TABLE s RENAME TO t", False),
        ("CREATE TABLE t (id int); BEGIN; TRUNCATE t; BEGIN", False),
        ("BEGIN; CREATE TABLE t (id int); DECLARE c CURSOR FOR SELECT 1", False),
    ],
)
def test_rows_of_a_new_table_are_written_as_frozen(emulator, client, bucket, before, frozen):
    """Where PostgreSQL would refuse that, they are written as others."""
    bucket.client().put_object(Bucket=bucket.name, Key="t/part", Body=b"1\n2\n")
    for statement in before.split("; "):
        client.run(statement)
    for _ in range(2):
        client.run("COPY t FROM %s IAM_ROLE %s CSV", (f"s3://{bucket.name}/t/", ROLE))
    client.run("COMMIT")

    assert client.value("SELECT COUNT(*) FROM t") == 4
    if frozen is not None:
        assert is_frozen(emulator, client, "t") == frozen
