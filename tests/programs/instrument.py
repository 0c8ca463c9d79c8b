"""Run a luigi command, with a program's probe around its requests to databases and S3."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, ClassVar

import botocore.client
import luigi.cmdline
import psycopg2
import psycopg2.extensions
import psycopg2.extras

import pipeline  # noqa: F401  (registers the tasks)
from pipeline.stores.s3.bucket import S3Store

Around = AbstractContextManager[None]
Database = psycopg2.extensions.connection


class Probe:
    """What happens around each event, in whichever process it occurs: by default nothing.

    A verb is the first word of a statement, in lower case.
    """

    def statement(self, connection: Database, verb: str, *, in_transaction: bool) -> Around:
        return nullcontext()

    def commit(self, connection: Database, verbs: frozenset[str]) -> Around:
        """Surround the commit of a transaction, given the verbs of its statements."""
        return nullcontext()

    def dump(self) -> Around:
        """Surround a COPY to the client."""
        return nullcontext()

    def dumped(self) -> None:
        """Come after each block of rows of such a COPY."""

    def write(self, key: str) -> Around:
        """Surround the writing of an object."""
        return nullcontext()

    def write_over(self, key: str) -> Around:
        """Surround the replacement of an object that has not changed in the meantime."""
        return nullcontext()

    def request(self, operation: str) -> Around:
        """Surround a request to S3, for example ``ListObjectsV2``."""
        return nullcontext()


class Watched:
    """A file that informs the probe of each write."""

    def __init__(self, file: Any, probe: Probe) -> None:
        self.file = file
        self.probe = probe

    def write(self, data: bytes) -> int:
        written = self.file.write(data)
        self.probe.dumped()
        return written


def run_luigi(probe: Probe, arguments: list[str]) -> None:
    """Run ``luigi ARGUMENTS...`` with the probe in place."""
    instrument_database(probe)
    S3Store.write = around(S3Store.write, probe.write)  # type: ignore[method-assign]
    S3Store.write_over = around(  # type: ignore[method-assign]
        S3Store.write_over, probe.write_over
    )
    client = botocore.client.BaseClient
    client._make_api_call = around(  # type: ignore[method-assign]
        client._make_api_call, probe.request
    )
    luigi.cmdline.luigi_run(arguments)


class Connection(Database):
    """A connection of the pipeline, which informs the probe.

    The driver begins and commits transactions upstream; those of the warehouse have statements for
    it.
    """

    probe: ClassVar[Probe]
    verbs: frozenset[str] | None = None
    """Of the statements of the open transaction."""

    def commit(self) -> None:
        with self.committing():
            super().commit()

    def rollback(self) -> None:
        self.verbs = None
        super().rollback()

    def committing(self) -> Around:
        verbs, self.verbs = self.verbs or frozenset(), None
        return self.probe.commit(self, verbs)

    def executing(self, verb: str) -> Around:
        match verb:
            case "begin":
                self.verbs = frozenset()
            case "commit":
                return self.committing()
            case "rollback":
                self.verbs = None
            case _:
                in_transaction = not self.autocommit or self.verbs is not None
                self.verbs = (self.verbs or frozenset()) | {verb} if in_transaction else None
                return self.probe.statement(self, verb, in_transaction=in_transaction)
        return nullcontext()


class Cursor(psycopg2.extras.RealDictCursor):
    """A cursor of such a connection."""

    def execute(self, query: str, parameters: Any = None) -> None:
        """Surround a message by the events of each of its statements."""
        with ExitStack() as stack:
            for statement in query.split(";\n"):
                verb = statement.split(None, 1)[0].lower()
                stack.enter_context(self.connection.executing(verb))
            super().execute(query, parameters)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        with self.connection.probe.dump():
            super().copy_expert(sql, Watched(file, self.connection.probe), size)


def instrument_database(probe: Probe) -> None:
    """Open the pipeline's connections, known by their kind of cursor, with the classes above."""
    Connection.probe = probe
    real_connect = psycopg2.connect

    def connect(*args: Any, **options: Any) -> Any:
        if options.get("cursor_factory") is psycopg2.extras.RealDictCursor:
            options |= {"cursor_factory": Cursor, "connection_factory": Connection}
        return real_connect(*args, **options)

    psycopg2.connect = connect


def around(method: Callable[..., Any], event: Callable[[str], Around]) -> Callable[..., Any]:
    """Surround a method that takes a key or the name of an operation first."""

    def wrapped(self: Any, name: str, *args: Any, **options: Any) -> Any:
        with event(name):
            return method(self, name, *args, **options)

    return wrapped
