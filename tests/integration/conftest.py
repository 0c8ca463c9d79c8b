"""Projects, upstream databases, buckets and schedulers, one for each test; sample databases."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from psycopg2.extensions import make_dsn

from pipeline.local.postgres.server import Postgres
from pipeline.local.samples import loading as samples
from pipeline.local.stack import Stack
from pipeline.stores.s3.bucket import S3Store
from tests.support import database
from tests.support.projects.dumping import Source
from tests.support.projects.upstream import UpstreamProject
from tests.support.projects.warehouse import DESIGNS, ORDERS, Project, configure
from tests.support.servers.luigid import LUIGIS, Luigid
from tests.support.servers.luigid import running as running_luigid

ROWS = 150_000
"""About 15 MB of heap: enough for several parts of 1 MB."""

SCALE = 0.002


@pytest.fixture
def new_project(stack: Stack, tmp_path: Path) -> Iterator[Callable[..., Project]]:
    """Make projects; each has its own upstream database and schemas."""
    server = stack.postgres(stack.state())
    with ExitStack() as made:

        def create(
            upstream: str = ORDERS, designs: dict[str, str] | None = None, encoding: str = "UTF8"
        ) -> Project:
            token = secrets.token_hex(4)
            upstream_database = database.new_database(server, f"up_{token}", encoding)
            folder = tmp_path / token
            (folder / "designs").mkdir(parents=True)
            project = Project(
                stack=stack,
                folder=folder,
                upstream_dsn=made.enter_context(upstream_database),
                src=f"src_{token}",
                dw=f"dw_{token}",
                prefix=f"test-{token}",
                marker_schema=f"etl_{token}",
            )
            made.callback(project.end)
            configure(project)
            project.upstream(upstream)
            for path, text in (DESIGNS if designs is None else designs).items():
                project.write(path, text)
            return project

        yield create


@pytest.fixture
def project(new_project: Callable[..., Project]) -> Project:
    """A project with two tables, two derived tables and a view."""
    return new_project()


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A running stack that a test may kill."""
    stack = Stack(tmp_path / "stack", throw_away=True)
    try:
        stack.up(SCALE)
        yield stack
    finally:
        stack.down()


@pytest.fixture
def upstream_project(tmp_path: Path, new_database: Callable[[], str]) -> UpstreamProject:
    """A project without designs; its source www takes the public schema of an empty database."""
    project = UpstreamProject(tmp_path)
    project.add("www", new_database())
    return project


@pytest.fixture
def reader(postgres: Postgres) -> Iterator[Callable[[str], str]]:
    """Make the URL of a database for a user whose only right is to connect."""
    name, password = f"reader_{secrets.token_hex(4)}", secrets.token_urlsafe(12)
    administration = postgres.dsn("postgres")
    database.execute(administration, f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
    databases = []

    def as_reader(dsn: str) -> str:
        databases.append(dsn)
        return make_dsn(dsn, user=name, password=password)

    yield as_reader
    for dsn in databases:
        database.execute(dsn, f"DROP OWNED BY {name}")
    database.execute(administration, f"DROP ROLE {name}")


@pytest.fixture(scope="session")
def sample_databases(postgres: Postgres) -> Iterator[dict[str, str]]:
    """The URL of each sample database at the smallest scale, shared: do not change them."""
    with ExitStack() as databases:
        urls = {
            name: databases.enter_context(database.new_database(postgres, f"sample_{name}"))
            for name in samples.SAMPLE_NAMES
        }
        for name, url in urls.items():
            samples.load(name, url, SCALE)
        yield urls


@pytest.fixture
def luigid(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Luigid]:
    """A luigid with the project's own settings of Luigi: Luigi's program, or the parameter's."""
    with running_luigid(tmp_path / "luigid", getattr(request, "param", LUIGIS)) as luigid:
        yield luigid


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
    """A database with a table `public.big` that is large enough to be divided."""
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
