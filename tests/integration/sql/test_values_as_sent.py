"""How the driver writes values depends on how the server reports that it reads backslashes.

Redshift reads a backslash in '…' as an escape, knows no E'…', and never reports
``standard_conforming_strings``; psycopg2 then doubles backslashes within plain quotes: right.
"""

import socket
import struct
import threading

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.sql.statement import Statement

HOSTILE = [
    "",
    "plain",
    "it's",
    "\\",
    "a\\'; DROP TABLE x; --",
    "\\N",
    "é😀",
    "100% %(a)s",
    "a\nb\tc",
]
STATEMENT = Statement("SELECT %(value)s", {"value": "back\\slash'"})


class AnsweringServer:
    """Speaks just enough of the protocol to let a client log in, and keeps what it sends."""

    def __init__(self, parameters):
        self.queries = []
        self._parameters = parameters
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb") as stream:
            self._log_in(stream)
            while kind := stream.read(1):
                body = stream.read(struct.unpack("!i", stream.read(4))[0] - 4)
                if kind != b"Q":
                    break
                self.queries.append(body.rstrip(b"\0").decode())
                self._send(stream, (b"C", b"SELECT 0\0"), (b"Z", b"I"))

    def _log_in(self, stream):
        stream.read(struct.unpack("!i", stream.read(4))[0] - 4)
        reported = (
            (b"S", f"{name}\0{value}\0".encode()) for name, value in self._parameters.items()
        )
        self._send(stream, (b"R", struct.pack("!i", 0)), *reported, (b"Z", b"I"))

    @staticmethod
    def _send(stream, *messages):
        for kind, body in messages:
            stream.write(kind + struct.pack("!i", len(body) + 4) + body)
        stream.flush()

    def close(self):
        self._thread.join()
        self._listener.close()


def sent(parameters):
    """Return what a server that reports these parameters receives for ``STATEMENT``."""
    common = {"server_version": "8.0.2", "client_encoding": "UTF8", "DateStyle": "ISO, MDY"}
    server = AnsweringServer({**common, **parameters})
    try:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=server.port,
            user="u",
            dbname="d",
            sslmode="disable",
            gssencmode="disable",
        )
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(STATEMENT.text, STATEMENT.parameters)
        connection.close()
    finally:
        server.close()
    return server.queries


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        pytest.param({}, r"SELECT 'back\\slash'''", id="Redshift"),
        pytest.param(
            {"standard_conforming_strings": "on"}, r"SELECT 'back\slash'''", id="PostgreSQL"
        ),
        pytest.param(
            {"standard_conforming_strings": "off"},
            r"SELECT E'back\\slash'''",
            id="what Redshift would refuse, so a server like it must not report this",
        ),
    ],
)
def test_how_a_backslash_is_sent_depends_on_what_the_server_reports(reported, expected):
    assert sent(reported) == [expected]


@pytest.mark.parametrize("setting", ["on", "off"])
def test_values_come_back_unchanged_under_any_setting(new_database, setting):
    options = f"-c standard_conforming_strings={setting}"
    connection = psycopg2.connect(make_dsn(new_database(), options=options))
    try:
        with connection.cursor() as cursor:
            for value in HOSTILE:
                statement = Statement("SELECT %(value)s, '%%'", {"value": value})
                cursor.execute(statement.template, statement.parameters)
                assert cursor.fetchone() == (value, "%")
    finally:
        connection.close()


def test_a_statement_without_values_is_sent_like_any_other(new_database):
    statement = Statement("SELECT '100%% sure' AS \"%%s\"")
    connection = psycopg2.connect(new_database())
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement.template, statement.parameters)
            assert cursor.description[0].name == "%s"
            assert cursor.fetchone() == ("100% sure",)
    finally:
        connection.close()
