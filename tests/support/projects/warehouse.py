"""A small project on the shared local stack, for one test.

Its schemas, prefix, upstream database and designs belong to that test alone.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import boto3
from psycopg2.extensions import make_dsn, parse_dsn

from pipeline.local.stack import BUCKET, IAM_ROLE, Stack
from tests.support import forked
from tests.support.database import execute, query
from tests.support.paths import PROGRAMS, ROOT
from tests.support.processes import command_environment, start
from tests.support.results.output import check_json

DATE = "2026-11-21"

ORDERS = """
CREATE TABLE orders (
    id bigint PRIMARY KEY, status varchar(10), note text, total numeric(12,2) NOT NULL
);
INSERT INTO orders SELECT i, CASE i % 3 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' END,
    'note ' || i, i * 1.25 FROM generate_series(1, 1000) AS i;
CREATE TABLE customers (id integer PRIMARY KEY, name text);
INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bob ''the'' "builder"'), (3, NULL), (4, '');
"""

DESIGNS = {
    "{src}/public-orders.yaml": """
name: {src}.orders
source_name: {src}.public.orders
columns:
  - {{name: id, sql_type: bigint, not_null: true}}
  - {{name: status, sql_type: varchar(40)}}
  - {{name: note, sql_type: varchar(256)}}
  - {{name: total, sql_type: "numeric(12,2)", not_null: true}}
constraints:
  - primary_key: [id]
attributes:
  distribution: [id]
  compound_sort: [id]
""",
    "{src}/public-customers.yaml": """
name: {src}.customers
source_name: {src}.public.customers
columns:
  - {{name: id, sql_type: integer, not_null: true}}
  - {{name: name, sql_type: varchar(256)}}
constraints:
  - primary_key: [id]
attributes:
  distribution: all
""",
    "{dw}/totals.yaml": """
name: {dw}.totals
source_name: CTAS
columns:
  - {{name: status, sql_type: varchar(40)}}
  - {{name: orders, sql_type: bigint}}
  - {{name: total, sql_type: "numeric(18,2)"}}
""",
    "{dw}/totals.sql": """
SELECT status, COUNT(*) AS orders, SUM(total)::numeric(18,2) AS total
FROM {src}.orders
GROUP BY status
""",
    "{dw}/paid.yaml": """
name: {dw}.paid
source_name: VIEW
columns:
  - {{name: total}}
""",
    "{dw}/paid.sql": """
SELECT total FROM {dw}.totals WHERE status = 'paid'
""",
    "{dw}/names.yaml": """
name: {dw}.names
source_name: CTAS
columns:
  - {{name: name_key, sql_type: bigint, identity: true, not_null: true}}
  - {{name: id, sql_type: integer, not_null: true}}
  - {{name: name, sql_type: varchar(256), not_null: true}}
constraints:
  - surrogate_key: [name_key]
  - natural_key: [id]
""",
    "{dw}/names.sql": """
