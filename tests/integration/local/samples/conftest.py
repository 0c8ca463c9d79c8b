"""Both sample databases at a small scale, loaded once for the tests of this folder."""

from collections.abc import Callable, Iterator

import psycopg2
import pytest

from pipeline.local import samples
from pipeline.local.postgres.server import Postgres

SMALL = 0.002
# As in a dump: the text of values does not depend on the server's configuration.
SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
}

Ask = Callable[[str, str], list[tuple]]


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Execute a statement in a database and return its rows; changes are permanent."""
    return _ask


@pytest.fixture(scope="session")
def small_samples(postgres: Postgres) -> Iterator[dict[str, str]]:
    """The URL of each sample at the smallest scale in use."""
    urls = {}
    for name in samples.SAMPLE_NAMES:
        _ask(postgres.dsn("postgres"), f"CREATE DATABASE small_{name}")
        urls[name] = postgres.dsn(f"small_{name}")
        samples.load(name, urls[name], SMALL)
    yield urls
    for name in samples.SAMPLE_NAMES:
        _ask(postgres.dsn("postgres"), f"DROP DATABASE small_{name} WITH (FORCE)")


@pytest.fixture
def query(small_samples: dict[str, str]) -> Ask:
    """Execute a statement in a small sample, given by name."""
    return lambda name, statement: _ask(small_samples[name], statement)


def _ask(dsn: str, statement: str) -> list[tuple]:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            for setting, value in SETTINGS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (setting, value))
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
