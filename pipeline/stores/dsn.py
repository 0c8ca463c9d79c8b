"""Connection strings: read without ever showing what they hold.

A password with a bare ``@``, ``:`` or ``/`` shifts a URL's parts, so that libpq would report pieces of it as host,
port or database. Such strings are refused before libpq sees them.
"""

from __future__ import annotations

import psycopg2
from psycopg2.extensions import parse_dsn

from pipeline.errors import ConfigError

FORM = "postgresql://user:password@host:5432/database, special characters in it percent-encoded"


def parse(dsn: str, owner: str) -> dict[str, str]:
    """Split a libpq connection string (URL or key=value) into its parts; ConfigError, without its text, when it is none."""
    if not dsn.strip():
        raise ConfigError(f"{owner}: the connection string is empty; expected {FORM}")
    try:
        parts = {key: str(value) for key, value in parse_dsn(dsn).items() if value is not None}
    except psycopg2.Error:
        parts = None
    if parts is None or _shifted(parts):
        raise ConfigError(
            f"{owner}: the connection string cannot be read (not shown: it may hold a password); expected {FORM}"
        )
    return parts


def place(parts: dict[str, str]) -> str:
    """Render host, port and database of a parsed connection string."""
    host = parts.get("host") or parts.get("hostaddr") or parts.get("service") or "localhost"
    port = f":{parts['port']}" if "port" in parts else ""
    return f"{host}{port}/{parts.get('dbname') or parts.get('user', '')}"


def _shifted(parts: dict[str, str]) -> bool:
    ports = parts.get("port", "").split(",")
    return (
        "@" in parts.get("host", "")
        or "@" in parts.get("dbname", "")
        or any(port and not port.isdigit() for port in ports)
    )
