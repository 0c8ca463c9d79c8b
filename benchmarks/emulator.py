"""Compare the Redshift emulator with the PostgreSQL behind it.

Starts an emulator of its own. COPY loads parts from S3; for comparison, `zstd -dc` and psql load
the same parts into a table of the same server. Short queries and small transactions follow. The
ways alternate, so that noise affects both equally. It needs the programs psql and zstd.

    python benchmarks/emulator.py [--rows N] [--runs N] [--queries N]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import boto3
import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

from pipeline.local.alone import Redshift, running_redshift
from pipeline.local.stack import Stack

COPY_TARGET, SELECT_TARGET, ERRORS_TARGET = 1.15, 1.0, 0
"""The ratio of a COPY to psql, milliseconds added to a query, and errors of 50 connections."""

CONNECTIONS, TRANSACTIONS = 50, 20

PARTS = 4

TABLES = {
    "narrow rows": (
        "id integer, day date, amount numeric(12, 2), code varchar(10)",
        "SELECT g, date '2020-01-01' + g % 2000, (g % 100000) * 0.01, 'c' || g % 1000",
        1.0,
    ),
    "quoted JSON": (
        "id integer, at timestamp, document varchar(400)",
        """SELECT g, timestamp '2020-01-01' + g * interval '1 second', json_build_object(
        'name', 'customer ' || g, 'tags', array['a,b', 'c "d"'], 'note', repeat('text ', g % 20))
        """,
        0.3,
    ),
}
"""Columns, the query of the rows 1, 2, … as ``g``, and their number in relation to ``--rows``."""

LAST = "SELECT COUNT(*) FROM ledger WHERE id = 1"

QUERIES = ("SELECT 1", "SELECT amount FROM small WHERE id = 7")


@dataclass(frozen=True)
class Bench:
    """The emulator's address and login, and that of a database of its PostgreSQL."""

    redshift: Redshift
    plain_url: str
    folder: Path

    def connect(self) -> tuple[Connection, Connection]:
        """Connect to the emulator and to PostgreSQL; each statement is a transaction."""
        return connect(self.redshift.url), connect(self.plain_url)

    def make_parts(self, name: str, query: str, rows: int) -> list[Path]:
        """Write the rows of a table as compressed parts, and upload them."""
        client = boto3.client("s3", **self.redshift.s3)
        paths = []
        for number in range(PARTS):
            path = self.folder / f"{name}-{number}.csv.zst"
            text = f"COPY ({query} FROM generate_series({number + 1}, {rows}, {PARTS}) AS g)"
            command = f'psql -qX "$URL" -c "$COPY TO STDOUT (FORMAT csv)" | zstd -q -o {path}'
            shell(command, URL=self.plain_url, COPY=text)
            client.upload_file(str(path), self.redshift.bucket, f"{name}/{path.name}")
            paths.append(path)
        return paths


def connect(url: str) -> Connection:
    connection = psycopg2.connect(url, sslmode="disable")
    connection.autocommit = True
    return connection


