"""Ask the sample databases, as a dump does."""

from collections.abc import Callable

import pytest

from tests.support.database import connect

# As a dump does: values are written in one form under any configuration of the server.
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


@pytest.fixture
def query(sample_databases: dict[str, str]) -> Ask:
    """Send one statement to a small sample, by its name."""
    return lambda name, statement: _ask(sample_databases[name], statement)


def _ask(dsn: str, statement: str) -> list[tuple]:
    with connect(dsn) as connection, connection.cursor() as cursor:
        for setting, value in SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (setting, value))
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
