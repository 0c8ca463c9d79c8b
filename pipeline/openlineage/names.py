"""Names of datasets by OpenLineage's rules: a namespace, and a name in it.

https://openlineage.io/docs/spec/naming
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.designs.model.design import Design
from pipeline.names import Layout, TableName
from pipeline.settings import Connection
from pipeline.settings.file_path import DATES

POSTGRES_PORT, REDSHIFT_PORT = "5432", "5439"

_ENDPOINT = re.compile(
    r"(?P<cluster>[^.]+)\.[^.]+\.(?P<region>[^.]+)\.redshift(-serverless)?\.amazonaws\.com(\.cn)?"
)
"""``cluster.abc123.us-west-2.redshift.amazonaws.com``, or a workgroup with its account."""


@dataclass(frozen=True, slots=True, order=True)
class Dataset:
    """A table, or objects in S3: ``postgres://db:5432``, ``shop.public.orders``."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where the datasets of a project are; ``upstream`` returns the database of a source."""

    warehouse: Callable[[], Connection]
    upstream: Callable[[str], Connection]
    bucket: str
    layout: Layout

    def relation(self, name: TableName) -> Dataset:
        """Return a relation of the warehouse."""
        connection = self.warehouse()
        found = _ENDPOINT.fullmatch(connection.host)
        host = f"{found['cluster']}.{found['region']}" if found else _host(connection)
        namespace = f"redshift://{host}:{_port(connection, REDSHIFT_PORT)}"
        return Dataset(namespace, f"{connection.database}.{name}")

    def table(self, design: Design) -> Dataset:
        """Return the upstream table of a design."""
        connection = self.upstream(design.name.schema)
        namespace = f"postgres://{_host(connection)}:{_port(connection, POSTGRES_PORT)}"
        return Dataset(namespace, f"{connection.database}.{design.source}")

    def dump(self, design: Design) -> Dataset:
        """Return the dumps of a table: one dataset, whose version is the key of a manifest."""
        return Dataset(f"s3://{self.bucket}", f"{self.layout.data}{design.stem}")

    def files(self, path: str, design: Design) -> Dataset:
        """Return the files of a table: one dataset, whatever their date: ``exports/*/orders/``."""
        source = design.source or design.name
        known = {
            "prefix": self.layout.prefix,
            "schema": source.schema,
            "table": source.table,
            **dict.fromkeys(DATES, "*"),
        }
        for placeholder, value in known.items():
            path = path.replace(f"${{{placeholder}}}", value)
        bucket, _, key = path.removeprefix("s3://").partition("/")
        return Dataset(f"s3://{bucket}", key)


def _host(connection: Connection) -> str:
    """Return the host, of several the first; this machine for the folder of a socket."""
    host = connection.host.partition(",")[0]
    if host.startswith("/"):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _port(connection: Connection, default: str) -> str:
    return (connection.port or "").partition(",")[0] or default
