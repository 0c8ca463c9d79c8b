"""The configuration of an emulator that a test starts."""

from typing import Any

from psycopg2.extensions import parse_dsn

ROLE = "arn:aws:iam::000000000000:role/local-redshift-copy"
"""The role with which COPY may read."""


def configuration(backend_dsn: str, admin: str, password: str) -> dict[str, Any]:
    """Return the settings of an emulator in front of a database, without a real S3."""
    backend = parse_dsn(backend_dsn)
    return {
        "backend": {
            "host": backend["host"],
            "port": int(backend["port"]),
            "database": backend["dbname"],
            "superuser": backend["user"],
            "password": backend["password"],
        },
        "admin": {"user": admin, "password": password},
        "s3": {
            "endpoint_url": "http://127.0.0.1:1",
            "region": "us-east-1",
            "access_key_id": "none",
            "secret_access_key": "none",
        },
    }
