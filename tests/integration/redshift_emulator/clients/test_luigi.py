"""The tasks of luigi.contrib.redshift, which are Luigi's own, not those of this project."""

import json

import luigi
import psycopg2
import pytest
from luigi.contrib import redshift

ROWS = b"1|a\n2|b\n"


@pytest.fixture
def tasks(place, bucket, prefix):
    """Make tasks of a class with the login, the keys of S3 and the given attributes."""
    login = {
        "host": f"127.0.0.1:{place.emulator.port}",
        "database": place.emulator.database,
        "user": place.emulator.user,
        "password": place.emulator.password,
        "table": f"{place.schema}.copied",
        "aws_access_key_id": bucket.server.credentials.access_key_id,
        "aws_secret_access_key": bucket.server.credentials.secret_access_key,
    }

    def make(base, **attributes):
        return type(f"{base.__name__}Here", (base,), {**login, **attributes})()

    return make


def runs(task):
    return luigi.build([task], local_scheduler=True, log_level="CRITICAL") and task.complete()


def test_tasks(tasks, place, bucket, prefix):
    s3, schema = bucket.client(), place.schema
    s3.put_object(Bucket=bucket.name, Key="p/rows", Body=ROWS)
    copy = tasks(
        redshift.S3CopyToTable,
        columns=[("id", "int"), ("name", "varchar(10)")],
        s3_load_path=lambda self: f"{prefix}/rows",
        copy_options="DELIMITER '|'",
    )
    # Without it, the first COPY would meet error 1018, on a cluster too: a marker table that is
    # created after the transaction's snapshot.
    copy.output().create_marker_table()
    assert runs(copy)
    assert runs(tasks(redshift.RedshiftQuery, query=f"DELETE FROM {schema}.copied WHERE id = 1"))
    assert runs(
        tasks(
            redshift.RedshiftUnloadTask,
            query=lambda self: f"SELECT * FROM {schema}.copied WHERE name = 'b'",
            s3_unload_path=f"{prefix}/unloaded_",
            unload_options="PARALLEL OFF",
        )
    )
    assert s3.get_object(Bucket=bucket.name, Key="p/unloaded_000")["Body"].read() == b"2|b\n"
    target = {"path": f"{prefix}/manifest", "folder_paths": (prefix,)}
    assert runs(tasks(redshift.RedshiftManifestTask, **target))
    entries = json.loads(s3.get_object(Bucket=bucket.name, Key="p/manifest")["Body"].read())
    assert {"url": f"{prefix}/rows", "mandatory": True} in entries["entries"]


def test_json_is_loaded_and_sessions_are_killed(tasks, place, prefix, bucket):
    bucket.client().put_object(Bucket=bucket.name, Key="p/json", Body=b'{"id": 5} {"id": 6}')
    load = tasks(
        redshift.S3CopyJSONToTable,
        columns=[("id", "int")],
        s3_load_path=lambda self: f"{prefix}/json",
        jsonpath="auto",
        copy_json_options="",
        copy_options="",
    )
    load.output().create_marker_table()
    assert runs(load)
    with place.emulator.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {place.schema}.copied WHERE id > 4 ORDER BY id")
        assert cursor.fetchall() == [(5,), (6,)]
    victim = place.emulator.connect()
    kill = tasks(redshift.KillOpenRedshiftSessions, connection_reset_wait_seconds=0)
    assert runs(kill)
    with victim.cursor() as cursor, pytest.raises(psycopg2.OperationalError):
        cursor.execute("SELECT 1")
