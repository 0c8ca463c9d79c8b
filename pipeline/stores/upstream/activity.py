"""What a session upstream does, as another session of its server sees it."""

from collections.abc import Mapping
from typing import Any

from pipeline.sql.upstream import sessions
from pipeline.stores.inquiry import Inquiry, RefusedError
from pipeline.stores.supervision import Activity, Ask, Block


def activity(connection: Any, parameters: Mapping[str, str], identity: Mapping[str, Any]) -> Ask:
    """Return what asks about a connection's session; ``parameters`` are those it was opened with.

    ``identity`` is the session's answer to the statement of that name.
    """
    question = sessions.state(identity["session_id"], identity["server_started"])
    inquiry = Inquiry.at_peer_of(connection, parameters)

    def ask(seconds: float, stop: int) -> Activity:
        ((row,),) = inquiry.ask([question], seconds=seconds, stop=stop)
        if not row["same"]:
            raise RefusedError("another server answers at this address")
        return Activity(row["works"], _block(row) if row["waits"] else None)

    return ask


def not_answering(_seconds: float, _stop: int) -> Activity:
    """Return the activity of a session without an identity: its statements take no time."""
    return Activity(works=False)


def _block(row: Mapping[str, Any]) -> Block:
    holder = row["holder"], row["holder_user"], row["application"]
    return Block(row["relation"], *holder, since=row["since"])
