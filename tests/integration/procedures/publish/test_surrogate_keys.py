"""Surrogate keys stay from refresh to refresh, and no key ever means another row."""

import dataclasses
from collections.abc import Mapping

import pytest

from pipeline.designs.model.design import Constraints
from pipeline.errors import WarehouseError
from pipeline.local.stack import Stack
from pipeline.names import TableName
from pipeline.procedures.load.create import create
from pipeline.procedures.load.refresh import refresh
from pipeline.procedures.load.table import fill_and_publish
from pipeline.procedures.publish.table import KeysGivenError, publish
from pipeline.settings import connection
from pipeline.sql.markers import marker
from pipeline.sql.tables.refresh import fill
from pipeline.stores.warehouse import Transaction, Warehouse
from tests.support.projects.dimension import Dimension


def stay(before: Mapping[object, int], after: Mapping[object, int]) -> bool:
    return all(after[name] == key for name, key in before.items() if name in after)


def test_known_rows_keep_their_keys_and_new_ones_get_the_next(dimension: Dimension) -> None:
    dimension.upstream((1, "Ann"), (2, "Bob"), (3, "Cid"))
    first = dimension.refresh()
    dimension.upstream((9, "Zoe"), (3, "Cid"), (0, "Nil"), (1, "Ann"))

    second = dimension.refresh()

    assert stay(first, second)
    assert {*second} == {"Ann", "Cid", "Nil", "Zoe"}
    assert min(second["Nil"], second["Zoe"]) > max(first.values())
    assert dimension.refresh() == second


def test_a_key_never_means_another_row_even_if_the_largest_left(dimension: Dimension) -> None:
    dimension.upstream((1, "Ann"), (2, "Bob"))
    first = dimension.refresh()
    largest = max(first, key=first.__getitem__)
    dimension.upstream(*((i, n) for i, n in ((1, "Ann"), (2, "Bob")) if n != largest))
    dimension.refresh()
    dimension.run("DELETE FROM {s}.table_updates")
    dimension.upstream((1, "Ann"), (2, "Bob"), (3, "Cid"))

    third = dimension.refresh()

    assert third["Cid"] not in first.values()
    assert third[largest] not in first.values()
    assert stay({name: key for name, key in first.items() if name != largest}, third)


def test_keys_that_nothing_recorded_are_kept(dimension: Dimension) -> None:
    """A table of an earlier release, which recorded no keys."""
    dimension.upstream((1, "Ann"), (2, "Bob"))
    first = dimension.refresh()
    dimension.run("DROP TABLE {s}.surrogate_keys")
    dimension.upstream((3, "Cid"), (2, "Bob"), (1, "Ann"))

    second = dimension.refresh()

    assert stay(first, second)
    assert second["Cid"] > max(first.values())


def test_a_table_that_was_dropped_gets_new_keys(dimension: Dimension) -> None:
    dimension.upstream((1, "Ann"))
    first = dimension.refresh()
    dimension.run("DROP TABLE {s}.dim")

    assert dimension.refresh()["Ann"] > first["Ann"]


def test_what_holds_the_keys_of_a_table_is_refreshed_once_these_are_lost(
    dimension: Dimension,
) -> None:
    fact = TableName(dimension.schema, "fact")
    held = dataclasses.replace(dimension.publication(), dependents=(fact,))
    created = held.with_marker(task="CreateTable", run_date=None, update_id="created")
    filled = dataclasses.replace(held.marker, target_table=str(fact), update_id="fact")
    dimension.place.warehouse.execute(marker.insert_marker(dimension.schema, filled))

    def is_complete() -> bool:
        statement = marker.select_marker(dimension.schema, "fact")
        return bool(dimension.place.warehouse.query(statement))

    dimension.upstream((1, "Ann"))
    create(created)
    refresh(held)
    refresh(held.with_marker(update_id="again"))
    assert is_complete(), "no key was lost"

    dimension.run("DROP TABLE {s}.dim")
    create(created)
    assert not is_complete()

    dimension.refresh()
    dimension.place.warehouse.execute(marker.insert_marker(dimension.schema, filled))
    dimension.run("DELETE FROM {s}.dim")
    refresh(held.with_marker(update_id="emptied"))
    assert not is_complete()


def test_a_row_whose_natural_key_is_null_keeps_its_key(dimension: Dimension) -> None:
    dimension.upstream((1, "Ann"), (None, "Ghost"))
    first = dimension.refresh()
    dimension.upstream((None, "Ghost"), (2, "Bob"), (1, "Ann"))

    assert stay(first, dimension.refresh())

    dimension.upstream((None, "Ghost"), (None, "Spirit"))
    with pytest.raises(WarehouseError, match=r"key \(id\) is not unique: \(None\) 2 times"):
        dimension.refresh()


