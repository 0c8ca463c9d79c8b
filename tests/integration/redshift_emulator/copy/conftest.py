"""COPY without the emulator's server."""

import secrets

import pytest

from tests.support import database
from tests.support.copy_session import (
    TABLES,
    Loader,
    Session,
    Settings,
    access,
    backends,
    column,
)


@pytest.fixture(scope="session")
def prepared(postgres):
    """The name of a database with the emulator's own tables, to which nobody is connected."""
    name = f"prepared_{secrets.token_hex(4)}"
    with database.new_database(postgres, name) as url:
        with backends(url) as (_, log):
            log.execute(TABLES.read_text(encoding="utf-8"))
        yield name


@pytest.fixture
def loader(postgres, prepared, bucket):
    name = f"copy_{secrets.token_hex(6)}"
    with (
        database.new_database(postgres, name, template=prepared) as url,
        backends(url) as (backend, log),
    ):
        yield Loader(Session(backend, log, Settings(access(bucket))), bucket, url)


@pytest.fixture
def table(loader):
    """A loader with the table t of one integer column."""
    loader.table("t", column("id", "integer"))
    return loader
