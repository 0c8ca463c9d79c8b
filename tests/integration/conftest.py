"""Projects on the shared local stack, upstream databases and buckets, one for each test."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.local.stack import Stack
from pipeline.stores.s3.bucket import S3Store
from tests.support.dumping import Source
from tests.support.projects.warehouse import DESIGNS, ORDERS, Project, configure, execute

ROWS = 150_000
"""About 15 MB of heap: enough for several parts of 1 MB."""


@pytest.fixture
def new_project(stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Make projects; each has an upstream database and schemas of its own."""
    databases: list[str] = []
    server = stack.postgres(stack.state())

    def create(upstream: str = ORDERS, designs: dict[str, str] | None = None) -> Project:
        token = secrets.token_hex(4)
        name = f"up_{token}"
        execute(server.dsn("postgres"), f"CREATE DATABASE {name}")
        databases.append(name)
        folder = tmp_path / token
        (folder / "designs").mkdir(parents=True)
        project = Project(
            stack=stack,
            folder=folder,
            upstream_dsn=server.dsn(name),
            src=f"src_{token}",
            dw=f"dw_{token}",
            prefix=f"test-{token}",
            marker_schema=f"etl_{token}",
        )
        configure(project)
        project.upstream(upstream)
        for path, text in (DESIGNS if designs is None else designs).items():
            project.write(path, text)
        return project

    yield create
    for name in databases:
        execute(server.dsn("postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def project(new_project: Callable[..., Project]) -> Project:
    """A project with two tables, two derived tables and a view."""
    return new_project()


@pytest.fixture
def store(bucket, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """An empty bucket, found as the pipeline finds it."""
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    return S3Store(bucket.name)


@pytest.fixture
def source(new_database, store: S3Store) -> Source:
    """An empty database upstream."""
    return Source(new_database(), store)


@pytest.fixture
def large(source: Source) -> Iterator[Source]:
    """A database with a table `public.big` that is worth cutting."""
    source.execute(
        f"""
        CREATE TABLE big AS
        SELECT g AS id, md5(g::text) AS a, md5((g + 1)::text) AS b,
            CASE WHEN g % 3 > 0 THEN repeat('x', g % 50) END AS c
        FROM generate_series(1, {ROWS}) AS g;
        ANALYZE big
        """
    )
    return source
