"""Errors of an upstream PostgreSQL: which action fixes them, and whether a retry may help.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from collections.abc import Callable

import psycopg2

from pipeline.designs.model.upstream import SEE_ALL_ROWS
from pipeline.errors import UpstreamError
from pipeline.sql.upstream.exact import INEXACT

ADVICE = {
    "42501": "grant it to the user of the connection string: GRANT USAGE ON SCHEMA ...,"
    " GRANT SELECT ON ...",
    "42P01": "the table was dropped or renamed: fix or remove the design",
    "3F000": "the schema was dropped or renamed: fix or remove the design",
    "42703": "the column was dropped or renamed: fix the design ('pipeline design --update')",
    "57014": "an administrator stopped it, or statement_timeout in the options of the connection"
    " string: raise or remove it there",
    "25P04": "raise or remove transaction_timeout in the options of the connection string",
    "22021": "the value is not valid text in UTF-8: fix it upstream, or repair it in the column's"
    " expression",
    "22P05": "the value has a character that UTF-8 does not have: fix it upstream, or repair it in"
    " the column's expression",
    "40001": "try again; on a standby raise max_standby_streaming_delay"
    " or set hot_standby_feedback = on",
    "53300": "wait until clients disconnect, or lower the number of connections for this source",
    "55P03": "wait until that session has ended, or end it, and run again",
    "28P01": "check user and password in the connection string",
    "28000": "check user and password in the connection string, and pg_hba.conf",
    "3D000": "check the database in the connection string",
}

LOST = "the connection was lost; try again"

RETRYABLE = frozenset(
    {"40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03", "72000", "25P02", "58030"}
)
"""Recovery conflict, deadlock, too many clients, lock, shutdown, old snapshot, I/O error."""

_NO_ENTRY = "allow this host and user in the server's pg_hba.conf"
_NOT_ENCRYPTED = "the server demands TLS: set sslmode=require or verify-full"

REFUSALS = (
    ("password authentication failed", "check user and password in the connection string", False),
    ("no password supplied", "set a password in the connection string or in ~/.pgpass", False),
    # Refused without TLS; if it was refused with TLS, too, the message has both.
    ("SSL encryption", _NO_ENTRY, False),
    ("no encryption", _NOT_ENCRYPTED, False),
    ("SSL on", _NO_ENTRY, False),
    ("SSL off", _NOT_ENCRYPTED, False),
    ("no pg_hba.conf entry", _NO_ENTRY, False),
    ("does not exist", "check user and database in the connection string", False),
    ("could not translate host name", "check the host in the connection string", True),
    ("Connection refused", "check host and port, and that the server runs", True),
    ("timeout expired", "check host, port and firewalls", True),
    ("too many clients", ADVICE["53300"], True),
    ("remaining connection slots", ADVICE["53300"], True),
    ("the database system is", "wait until the server is ready", True),
    ("SSL SYSCALL", LOST, True),
    ("SSL connection has been closed", LOST, True),
    ("SSL", "check sslmode and certificates", False),
)
"""libpq has no code for a failed connection: the text decides; retry for any other text."""


CHANGED = "changed"
"""Instead of a SQLSTATE: a value that COPY would change; the message names its column."""


class QueryError(UpstreamError):
    """A statement that upstream refused; ``sqlstate`` is None if the connection was lost."""

    def __init__(
        self, message: str, *, retryable: bool = False, sqlstate: str | None = None
    ) -> None:
        super().__init__(message, retryable=retryable)
        self.sqlstate = sqlstate


def connection_error(
    error: psycopg2.Error, where: str, redact: Callable[[str], str]
) -> UpstreamError:
    """Explain why no connection was made to ``where``; ``redact`` removes secrets from a text."""
    message = redact(message_of(error))
    for text, advice, retryable in REFUSALS:
        if text in message:
            return UpstreamError(
                f"{where}: cannot connect: {message} ({advice})", retryable=retryable
            )
    return UpstreamError(f"{where}: cannot connect: {message}", retryable=True)


def query_error(error: psycopg2.Error, where: str, *, lost: bool) -> QueryError:
    """Explain why a statement about ``where`` failed; ``lost`` if the connection is lost."""
    state = error.pgcode
    if lost and state is None:
        return QueryError(f"{where}: {message_of(error)} ({LOST})", retryable=True)
    _, inexact, problem = (error.diag.message_primary or "").partition(INEXACT)
    if inexact:
        # The rest of the message, in the server's language, quotes the text as an invalid boolean.
        text = problem.rpartition('"')[0]
        return QueryError(f"{where}: {text}", sqlstate=CHANGED)
    hides_rows = error.diag.source_function == "check_enable_rls"
    advice = SEE_ALL_ROWS if hides_rows else ADVICE.get(state or "")
    if is_of_expression(error):
        advice = None
    more = f" ({advice})" if advice else ""
    retryable = state in RETRYABLE or (state or "").startswith("08")
    code = f" [{state}]" if state else ""
    return QueryError(
        f"{where}: {message_of(error)}{code}{more}", retryable=retryable, sqlstate=state
    )


def is_of_expression(error: BaseException | None) -> bool:
    """Return whether an expression names a table that its query does not have.

    The code is that of a table that does not exist; messages are in the server's language.
    """
    return isinstance(error, psycopg2.Error) and error.diag.source_function == "errorMissingRTE"


def message_of(error: psycopg2.Error) -> str:
    """Return the server's message in one line."""
    diagnostics = error.diag
    primary = diagnostics.message_primary
    parts = [primary, diagnostics.message_detail, diagnostics.message_hint] if primary else []
    text = "; ".join(part for part in parts if part) or str(error)
    return " ".join(text.split()) or type(error).__name__
