"""One client's session: runs its statements one by one, with Redshift's rules for transactions."""

import itertools
import logging
import time
from collections.abc import Callable, Mapping, MutableMapping

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.queries.text.splice import Spliced
from redshift_emulator.language.tokens import Statement, quoted, split
from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import Backend, BackendError, superuser_backend
from redshift_emulator.protocol.relay import Channel, DiscardingRelay, Relay, SimpleRelay
from redshift_emulator.session.cluster import Cluster, Meter
from redshift_emulator.session.error_messages import error_message_fields, placed, to_redshift
from redshift_emulator.session.install import ENGINE
from redshift_emulator.session.last_copy import LastCopy
from redshift_emulator.session.reports import Reports
from redshift_emulator.session.transactions import parse_control

logger = logging.getLogger(__name__)

LONGEST_STATEMENT = 16 * 1024 * 1024
ABORTED = "current transaction is aborted, commands ignored until end of transaction block"
MOST_CANCEL_REQUESTS = 100
CANCEL_SECONDS = 0.1
"""Seconds within which PostgreSQL usually answers a statement that was canceled."""

query_ids = itertools.count(int(time.time()))

Dispatch = Callable[[Statement, "Session"], str]


class Session:
    """A session's state, the operations of statements' handlers, and the simple query protocol."""

    def __init__(
        self,
        client: wire.MessageStream,
        backend: Backend,
        cluster: Cluster,
        startup: Mapping[str, str],
        dispatch: Dispatch,
    ) -> None:
        self.client = client
        self.backend = backend
        self.meter = Meter(cluster, startup.get("application_name", ""))
        self.settings = cluster.settings
        self.reports = Reports(client, self.meter, startup["user"])
        self.database = self.settings.backend.database
        self.in_block = self.failed = self.describes = self._reads_only = self.lists_views = False
        self.at_start = False  # of a transaction, which has no snapshot yet
        self.acting_as = ""  # the statement that sets the role of a procedure's owner
        self.variables: MutableMapping[str, str] = {}
        self.prepared: dict[str, object] = {}  # by PREPARE, or by messages of the protocol
        self.last_copy = LastCopy()
        self.last_unload = LastCopy()
        self._ids_before = (-1, -1)
        self.query_id, self.last_query_id = 0, -1
        self.on_nodes = False  # the statement reads or writes tables
        self.channel = Channel(backend, client, self.reports.pass_on)
        self._simple = SimpleRelay(self.channel)
        self._relay: Relay = self._simple
        self._dispatch = dispatch
        self._text = ""
        self._sent: Spliced | None = None
        backend.on_notice = self.reports.pass_notice
        backend.on_status = self.reports.pass_user
        backend.stream.watch(client)

    # --- for handlers of statements ---------------------------------------------------------

    @property
    def user(self) -> str:
        """The session's user, whom SET SESSION AUTHORIZATION changes."""
        return self.reports.user

    @property
    def case_sensitive(self) -> bool:
        """Whether quoted names keep their case (``enable_case_sensitive_identifier``)."""
        return self.variables.get("enable_case_sensitive_identifier", "off") in {"on", "true"}

    @property
    def read_only(self) -> bool:
        """Whether the transaction, or each transaction (``readonly``), only reads."""
        return self._reads_only or self.variables.get("readonly", "off") in {"on", "true"}

    @property
    def rounds(self) -> bool:
        """Whether casts round the fractions of decimals (``enable_numeric_rounding``)."""
        return self.variables.get("enable_numeric_rounding", "off") in {"on", "true"}

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run a query in the client's transaction, as the client's user; return its rows."""
        return self.backend.query(sql)

    def run(self, sql: str) -> str:
        """Run a statement in the client's transaction, as its user; return the command tag."""
        return self.backend.execute(sql)

    def run_as_engine(self, sql: str, *, search: bool = False) -> list[tuple[str | None, ...]]:
        """Run statements in the client's transaction, as the emulator's own role.

        This takes no snapshot. ``search``: the client's search path finds names without a schema.
        """
        before = f"SET LOCAL ROLE {ENGINE};"
        after = self.acting_as or "RESET ROLE"
        if search:
            path = self.backend.query("SHOW search_path")[0][0] or '""'
            own = path.replace('"$user"', quoted(self.user))
            before += f"SET LOCAL search_path = {own};"
            after += f"; SET LOCAL search_path = {path}"
        return self.backend.query(f"{before}{sql};{after}")

    def current_schema(self) -> str:
        """Return the schema in which objects without a schema are created."""
        return self.query("SELECT current_schema()")[0][0] or ""

    def relay(self, sql: Spliced | str) -> str:
        """Run a statement whose rows are sent to the client; return its command tag."""
        self._sent = sql if isinstance(sql, Spliced) else None
        return self._relay.run(sql.text if isinstance(sql, Spliced) else sql)

    def run_discarding(self, action: Callable[[], str]) -> str:
        """Run a statement by its handler without sending its rows; return the command tag."""
        before = self._relay
        self._relay = DiscardingRelay(self.backend)
        try:
            return action()
        finally:
            self._relay = before
            self._sent = None

    def notice(self, message: str, severity: str = "INFO", sqlstate: str = "00000") -> None:
        """Send the client a notice."""
        self.reports.notice(message, severity, sqlstate)

    def superuser_backend(self) -> Backend:
        """Open a superuser's connection, whose writes survive the client's rollback."""
        return superuser_backend(self.settings.backend)

    def prevent_in_block(self, command: str) -> None:
        """Refuse a command, such as ``VACUUM``, inside a transaction block."""
        if self.in_block:
            message = f"{command} cannot run inside a transaction block"
            raise RedshiftError(message, sqlstate="25001")

    def require_block(self, command: str) -> None:
        """Refuse a command, such as ``LOCK TABLE``, outside of a transaction block."""
        if not self.in_block:
            message = f"{command} may only be used in transaction blocks"
            raise RedshiftError(message, sqlstate="25P01")

    def restart_transaction(self, how: str = "COMMIT") -> None:
        """End the transaction, as TRUNCATE does, and begin the next; a block stays open."""
        ends = "" if self.backend.status == b"I" else f"{how};"  # idle after a failed COMMIT
        statements = f"{ends} BEGIN; {self.acting_as}"
        if how == "COMMIT":
            self.meter.commit(lambda: self.backend.execute(statements))
        else:
            self.backend.execute(statements)
            self.meter.end_transaction()

    # --- the protocol -----------------------------------------------------------------------

    def simple_query(self, text: str) -> None:
        """Answer a Query message: run its statements up to the first that fails."""
        try:
            self._run_all(text)
            self.end_statement(commit=True)
        except (RedshiftError, BackendError) as error:
            self.abort(error)
        self.ready_for_query()

    def ready_for_query(self) -> None:
        """Send ReadyForQuery; the statement, which may be large, is no longer needed."""
        self._text, self._sent = "", None
        self.meter.end_trip()
        status = b"E" if self.failed else b"T" if self.in_block else b"I"
        self.client.send(wire.message(b"Z", status))

    def abort(self, error: RedshiftError | BackendError) -> None:
        """Abort the transaction and send the error to the client."""
        refusal = self.refusal(error)
        if self.backend.status != b"I":
            self.backend.execute("ROLLBACK")
        self.meter.end_transaction()
        self.failed = self.in_block
        fields = error_message_fields(
            refusal, query=self.query_id, process=self.backend.process_id
        )
        # without the message, which may repeat values of the statement
        logger.info("session %s: error %s", self.backend.process_id, refusal.sqlstate)
        self.client.send(wire.fields_message(b"E", fields))

    def execute(self, statement: Statement, relay: Relay | None = None) -> str:
        """Run a statement; return its tag. Outside of a block, ``end_statement`` must follow."""
        self.query_id = next(query_ids)
        self._text, self._sent = statement.text, None
        self._relay = relay or self._simple
        self.meter.count("".join(statement.words(1)) or "select")
        control = self._control(statement)
        if control is not None:
            return control
        if self.failed:
            raise RedshiftError(ABORTED, sqlstate="25P02")
        if self.backend.status == b"I":
            self.backend.execute("BEGIN")
            self.at_start = True
        self.on_nodes = False
        tag = self._dispatch(statement, self)
        self.last_query_id = self.query_id if self.on_nodes else self.last_query_id
        return tag

    def end_statement(self, *, commit: bool) -> None:
        """Outside of a block, commit or roll back the statement."""
        if not self.in_block and self.backend.status != b"I":
            self._finish("COMMIT" if commit else "ROLLBACK")

    def abandon(self) -> None:
        """Cancel the statement of a client that has disconnected.

        PostgreSQL ignores a cancel request that arrives before the statement: repeat it until the
        statement ends.
        """
        for _ in range(MOST_CANCEL_REQUESTS):
            self.cancel()
            if self.backend.stream.has_input(CANCEL_SECONDS):
                return

    def cancel(self) -> None:
        """Cancel the running statement."""
        try:
            self.backend.cancel()
        except OSError as error:
            logger.info("cannot send a cancel request: %s", error)

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
        self.meter.cluster.history.end(self.backend.process_id)
        self.backend.close()
        self.client.close()

    def _run_all(self, text: str) -> None:
        if len(text.encode("utf-8")) > LONGEST_STATEMENT:
            raise RedshiftError("Statement is too large: the limit is 16 MB", sqlstate="54000")
        statements = split(text, case_sensitive=self.case_sensitive)
        if not statements:
            self.client.send(wire.message(b"I"))
        for statement in statements:
            tag = self.execute(statement)
            if len(statements) == 1:
                self.end_statement(commit=True)
            self.client.send(wire.message(b"C", wire.cstring(tag)))

    def _control(self, statement: Statement) -> str | None:
        """Run a statement that begins or ends a transaction; None if it is another statement."""
        control = parse_control(statement)
        if control is None:
            return None
        if control.begins:
            return self._begin(read_only=control.read_only)
        how = "COMMIT" if control.commits and not self.failed else "ROLLBACK"
        if not self.in_block and self.backend.status == b"I":
            self.notice("there is no transaction in progress", "WARNING", "25P01")
        self._finish(how)
        return how

    def _begin(self, *, read_only: bool) -> str:
        if self.failed:
            raise RedshiftError(ABORTED, sqlstate="25P02")
        if self.in_block:
            self.notice("there is already a transaction in progress", "WARNING", "25001")
        elif self.backend.status == b"I":
            self.backend.execute("BEGIN")
            self.at_start = True
        self.in_block = True
        self._reads_only = read_only
        self._ids_before = (self.last_copy.copy_id, self.last_unload.copy_id)
        return "BEGIN"

    def _finish(self, how: str) -> None:
        if how == "ROLLBACK" and self.in_block:
            self.last_copy.copy_id, self.last_unload.copy_id = self._ids_before
        self.in_block = self.failed = self._reads_only = False
        if how == "COMMIT" and self.backend.status != b"I":
            self.meter.commit(lambda: self.backend.execute(how))
        elif self.backend.status != b"I":
            self.backend.execute(how)
        self.meter.end_transaction()

    def refusal(self, error: RedshiftError | BackendError) -> RedshiftError:
        """Return an error in Redshift's words."""
        if isinstance(error, RedshiftError):
            return error
        position, refusal = error.fields.get("P"), to_redshift(error)
        if position is None or self._sent is None:
            return refusal
        return placed(refusal, self._text, self._sent.origin(int(position) - 1))
