"""The rows of STL_CONNECTION_LOG: attempts to log in, and the beginnings and ends of sessions.

https://docs.aws.amazon.com/redshift/latest/dg/r_STL_CONNECTION_LOG.html
"""

import socket
import ssl
from collections.abc import Mapping

from redshift_emulator.language.moments import microseconds, now
from redshift_emulator.session.history import History

FAILURE, AUTHENTICATED = "authentication failure", "authenticated"
BEGIN, END = "initiating session", "disconnecting session"
REFUSED_LOGIN = "28000"
"""The SQLSTATE of a wrong password."""
_FROM_STARTUP = ("application_name", "os_version", "driver_version", "plugin_name")


class ConnectionLog:
    """Records the events of one client's connection."""

    def __init__(
        self, history: History, connection: socket.socket, startup: Mapping[str, str]
    ) -> None:
        self._history = history
        self._startup = startup
        self._began = now()
        self._host, self._port = connection.getpeername()[:2]
        self._version, self._cipher = "", ""
        if isinstance(connection, ssl.SSLSocket):
            self._version = connection.version() or ""
            self._cipher = (connection.cipher() or ("",))[0]

    def record(self, *events: str, process: int = 0) -> None:
        """Record events of this moment; only the end of a session has a duration."""
        time = now()
        for event in events:
            self._history.add(
                "stl_connection_log",
                event=event,
                recordtime=str(time),
                remotehost=self._host,
                remoteport=str(self._port),
                pid=process,
                dbname=self._startup.get("database", self._startup.get("user", "")),
                username=self._startup.get("user", ""),
                authmethod="password",
                duration=microseconds(self._began, time) if event == END else 0,
                sslversion=self._version,
                sslcipher=self._cipher,
                mtu=0,
                protocol_version=0,
                **{name: self._startup.get(name, "") for name in _FROM_STARTUP},
            )
