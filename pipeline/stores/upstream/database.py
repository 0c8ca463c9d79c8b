"""The connection to an upstream PostgreSQL: transactions that read one state, plans, COPY."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import psycopg2
import psycopg2.extras
from psycopg2.extensions import make_dsn

from pipeline.errors import ConfigError, UpstreamError
from pipeline.names import TableName
from pipeline.settings import Timeouts
from pipeline.settings.connection import Connection
from pipeline.settings.conninfo import MalformedError, parse
from pipeline.sql.statement import Statement
from pipeline.sql.upstream import extract, sessions
from pipeline.sql.upstream.exact import ResultType
from pipeline.sql.upstream.replaced import replaced
from pipeline.stores.connections import DEFAULTS, cancel, opened, peer, shut_down
from pipeline.stores.supervision import Supervision, supervise, supervised
from pipeline.stores.upstream.activity import activity, not_answering
from pipeline.stores.upstream.errors import QueryError, connection_error, message_of, query_error
from pipeline.stores.upstream.facts import Plan, Relation, SessionFacts, Table
from pipeline.stores.upstream.observation import Observation, observe
from pipeline.stores.upstream.server import Server

logger = logging.getLogger(__name__)

SNAPSHOT_GONE = frozenset({"22023", "42704", "55000"})
"""SQLSTATEs with which the versions of PostgreSQL refuse a snapshot that has ended."""

MAX_NUMERIC = 1000
"""The largest precision that a numeric can be declared with."""


class Sink(Protocol):
    """A writable stream for the bytes of a COPY."""

    def write(self, data: bytes, /) -> Any:
        """Write the next bytes."""


@dataclass(slots=True)
class Session:
    """One transaction on one connection; ``observed`` is what was read before its snapshot."""

    connection: Any = field(repr=False)
    where: str
    observed: Observation | None = None

    def run(self, statement: Statement) -> None:
        """Run a statement."""
        with self.translated(), self.connection.cursor() as cursor:
            _execute(cursor, statement)

    def query(
        self, statement: Statement, about: TableName | None = None
    ) -> list[Mapping[str, Any]]:
        """Run a statement and return its rows by column name, none if it returns none."""
        with self.translated(about), self.connection.cursor() as cursor:
            _execute(cursor, statement)
            return list(cursor.fetchall()) if cursor.description else []

    def types(self, query: Statement, about: TableName) -> tuple[ResultType, ...]:
        """Run a query and return the types of its columns."""
        with self.translated(about), self.connection.cursor() as cursor:
            _execute(cursor, query)
            return tuple(_result_type(column) for column in cursor.description)

    def facts(self) -> SessionFacts:
        """Read facts about this transaction and its server."""
        row = self.query(extract.session_facts())[0]
        return SessionFacts(version=self.connection.server_version, **row)

    def table(self, name: TableName) -> Table:
        """Read how a table is stored; UpstreamError if it does not exist."""
        rows = self.query(extract.relation_facts(name, self.connection.server_version), name)
        if not rows:
            raise UpstreamError(
                f"{self.where}: there is no table {name}; fix or remove its design"
            )
        return Table(
            name=name,
            kind=rows[0]["kind"],
            partitions=tuple(_relation(row) for row in rows if row["kind"] not in "pI"),
            row_security=bool(rows[0]["row_security"]),
        )

    def replaced(self, one: extract.Extract, plan: Plan) -> tuple[TableName, ...]:
        """Return what was replaced, after the snapshot, of the relations that its plan reads."""
        rows = self.query(replaced(one, plan.read, self.connection.server_version), one.table)
        return tuple(TableName(row["schema"], row["table"]) for row in rows)

    def plan(self, query: Statement, about: TableName) -> Plan:
        """Have the server check and plan a query; the lock prevents changes to its tables."""
        plan = self.query(extract.explain(query), about)[0]["QUERY PLAN"][0]["Plan"]
        nodes = list(_nodes(plan))
        return Plan(
            rows=int(plan["Plan Rows"]),
            width=int(plan["Plan Width"]),
            nodes=tuple(node["Node Type"] for node in nodes),
            scanned=_scanned(nodes),
            read=_scanned(_nodes(plan, subqueries=True)),
        )

    def try_plan(self, query: Statement, about: TableName) -> Plan | str:
        """Plan a query; return why the server refuses it, if it does.

        The transaction continues and keeps no lock on the query's tables.
        """
        self.run(extract.savepoint())
        try:
            return self.plan(query, about)
        except QueryError as error:
            if error.sqlstate is None or not isinstance(error.__cause__, psycopg2.Error):
                raise
            return f"{message_of(error.__cause__)} [{error.sqlstate}]"
        finally:
            if not self.connection.closed:
                self.run(extract.roll_back_to_savepoint())

    def export(self) -> str:
        """Export this transaction's snapshot, valid while it lasts; return the name to import."""
        return str(self.query(extract.export_snapshot())[0]["snapshot"])

    def copy(
        self,
        statement: Statement,
        sink: Sink,
        about: TableName,
        progressed: Callable[[], bool] = bool,
    ) -> int:
        """Stream a COPY into ``sink``; return the server's count of rows.

        ``progressed`` returns whether rows were processed since its last call, or are now.
        """
        with self.translated(about), self.connection.cursor() as cursor:
            logger.debug("%s", statement.text)
            with supervised(self.connection, progressed):
                cursor.copy_expert(statement.text, sink)
            rows = int(cursor.rowcount)
        if rows < 0:
            raise UpstreamError(
                f"{self.where}: {about}: the server did not count the rows of COPY"
            )
        return rows

    def cancel(self) -> None:
        """Cancel the running statement and end the session; called from another thread."""
        cancel(self.connection)
        shut_down(self.connection)

    @contextmanager
    def translated(self, about: TableName | None = None) -> Iterator[None]:
        """Translate the driver's errors."""
        try:
            yield
        except psycopg2.Error as error:
            where = f"{self.where}: {about}" if about else self.where
            lost = bool(self.connection.closed) or error.pgcode is None
            raise query_error(error, where, lost=lost) from error


