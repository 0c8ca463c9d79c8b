"""A question about one session that another session of the same server answers, within a limit.

It is asked through a new connection with the options of the first, to the same address: a name
may stand for several servers. The connection is asynchronous, because nothing else bounds the
time that a login or a statement takes.
"""

import select
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import psycopg2.extras
from psycopg2.extensions import POLL_OK, POLL_READ, make_dsn

from pipeline.sql.statement import Statement
from pipeline.stores.connections import peer

Rows = list[Mapping[str, Any]]

ALIVE = Statement("SELECT 1")
"""In Redshift, the leader node alone answers it; what compute nodes answer may wait for a slot.

https://docs.aws.amazon.com/redshift/latest/dg/c_high_level_system_architecture.html
https://docs.aws.amazon.com/redshift/latest/dg/cm-c-defining-query-queues.html
"""


class UnansweredError(Exception):
    """The server did not answer in time, or cannot be reached."""


class RefusedError(Exception):
    """The server lives and refused the login or the question, or lets the question wait."""


class StoppedError(Exception):
    """The answer is no longer needed."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Asks the server at the other end of a connection, given with the parameters of libpq."""

    parameters: Mapping[str, str] = field(repr=False)

    @classmethod
    def at_peer_of(cls, connection: Any, parameters: Mapping[str, str]) -> "Inquiry":
        """Return an inquiry of the very server to which a connection leads."""
        return cls({**parameters, **peer(connection)})

    def ask(
        self, statements: Sequence[Statement], *, seconds: float, stop: int
    ) -> tuple[Rows, ...]:
        """Return the rows of each statement; StoppedError once ``stop`` is readable."""
        deadline = time.monotonic() + seconds
        connection = None
        try:
            connection = psycopg2.connect(
                make_dsn(**self.parameters),
                cursor_factory=psycopg2.extras.DictCursor,
                async_=True,
            )
            _wait(connection, deadline, stop)
            _rows(connection, ALIVE, deadline, stop)
            return _answers(connection, statements, deadline, stop)
        except psycopg2.Error as error:
            if error.pgcode is not None or "FATAL" in str(error):
                raise RefusedError(str(error)) from None
            raise UnansweredError(str(error)) from None
        finally:
            if connection is not None:
                connection.close()


def _answers(
    connection: Any, statements: Sequence[Statement], deadline: float, stop: int
) -> tuple[Rows, ...]:
    try:
        return tuple(_rows(connection, each, deadline, stop) for each in statements)
    except UnansweredError:
        raise RefusedError("the server answers, but not this question in time") from None


def _rows(connection: Any, statement: Statement, deadline: float, stop: int) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(statement.template, dict(statement.parameters))
        _wait(connection, deadline, stop)
        return [dict(row) for row in cursor.fetchall()]


def _wait(connection: Any, deadline: float, stop: int) -> None:
    while (state := connection.poll()) != POLL_OK:
        waiting = select.poll()
        waiting.register(stop, select.POLLIN)
        waiting.register(connection, select.POLLIN if state == POLL_READ else select.POLLOUT)
        ready = [fd for fd, _ in waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)]
        if stop in ready:
            raise StoppedError
        if not ready:
            raise UnansweredError("no answer")
