"""Why no connection was made, by the text of libpq and of the server."""

import psycopg2
import pytest

from pipeline.stores.upstream.errors import connection_error

NO_ENTRY = 'connection to server failed: FATAL:  no pg_hba.conf entry for host "h", user "u", '


@pytest.mark.parametrize(
    ("message", "advice", "retryable"),
    [
        (f"{NO_ENTRY}no encryption", "sslmode=require", False),
        (f"{NO_ENTRY}SSL off", "sslmode=require", False),
        (f"{NO_ENTRY}SSL encryption\n{NO_ENTRY}no encryption", "pg_hba.conf)", False),
        (f"{NO_ENTRY}SSL on\n{NO_ENTRY}SSL off", "pg_hba.conf)", False),
        ("SSL SYSCALL error: EOF detected", "try again", True),
        ("SSL connection has been closed unexpectedly", "try again", True),
        ("SSL error: certificate verify failed", "certificates", False),
    ],
)
def test_the_advice_is_about_the_reason(message: str, advice: str, retryable: bool) -> None:
    error = connection_error(psycopg2.OperationalError(message), "www (h/d)", str)
    assert advice in str(error)
    assert error.retryable is retryable
