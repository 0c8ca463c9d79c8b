"""COPY without the emulator's server."""

import contextlib
from urllib.parse import unquote, urlsplit

import pytest

from redshift_emulator.protocol.backend import superuser_backend
from redshift_emulator.protocol.configuration import BackendAddress
from tests.support.copy_session import Loader, Session, Settings, access, prepare


@pytest.fixture
def loader(new_database, bucket):
    url = new_database()
    parts = urlsplit(url)
    address = BackendAddress(
        parts.hostname, parts.port, parts.path[1:], parts.username, unquote(parts.password)
    )
    backend, log = superuser_backend(address), superuser_backend(address)
    with contextlib.closing(backend), contextlib.closing(log):
        prepare(backend, log)
        yield Loader(Session(backend, log, Settings(access(bucket))), bucket, url)
