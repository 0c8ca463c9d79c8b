"""COPY through the server: transactions, row counts, errors that survive a rollback."""

import gzip
import json

import pytest

from tests.support.emulator import ROLE


@pytest.fixture
def load(client, bucket):
    """Upload parts and their manifest; return the COPY statement that loads them."""
    s3 = bucket.client()

    def write(*parts):
        entries = []
        for number, part in enumerate(parts):
            key = f"part-{number}.csv.gz"
            body = gzip.compress(part.encode())
            s3.put_object(Bucket=bucket.name, Key=key, Body=body)
            meta = {"content_length": len(body)}
            entries.append({"url": f"s3://{bucket.name}/{key}", "mandatory": True, "meta": meta})
        manifest = json.dumps({"entries": entries})
        s3.put_object(Bucket=bucket.name, Key="manifest", Body=manifest.encode())
        return (
            f"COPY t FROM 's3://{bucket.name}/manifest' IAM_ROLE '{ROLE}' MANIFEST FORMAT"
            f" AS CSV GZIP"
            " NULL AS '@NULL@'"
        )

    return write


def test_rule_25_copy_loads_all_parts(client, load):
    client.run("CREATE TABLE t (a int, b varchar(10))")
    assert client.run(load("1,x\n2,@NULL@\n", '3,"é, ""q"""\n')) == "COPY"
    assert client.run("SELECT a, b FROM t ORDER BY a") == [(1, "x"), (2, None), (3, 'é, "q"')]
    assert "3 record(s) loaded successfully" in client.notices()


def test_rule_32_pg_last_copy_count_and_id_are_those_of_the_last_copy(client, load):
    client.run("CREATE TABLE t (a int)")
    assert client.run("SELECT pg_last_copy_count(), pg_last_copy_id()") == [(0, -1)]
    client.run(load("1\n2\n"))
    count, first = client.run("SELECT pg_last_copy_count(), pg_last_copy_id()")[0]
    assert (count, first > 0) == (2, True)
    assert client.error("COPY t FROM 's3://nosuch/x' CSV").pgcode is not None
    assert client.run("SELECT pg_last_copy_count(), pg_last_copy_id()") == [(2, first)]
    assert client.error(load("x\n")).pgcode == "XX000"
    count, second = client.run("SELECT pg_last_copy_count(), pg_last_copy_id()")[0]
    assert count == 0
    assert second > first


def test_rule_33_the_files_of_the_last_copy(client, load):
    """https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_DETAIL.html."""
    client.run("CREATE TABLE t (a int)")
    client.run(load("1\n2\n", "30\n"))
    detail = client.run(
        "SELECT trim(file_name) LIKE 's3://%', lines_scanned, splits_scanned, end_time"
        " FROM sys_load_detail WHERE query_id = pg_last_copy_id() ORDER BY file_name"
    )
    assert detail == [(True, 2, None, None), (True, 1, None, None)]
    sizes = "SELECT sum({}) FROM {} WHERE query_id = pg_last_copy_id()"
    read = client.value(sizes.format("source_file_bytes", "sys_load_history"))
    assert client.value(sizes.format("bytes_scanned", "sys_load_detail")) == read


def test_rule_32_a_rollback_restores_pg_last_copy_id(client, load):
    client.run_all("CREATE TABLE t (a int); BEGIN")
    client.run(load("1\n"))
    assert client.value("SELECT pg_last_copy_id()") > 0
    client.run("ROLLBACK")
    assert client.value("SELECT pg_last_copy_id()") == -1
    assert client.run("SELECT * FROM t") == []


def test_rule_31_load_errors_survive_the_rollback(client, load):
    client.run_all("CREATE TABLE t (a int, b varchar(3)); BEGIN; INSERT INTO t VALUES (0, 'x')")
    error = client.error(load("1,ab\n", "2,abcd\n"))
    assert error.pgcode == "XX000"
    assert error.diag.message_primary == (
        "Load into table 't' failed.  Check 'stl_load_errors' system table for details."
    )
    assert client.error("SELECT * FROM stl_load_errors").pgcode == "25P02"
    client.run("ROLLBACK")
    pid = client.value("SELECT pg_backend_pid()")
    found = client.run(
        "SELECT line_number, TRIM(colname), TRIM(type), TRIM(col_length),"
        " TRIM(raw_field_value), err_code,"
        " TRIM(err_reason), TRIM(filename) LIKE '%%part-1.csv.gz' FROM stl_load_errors"
        " WHERE session = %s",
        (pid,),
    )
    assert found == [
        (1, "b", "varchar", "3", "abcd", 1204, "String length exceeds DDL length", True)
    ]
    detail = client.run(
        "SELECT line_number, TRIM(column_name), error_code FROM sys_load_error_detail"
        " WHERE session_id = %s",
        (pid,),
    )
    assert detail == [(1, "b", 1204)]
    assert client.run("SELECT * FROM t") == []


def test_rule_35_copy_into_a_nonexistent_table_is_refused(client, load):
    error = client.error(load("1\n").replace("COPY t ", "COPY nosuch "))
    assert (error.pgcode, str(error).strip()) == (
        "XX000",
        "Cannot COPY into nonexistent table nosuch",
    )


def test_rule_24_copy_and_insert_wait_for_each_other(client, second, load, emulator):
    client.run_all("CREATE TABLE t (a int); BEGIN")
    client.run(load("1\n"))
    second.run("SET statement_timeout TO 200")
    assert second.error("INSERT INTO t VALUES (2)").pgcode == "57014"
    client.run("COMMIT")
    second.run("INSERT INTO t VALUES (2)")
    assert client.value("SELECT count(*) FROM t") == 2


def test_rule_24_copy_requires_only_the_insert_privilege(client, new_user, load):
    name, user = new_user()
    client.run_all(f"CREATE TABLE t (a int); GRANT USAGE ON SCHEMA {client.schema} TO {name}")
    statement = load("1\n").replace("COPY t ", f"COPY {client.schema}.t ")
    assert user.error(statement).pgcode == "42501"
    client.run(f"GRANT INSERT ON t TO {name}")
    assert user.run(statement) == "COPY"


def test_rule_15_copy_fills_identity_columns(client, load):
    client.run("CREATE TABLE t (id bigint IDENTITY (1, 1), a int)")
    client.run(load("7\n8\n"))
    numbers = [row[0] for row in client.run("SELECT id FROM t ORDER BY a")]
    assert len(set(numbers)) == 2


def test_rule_24_two_sessions_append_to_a_table_one_after_the_other(client, second, load):
    client.run("CREATE TABLE t (a int)")
    statement = load("1\n")
    for session in (client, second):
        session.run(statement)
    assert client.value("SELECT count(*) FROM t") == 2


def test_rule_25_copy_loads_a_temporary_table(client, load):
    client.run("CREATE TEMP TABLE t (a int)")
    assert client.run(load("1\n")) == "COPY"
    assert client.value("SELECT a FROM t") == 1
