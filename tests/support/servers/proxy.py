"""A proxy that can fall silent: it keeps connections open, and forwards nothing more.

So do a firewall that lost its state, and a machine whose cable is pulled behind a load balancer:
no end of the connection arrives, and TCP's own probes are answered.
"""

import math
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from pipeline.local.processes.ports import LOOPBACK


@dataclass(eq=False)
class Link:
    """One connection through the proxy: two sockets."""

    ends: tuple[socket.socket, socket.socket]
    silent: bool = False
    longest: float = math.inf
    """Bytes of answers after which it falls silent."""
    held: bytes | None = None
    """What a message holds that is not forwarded, nor anything after it."""

    def forward(self, source: socket.socket, target: socket.socket) -> None:
        answered = 0
        with suppress(OSError):
            while data := source.recv(65536):
                answered += len(data) if source is self.ends[1] else 0
                self.silent = self.silent or answered > self.longest
                self.silent = self.silent or bool(self.held and self.held in data)
                if self.silent:
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@dataclass
class Proxy:
    """A proxy on loopback, in front of a port on loopback."""

    target: int
    later: int | None = None
    """The port in front of which it is for all connections but the first."""
    listener: socket.socket = field(default_factory=socket.socket)
    links: list[Link] = field(default_factory=list)
    silent: bool = False
    longest: float = math.inf
    """Bytes of answers after which each new connection falls silent."""
    held: bytes | None = None
    """A part of the messages that new connections hold back."""

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def fall_silent(self, *, new: bool = True) -> None:
        """Forward nothing more, on the connections that exist and, with ``new``, on new ones."""
        self.silent = new
        for link in self.links:
            link.silent = True

    def recover(self) -> None:
        """Forward what comes through new connections; those that exist stay silent."""
        self.silent, self.longest = False, math.inf

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                port = (self.links and self.later) or self.target
                server = socket.create_connection((LOOPBACK, port))
                link = Link((client, server), self.silent, self.longest, self.held)
                self.links.append(link)
                for ends in (link.ends, link.ends[::-1]):
                    threading.Thread(target=link.forward, args=ends, daemon=True).start()


@contextmanager
def proxy(target: int, port: int = 0) -> Iterator[Proxy]:
    """Run a proxy in front of a port, by default at a free one."""
    found = Proxy(target)
    found.listener.bind((LOOPBACK, port))
    found.listener.listen()
    threading.Thread(target=found.accept, daemon=True).start()
    try:
        yield found
    finally:
        found.listener.shutdown(socket.SHUT_RDWR)
        found.listener.close()
        for each in (end for link in found.links for end in link.ends):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
