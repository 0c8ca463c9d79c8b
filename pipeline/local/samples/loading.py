"""Load a sample database from the SQL files of this package, in one transaction."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from importlib.resources import files

import psycopg2
from psycopg2.extensions import cursor

from pipeline.local.errors import LocalStackError

logger = logging.getLogger(__name__)

SAMPLE_NAMES = ("www", "hyppo")

# Everything generated values could depend on, so that the server's configuration does not matter.
SESSION_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "standard_conforming_strings": "on",
    "search_path": "public",
    "client_encoding": "UTF8",
    "max_parallel_workers_per_gather": "0",
}

SIZE = "SELECT pg_size_pretty(pg_database_size(current_database()))"

COUNT_RELATIONS = """
SELECT count(*)
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
"""


class SampleError(LocalStackError):
    """A sample cannot be loaded: its name, scale or database is wrong."""


PROGRESS_SECONDS = 5.0


def load(name: str, dsn: str, scale: float, progress_seconds: float = PROGRESS_SECONDS) -> None:
    """Load the sample into the empty database of ``dsn``, in one transaction.

    The user must be a superuser (the sample creates the extension hstore). Scale 1.0 means about
    one million order items in `www`; any scale above 0 includes the hard cases.
    """
    if name not in SAMPLE_NAMES:
        raise SampleError(f"unknown sample {name!r}: expected one of {', '.join(SAMPLE_NAMES)}")
    if not 0 < scale <= 1000:
        raise SampleError(f"the scale must be above 0 and at most 1000, found {scale!r}")
    started = time.monotonic()
    logger.info("Sample %s: generating rows at scale %g", name, scale)
    texts = [*_sql_files(name), "ANALYZE"]
    with (
        contextlib.closing(psycopg2.connect(dsn)) as connection,
        connection,
        connection.cursor() as sql,
        _progress(name, dsn, progress_seconds) as done,
    ):
        _prepare(sql, name, scale)
        for number, text in enumerate(texts, start=1):
            done.append(f"step {number} of {len(texts)}")
            sql.execute(text)
    logger.info("Sample %s: ready after %.1f s", name, time.monotonic() - started)


def _size(dsn: str) -> str:
    """Return the size of the database, which grows before the transaction ends: ``48 MB``."""
    try:
        connection = psycopg2.connect(dsn)
        with contextlib.closing(connection), connection.cursor() as sql:
            sql.execute(SIZE)
            (size,) = sql.fetchone() or ("",)
    except psycopg2.Error as error:
        return f"size unknown: {error}"
    return str(size)


@contextlib.contextmanager
def _progress(name: str, dsn: str, seconds: float) -> Iterator[list[str]]:
    """Log the last step in the yielded list, time and size every few seconds during the block."""
    steps = ["preparing"]
    ended = threading.Event()

    def report() -> None:
        started = time.monotonic()
        while not ended.wait(seconds):
            passed = time.monotonic() - started
            logger.info("Sample %s: %s, %s, %.0f s", name, steps[-1], _size(dsn), passed)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield steps
    finally:
        ended.set()
        thread.join()


def _prepare(sql: cursor, name: str, scale: float) -> None:
    sql.execute(COUNT_RELATIONS)
    (relations,) = sql.fetchone() or (0,)
    if relations:
        raise SampleError(
            f"the database for sample {name} holds {relations} relations: give it an empty one"
        )
    for setting, value in {**SESSION_SETTINGS, "sample.scale": f"{scale:.9f}"}.items():
        sql.execute("SELECT set_config(%s, %s, true)", (setting, value))


def _sql_files(name: str) -> Iterator[str]:
    package = files(__package__)
    yield package.joinpath("functions.sql").read_text(encoding="utf-8")
    for file in sorted(package.joinpath(name).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".sql"):
            yield file.read_text(encoding="utf-8")
