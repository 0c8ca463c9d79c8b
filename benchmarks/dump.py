"""Compare the dump of a large table with psql's COPY to /dev/null, the fastest way to read it.

Starts an embedded PostgreSQL and the local S3 server in a temporary directory, and pins them, psql
and the dumps to the same two processors. Runs are interleaved, so that noise affects all equally.

    python benchmarks/dump.py [--rows N] [--runs N] [--cpus N] [--compression gzip]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import lineitem
import psutil
import psycopg2
from psycopg2.extensions import parse_dsn

from pipeline.designs.model.design import Column, Design
from pipeline.local.postgres.binaries import find_binaries
from pipeline.local.postgres.server import Postgres
from pipeline.local.s3.server import Credentials, S3Server
from pipeline.names import TableName
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.table import write_parts
from pipeline.settings import Dump
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream

TARGETS = {1: 1.25, 2: 1.05}
"""Target ratio to the time of psql, by the number of connections of the dump."""

STORE = S3Store("benchmark")
"""One for the whole process, as in the pipeline: forked tasks inherit its loaded modules."""

SAMPLE_SECONDS = 0.02
MB = 1_000_000


def main() -> int:
    options = _options()
    cpus = sorted(os.sched_getaffinity(0))[: options.cpus]
    os.sched_setaffinity(0, cpus)
    print(
        f"Python {platform.python_version()}, processors {cpus} of {os.cpu_count()}, "
        f"load before the start {os.getloadavg()[0]:.2f}"
    )
    with tempfile.TemporaryDirectory(prefix="dump-benchmark-") as directory:
        Path(directory).chmod(0o755)
        return _with_servers(Path(directory), options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000_000, help="rows of the table")
    parser.add_argument("--runs", type=int, default=5, help="runs of each way")
    parser.add_argument("--cpus", type=int, default=2, help="processors for everything together")
    parser.add_argument("--compression", choices=("zstd", "gzip"), default="zstd")
    parser.add_argument("--verbose", action="store_true", help="print each dump's parts")
    return parser.parse_args()


def _with_servers(directory: Path, options: argparse.Namespace) -> int:
    (directory / "pg").mkdir()
    (directory / "s3").mkdir()
    postgres = Postgres(directory / "pg", secrets.token_urlsafe(12), throw_away=True)
    credentials = Credentials(f"bench{secrets.token_hex(6)}", secrets.token_urlsafe(24))
    s3 = S3Server(directory / "s3", credentials, throw_away=True)
    postgres.start()
    try:
        s3.start()
        s3.create_bucket(STORE.bucket)
        _environment(s3)
        list(STORE.list("dump/"))  # Luigi's process checks markers before it forks tasks.
        return _compare(postgres, options)
    finally:
        s3.stop()
        postgres.stop()


def _environment(s3: S3Server) -> None:
    os.environ.update(
        AWS_ACCESS_KEY_ID=s3.credentials.access_key_id,
        AWS_SECRET_ACCESS_KEY=s3.credentials.secret_access_key,
        AWS_DEFAULT_REGION=s3.credentials.region,
        AWS_ENDPOINT_URL_S3=s3.endpoint_url,
    )


def _compare(postgres: Postgres, options: argparse.Namespace) -> int:
    dsn = postgres.dsn("postgres")
    _make_table(dsn, options.rows)
    times: dict[int, list[float]] = {connections: [] for connections in (0, *TARGETS)}
    for run in range(options.runs + 1):
        for connections, seconds in times.items():
            took = _dump(dsn, options, connections) if connections else _psql(dsn)
            if run:  # The first round only warms the caches.
                seconds.append(took)
    _print_times(times)
    for connections in TARGETS:
        _print_memory(dsn, options, connections)
    return _print_ratios(times)


def _make_table(dsn: str, rows: int) -> None:
    started = time.monotonic()
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(lineitem.CREATE.format(rows=rows))
        cursor.execute("VACUUM (FREEZE, ANALYZE) lineitem")
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT pg_table_size('lineitem')")
        [(size,)] = cursor.fetchall()
    connection.close()
    print(f"{rows:,} rows, {size / MB:.0f} MB, loaded in {time.monotonic() - started:.0f} s")


def _psql(dsn: str) -> float:
    """Time psql, which reads the password from its environment, not its arguments."""
    parts = parse_dsn(dsn)
    names = {
        "host": "HOST",
        "port": "PORT",
        "user": "USER",
        "password": "PASSWORD",
        "dbname": "DATABASE",
    }
    environment = {**os.environ, **{f"PG{name}": parts[key] for key, name in names.items()}}
    command = [
        find_binaries().path("psql"),
        "-X",
        "-q",
        "-c",
        "COPY lineitem TO STDOUT (FORMAT csv)",
    ]
    started = time.monotonic()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - started


def _dump(dsn: str, options: argparse.Namespace, connections: int) -> float:
    folder = f"dump/{secrets.token_hex(8)}/"
    started = time.monotonic()
    process = _start(dsn, options, connections, folder)
    process.join()
    seconds = time.monotonic() - started
    _finish(process, folder)
    return seconds


def _start(
    dsn: str, options: argparse.Namespace, connections: int, folder: str
) -> multiprocessing.process.BaseProcess:
    """Run a dump as Luigi runs a task: in a forked process."""
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_task, args=(dsn, options, connections, folder))
    process.start()
    return process


def _task(dsn: str, options: argparse.Namespace, connections: int, folder: str) -> None:
    design = Design(
        name=TableName("www", "lineitem"),
        kind="TABLE",
        stem="www/public-lineitem",
        columns=tuple(Column(name) for name in lineitem.COLUMNS),
        source=TableName("public", "lineitem"),
    )
    settings = Dump(compression=options.compression, connections=connections)
    job = DumpJob(design, Upstream("www", dsn), STORE, settings, folder, f"{folder}manifest")
    manifest = write_parts(job)
    if manifest.rows != options.rows:
        raise SystemExit(f"{manifest.rows} rows instead of {options.rows}")
    if options.verbose:
        raw = sum(part.raw_bytes or 0 for part in manifest.parts)
        sizes = ", ".join(f"{part.bytes / MB:.1f}" for part in manifest.parts)
        print(f"  {raw / MB:.0f} MB of CSV in parts of {sizes} MB")


def _finish(process: multiprocessing.process.BaseProcess, folder: str) -> None:
    """Delete the dump, outside the measured time."""
    if process.exitcode:
        raise SystemExit(f"the dump failed with status {process.exitcode}")
    STORE.delete(stored.key for stored in STORE.list(folder))


def _print_memory(dsn: str, options: argparse.Namespace, connections: int) -> None:
    """Measure memory in a separate run, since measuring takes time.

    RSS counts shared memory in each process; PSS divides it among the processes.
    """
    folder = f"dump/{secrets.token_hex(8)}/"
    process = _start(dsn, options, connections, folder)
    tree, largest, shared = 0, 0, 0
    while process.is_alive():
        sizes = [_memory(one) for one in _tree(process.pid)]
        tree = max(tree, sum(size.rss for size in sizes))
        largest = max(largest, *(size.rss for size in sizes), 0)
        shared = max(shared, sum(size.pss for size in sizes))
        process.join(SAMPLE_SECONDS)
    _finish(process, folder)
    print(
        f"peak memory, {connections} connection(s): largest process {largest / MB:.0f} MB, "
        f"whole tree {tree / MB:.0f} MB RSS, {shared / MB:.0f} MB PSS"
    )


@dataclass(frozen=True)
class Memory:
    rss: int
    pss: int


def _tree(pid: int | None) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _memory(process: psutil.Process) -> Memory:
    try:
        full = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return Memory(0, 0)
    return Memory(full.rss, full.pss)


def _print_times(times: dict[int, list[float]]) -> None:
    for connections, seconds in times.items():
        name = f"dump, {connections} connection(s)" if connections else "psql, 1 connection"
        runs = " ".join(f"{second:.2f}" for second in seconds)
        print(f"{name:24} median {statistics.median(seconds):6.2f} s   runs {runs}")


def _print_ratios(times: dict[int, list[float]]) -> int:
    """Print the ratios of the medians, compared with the targets, and of the fastest runs."""
    missed = 0
    for connections, target in TARGETS.items():
        ratio = statistics.median(times[connections]) / statistics.median(times[0])
        fastest = min(times[connections]) / min(times[0])
        missed += ratio > target
        print(
            f"{connections} connection(s): {ratio:.2f} times psql (fastest runs {fastest:.2f}), "
            f"target {target:.2f}: {'missed' if ratio > target else 'met'}"
        )
    print(f"load at the end {os.getloadavg()[0]:.2f}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
