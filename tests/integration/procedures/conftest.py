"""A dimension in a schema of its own."""

import secrets
from collections.abc import Iterator

import pytest

from pipeline.local.stack import Stack
from pipeline.settings import connection
from pipeline.sql.access.users import create_group
from pipeline.sql.markers import marker
from pipeline.sql.markers.own_table import create_own_table
from pipeline.stores.warehouse import Warehouse
from tests.support.projects.dimension import Dimension


@pytest.fixture
def dimension(stack: Stack) -> Iterator[Dimension]:
    """A dimension with its own schema and groups, not refreshed yet."""
    warehouse = Warehouse(connection("DATA_WAREHOUSE_ADMIN", stack.environment()))
    made = Dimension(warehouse, secrets.token_hex(4))
    made.run("CREATE SCHEMA {s}")
    made.run("CREATE TABLE {s}.people (id integer, name varchar(20))")
    warehouse.execute(create_own_table(marker.own_table(made.schema)))
    groups = (made.place.groups.etl, made.place.groups.users)
    for group in groups:
        warehouse.execute(create_group(group))
    yield made
    made.run("DROP SCHEMA {s} CASCADE")
    for group in groups:
        made.run(f"DROP GROUP {group}")
    warehouse.close()
