"""Real servers for all tests.

Each worker of a parallel run starts its own, on random ports, when a test first requests it.
"""

import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from pipeline.local.postgres.server import Postgres
from pipeline.local.s3.server import Credentials, S3Server
from pipeline.local.stack import Stack
from tests.support import database
from tests.support.hooks.certification import (  # noqa: F401  (hooks)
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_terminal_summary,
)
from tests.support.hooks.failures import pytest_sessionstart  # noqa: F401  (a hook)
from tests.support.hooks.models import share_models
from tests.support.hooks.time_limit import (  # noqa: F401  (hooks)
    pytest_runtest_makereport,
    pytest_timeout_set_timer,
)

share_models()

SCALE = 0.002
FOREIGN = ("AWS_", "PG", "DATA_WAREHOUSE_", "DATABASE_", "LUIGI_")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the number of workers of a parallel run: tests wait for servers part of the time."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


@dataclass(frozen=True)
class Bucket:
    """A bucket for one test, and the server that holds it."""

    name: str
    server: S3Server

    def client(self):
        return self.server.client()

    def environment(self):
        """The variables with which boto3's own chain finds the server."""
        return {
            "AWS_ACCESS_KEY_ID": self.server.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.server.credentials.secret_access_key,
            "AWS_DEFAULT_REGION": self.server.credentials.region,
            "AWS_ENDPOINT_URL_S3": self.server.endpoint_url,
        }


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the developer's connections, profiles and settings from the tests."""
    nothing = tmp_path_factory.mktemp("nothing") / "there"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            patch.delenv(name)
        for name in (
            "AWS_CONFIG_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "PGPASSFILE",
            "PGSERVICEFILE",
        ):
            patch.setenv(name, str(nothing))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        # Each pytest removes old folders of others, and fails if another one does so meanwhile.
        patch.setenv("PYTEST_DEBUG_TEMPROOT", str(tmp_path_factory.mktemp("inner")))
        yield


@pytest.fixture(scope="session", autouse=True)
def heard_signals() -> None:
    """Hear what nohup and the background of a script ignore: commands inherit it."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            is_int = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_int else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def no_default_session() -> Iterator[None]:
    """Forget boto3's default session, which would keep the credentials of one test for others."""
    yield
    if boto3 := sys.modules.get("boto3"):
        boto3.DEFAULT_SESSION = None


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A running PostgreSQL server, removed after the tests."""
    directory = tmp_path_factory.mktemp("pg")
    server = Postgres(directory, secrets.token_urlsafe(16), throw_away=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def new_database(postgres: Postgres) -> Iterator[Callable[..., str]]:
    """Make databases: each call returns the superuser's URL of a new, empty one."""
    with ExitStack() as databases:

        def create(encoding: str = "UTF8") -> str:
            name = f"test_{secrets.token_hex(6)}"
            return databases.enter_context(database.new_database(postgres, name, encoding))

        yield create


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A running S3 server with its own credentials."""
    credentials = Credentials(f"test{secrets.token_hex(8)}", secrets.token_urlsafe(24))
    server = S3Server(tmp_path_factory.mktemp("s3"), credentials, throw_away=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def bucket(s3_server: S3Server) -> Bucket:
    """An empty bucket."""
    name = f"test-{secrets.token_hex(6)}"
    s3_server.create_bucket(name)
    return Bucket(name, s3_server)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole local stack with small samples, shared: do not stop or change it."""
    stack = Stack(tmp_path_factory.mktemp("stack"), throw_away=True)
    try:
        stack.up(SCALE)
        yield stack
    finally:
        stack.down()
