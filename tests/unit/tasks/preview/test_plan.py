"""The plan walks the task graph as Luigi does, runs nothing, and queries each store once."""

import luigi
import pytest

from pipeline.errors import ConfigError, StorageError, WarehouseError
from pipeline.procedures.estimates import Estimate
from pipeline.tasks.preview.plan import STORAGE, WAREHOUSE, make_plan
from pipeline.tasks.preview.text import Preview, render
from pipeline.tasks.targets import MarkerTarget, Presence, Target

NEEDS = {"a": "", "b": "a", "c": "a", "d": "b c", "e": "d a", "all": "e c"}
DONE: set[str] = set()
ASKED: list[str] = []
FAULTS: dict[str, Exception] = {}


class Asked(Presence):
    """Return which tasks are done, and record the lookups."""

    def __contains__(self, name: str) -> bool:
        ASKED.append(name)
        if name in FAULTS:
            raise FAULTS[name]
        return name in DONE


class Step(luigi.Task):
    name: str = luigi.Parameter()

    def requires(self) -> list[luigi.Task]:
        return [Step(name=each) for each in NEEDS[self.name].split()]

    def output(self) -> Target | tuple[()]:
        if self.name == "all":
            return ()
        kind = MarkerTarget if self.name in "ab" else Target
        return kind(self.name, Asked(tuple, DONE.__contains__))


@pytest.fixture(autouse=True)
def forgotten() -> None:
    for memory in (DONE, ASKED, FAULTS):
        memory.clear()


def plan(*done: str) -> list[tuple[str, int]]:
    DONE.update(done)
    return [(step.task.name, step.level) for step in make_plan([Step(name="all")]).steps]


def test_each_task_is_one_level_above_its_highest_requirement() -> None:
    assert plan() == [("a", 1), ("b", 2), ("c", 2), ("d", 3), ("e", 4)]


def test_requirements_of_complete_tasks_are_not_checked() -> None:
    assert plan("d", "c") == [("a", 1), ("e", 2)]
    assert "b" not in ASKED


def test_a_complete_graph_has_no_steps() -> None:
    assert plan("e", "c") == []
    (found,) = {len(make_plan([Step(name="all")]).complete)}
    assert found == 2


def test_each_marker_is_looked_up_once() -> None:
    plan()
    assert sorted(ASKED) == sorted(set(ASKED))


@pytest.mark.parametrize(
    "error", [WarehouseError("down\nand out"), ConfigError("unset"), StorageError("down")]
)
def test_an_unreachable_store_is_tried_once_and_leaves_its_tasks_uncertain(
    error: Exception,
) -> None:
    FAULTS.update(dict.fromkeys("ab", error))
    found = make_plan([Step(name="all")])
    assert found.unreachable == {WAREHOUSE: str(error).partition("\n")[0]}
    assert {step.task.name: step.certain for step in found.steps} == {
        "a": False,
        "b": False,
        "c": True,
        "d": True,
        "e": True,
    }
    assert len({"a", "b"} & set(ASKED)) == 1


def test_an_unreachable_store_does_not_prevent_queries_of_the_other() -> None:
    FAULTS.update(dict.fromkeys("cde", StorageError("down")))
    DONE.add("a")
    found = make_plan([Step(name="all")])
    assert set(found.unreachable) == {STORAGE}
    assert [task.name for task in found.complete] == ["a"]


def test_a_plan_lists_unreachable_stores() -> None:
    FAULTS["a"] = WarehouseError("down")
    text = render(Preview("Plan", make_plan([Step(name="all")])))
    assert "Not available: the warehouse: down\n" in text
    assert "Step ?" in text
    assert "Tasks with ? may be complete" in text


@pytest.mark.parametrize(
    ("limit", "rows", "size"), [(None, 100, 1000), (10, 10, 100), (500, 100, 1000)]
)
def test_an_estimate_for_a_limit_is_proportional(limit: int | None, rows: int, size: int) -> None:
    found = Estimate(100, 1000, "yesterday").limited(limit)
    assert (found.rows, found.bytes) == (rows, size)
