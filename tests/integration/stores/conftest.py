"""Connections to an empty database."""

from collections.abc import Iterator

import pytest

from pipeline.settings import Connection
from pipeline.stores.warehouse import Warehouse


@pytest.fixture
def warehouse(new_database) -> Iterator[Warehouse]:
    opened = Warehouse(Connection.parse("DATA_WAREHOUSE_ETL", new_database()))
    yield opened
    opened.close()
