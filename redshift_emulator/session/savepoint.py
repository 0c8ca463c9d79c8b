"""A savepoint around what the emulator tries in the client's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from redshift_emulator.session.session import Session


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Undo what the body does in PostgreSQL, also after an error, which does not end the block.

    SAVEPOINT is a message of its own: PostgreSQL parses a whole message before it executes any
    of its statements, so after a syntax error a savepoint of the same message would not exist.
    """
    session.run("SAVEPOINT tried")
    try:
        yield
    finally:
        session.run("ROLLBACK TO SAVEPOINT tried; RELEASE SAVEPOINT tried")