@dataclass(frozen=True, slots=True)
class Upstream:
    """An upstream database: the source's name and the connection string, which is never shown.

    ``variable`` is the environment variable with the string, ``server`` has imported snapshots.
    """

    name: str
    dsn: str = field(repr=False)
    timeouts: Timeouts = field(default_factory=Timeouts)
    variable: str | None = None
    server: Server | None = None

    def at(self, session: Session) -> Self:
        """Return the upstream at a session's address: a name may lead to several servers."""
        there = Connection(self.name, {**self._access().parameters, **peer(session.connection)})
        return replace(self, dsn=there.dsn, server=Server.read(session.query))

    @property
    def place(self) -> str:
        """Host, port and database."""
        return str(self._access())

    @contextmanager
    def snapshot(
        self, imported: str | None = None, *, observes: bool = False
    ) -> Iterator[Session]:
        """Read one state of the database: the current one, or the one another session exported.

        With ``observes``, read the running transactions before the snapshot is taken. An import
        from another server than ``server`` is an UpstreamError.
        """
        connection = self._connect()
        try:
            session = Session(connection, f"{self.name} ({self.place})")
            self._begin(session, imported, observes=observes)
            yield session
        finally:
            connection.close()

    def _connect(self) -> Any:
        access = self._access()
        try:
            connection = psycopg2.connect(
                make_dsn(**_parameters(access)), cursor_factory=psycopg2.extras.RealDictCursor
            )
        except psycopg2.Error as error:
            # Not chained: libpq may repeat its input.
            raise connection_error(error, f"{self.name} ({access})", access.redact) from None
        connection.autocommit = True
        return opened(connection)

    def _begin(self, session: Session, imported: str | None, *, observes: bool) -> None:
        """Begin the transaction, supervised; explain an import of a snapshot that has ended."""
        connection, timeouts = session.connection, self.timeouts
        supervise(connection, Supervision(session.where, not_answering, timeouts))
        if imported is not None and self.server is not None:
            # Before the import: another server may have a snapshot of the same name.
            self.server.check(session.query, session.where, self.variable)
        if observes:
            session.observed = observe(session.query, connection.server_version)
        try:
            session.run(extract.begin(imported, lock_timeout=timeouts.lock_timeout))
            session.run(extract.adapt_session())
        except QueryError as error:
            if imported is None or error.sqlstate not in SNAPSHOT_GONE:
                raise
            raise UpstreamError(
                f"{session.where}: the session that exported the snapshot {imported} has ended,"
                " and the snapshot with it: its connection was lost, the run that held it was"
                " stopped, or a standby canceled it (hot_standby_feedback = on avoids that). Run"
                " again: completed dumps stay, and the rest is dumped with a new snapshot",
                retryable=True,
            ) from error
        [identity] = session.query(sessions.identity())
        ask = activity(connection, _parameters(self._access()), identity)
        supervise(connection, Supervision(session.where, ask, timeouts))

    def _access(self) -> Connection:
        try:
            parameters = parse(self.dsn)
        except MalformedError as error:
            raise ConfigError(
                f"{self.name}: its connection string cannot be read: {error}"
            ) from None
        if not parameters:
            raise ConfigError(f"{self.name}: its connection string is empty")
        return Connection(self.name, parameters)


def _parameters(access: Connection) -> dict[str, str]:
    return {**DEFAULTS, **access.parameters, "client_encoding": "UTF8"}


def _result_type(column: psycopg2.extensions.Column) -> ResultType:
    """Return a column's type; a numeric without a limit has a precision beyond all limits."""
    has_limit = column.precision is not None and column.precision <= MAX_NUMERIC
    digits = (column.precision, column.scale) if has_limit else (None, None)
    return ResultType(column.type_code, *digits)


def _execute(cursor: Any, statement: Statement) -> None:
    logger.debug("%s", statement.text)
    with supervised(cursor.connection):
        cursor.execute(statement.template, dict(statement.parameters))


def _relation(row: Mapping[str, Any]) -> Relation:
    return Relation(
        name=TableName(row["schema"], row["table"]),
        kind=row["kind"],
        method=row["method"],
        rows=row["rows"],
        heap_bytes=row["heap_bytes"],
        bytes=row["bytes"],
        readable=row["readable"],
    )


def _scanned(nodes: Iterable[Mapping[str, Any]]) -> frozenset[TableName]:
    return frozenset(
        TableName(node["Schema"], node["Relation Name"])
        for node in nodes
        if "Relation Name" in node
    )


def _nodes(plan: Mapping[str, Any], *, subqueries: bool = False) -> Iterator[Mapping[str, Any]]:
    """Walk the nodes that rows pass; those of expressions (SubPlan, InitPlan) if asked for."""
    yield plan
    for child in plan.get("Plans", ()):
        if subqueries or child.get("Parent Relationship") not in {"SubPlan", "InitPlan"}:
            yield from _nodes(child, subqueries=subqueries)
