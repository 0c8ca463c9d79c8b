"""Measure the memory of the Redshift emulator over many statements.

    python benchmarks/emulator_memory.py [--statements 100000]

Starts an emulator of its own and runs statements of many kinds, each text once, in one session
that stays and in sessions of a thousand statements. Prints the resident memory of the emulator,
and the own memory, without shared buffers, of the PostgreSQL process behind the session that
stays, after each tenth. The first tenth fills caches: what counts is the growth after it.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import psutil
import psycopg2

from pipeline.local.alone import running_redshift
from pipeline.local.stack import Stack

TARGET = 1.1
LIFE = 1000
PROCEDURE = """
CREATE PROCEDURE p(n int, INOUT total int) AS $$
DECLARE r record; c CURSOR FOR SELECT id FROM t ORDER BY id;
BEGIN
  OPEN c; FETCH c INTO r; CLOSE c;
  FOR r IN SELECT id FROM t WHERE id < 3 LOOP total := total + r.id + n; END LOOP;
EXCEPTION WHEN OTHERS THEN RAISE INFO '%', SQLERRM;
END $$ LANGUAGE plpgsql
"""
STATEMENTS = (
    "SELECT {n}",
    "SELECT id, name || '{n}', amount / 3.00 FROM t WHERE id = {n} % 100",
    "INSERT INTO t VALUES ({n}, 'name {n}', {n})",
    "UPDATE t SET amount = {n} WHERE id = {n} - 2",
    "DELETE FROM t WHERE id = {n} - 3 AND id > 100",
    "BEGIN; SELECT count(*) FROM t WHERE id < {n}; ROLLBACK",
    "CREATE TEMP TABLE t{n} DISTKEY (id) AS SELECT id, id * {n} AS product FROM t LIMIT 3",
    "DROP TABLE IF EXISTS t{n}",
    "CALL p({n}, 0)",
    "SELECT nosuch{n} FROM t",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=100_000)
    count = parser.parse_args().statements
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with running_redshift(home, throw_away=True) as redshift:
            emulator = Stack(home, samples=False).emulator.find()
            first, last = measure(redshift.url, emulator, count)
    growth = last / first
    verdict = "kept" if growth <= TARGET else "missed"
    print(f"emulator: {growth:.2f} times the first tenth's; target {TARGET:g} {verdict}")


def measure(url: str, emulator: psutil.Process, count: int) -> tuple[float, float]:
    """Run the statements; return the emulator's memory in MB after the first tenth and all."""
    lasting = connect(url)
    run(lasting, "CREATE TABLE t (id int, name varchar(40), amount decimal(12, 2))")
    run(lasting, "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)")
    run(lasting, PROCEDURE)
    backend = psutil.Process(lasting.get_backend_pid())
    passing, found, started = connect(url), [], time.monotonic()
    tenth = count // 10
    for number, text in enumerate(islice(texts(), count), 1):
        if number % (2 * LIFE) == 0:
            passing.close()
            passing = connect(url)
        run(lasting if number % 20 < 10 else passing, text)
        if number % tenth == 0:
            found.append(emulator.memory_info().rss / 1e6)
            size = backend.memory_full_info().uss / 1e6
            seconds = time.monotonic() - started
            print(
                f"{number:>7} statements {seconds:6.0f} s: emulator {found[-1]:6.1f} MB,"
                f" PostgreSQL {size:6.1f} MB, {emulator.num_threads()} threads,"
                f" {emulator.num_fds()} descriptors",
                flush=True,
            )
    return found[0], found[-1]


def texts() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        for text in STATEMENTS:
            yield text.format(n=number)


def connect(url: str) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(url, sslmode="disable")
    connection.autocommit = True
    return connection


def run(connection: psycopg2.extensions.connection, text: str) -> None:
    """Run a statement; some fail, and must."""
    with connection.cursor() as cursor, contextlib.suppress(psycopg2.errors.UndefinedColumn):
        cursor.execute(text)
    del connection.notices[:]


if __name__ == "__main__":
    main()
