"""How the statements of a CALL are committed, with those of its nested calls.

https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-constraints.html
https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-transaction-management.html
https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-trapping-errors.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.tokens import Statement
from redshift_emulator.protocol.backend import QUERY_CANCELED, BackendError
from redshift_emulator.session.session import Session

_REFUSED = (
    ("prepare",), ("create", "database"), ("drop", "database"), ("vacuum",), ("set", "local"),
    ("begin",), ("start",), ("end",), ("abort",), ("declare",),
    ("alter", "table", "append"),
)  # fmt: skip
RAISED = "P0001"
_EMULATOR = "the emulator"


class Transactions:
    """The transactions of one CALL; ``nonatomic`` is the mode of all its procedures."""

    def __init__(self, session: Session, *, nonatomic: bool) -> None:
        self.nonatomic = nonatomic
        self.ended = 0
        """The number of transactions that have ended, each of which closed the cursors."""
        self.with_settings = 0
        """The number of procedures with SET that are running."""
        self._session = session
        self._in_own_block = False

    def start(self) -> None:
        """START TRANSACTION, which has no effect in a block."""
        if not self.nonatomic:
            raise NotSupportedError("START TRANSACTION needs a procedure in NONATOMIC mode")
        if not (self._session.in_block or self._in_own_block):
            self._restart("COMMIT")
            self._in_own_block = True

    def end(self, word: str) -> None:
        """COMMIT or ROLLBACK."""
        self.require(word)
        self._restart(word)

    def require(self, word: str) -> None:
        """Refuse COMMIT, ROLLBACK and TRUNCATE where a procedure must not use them."""
        if self.with_settings or (self._session.in_block and not self.nonatomic):
            raise RedshiftError(
                f"{word} cannot be invoked from a procedure that is executing in an atomic"
                " context.",
                sqlstate="2D000",
                hint="Try calling the procedure as a top-level call i.e. not from within an"
                " explicit transaction block. Or, if this procedure (or one of its ancestors in"
                " the call chain) was created with SET config options, recreate the procedure"
                " without them.",
            )

    def truncated(self) -> None:
        """Record that TRUNCATE has committed."""
        self.ended += 1
        self._in_own_block = False

    def end_statement(self) -> None:
        """Commit a statement in NONATOMIC mode, outside of blocks."""
        if self.nonatomic and not (self._session.in_block or self._in_own_block):
            self._restart("COMMIT")

    def recover(self, error: RedshiftError | BackendError, *, only_raises: bool) -> None:
        """Roll back the transaction of an error and begin another for its handler.

        In a block of the client, only a handler that does nothing but RAISE can follow: whether
        others can is not documented.
        """
        atomic = self.with_settings or (self._session.in_block and not self.nonatomic)
        if atomic and not only_raises:
            raise NotSupportedError(
                "EXCEPTION blocks of procedures that are called in a transaction block, or have"
                " SET, can contain only RAISE: others are not supported by the emulator",
                hint=f"the error was: {error.message}",
            )
        self._restart("ROLLBACK")

    def handled(self) -> None:
        """Commit what the handler of an atomic procedure did, before the error is thrown again."""
        if not self._session.in_block:
            self._restart("COMMIT")

    def finish(self) -> None:
        """Refuse a procedure that leaves its own block open."""
        if self._in_own_block:
            raise NotSupportedError(
                "a procedure that does not end its START TRANSACTION: not supported by the"
                " emulator"
            )

    def _restart(self, how: str) -> None:
        self.ended += 1
        self._in_own_block = False
        self._session.restart_transaction(how)


def is_caught(error: RedshiftError | BackendError) -> bool:
    """Return whether WHEN OTHERS catches an error.

    It does not catch the cancellation of a query; nor does it hide what the emulator refuses,
    unlike a message of RAISE that mentions the emulator.
    """
    if error.sqlstate == RAISED:
        return True
    return error.sqlstate != QUERY_CANCELED and _EMULATOR not in error.message


def check_allowed(statement: Statement) -> None:
    """Refuse statements that need a transaction of their own, and the control of blocks."""
    words = statement.words(2)
    if words == ("alter", "table") and any(token.is_word("append") for token in statement.tokens):
        words = ("alter", "table", "append")
    if any(words[: len(head)] == head for head in _REFUSED):
        message = f"{' '.join(words).upper()} is not supported in a procedure"
        raise NotSupportedError(message)
