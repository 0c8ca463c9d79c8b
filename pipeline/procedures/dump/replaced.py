"""Tables that are replaced or locked upstream during a dump: it starts again, with a new snapshot.

A batch upstream that truncates, swaps or exchanges tables, or renames columns, holds their locks
until it commits. A dump waits for them with a snapshot that does not see what the batch has
written.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pipeline.errors import UpstreamError
from pipeline.manifest import Manifest
from pipeline.procedures.dump.job import DumpJob
from pipeline.sql.upstream.extract import Extract
from pipeline.stores.upstream.database import Session
from pipeline.stores.upstream.errors import QueryError
from pipeline.stores.upstream.facts import Plan

logger = logging.getLogger(__name__)

SNAPSHOTS = 3
"""Snapshots to try before giving up."""


LOCK_NOT_AVAILABLE = "55P03"


class ReplacedError(UpstreamError):
    """A snapshot cannot read a table as it was."""


def check_replaced(session: Session, extract: Extract, plan: Plan) -> None:
    """Raise ReplacedError if the session's snapshot cannot read all that the plan reads."""
    if names := session.replaced(extract, plan):
        found = f"{', '.join(map(str, names))} {'was' if len(names) == 1 else 'were'}"
        raise ReplacedError(
            f"{session.where}: {extract.table}: {found} truncated, rewritten, replaced or altered"
            " after the snapshot of the dump",
            retryable=True,
        )


@contextmanager
def unless_blocked(job: DumpJob) -> Iterator[None]:
    """Raise ReplacedError if a session of the body waits for a statement that waits for its dump.

    The dump ends its transaction, and the statement has its turn.
    """
    try:
        yield
    except QueryError as error:
        if error.sqlstate != LOCK_NOT_AVAILABLE:
            raise
        raise ReplacedError(
            f"{error}; that session waits for this dump of {job.extract.table}", retryable=True
        ) from error


def with_new_snapshot(job: DumpJob, write: Callable[[], Manifest]) -> Manifest:
    """Return the result of ``write``, which is repeated if tables were replaced meanwhile.

    A job that imports a snapshot has no other one: its first error is raised.
    """
    for _ in range(SNAPSHOTS - 1 if job.snapshot is None else 0):
        try:
            return write()
        except ReplacedError as error:
            logger.warning("the dump starts again with a new snapshot: %s", error)
    return write()
