"""One client's session: runs its statements one by one, in transactions as Redshift keeps them."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.queries.splice import Spliced
from redshift_emulator.language.tokens import Statement, quoted, split
from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import Backend, BackendError, superuser_backend
from redshift_emulator.protocol.configuration import Settings
from redshift_emulator.protocol.relay import Channel, Relay, SimpleRelay
from redshift_emulator.session.error_messages import (
    alias_hint,
    error_message_fields,
    notice_fields,
    to_redshift,
)
from redshift_emulator.session.install import ENGINE
from redshift_emulator.session.login import reported
from redshift_emulator.session.transactions import parse_control

logger = logging.getLogger(__name__)

LONGEST_STATEMENT = 16 * 1024 * 1024
ABORTED = "current transaction is aborted, commands ignored until end of transaction block"
CANCELLATIONS = 100
CANCELLED_WITHIN = 0.1
"""Seconds in which PostgreSQL answers a statement that was cancelled, usually."""

_query_ids = itertools.count(int(time.time()))

Dispatch = Callable[[Statement, "Session"], str]


@dataclass(slots=True)
class CopyFigures:
    """What PG_LAST_COPY_COUNT() and PG_LAST_COPY_ID() answer."""

    count: int = 0
    copy_id: int = -1


class Session:
    """The state of a session, and what a statement's handler may do in it."""

    def __init__(
        self,
        client: wire.MessageStream,
        backend: Backend,
        settings: Settings,
        user: str,
        dispatch: Dispatch,
    ) -> None:
        self.client = client
        self.backend = backend
        self.settings = settings
        self.user = user
        self.database = settings.backend.database
        self.block = False
        self.failed = False
        self.read_only = False
        self.variables: dict[str, str] = {}
        self.copied = CopyFigures()
        self._copy_id_before = self.copied.copy_id
        self.query_id = 0
        self.channel = Channel(backend, client, self._pass_on)
        self._simple = SimpleRelay(self.channel)
        self._relay: Relay = self._simple
        self._dispatch = dispatch
        self._sent: Spliced | None = None
        self._statement: Statement | None = None
        backend.on_notice = self._pass_notice
        backend.stream.watch(client.socket)

    # --- what handlers use ------------------------------------------------------------------

    @property
    def case_sensitive(self) -> bool:
        """Whether quoted names keep their case."""
        return self.variables.get("enable_case_sensitive_identifier", "off") in {"on", "true"}

    def rows(self, sql: str) -> list[tuple[str | None, ...]]:
        """Ask the backend something in the client's transaction, with the client's rights."""
        return self.backend.query(sql)

    def run(self, sql: str) -> str:
        """Execute something in the client's transaction, with the client's rights."""
        return self.backend.execute(sql)

    def engine(self, sql: str, *, search: bool = False) -> list[tuple[str | None, ...]]:
        """Run statements with the stand-in's own rights; none of this takes a snapshot by itself.

        ``search``: names without a schema are looked for where the client would look for them.
        """
        before = f"SET LOCAL ROLE {ENGINE};"
        after = "RESET ROLE"
        if search:
            path = self.backend.query("SHOW search_path")[0][0] or '""'
            own = path.replace('"$user"', quoted(self.user))
            before += f"SET LOCAL search_path = {own};"
            after += f"; SET LOCAL search_path = {path}"
        return self.backend.query(f"{before}{sql};{after}")

    def relay(self, sql: Spliced | str) -> str:
        """Run a statement whose rows go to the client; return its command tag."""
        self._sent = sql if isinstance(sql, Spliced) else None
        return self._relay.run(sql.text if isinstance(sql, Spliced) else sql)

    def notice(self, message: str, severity: str = "INFO", sqlstate: str = "00000") -> None:
        """Send the client a notice."""
        fields = {"S": severity, "C": sqlstate, "M": message}
        self.client.send(wire.fields_message(b"N", fields))

    def journal(self) -> Backend:
        """Open a superuser's connection, whose writes the client's rollback leaves alone."""
        return superuser_backend(self.settings.backend)

    def commit_here(self) -> None:
        """Commit what has been done so far, as TRUNCATE does; an open block goes on afresh."""
        self.backend.execute("COMMIT; BEGIN")

    # --- the protocol -----------------------------------------------------------------------

    def answer(self, text: str) -> None:
        """Run a simple query: all its statements, up to the first that fails."""
        try:
            self._run_all(text)
            self.end_statement(keep=True)
        except (RedshiftError, BackendError) as error:
            self.fail(error)
        self.ready()

    def ready(self) -> None:
        """Tell the client that it may go on."""
        status = b"E" if self.failed else b"T" if self.block else b"I"
        self.client.send(wire.message(b"Z", status))

    def fail(self, error: RedshiftError | BackendError) -> None:
        """Abort the transaction and send the error."""
        refusal = self._refusal(error)
        if self.backend.status != b"I":
            self.backend.execute("ROLLBACK")
        self.failed = self.block
        fields = error_message_fields(
            refusal, query=self.query_id, process=self.backend.process_id
        )
        # not the message: it may repeat what stands in the statement
        logger.info("session %s: error %s", self.backend.process_id, refusal.sqlstate)
        self.client.send(wire.fields_message(b"E", fields))

    def execute(self, statement: Statement, relay: Relay | None = None) -> str:
        """Run one statement in the transaction it belongs to; return its command tag.

        Outside of a block, ``end_statement`` is to follow.
        """
        self.query_id = next(_query_ids)
        self._sent = None
        self._statement = statement
        self._relay = relay or self._simple
        control = self._control(statement)
        if control is not None:
            return control
        if self.failed:
            raise RedshiftError(ABORTED, sqlstate="25P02")
        if self.backend.status == b"I":
            self.backend.execute("BEGIN")
        return self._dispatch(statement, self)

    def end_statement(self, *, keep: bool) -> None:
        """Outside of a block, commit or take back what the statement did."""
        if not self.block and self.backend.status != b"I":
            self._finish("COMMIT" if keep else "ROLLBACK")

    def abandon(self) -> None:
        """Cancel the statement of a client that is gone.

        PostgreSQL ignores a request that comes before the statement does: ask until it answers.
        """
        for _ in range(CANCELLATIONS):
            self.cancel()
            if self.backend.stream.has_input(CANCELLED_WITHIN):
                return

    def cancel(self) -> None:
        """Cancel what runs for a client that waits for it no more."""
        try:
            self.backend.cancel()
        except OSError as error:
            logger.info("nothing to cancel: %s", error)

    def close(self) -> None:
        """End the session; an open transaction is rolled back."""
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
                self.end_statement(keep=True)
            self.client.send(wire.message(b"C", wire.cstring(tag)))

    def _control(self, statement: Statement) -> str | None:
        """Begin or end the transaction if that is what the statement says; return its tag."""
        control = parse_control(statement)
        if control is None:
            return None
        if control.begins:
            return self._begin(read_only=control.read_only)
        commits = control.commits and not self.failed
        if not self.block and self.backend.status == b"I":
            self.notice("there is no transaction in progress", "WARNING", "25P01")
        self._finish("COMMIT" if commits else "ROLLBACK")
        return "COMMIT" if commits else "ROLLBACK"

    def _begin(self, *, read_only: bool) -> str:
        if self.failed:
            raise RedshiftError(ABORTED, sqlstate="25P02")
        if self.block:
            self.notice("there is already a transaction in progress", "WARNING", "25001")
        elif self.backend.status == b"I":
            self.backend.execute("BEGIN")
        self.block = True
        self.read_only = read_only
        self._copy_id_before = self.copied.copy_id
        return "BEGIN"

    def _finish(self, how: str) -> None:
        if how == "ROLLBACK" and self.block:
            self.copied.copy_id = self._copy_id_before
        self.block = self.failed = self.read_only = False
        if self.backend.status != b"I":
            self.backend.execute(how)

    def _refusal(self, error: RedshiftError | BackendError) -> RedshiftError:
        if isinstance(error, RedshiftError):
            return error
        refusal = to_redshift(error)
        if refusal.sqlstate == "42703" and self._statement is not None:
            refusal.hint = refusal.hint or alias_hint(self._statement, refusal.message)
        position = error.fields.get("P")
        if position and self._sent is not None:
            refusal.position = self._sent.origin(int(position) - 1) + 1
        return refusal

    def _pass_on(self, kind: bytes, payload: bytes) -> None:
        if kind == b"N":
            self._pass_notice(wire.error_fields(payload))
        else:
            name, value = payload[:-1].decode("utf-8").split("\0", 1)
            self.client.send(reported(name, value))

    def _pass_notice(self, fields: Mapping[str, str]) -> None:
        self.client.send(wire.fields_message(b"N", notice_fields(fields)))
