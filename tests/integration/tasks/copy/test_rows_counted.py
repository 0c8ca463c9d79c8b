"""Rows are counted three times: by the dump, by COPY, and in the table; all must agree."""

import gzip
from dataclasses import replace

import pytest

from pipeline.manifest import Manifest
from tests.support.projects.warehouse import BUCKET, DATE, Project, change_configuration

TABLE = ("--table", "{src}.customers")
NEXT = "2026-11-22"


@pytest.fixture
def dumped(project: Project) -> Project:
    """A project that has loaded a table of four rows, and dumped the next day's."""
    change_configuration(project, lambda raw: raw.update(dump={"compression": "gzip"}))
    project.luigi("CopyTable", *TABLE)
    project.luigi("DumpTable", *TABLE, "--date", NEXT)
    return project


def replace_part(project: Project, lose: int) -> None:
    """Replace a part by one with fewer rows, and the manifest by one that counts them as before.

    Only COPY then finds how many there are.
    """
    (key,) = [key for key in project.keys(".manifest") if f"/{NEXT}/" in key]
    (part,) = project.parts(key)
    client = project.s3()
    rows = gzip.decompress(client.get_object(Bucket=BUCKET, Key=part)["Body"].read()).splitlines(
        keepends=True
    )
    body = gzip.compress(b"".join(rows[: len(rows) - lose]))
    etag = client.put_object(Bucket=BUCKET, Key=part, Body=body)["ETag"].strip('"')
    text = client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    manifest = Manifest.from_json(text)
    (found,) = manifest.parts
    wrong = replace(manifest, parts=(replace(found, bytes=len(body), etag=etag),))
    client.put_object(Bucket=BUCKET, Key=key, Body=wrong.to_json().encode())


def test_a_load_of_fewer_rows_than_the_dump_has_is_not_published(dumped: Project) -> None:
    before = dumped.rows("SELECT * FROM {src}.customers ORDER BY id")
    replace_part(dumped, lose=1)

    failed = dumped.luigi("CopyTable", *TABLE, "--date", NEXT, code=30)

    assert "COPY loaded 3 rows, the dump has 4; nothing was published" in failed.out
    assert f"Run 'pipeline forget {dumped.src}.customers --date {NEXT}'" in failed.out
    assert dumped.rows("SELECT * FROM {src}.customers ORDER BY id") == before
    newest = "SELECT MAX(run_date)::text FROM {etl}.table_updates WHERE task = 'CopyTable'"
    assert dumped.rows(newest) == [(DATE,)]
    assert dumped.leftovers() == []


def test_the_printed_command_then_loads_all_rows(dumped: Project) -> None:
    replace_part(dumped, lose=2)
    dumped.luigi("CopyTable", *TABLE, "--date", NEXT, code=30)

    dumped.pipeline("forget", "{src}.customers", "--date", NEXT)
    dumped.luigi("CopyTable", *TABLE, "--date", NEXT)

    assert dumped.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]
