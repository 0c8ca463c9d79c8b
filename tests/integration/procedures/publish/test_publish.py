"""What happens between reading what is there and the lock under which a table is published."""

import dataclasses
from collections.abc import Callable, Iterator

import psycopg2
import pytest

from pipeline.errors import WarehouseError
from pipeline.local.stack import Stack
from pipeline.procedures.publish.readers import Readers
from pipeline.procedures.publish.table import StagingTableGoneError, publish
from pipeline.settings import Timeouts, connection
from pipeline.sql.markers.marker import marker_table
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl
from pipeline.stores import supervision
from pipeline.stores.warehouse import Warehouse
from tests.support.projects.dimension import Dimension

Interfere = Callable[[str], None]


@pytest.fixture
def other(stack: Stack) -> Iterator[Warehouse]:
    """Another session of the warehouse."""
    opened = Warehouse(connection("DATA_WAREHOUSE_ADMIN", stack.environment()))
    yield opened
    opened.close()


@pytest.fixture
def before_the_lock(
    dimension: Dimension, other: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> Interfere:
    """Return a function that has the other session run a statement right before LOCK."""

    def interfere(text: str) -> None:
        statement = Statement(text.format(s=dimension.schema))
        monkeypatch.setattr(Readers, "wait_briefly", lambda *_: other.execute(statement))

    return interfere


def test_a_staging_table_that_is_dropped_right_before_the_lock_is_gone(
    dimension: Dimension, before_the_lock: Interfere
) -> None:
    """Another run of the task drops it as a leftover, after it was seen."""
    dimension.upstream((1, "Ann"))
    given = dimension.refresh()
    publication, staging = dimension.prepared()
    before = publication.read(dimension.place.warehouse.query, staging)
    before_the_lock(ddl.drop_table(staging, if_exists=True).text)

    with pytest.raises(StagingTableGoneError):
        publish(publication, staging, before)

    assert dimension.keys() == given


def test_a_table_with_a_view_keeps_its_columns_if_its_staging_table_is_gone(
    dimension: Dimension, before_the_lock: Interfere, caplog: pytest.LogCaptureFixture
) -> None:
    dimension.upstream((1, "Ann"))
    given = dimension.refresh()
    dimension.run("CREATE VIEW {s}.names AS SELECT name FROM {s}.dim")
    publication, staging = dimension.prepared()
    before = publication.read(dimension.place.warehouse.query, staging)
    before_the_lock(ddl.drop_table(staging, if_exists=True).text)

    with pytest.raises(StagingTableGoneError):
        publish(publication, staging, before)

    assert "dropping column" not in caplog.text
    assert dimension.keys() == given


def test_a_marker_that_was_there_before_the_rows_were_loaded_is_read_again(
    dimension: Dimension,
) -> None:
    """Another run of the task had published first, and then a third one other rows."""
    dimension.upstream((1, "Ann"))
    dimension.refresh()
    dimension.upstream((1, "Ann"), (2, "Bob"))
    publication, staging = dimension.prepared()
    query = dimension.place.warehouse.query
    now = publication.read(query, staging)
    [held] = now.contents.values()
    published = dataclasses.replace(held, update_id=publication.marker.update_id)
    before = dataclasses.replace(now, contents={held.relation: published})

    assert publish(publication, staging, before)
    assert {*dimension.keys()} == {"Ann", "Bob"}


@pytest.mark.parametrize(
    ("is_own", "told", "again"),
    [(False, "waited 1 s (lock_timeout) for a lock on", 1), (True, "waited 1 s for a lock on", 0)],
)
def test_the_wait_for_the_marker_table_ends_once(
    dimension: Dimension,
    stack: Stack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_own: bool,
    told: str,
    again: int,
) -> None:
    """That for another session of the pipeline has a limit of its own, also while publishing."""
    caplog.set_level("INFO")
    monkeypatch.setattr(supervision, "OWN", 1.0)
    dimension.upstream((1, "Ann"))
    given = dimension.refresh()
    publication, staging = dimension.prepared()
    waiting = Warehouse(
        connection("DATA_WAREHOUSE_ADMIN", stack.environment()),
        timeouts=Timeouts(lock_timeout=1),
        marker_table=marker_table(dimension.schema) if is_own else None,
    )
    place = dataclasses.replace(dimension.place, warehouse=waiting)
    publication = dataclasses.replace(publication, place=place)
    before = publication.read(waiting.query, staging)
    holder = psycopg2.connect(stack.environment()["DATA_WAREHOUSE_ADMIN"])
    with holder.cursor() as cursor:
        cursor.execute(f"LOCK {dimension.schema}.table_updates")
        with pytest.raises(WarehouseError) as raised:
            publish(publication, staging, before)
    holder.close()
    waiting.close()

    assert told in str(raised.value)
    assert caplog.text.count("trying again: ") == again
    assert caplog.text.count("waiting for a lock on") == again + 1
    assert dimension.keys() == given
