"""Concurrent runs, and secrets that no run may show."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zstandard

from tests.support.projects.warehouse import BUCKET, Project, change_configuration, check_loaded
from tests.support.results.tracing import log_statements


@pytest.fixture(params=["snapshot", "serializable"])
def isolation(request: pytest.FixtureRequest, project: Project) -> Iterator[str]:
    """The isolation level of the warehouse; SERIALIZABLE was the default before 2024.

    https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
    """
    database = urlsplit(project.environment["DATA_WAREHOUSE_ADMIN"]).path.strip("/")
    project.rows(f"ALTER DATABASE {database} ISOLATION LEVEL {request.param}", "ADMIN")
    yield request.param
    project.rows(f"ALTER DATABASE {database} ISOLATION LEVEL snapshot", "ADMIN")


@pytest.mark.usefixtures("isolation")
def test_two_concurrent_runs_leave_one_set_of_rows(project: Project) -> None:
    runs = [project.start_luigi("LoadAll") for _ in range(2)]
    ends = [process.communicate(timeout=240) for process in runs]
    assert [process.returncode for process in runs] == [0, 0], ends
    check_loaded(project)


def test_two_runs_replace_rows_in_place_once(project: Project) -> None:
    """Rows that are replaced under somebody's view are the hard case: nothing is renamed."""
    project.luigi("LoadAll")
    project.rows("CREATE VIEW {dw}.mine AS SELECT id, name FROM {src}.customers")
    project.rows("DELETE FROM {src}.customers")
    runs = [project.start_luigi("LoadAll", "--date", "2026-11-22") for _ in range(2)]
    ends = [process.communicate(timeout=240) for process in runs]
    assert [process.returncode for process in runs] == [0, 0], ends
    assert project.rows("SELECT id FROM {dw}.mine ORDER BY 1") == [(1,), (2,), (3,), (4,)]


ROWS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".zst": lambda part: (
        zstandard.ZstdDecompressor().stream_reader(part, read_across_frames=True).read()
    ),
}
"""How the rows of a part are read, by the end of its name."""


def test_no_secret_leaves_the_environment(project: Project) -> None:
    """Distinctive secrets, in runs that succeed and runs that fail, with every statement logged.

    Without a role, COPY contains the keys, so this is the case with the most secrets.
    """
    change_configuration(project, lambda raw: raw["data_warehouse"].pop("iam_role"))
    secrets, log = project.secrets(), log_statements(project)
    texts = [project.luigi("LoadAll", *log, "--workers", "1").text]
    project.upstream("ALTER TABLE customers ALTER COLUMN name TYPE varchar(300)")
    project.upstream("UPDATE customers SET name = repeat('ü', 200)")
    again = ("LoadAll", *log, "--warehouse-compression", "gzip", "--date")
    texts.append(project.luigi(*again, "2026-11-22", code=30).text)
    texts.append(project.luigi(*again, "2026-11-23", code=None, AWS_SECRET_ACCESS_KEY="x").text)
    texts += [*everything_in_s3(project), everything_in_markers(project)]
    assert "SECRET_ACCESS_KEY %(secret_access_key)s" in texts[0]
    assert ["FAILED " in text for text in texts[:3]] == [False, True, True]
    assert len(secrets) == 5
    for text in texts:
        for name, secret in secrets.items():
            assert secret not in text, name


def everything_in_s3(project: Project) -> list[str]:
    """Every object's text, name and metadata; for parts, the rows in them."""
    client, found = project.s3(), {}
    for key in project.keys(having=""):
        answer = client.get_object(Bucket=BUCKET, Key=key)
        body = ROWS.get(Path(key).suffix, bytes)(answer.pop("Body").read())
        found[key] = f"{key}\n{answer}\n{body.decode('utf-8')}"
    for suffix in ROWS:
        assert any("note 1000," in text for key, text in found.items() if key.endswith(suffix))
    return list(found.values())


def everything_in_markers(project: Project) -> str:
    rows = project.rows("SELECT * FROM {etl}.table_updates")
    return str(rows + project.rows("SELECT * FROM {etl}.task_history"))
