"""The scheduler of a run without luigid hands out what Luigi's does, and looks at less."""

import random

import pytest
from luigi.scheduler import Scheduler

from pipeline.tasks.run import scheduler as module
from pipeline.tasks.run.scheduler import LargeRunScheduler
from tests.support.processes import until

WORKER = "worker"


def scheduler(kind: type[Scheduler], **options: float) -> Scheduler:
    """A scheduler with the tasks of 30 tables; it counts how often it looks at a task."""
    made = kind(prune_on_get_work=True, retry_count=9, record_task_history=False, **options)
    made.update_resources(warehouse=2)
    chosen = random.Random(1)
    for number in range(30):
        shared = {"worker": WORKER, "status": "PENDING", "params": {}}
        for name, deps in (("dump", []), ("create", []), ("copy", ["dump", "create"])):
            made.add_task(
                task_id=f"{name}{number}",
                deps=[f"{each}{number}" for each in deps],
                priority=chosen.randint(1, 5),
                resources={} if name == "dump" else {"warehouse": 1},
                **shared,
            )
    made.looks = 0
    upstream_status = made._upstream_status

    def counted(*values):
        made.looks += 1
        return upstream_status(*values)

    made._upstream_status = counted
    return made


def run_all(made: Scheduler, failing: frozenset[str] = frozenset()) -> list[dict]:
    """Run all tasks, three at a time; return the answers, with the running tasks by id."""
    answers, running = [], []
    while True:
        answer = made.get_work(worker=WORKER, host="here", current_tasks=list(running))
        answers.append(answer)
        if answer["task_id"] is not None:
            running.append(answer["task_id"])
        elif not running:
            return answers
        if answer["task_id"] is None or len(running) == 3:
            done = running.pop(0)
            status = "FAILED" if done in failing else "DONE"
            made.add_task(worker=WORKER, task_id=done, status=status, params={})


def told(answer: dict) -> tuple:
    """What a worker takes from an answer: a task or, without one, whether it should wait."""
    if answer["task_id"] is not None:
        return answer["task_id"], answer["worker_state"]
    counts = (answer["n_pending_tasks"], answer["n_unique_pending"], answer["worker_state"])
    return (*counts, answer["n_pending_last_scheduled"], len(answer["running_tasks"]))


def test_tasks_are_handed_out_in_luigis_order_without_a_look_at_all_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0)
    luigis, own = scheduler(Scheduler), scheduler(LargeRunScheduler)
    failing = frozenset({"dump3", "create7"})
    expected, found = run_all(luigis, failing), run_all(own, failing)
    assert [*map(told, found)] == [*map(told, expected)]
    assert found[-1]["n_pending_tasks"] == 4
    assert own.looks < luigis.looks / 5


def test_all_tasks_run_though_each_is_chosen_from_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 1e9)
    monkeypatch.setattr(module, "BEST", 2)
    luigis, own = scheduler(Scheduler), scheduler(LargeRunScheduler)
    sorted_tasks = {each: count_ranks(each) for each in (luigis, own)}
    expected, found = run_all(luigis), run_all(own)
    assert {each["task_id"] for each in found} == {each["task_id"] for each in expected}
    assert len(sorted_tasks[own]) < len(sorted_tasks[luigis]) / 2


def count_ranks(made: Scheduler) -> list[str]:
    """The tasks that the scheduler sorts, each time."""
    found, rank = [], made._rank

    def counted(task):
        found.append(task.id)
        return rank(task)

    made._rank = counted
    return found


def test_a_worker_without_a_task_gets_one_that_has_become_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAUSE", 1e9)
    made = LargeRunScheduler(record_task_history=False)
    for name, deps in (("first", []), ("other", []), ("second", ["first"])):
        made.add_task(worker=WORKER, task_id=name, status="PENDING", params={}, deps=deps)
    running = [made.get_work(worker=WORKER, host="here")["task_id"] for _ in range(2)]
    assert sorted(running) == ["first", "other"]
    made.add_task(worker=WORKER, task_id="first", status="DONE", params={})
    busy = made.get_work(worker=WORKER, host="here", current_tasks=["other"])
    assert (busy["task_id"], busy["n_pending_tasks"]) == (None, 1)
    made.add_task(worker=WORKER, task_id="other", status="DONE", params={})
    assert made.get_work(worker=WORKER, host="here", current_tasks=[])["task_id"] == "second"


def test_a_task_that_was_removed_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 1e9)
    made = LargeRunScheduler(record_task_history=False)
    for name in ("first", "second"):
        made.add_task(worker=WORKER, task_id=name, status="PENDING", params={}, resources={"r": 1})
    assert made.get_work(worker=WORKER, host="here")["task_id"] == "first"
    made.add_task(worker=WORKER, task_id="first", status="DONE", params={})
    made._state.inactivate_tasks(["second"])
    assert made.get_work(worker=WORKER, host="here")["task_id"] is None


def test_a_batch_holds_all_tasks_that_run_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEST", 1)
    made = LargeRunScheduler(record_task_history=False)
    made.add_task_batcher(worker=WORKER, task_family="F", batched_args=["n"])
    for number in range(3):
        made.add_task(
            worker=WORKER,
            task_id=f"F{number}",
            family="F",
            params={"n": str(number)},
            status="PENDING",
            batchable=True,
        )
    answer = made.get_work(worker=WORKER, host="here")
    assert sorted(answer["batch_task_ids"]) == ["F0", "F1", "F2"]


def test_a_failed_task_is_handed_out_again_after_its_delay() -> None:
    made = scheduler(LargeRunScheduler, retry_delay=0.0)
    tasks = [answer["task_id"] for answer in run_all(made)]
    made.add_task(worker=WORKER, task_id="copy1", status="FAILED", params={})
    assert None in tasks
    until(lambda: made.get_work(worker=WORKER, host="here")["task_id"] == "copy1")


def test_a_disabled_worker_gets_nothing() -> None:
    luigis, own = scheduler(Scheduler), scheduler(LargeRunScheduler)
    for each in (luigis, own):
        each.disable_worker(WORKER)
    answers = [each.get_work(worker=WORKER, host="here") for each in (luigis, own)]
    assert answers[0] == answers[1]


def test_a_worker_that_waits_does_not_have_all_tasks_counted_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAUSE", 1e9)
    made = scheduler(LargeRunScheduler)
    made.update_resources(warehouse=0)
    dumps = [made.get_work(worker=WORKER, host="here")["task_id"] for _ in range(30)]
    first = made.get_work(worker=WORKER, host="here", current_tasks=dumps)
    looks = made.looks
    second = made.get_work(worker=WORKER, host="here", current_tasks=dumps)
    assert told(first) == told(second) == (60, 60, "active", 60, 30)
    assert made.looks == looks


def test_a_count_of_no_task_is_never_an_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 1e9)
    made = LargeRunScheduler(record_task_history=False)
    made.add_worker(WORKER, {})
    assert made.get_work(worker=WORKER, host="here")["n_pending_tasks"] == 0
    made.add_task(worker=WORKER, task_id="a", status="PENDING", params={}, resources={"r": 9})
    assert made.get_work(worker=WORKER, host="here")["n_pending_tasks"] == 1
