"""What tasks waited for: requirements, one task that had the worker, or a queue."""

from pipeline.designs.catalog import Catalog
from pipeline.pages.runs.critical import Order, Requirements, lanes
from tests.support.values.catalogs import derived, sales, table
from tests.support.values.runs import ran, run_of


def order(*tasks, catalog=None):
    return Order(run_of(*tasks), Requirements(catalog or sales()))


def path(found):
    return [
        (step.task.label, step.waited, step.after.label if step.after else "", step.is_required)
        for step in found.path
    ]


def test_the_path_follows_what_the_designs_require():
    found = order(
        ran("BootstrapWarehouse", 0, 1),
        ran("UploadDesign www.orders", 0, 0.5),
        ran("CreateTable www.orders", 1, 2),
        ran("DumpTable www.orders", 0, 60),
        ran("DumpTable www.users", 0, 20),
        ran("CopyTable www.users", 20, 25),
        ran("CopyTable www.orders", 60.5, 90),
        ran("RefreshCtas dw.buyers", 90, 100),
        ran("RefreshCtas dw.rich", 100.4, 101),
    )

    assert path(found) == [
        ("DumpTable www.orders", 0, "", True),
        ("CopyTable www.orders", 0, "DumpTable www.orders", True),
        ("RefreshCtas dw.buyers", 0, "CopyTable www.orders", True),
        ("RefreshCtas dw.rich", 0, "RefreshCtas dw.buyers", True),
    ]
    assert found.waits == {}


def test_relations_of_checks_and_of_new_surrogate_keys_are_required():
    checked = table("www.b", "id", checks_read=(table("www.a", "id").name,))
    catalog = Catalog.of([table("www.a", "id"), checked])

    found = Requirements(catalog).of("CopyTable", "www.b")
    assert ("CopyTable", "www.a") in found
    assert ("DumpTable", "www.b") in found
    assert Requirements(catalog).of("RefreshCtas", "gone.c") == (
        ("UploadDesign", "gone.c"),
        ("BootstrapWarehouse", ""),
        ("CreateTable", "gone.c"),
    )


def test_a_task_that_had_the_only_slot_all_the_time_is_on_the_path():
    found = order(
        ran("DumpTable www.orders", 0, 60),
        ran("DumpTable www.users", 61, 70),
        ran("CopyTable www.users", 70, 99),
    )

    assert path(found) == [
        ("DumpTable www.orders", 0, "", True),
        ("DumpTable www.users", 0, "DumpTable www.orders", False),
        ("CopyTable www.users", 0, "DumpTable www.users", True),
    ]
    assert [(task.label, seconds) for task, seconds in found.waits.items()] == [
        ("DumpTable www.users", 61)
    ]


def test_a_slot_of_the_warehouse_is_held_while_workers_are_idle():
    """Three workers, of which dumps take two; the warehouse takes one task at a time."""
    found = order(
        ran("DumpTable www.log", 0, 5),
        ran("DumpTable www.users", 0, 5),
        ran("DumpTable crm.x", 0, 5),
        ran("CopyTable www.log", 5, 50),
        ran("CopyTable www.users", 50.5, 80),
    )

    assert path(found)[-2:] == [
        ("CopyTable www.log", 0, "DumpTable www.log", True),
        ("CopyTable www.users", 0, "CopyTable www.log", False),
    ]


def test_a_queue_of_several_tasks_is_a_wait():
    found = order(*(ran(f"DumpTable www.t{n}", n * 10, n * 10 + 10) for n in range(4)))

    assert path(found) == [("DumpTable www.t3", 30, "", True)]


def test_a_wait_while_workers_were_idle_has_no_certain_cause():
    found = order(
        ran("DumpTable www.orders", 0, 10),
        ran("DumpTable www.users", 30, 40),
        ran("CopyTable www.users", 55, 60),
    )

    assert path(found) == [
        ("DumpTable www.users", 30, "", True),
        ("CopyTable www.users", 15, "DumpTable www.users", True),
    ]


def test_starts_that_were_computed_prove_no_wait():
    found = order(
        ran("DumpTable www.users", None, 10, seconds=10.0),
        ran("CopyTable www.users", None, 60, seconds=10.0),
    )

    assert found.waits == {}
    assert path(found)[1] == ("CopyTable www.users", 0, "DumpTable www.users", True)


def test_a_run_without_times_has_no_path():
    assert order(ran("CopyTable www.users", None, 5, "not run")).path == ()


def test_lanes_hold_tasks_that_follow_one_another():
    tasks = [ran(f"DumpTable a.t{n}", *times) for n, times in enumerate([(0, 9), (1, 3), (3, 5)])]

    assert lanes(tasks) == ((tasks[0],), (tasks[1], tasks[2]))


def test_derived_relations_wait_for_derived_ones():
    catalog = Catalog.of(
        [
            derived("dw.a", "SELECT 1 AS id", "id"),
            derived("dw.b", "SELECT id FROM dw.a", "id", reads="dw.a"),
        ]
    )
    assert ("RefreshCtas", "dw.a") in Requirements(catalog).of("RefreshCtas", "dw.b")
