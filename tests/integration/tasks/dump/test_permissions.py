"""A login that cannot read one upstream table: only that table fails, with advice."""

import secrets
from collections.abc import Iterator

import pytest
from psycopg2.extensions import make_dsn

from tests.support.projects.warehouse import Project

READABLE = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};"


@pytest.fixture
def reader(project: Project) -> Iterator[str]:
    """A login of the upstream database that may read all its tables; the project uses it."""
    role, password = f"reader_{project.src}", secrets.token_hex(12)
    project.upstream(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
    project.upstream(READABLE.format(role=role))
    login = make_dsn(project.upstream_dsn, user=role, password=password)
    project.environment["UPSTREAM"] = login
    yield role
    project.upstream(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_read_access_upstream_is_sufficient(project: Project, reader: str) -> None:
    project.luigi("LoadAll")


def test_an_unreadable_table_fails_alone_with_the_grant_that_it_needs(
    project: Project, reader: str
) -> None:
    project.upstream(f"REVOKE SELECT ON customers FROM {reader}")

    failed = project.luigi("LoadAll", code=30)

    assert failed.out.count("FAILED ") == 1, failed.out
    block = failed.out[failed.out.index("FAILED ") :]
    assert block.startswith(f"FAILED DumpTable {project.src}.customers")
    assert "permission denied for table customers" in block
    assert "GRANT SELECT ON" in block
    assert project.rows("SELECT COUNT(*), SUM(total) FROM {src}.orders") == [(1000, 625625)]
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]
    assert project.rows("SELECT COUNT(*) FROM {dw}.paid") == [(1,)]
    assert not [
        marker
        for marker in project.markers()
        if marker[1] == f"{project.src}.customers" and marker[0] == "CopyTable"
    ]

    project.upstream(f"GRANT SELECT ON customers TO {reader}")
    project.luigi("LoadAll")
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]
