"""The designs and configuration of this repository, run on the samples of the shared stack."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from pipeline.local.stack import BUCKET, WAREHOUSE, Stack
from tests.support.database import connect, query
from tests.support.paths import ROOT
from tests.support.processes import command_environment
from tests.support.projects.warehouse import Project

UPSTREAM = {"www": "DATABASE_PRODUCTION", "hyppo": "DATABASE_HYPPO"}
SCHEMAS = ("www", "hyppo", "dw", "analytics")


@dataclass(frozen=True)
class Snapshot:
    """All that a run can change: relations with identity and rows, objects with their ETags."""

    relations: dict[str, tuple]
    objects: dict[str, tuple]


def sample_project(stack: Stack, folder: Path) -> Project:
    """Configure a run of everything under a new prefix, with a new marker schema."""
    token = secrets.token_hex(4)
    project = Project(
        stack=stack,
        folder=folder,
        upstream_dsn="",
        src="www",
        dw="dw",
        prefix=f"values-{token}",
        marker_schema=f"etl_{token}",
    )
    sources = json.loads((ROOT / "config" / "sources.json").read_text(encoding="utf-8"))
    sources["data_warehouse"]["marker_schema"] = project.marker_schema
    (folder / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    settings = (ROOT / "config" / "luigi.cfg").read_text(encoding="utf-8")
    settings += f"\nprefix = {project.prefix}\ndesigns = {ROOT / 'designs'}\n"
    (folder / "luigi.cfg").write_text(settings, encoding="utf-8")
    project.environment = {
        **command_environment(),
        **stack.environment(),
        "DATA_WAREHOUSE_CONFIG": "sources.json",
        "LUIGI_CONFIG_PATH": "luigi.cfg",
    }
    return project


def snapshot(project: Project) -> Snapshot:
    """Read everything past the emulator, as the superuser of its PostgreSQL."""
    server = project.stack.postgres(project.stack.state())
    with connect(server.dsn(WAREHOUSE)) as connection:
        relations = _relations(connection, (*SCHEMAS, project.marker_schema))
    pages = (
        project.s3()
        .get_paginator("list_objects_v2")
        .paginate(Bucket=BUCKET, Prefix=f"{project.prefix}/")
    )
    return Snapshot(
        relations,
        {
            item["Key"]: (item["ETag"], item["LastModified"])
            for page in pages
            for item in page.get("Contents", ())
        },
    )


def _relations(
    connection: psycopg2.extensions.connection, schemas: tuple[str, ...]
) -> dict[str, tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
                c.oid, c.relfilenode, c.relacl::text, c.relkind
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'v')
            """,
            (list(schemas),),
        )
        found = {name: facts for name, *facts in cursor.fetchall()}
        return {
            name: (*facts, _rows(cursor, name) if facts[-1] == "r" else None)
            for name, facts in found.items()
        }


def _rows(cursor: psycopg2.extensions.cursor, name: str) -> tuple[int, str]:
    """Return the number of rows, and a hash of all rows with their places in the file."""
    cursor.execute(f"SELECT ctid, xmin, t::text FROM {name} AS t ORDER BY ctid")
    rows = cursor.fetchall()
    return len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()


def written_transactions(project: Project) -> tuple[int, int]:
    """Return how many transactions ever wrote in the databases' server, and autovacuum's runs.

    PostgreSQL assigns a number to a transaction when it first writes, even if it is then
    rolled back. Upstream databases and warehouse share the server, so the number covers all.
    https://www.postgresql.org/docs/current/transaction-id.html
    """
    state = project.stack.state()
    server = project.stack.postgres(state)
    vacuums = 0
    for database in (WAREHOUSE, *UPSTREAM):
        [(written, here)] = query(
            server.dsn(database),
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint,"
            " (SELECT sum(autovacuum_count + autoanalyze_count) FROM pg_stat_all_tables)",
        )
        vacuums += int(here)
    return written, vacuums
