"""Projects with upstream databases of their own."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.local import samples
from pipeline.local.postgres.server import Postgres
from tests.support.projects.upstream import UpstreamProject

SCALE = 0.002


@pytest.fixture
def project(tmp_path: Path, new_database: Callable[[], str]) -> UpstreamProject:
    """A project without designs; its source www takes the public schema of an empty database."""
    project = UpstreamProject(tmp_path)
    project.add("www", new_database())
    return project


@pytest.fixture
def reader(postgres: Postgres) -> Iterator[Callable[[str], str]]:
    """Make the URL of a database for a user who has no rights but to connect."""
    name, password = f"reader_{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    _execute(postgres.dsn("postgres"), f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
    databases = []

    def as_reader(dsn: str) -> str:
        databases.append(dsn)
        return make_dsn(dsn, user=name, password=password)

    yield as_reader
    for dsn in databases:
        _execute(dsn, f"DROP OWNED BY {name}")
    _execute(postgres.dsn("postgres"), f"DROP ROLE {name}")


@pytest.fixture(scope="session")
def sampled(postgres: Postgres) -> Iterator[dict[str, str]]:
    """The URL of each sample database, small; they are for reading."""
    urls = {}
    for name in samples.SAMPLE_NAMES:
        _execute(postgres.dsn("postgres"), f"CREATE DATABASE sampled_{name}")
        urls[name] = postgres.dsn(f"sampled_{name}")
        samples.load(name, urls[name], SCALE)
    yield urls
    for name in samples.SAMPLE_NAMES:
        _execute(postgres.dsn("postgres"), f"DROP DATABASE sampled_{name} WITH (FORCE)")


def _execute(dsn: str, statement: str) -> None:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