SELECT id, NVL(name, '(none)') AS name FROM {src}.customers
""",
}

NARROW = DESIGNS["{src}/public-customers.yaml"].replace("varchar(256)", "varchar(10)")
"""A design whose table is too narrow for one name."""

HALF = DESIGNS["{dw}/totals.sql"].replace("GROUP BY", "WHERE id <= 500 GROUP BY")
"""A query of half of the orders."""


@dataclass(frozen=True)
class Outcome:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Project:
    """A configuration, designs, an upstream database, a corner of the warehouse and the bucket."""

    stack: Stack
    folder: Path
    upstream_dsn: str
    src: str
    dw: str
    prefix: str
    marker_schema: str
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def write(self, path: str, text: str) -> None:
        """Write a design file; {src} and {dw} are replaced by the project's schemas."""
        names = {"src": self.src, "dw": self.dw}
        file = self.folder / "designs" / path.format(**names)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**names), encoding="utf-8")

    def command(self, *words: str) -> list[str]:
        names = {"src": self.src, "dw": self.dw}
        return [word.format(**names) for word in words]

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command of the project in a new process group, which ends with the test."""
        process = start(
            self.command(*words),
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """Kill what a test that failed left running: its pipes would fail another test."""
        for process in self.started:
            with process:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def run(self, *words: str, code: int | None = 0, **environment: str) -> Outcome:
        """Run a command of the project to its end; None allows any exit code."""
        full = {**self.environment, **environment}
        done = forked.run(self.command(*words), cwd=self.folder, env=full)
        ended = Outcome(done.returncode, done.stdout, done.stderr)
        assert code in {None, ended.code}, ended
        return ended

    def start_luigi(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        return self.start(*self._luigi(words), **environment)

    def luigi(self, *words: str, code: int | None = 0, **environment: str) -> Outcome:
        """Run a task by the real luigi command, with a scheduler of its own."""
        return self.run(*self._luigi(words), code=code, **environment)

    def _luigi(self, words: tuple[str, ...]) -> list[str]:
        command = [sys.executable, "-m", "luigi", "--module", "pipeline", *words]
        if words[0] != "BootstrapWarehouse" and "--date" not in words:
            command += ["--date", DATE]
        return [*command, "--local-scheduler"]

    def pipeline(self, *words: str, code: int | None = 0, **environment: str) -> Outcome:
        """Run a command; what it prints with --json is checked by the schema."""
        done = self.run(sys.executable, "-m", "pipeline", *words, code=code, **environment)
        check_json(words, done.out)
        return done

    def program(self, name: str, *words: str, code: int | None = 0, **environment: str) -> Outcome:
        """Run a luigi command under a program of tests/programs, which comes first in words.

        For example: ``program("kill_at", "after-copy", "1", "LoadAll", "--local-scheduler")``.
        """
        command = (sys.executable, str(PROGRAMS / f"{name}.py"), *words)
        return self.run(*command, code=code, PYTHONPATH=str(ROOT), **environment)

    def upstream(self, sql: str) -> None:
        """Execute a script in the upstream database."""
        execute(self.upstream_dsn, sql)

    def upstream_rows(self, statement: str) -> list[tuple]:
        """Query the upstream database."""
        return query(self.upstream_dsn, statement)

    def rows(self, statement: str, user: str = "ETL") -> list[tuple]:
        """Query the warehouse; {src}, {dw} and {etl} are replaced by the project's schemas."""
        text = statement.format(src=self.src, dw=self.dw, etl=self.marker_schema)
        return query(self.environment[f"DATA_WAREHOUSE_{user}"], text)

    def rows_as(self, user: str, password: str, statement: str) -> list[tuple]:
        """Query the warehouse as another user."""
        etl = self.environment["DATA_WAREHOUSE_ETL"]
        self.environment["DATA_WAREHOUSE_OTHER"] = make_dsn(etl, user=user, password=password)
        return self.rows(statement, "OTHER")

    def markers(self) -> list[tuple]:
        """The markers, without their times."""
        return self.rows(
            "SELECT task, target_table, fingerprint, row_count FROM {etl}.table_updates"
            " ORDER BY 1, 2, 3"
        )

    def s3(self):
        environment = self.environment
        return boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL_S3"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_DEFAULT_REGION"],
        )

    def keys(self, having: str = "") -> list[str]:
        """The keys below the test's prefix that contain a text; all of them by default."""
        pages = (
            self.s3()
            .get_paginator("list_objects_v2")
            .paginate(Bucket=BUCKET, Prefix=f"{self.prefix}/")
        )
        keys = (item["Key"] for page in pages for item in page.get("Contents", ()))
        return sorted(key for key in keys if having in key)

    def manifest(self, key: str) -> dict:
        """A manifest's content."""
        return json.loads(self.s3().get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def parts(self, key: str) -> list[str]:
        """The keys of the parts that a manifest names."""
        return [
            entry["url"].removeprefix(f"s3://{BUCKET}/") for entry in self.manifest(key)["entries"]
        ]

    def named_parts(self) -> list[str]:
        """The keys of the parts that any manifest names."""
        return sorted(part for key in self.keys(".manifest") for part in self.parts(key))

    def secrets(self) -> dict[str, str]:
        """The secrets of the project's environment, by variable."""
        names = ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")
        urls = ("UPSTREAM", "DATA_WAREHOUSE_ADMIN", "DATA_WAREHOUSE_ETL")
        return {
            **{name: self.environment[name] for name in names},
            **{name: parse_dsn(self.environment[name])["password"] for name in urls},
        }

    def leftovers(self) -> list[tuple]:
        """The staging tables of loads that were interrupted."""
        return self.rows(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema IN ('{src}', '{dw}') "
            "AND (table_name LIKE 'etl_%' OR table_name LIKE '%$%')"
        )


def configure(project: Project) -> None:
    """Write sources.json and luigi.cfg, and set the environment that names them."""
    sources = {
        "s3": {"bucket_name": BUCKET},
        "data_warehouse": {"iam_role": IAM_ROLE, "marker_schema": project.marker_schema},
        "sources": [
            {"name": project.src, "read_access": "UPSTREAM", "include_tables": ["public.*"]},
            {"name": project.dw},
        ],
    }
    (project.folder / "sources.json").write_text(json.dumps(sources), encoding="utf-8")
    settings = (ROOT / "config" / "luigi.cfg").read_text(encoding="utf-8")
    settings += f"\nprefix = {project.prefix}\n"
    (project.folder / "luigi.cfg").write_text(settings, encoding="utf-8")
    project.environment = {
        **command_environment(),
        **project.stack.environment(),
        "UPSTREAM": project.upstream_dsn,
        "DATA_WAREHOUSE_CONFIG": "sources.json",
        "LUIGI_CONFIG_PATH": "luigi.cfg",
        "XDG_CACHE_HOME": str(project.folder / "cache"),
    }


def change_configuration(project: Project, change: Callable[[dict], object]) -> None:
    """Change sources.json."""
    file = project.folder / "sources.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    change(raw)
    file.write_text(json.dumps(raw), encoding="utf-8")


def new_owner(project: Project, password: str | None = None) -> None:
    """Configure a new owner of the warehouse, and groups that do not exist yet."""
    groups = {"etl": f"etl_{project.src}", "users": f"readers_{project.src}"}
    owner = f"owner_{project.src}"
    change_configuration(
        project, lambda raw: raw["data_warehouse"].update(owner=owner, groups=groups)
    )
    parts = urlsplit(project.environment["DATA_WAREHOUSE_ETL"])
    chosen = quote(password or f"Zebra-{secrets.token_hex(8)}-7")
    project.environment["DATA_WAREHOUSE_ETL"] = (
        f"postgresql://{owner}:{chosen}@{parts.hostname}:{parts.port}{parts.path}"
    )


def check_loaded(project: Project) -> None:
    """Assert that all is loaded: each row and marker once, no part of a complete dump missing.

    What a killed attempt left is in a folder of its own, because it might still be running.
    """
    assert project.rows("SELECT COUNT(*), COUNT(DISTINCT id), SUM(total) FROM {src}.orders") == [
        (1000, 1000, 625625)
    ]
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]
    assert project.rows("SELECT COUNT(*), SUM(orders) FROM {dw}.totals") == [(3, 1000)]
    assert project.rows("SELECT COUNT(*) FROM {dw}.names") == [(5,)]
    markers = project.markers()
    assert len(markers) == len({marker[:2] for marker in markers}) == 10, markers
    assert project.leftovers() == []
    named, parts = project.named_parts(), project.keys("/part-")
    folders = {part.rpartition("/")[0] for part in named}
    assert [part for part in parts if part.rpartition("/")[0] in folders] == named
