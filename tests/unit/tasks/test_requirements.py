"""Pages name what tasks require: the same as the tasks themselves do."""

from pathlib import Path

import pytest

from pipeline.names import RunDate
from pipeline.pages.runs.critical import Requirements
from pipeline.runtime import current
from pipeline.tasks.create import CreateTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.rows import filling_task
from pipeline.tasks.run.journal import name_of

ROOT = Path(__file__).parents[3]

DAY = RunDate.parse("2026-11-21")


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch):
    """The catalog of the repository's own designs."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DATA_WAREHOUSE_CONFIG", "config/sources.json")
    current.cache_clear()
    yield current().project.catalog
    current.cache_clear()


def test_pages_know_what_tasks_require(catalog) -> None:
    known = Requirements(catalog)
    compared = 0
    for design in catalog:
        if design.checks:
            continue  # the warehouse knows whether only these are left to run
        filling = filling_task(design.name, DAY)
        tasks = [filling]
        if design.kind != "VIEW":
            tasks.append(CreateTable(table=design.name, date=DAY))
        if design.kind == "TABLE":
            tasks.append(DumpTable(table=design.name, date=DAY))
        for task in tasks:
            needed = {name_of(each) for each in task.deps()}
            listed = set(known.of(*name_of(task)))
            assert needed <= listed, name_of(task)
            # BootstrapWarehouse comes before CreateTable, which a view does not have.
            assert listed - needed <= {
                ("BootstrapWarehouse", ""),
                ("CreateTable", str(design.name)),
            }
            compared += 1
    assert compared > 20
