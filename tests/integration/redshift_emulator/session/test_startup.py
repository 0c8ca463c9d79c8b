"""Parameters that a client sets as it connects: in its startup message, as JDBC drivers do."""

import contextlib

import psycopg2
import pytest

from redshift_emulator.protocol.backend import log_in
from redshift_emulator.protocol.configuration import BackendAddress


@pytest.fixture
def log_in_with(emulator):
    """Return sessions whose startup messages hold parameters."""
    with contextlib.ExitStack() as sessions:

        def connect(**parameters):
            address = BackendAddress(
                emulator.host, emulator.port, emulator.database, emulator.user, emulator.password
            )
            login = {"user": emulator.user, "database": emulator.database}
            backend = log_in(address, {**login, **parameters}, emulator.password)
            return sessions.enter_context(contextlib.closing(backend))

        yield connect


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("DateStyle", "ISO", "ISO, MDY"),
        ("TimeZone", "Asia/Tokyo", "Asia/Tokyo"),
        ("extra_float_digits", "2", "2"),
        ("search_path", "Sales, public", "sales, public"),
        ("statement_timeout", "60000", "1min"),
        ("query_group", "etl", "etl"),
        ("ENABLE_CASE_SENSITIVE_IDENTIFIER", "ON", "on"),
        ("application_name", "report", "report"),
    ],
)
def test_a_parameter_of_the_startup_message_holds_and_reset_returns_to_it(
    log_in_with, name, given, shown
):
    session = log_in_with(**{name: given})
    assert session.query(f"SHOW {name}") == [(shown,)]
    session.execute(f"SET {name} TO DEFAULT")
    assert session.query(f"SHOW {name}") == [(shown,)]


def test_parameters_in_options_hold(emulator, client):
    options = f"-c search_path={client.schema},public --statement-timeout=5000 -cquery_group=a\\ b"
    with contextlib.closing(emulator.connect(options=options)) as connection:
        shown = []
        for name in ("search_path", "statement_timeout", "query_group"):
            with connection.cursor() as cursor:
                cursor.execute(f"SHOW {name}")
                shown += cursor.fetchone()
    assert shown == [f"{client.schema}, public", "5s", "a b"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-c no_such=1", 'unrecognized configuration parameter "no_such"'),
        ("-c statement_timeout=5s", 'parameter "statement_timeout" requires an integer value'),
        ("-c enable_result_cache_for_session=2", "requires a Boolean value"),
        ("-c search_path=public,pg_internal", "permission denied for schema pg_internal"),
        ('-c search_path="pg_internal"', "permission denied for schema pg_internal"),
        ("-c search_path=PG_Internal", "permission denied for schema pg_internal"),
        ("-c server_version=9", 'parameter "server_version" cannot be changed'),
        ("-c timezone=Nowhere/None", 'invalid value for parameter "TimeZone": "Nowhere/None"'),
        ("-B 16", 'option "-B" of a connection: not supported by the emulator'),
    ],
)
def test_what_is_no_parameter_or_no_value_of_it_is_refused(emulator, options, message):
    with pytest.raises(psycopg2.OperationalError) as refused:
        emulator.connect(options=options)
    assert message in str(refused.value)
