"""What a procedure must not run.

https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-constraints.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session

_REFUSED = (
    ("prepare",), ("create", "database"), ("drop", "database"), ("vacuum",), ("set", "local"),
    ("begin",), ("start",), ("end",), ("abort",), ("declare",),
)  # fmt: skip


def check_allowed(statement: Statement) -> None:
    """Refuse statements that need a transaction of their own, and the control of blocks."""
    words = statement.words(2)
    if any(words[: len(head)] == head for head in _REFUSED):
        message = f"{' '.join(words).upper()} is not supported in a procedure"
        raise NotSupportedError(message)


def require_top_level(session: Session, word: str) -> None:
    """Refuse COMMIT, ROLLBACK and TRUNCATE in a call within a transaction block."""
    if session.in_block:
        raise RedshiftError(
            f"{word} cannot be invoked from a procedure that is executing in an atomic context.",
            sqlstate="2D000",
            hint="Try calling the procedure as a top-level call i.e. not from within an"
            " explicit transaction block.",
        )
