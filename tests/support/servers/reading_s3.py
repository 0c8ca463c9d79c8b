"""A read-only S3 service: other requests are refused, and recorded."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from pipeline.local.processes.ports import LOOPBACK

DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class ReadingS3(ThreadingHTTPServer):
    """Forwards reading requests to an S3 server, with their signatures."""

    daemon_threads = True

    def __init__(self, endpoint_url: str) -> None:
        super().__init__((LOOPBACK, 0), Reader)
        self.target = urlsplit(endpoint_url).netloc
        self.read: list[str] = []
        self.refused: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}"


class Reader(BaseHTTPRequestHandler):
    """Responds to the requests of one connection."""

    server: ReadingS3
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.forward()

    def do_HEAD(self) -> None:
        self.forward()

    def do_PUT(self) -> None:
        self.refuse()

    def do_POST(self) -> None:
        self.refuse()

    def do_DELETE(self) -> None:
        self.refuse()

    def forward(self) -> None:
        self.server.read.append(self.requestline)
        connection = http.client.HTTPConnection(self.server.target, timeout=60)
        connection.request(self.command, self.path, headers=dict(self.headers))
        response = connection.getresponse()
        body = response.read()
        kept = [each for each in response.getheaders() if each[0].lower() != "transfer-encoding"]
        self.respond(response.status, kept, body)
        connection.close()

    def refuse(self) -> None:
        self.server.refused.append(self.requestline)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.respond(403, [("Content-Type", "application/xml")], DENIED)

    def respond(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def reading_s3(endpoint_url: str) -> Iterator[ReadingS3]:
    with ReadingS3(endpoint_url) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
