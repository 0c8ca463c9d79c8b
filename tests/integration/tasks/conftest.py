"""Projects on the shared local stack, one for each test."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from warehouse_project import DESIGNS, ORDERS, Project, configure, execute

from pipeline.local.stack import Stack


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
