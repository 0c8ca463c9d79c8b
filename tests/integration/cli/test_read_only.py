"""Commands that only show something work with read access everywhere."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import make_dsn

from tests.support.projects.warehouse import Project, execute
from tests.support.servers.reading_s3 import ReadingS3, reading_s3

COMMANDS = [
    "luigi LoadAll --dry-run --date 2026-11-22",
    "pipeline plan --sql --date 2026-11-22",
    "pipeline --prefix elsewhere plan --sql",
    "pipeline status --json",
    "pipeline validate",
]


@pytest.fixture
def reader(project: Project) -> Iterator[ReadingS3]:
    """After a run, the project's three connections lead to logins that may only read."""
    project.luigi("LoadAll")
    name, password = f"reader_{project.src}", f"Zebra{secrets.token_hex(8)}7"
    project.rows(f"CREATE USER {name} PASSWORD '{password}'", "ADMIN")
    for schema in (project.src, project.dw, project.marker_schema):
        project.rows(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        project.rows(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {name}")
    project.upstream(f"CREATE ROLE {name}_up LOGIN PASSWORD '{password}'")
    project.upstream(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}_up")
    environment = project.environment
    before = dict(environment)
    environment["UPSTREAM"] = make_dsn(project.upstream_dsn, user=f"{name}_up", password=password)
    environment["DATA_WAREHOUSE_ETL"] = make_dsn(
        before["DATA_WAREHOUSE_ETL"], user=name, password=password
    )
    del environment["DATA_WAREHOUSE_ADMIN"]
    with reading_s3(before["AWS_ENDPOINT_URL_S3"]) as s3:
        environment["AWS_ENDPOINT_URL_S3"] = s3.url
        yield s3
    project.environment = before
    project.upstream(f"DROP OWNED BY {name}_up; DROP ROLE {name}_up")


def test_read_access_is_sufficient_for_plan_status_and_validate(
    project: Project, reader: ReadingS3
) -> None:
    before = files(project.folder)
    for command in COMMANDS:
        program, *words = command.split()
        shown = getattr(project, program)(*words)
        assert (shown.code, shown.err) == (0, ""), f"{command}\n{shown.text}"
    assert files(project.folder) == before
    assert len(reader.read) > len(COMMANDS)
    assert reader.refused == []
    prove_that_nothing_can_be_written(project, reader)


def files(folder: Path) -> dict[Path, bytes]:
    """All files on disk, except the cache of designs."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in found if folder / "cache" not in path.parents}


def prove_that_nothing_can_be_written(project: Project, reader: ReadingS3) -> None:
    failed = project.luigi(
        "DumpTable", "--table", "{src}.orders", "--date", "2026-11-22", code=None
    )
    assert failed.code != 0
    assert reader.refused
    with pytest.raises(InsufficientPrivilege):
        project.rows("DELETE FROM {etl}.table_updates")
    with pytest.raises(InsufficientPrivilege):
        execute(project.environment["UPSTREAM"], "DELETE FROM orders")
