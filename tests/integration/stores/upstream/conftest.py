"""The catalog of the database of a test."""

import pytest

from pipeline.stores.upstream.catalog import read_catalog


@pytest.fixture
def catalog(upstream):
    """Everything that the catalog of the fixture ``upstream`` describes."""
    with upstream.snapshot() as session:
        return read_catalog(session, lambda _: True)