def run(connection: Connection, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def shell(command: str, **environment: str) -> None:
    environment = {**os.environ, **environment}
    subprocess.run(["/bin/bash", "-o", "pipefail", "-c", command], env=environment, check=True)


def main() -> int:
    options = _options()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" load before the start {os.getloadavg()[0]:.2f}"
    )
    with tempfile.TemporaryDirectory(prefix="emulator-benchmark-") as directory:
        Path(directory).chmod(0o755)
        home = Path(directory) / "stack"
        with running_redshift(home, throw_away=True) as redshift:
            stack = Stack(home, throw_away=True, samples=False)
            plain = stack.postgres(stack.state()).dsn("postgres")
            bench = Bench(redshift, plain, Path(directory))
            missed = [copy(bench, name, options) for name in TABLES]
            make_small(bench)
            missed += [select(bench, query, options.queries) for query in QUERIES]
            missed.append(transactions(bench))
    return sum(missed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the largest table")
    parser.add_argument("--runs", type=int, default=5, help="runs of each COPY")
    parser.add_argument("--queries", type=int, default=2000, help="runs of each query")
    return parser.parse_args()


def copy(bench: Bench, what: str, options: argparse.Namespace) -> bool:
    """Load the parts of a table in both ways; return whether the target was missed."""
    columns, query, share = TABLES[what]
    rows, name = int(options.rows * share), what.partition(" ")[0]
    parts = bench.make_parts(name, query, rows)
    emulator, plain = bench.connect()
    source = f"'s3://{bench.redshift.bucket}/{name}/'"
    statement = f"COPY {name} FROM {source} IAM_ROLE default CSV ZSTD"
    load = f'psql -qX "$URL" -c "COPY {name} FROM STDIN (FORMAT csv)"'
    ways: dict[Connection, Callable[[], object]] = {
        emulator: lambda: run(emulator, statement),
        plain: lambda: [shell(f"zstd -dc {part} | {load}", URL=bench.plain_url) for part in parts],
    }
    for connection in ways:
        run(connection, f"CREATE TABLE {name} ({columns})")
    found = alternate(ways, options.runs, lambda connection: run(connection, f"TRUNCATE {name}"))
    ours, theirs = map(statistics.median, found)
    print(f"COPY of {rows:,} {what}: {ours:.2f} s, zstd and psql {theirs:.2f} s")
    return judge(ours / theirs, COPY_TARGET, "times psql")


def alternate(
    ways: dict[Connection, Callable[[], object]], runs: int, before: Callable[[Connection], None]
) -> list[list[float]]:
    """Return the seconds of each way; a first round only warms the caches."""
    found: list[list[float]] = [[] for _ in ways]
    for _ in range(runs + 1):
        for (connection, way), seconds in zip(ways.items(), found, strict=True):
            before(connection)
            started = time.perf_counter()
            way()
            seconds.append(time.perf_counter() - started)
    return [seconds[1:] for seconds in found]


def make_small(bench: Bench) -> None:
    """Create the tables of the queries and of the transactions."""
    for connection in bench.connect():
        run(
            connection,
            "CREATE TABLE small (id integer, amount numeric(12, 2))",
            "INSERT INTO small VALUES (1, 1), (7, 49)",
            "CREATE TABLE ledger (id integer, amount numeric(12, 2))",
        )


def select(bench: Bench, query: str, runs: int) -> bool:
    """Run a short query many times in both; return whether the target was missed."""
    ways = {
        connection: lambda connection=connection: fetch(connection, query)
        for connection in bench.connect()
    }
    found = alternate(ways, runs, lambda _: None)
    ours, theirs = (statistics.median(each) * 1000 for each in found)
    print(f"{query}: {ours:.2f} ms, PostgreSQL {theirs:.2f} ms, medians of {runs}")
    return judge(ours - theirs, SELECT_TARGET, "ms more")


def fetch(connection: Connection, query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        cursor.fetchall()


def transactions(bench: Bench) -> bool:
    """Run small transactions on many connections; return whether one failed."""

    def work(_: int) -> int:
        connection = psycopg2.connect(bench.redshift.url, sslmode="disable")
        errors = 0
        for _ in range(TRANSACTIONS):
            try:
                run(connection, "INSERT INTO ledger VALUES (1, 1)", LAST)
                connection.commit()
            except psycopg2.Error as error:
                print(f"    {error}")
                connection.rollback()
                errors += 1
        connection.close()
        return errors

    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        errors = sum(pool.map(work, range(CONNECTIONS)))
    seconds = time.perf_counter() - started
    total = CONNECTIONS * TRANSACTIONS
    print(f"{total:,} transactions on {CONNECTIONS} connections: {seconds:.1f} s")
    return judge(errors, ERRORS_TARGET, "errors")


def judge(value: float, target: float, unit: str) -> bool:
    """Print a figure beside its target; return whether the target was missed."""
    missed = value > target
    print(
        f"    {value:.2f} {unit}, target {target:g}: {'missed' if missed else 'met'}", flush=True
    )
    return missed


if __name__ == "__main__":
    sys.exit(main())
