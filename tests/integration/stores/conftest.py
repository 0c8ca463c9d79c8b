"""Upstream databases and buckets for the tests of the stores."""

from collections.abc import Iterator

import pytest
from dumping import Source

from pipeline.stores.s3 import S3Store

ROWS = 150_000
"""About 15 MB of heap: enough for several parts of 1 MB."""


@pytest.fixture
def store(bucket, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """An empty bucket, found as the pipeline finds it."""
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    return S3Store(bucket.name)


@pytest.fixture
def source(new_database, store: S3Store) -> Source:
    """An empty database upstream."""
    return Source(new_database(), store)


@pytest.fixture
def large(source: Source) -> Iterator[Source]:
    """A database with a table `public.big` that is worth cutting."""
    source.execute(
        f"""
        CREATE TABLE big AS
        SELECT g AS id, md5(g::text) AS a, md5((g + 1)::text) AS b,
            CASE WHEN g % 3 > 0 THEN repeat('x', g % 50) END AS c
        FROM generate_series(1, {ROWS}) AS g;
        ANALYZE big
        """
    )
    return source