def test_rows_replaced_under_a_view_keep_their_keys(dimension: Dimension) -> None:
    dimension.upstream((1, "Ann"), (2, "Bob"))
    first = dimension.refresh()
    dimension.run("CREATE VIEW {s}.mine AS SELECT k FROM {s}.dim")
    dimension.upstream(
        (2, "Bob"),
    )
    dimension.refresh()
    dimension.upstream((3, "Cid"), (2, "Bob"))

    second = dimension.refresh()

    assert stay(first, second)
    assert second["Cid"] > max(first.values())


def test_keys_stay_if_the_natural_key_becomes_wider_and_change_if_it_becomes_another(
    dimension: Dimension, caplog: pytest.LogCaptureFixture
) -> None:
    dimension.upstream((1, "Ann"), (2, "Bob"))
    first = dimension.refresh()
    key, number, name = dimension.design.columns
    wider = (key, dataclasses.replace(number, sql_type="bigint"), name)
    dimension.design = dataclasses.replace(dimension.design, columns=wider)
    assert dimension.refresh() == first

    text = (key, dataclasses.replace(number, sql_type="varchar(20)"), name)
    query = dimension.design.query.replace("id", "CAST(id AS varchar)", 1)
    dimension.design = dataclasses.replace(dimension.design, columns=text, query=query)

    assert min(dimension.refresh().values()) > max(first.values())
    assert "all rows get new surrogate keys" in caplog.text


def test_without_a_natural_key_all_rows_get_keys_that_no_row_had(dimension: Dimension) -> None:
    dimension.design = dataclasses.replace(
        dimension.design, constraints=Constraints(surrogate_key=("k",))
    )
    dimension.upstream((1, "Ann"), (2, "Bob"))
    first = dimension.refresh()

    assert min(dimension.refresh().values()) > max(first.values())


def test_of_two_refreshes_at_once_the_second_continues_behind_the_first(
    dimension: Dimension, stack: Stack
) -> None:
    """The first publishes Bob while the second, which has Cid instead, fills its staging table."""
    dimension.upstream((1, "Ann"))
    dimension.refresh()
    other = Warehouse(connection("DATA_WAREHOUSE_ADMIN", stack.environment()))
    first = dimension.publication(dataclasses.replace(dimension.place, warehouse=other))
    given: list[dict[object, int]] = []

    def fill_meanwhile(transaction: Transaction, staging: TableName) -> int:
        if not given:
            dimension.upstream_of(other, (1, "Ann"), (2, "Bob"))
            refresh(first)
            given.append(dimension.keys(other))
            dimension.upstream_of(other, (1, "Ann"), (3, "Cid"))
        return sum(transaction.execute(each) for each in fill(dimension.design, staging))

    assert fill_and_publish(dimension.publication(), fill_meanwhile) == 3
    other.close()

    after = dimension.keys()
    assert after["Ann"] == given[0]["Ann"]
    assert after["Cid"] > given[0]["Bob"]


def test_keys_that_another_run_gave_meanwhile_prevent_the_publication(
    dimension: Dimension,
) -> None:
    """Both start from the same table and give the same key: to Bob, and to Cid."""
    dimension.upstream((1, "Ann"))
    dimension.refresh()
    dimension.upstream((1, "Ann"), (2, "Bob"))
    first, first_table = dimension.prepared()
    dimension.upstream((1, "Ann"), (3, "Cid"))
    second, second_table = dimension.prepared()

    query = dimension.place.warehouse.query
    before = second.read(query, second_table)
    assert publish(first, first_table, first.read(query, first_table))
    given = dimension.keys()
    with pytest.raises(KeysGivenError):
        publish(second, second_table, before)

    assert {*given} == {"Ann", "Bob"}
    assert dimension.keys() == given


OWN_ROW = r"""\
key \(id\) is not unique: \(0\) 2 times
One of these rows is the row with key 0, which the pipeline adds .* it holds such values in id"""


def test_a_duplicate_of_the_row_with_key_0_is_explained(dimension: Dimension) -> None:
    key, number, name = dimension.design.columns
    required = (key, dataclasses.replace(number, not_null=True), name)
    dimension.design = dataclasses.replace(dimension.design, columns=required)
    dimension.upstream((0, "Nil"), (1, "Ann"))

    with pytest.raises(WarehouseError, match=OWN_ROW) as raised:
        dimension.refresh()

    assert "Remove not_null from id, so that the added row holds NULL there" in str(raised.value)
    dimension.design = dataclasses.replace(dimension.design, columns=(key, number, name))
    assert {*dimension.refresh()} == {"Nil", "Ann"}
    primary = Constraints(primary_key=("id",), surrogate_key=("k",))
    dimension.design = dataclasses.replace(dimension.design, constraints=primary)
    with pytest.raises(WarehouseError, match="Exclude the other row in the query"):
        dimension.refresh()
