"""The server of a session: only another session of the same one can import its snapshot."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from pipeline.errors import UpstreamError
from pipeline.sql.upstream import sessions
from pipeline.stores.upstream.observation import Query


@dataclass(frozen=True, slots=True)
class Server:
    """What identifies a running server, and a database of it.

    A primary and its standbys, which share the identifier of their cluster, started at different
    times: a snapshot of one is not a snapshot of the other.
    """

    started: dt.datetime
    database: str

    @classmethod
    def read(cls, query: Query) -> Self:
        """Read it from a session."""
        return cls(**query(sessions.server())[0])

    def check(self, query: Query, where: str, variable: str | None) -> None:
        """Raise UpstreamError if a session, which ``variable`` led to, is of another server."""
        found = self.read(query)
        if found != self:
            raise UpstreamError(
                f"{where}: is another server than the one of the snapshot: database"
                f" '{found.database}', started {found.started}, instead of '{self.database}',"
                f" started {self.started}. Let {variable} name a single server everywhere, not an"
                " endpoint that leads to several"
            )
