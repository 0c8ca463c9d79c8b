"""What a session of the warehouse does, as another session sees it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pipeline.sql.catalog import sessions
from pipeline.stores.inquiry import Inquiry, Rows
from pipeline.stores.supervision import Activity, Ask, Block


def activity(connection: Any, parameters: Mapping[str, str], marker_table: str) -> Ask:
    """Return what asks about a connection's session; ``parameters`` are those it was opened with.

    A session without any known statement counts as working: its statements are not visible. A lock
    on ``marker_table`` (``etl.table_updates``) that the same user holds is the pipeline's own.
    """
    session_id = connection.info.backend_pid
    questions = (sessions.statements(session_id), sessions.lock_wait(session_id))
    inquiry = Inquiry.at_peer_of(connection, parameters)

    def ask(seconds: float, stop: int) -> Activity:
        [counts], locks = inquiry.ask(questions, seconds=seconds, stop=stop)
        block = _block(locks, marker_table)
        return Activity(bool(counts["running"] or not counts["known"] or block), block)

    return ask


def _block(rows: Rows, marker_table: str) -> Block | None:
    for row in rows:
        since = row["since"] and row["since"].replace(tzinfo=dt.UTC)
        is_own = bool(row["is_own_user"]) and row["relation"] == marker_table
        return Block(
            row["relation"], row["holder"], row["holder_user"], since=since, is_own=is_own
        )
    return None
