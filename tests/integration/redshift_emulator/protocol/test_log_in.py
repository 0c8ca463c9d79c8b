"""The emulator's own login to its PostgreSQL, by SCRAM-SHA-256."""

import contextlib
import secrets

import psycopg2
import pytest

from redshift_emulator.protocol.backend import BackendError, log_in
from redshift_emulator.protocol.configuration import BackendAddress

# SASLprep: a Roman numeral is the letters IX, a soft hyphen is nothing, a wide space is a space.
PREPARED = "\u2168\u00ad \u00a0secret"


@pytest.fixture
def address(postgres):
    """A role whose password is stored as PostgreSQL prepares it."""
    name = f"role_{secrets.token_hex(4)}"
    connection = psycopg2.connect(postgres.dsn("postgres"))
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f"SET password_encryption = 'scram-sha-256'; CREATE ROLE {name} LOGIN")
        cursor.execute(f"ALTER ROLE {name} PASSWORD %s", (PREPARED,))
        yield BackendAddress("127.0.0.1", postgres.find().port, "postgres", name, PREPARED)
        cursor.execute(f"DROP ROLE {name}")


def user_of(address, password):
    parameters = {"user": address.superuser, "database": address.database}
    with contextlib.closing(log_in(address, parameters, password)) as backend:
        return backend.query("SELECT current_user")[0][0]


@pytest.mark.parametrize("password", [PREPARED, "IX  secret"])
def test_a_password_is_prepared_as_postgresql_prepares_it(address, password):
    assert user_of(address, password) == address.superuser


@pytest.mark.parametrize(("password", "sqlstate"), [("wrong", "28P01"), ("a\x07", "28000")])
def test_a_refused_password_is_an_error_that_does_not_repeat_it(address, password, sqlstate):
    with pytest.raises(BackendError) as refused:
        user_of(address, password)
    assert refused.value.sqlstate == sqlstate
    assert password not in refused.value.message
