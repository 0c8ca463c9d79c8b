"""An HTTP proxy in front of an S3 server: it loses answers, refuses requests, shifts the clock."""

import datetime as dt
import http.client
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

OWN_HEADERS = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})

STATUS = {"AccessDenied": 403, "NoSuchUpload": 404, "NotImplemented": 501}


@dataclass
class S3Proxy:
    """A proxy; its fields may change while it works.

    A request is shown as ``PUT /bucket/key?query``. The server handles it in any case, except
    that ``refuse`` returns an error code of S3 to answer at once, such as ``AccessDenied``.
    """

    server: str
    url: str = ""
    lose_answer: Callable[[str], bool] = lambda _: False
    refuse: Callable[[str], str] = lambda _: ""
    ahead: dt.timedelta = dt.timedelta(0)
    requests: list[str] = field(default_factory=list)

    def lose_first(self, pattern: str) -> None:
        """Lose the answer to the first request that matches."""
        left = [re.compile(pattern)]

        def lose(request: str) -> bool:
            return bool(left and left[0].search(request) and left.pop())

        self.lose_answer = lose


@contextmanager
def running(server: str) -> Iterator[S3Proxy]:
    """Run a proxy of the S3 server at an URL."""
    proxy = S3Proxy(server)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            request = f"{self.command} {self.path}"
            proxy.requests.append(request)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if code := proxy.refuse(request):
                error = f"<Error><Code>{code}</Code><Message>refused</Message></Error>"
                self.answer(STATUS[code], {}, b"" if self.command == "HEAD" else error.encode())
                return
            place = urlsplit(proxy.server)
            connection = http.client.HTTPConnection(place.hostname or "", place.port)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            with connection.getresponse() as answer:
                headers, content = dict(answer.getheaders()), answer.read()
            connection.close()
            if proxy.lose_answer(request):
                self.close_connection = True
                return
            self.answer(answer.status, headers, content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

        def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            lower = {name.lower(): value for name, value in headers.items()}
            theirs = (
                parsedate_to_datetime(lower["date"])
                if "date" in lower
                else dt.datetime.now(dt.UTC)
            )
            self.send_response_only(status)
            self.send_header("Date", format_datetime(theirs + proxy.ahead, usegmt=True))
            length = lower.get("content-length") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length or "0")
            for name, value in lower.items():
                if name not in OWN_HEADERS:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    http_server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http_server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{http_server.server_address[1]}"
    thread = threading.Thread(target=http_server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        http_server.shutdown()
        http_server.server_close()
        thread.join()
