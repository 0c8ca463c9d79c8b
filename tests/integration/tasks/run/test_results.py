"""A process that is killed while it reports a result keeps no other from reporting."""

import multiprocessing
import queue
import tempfile

import luigi.worker
import pytest

from pipeline import BootstrapWarehouse
from pipeline.tasks.run.results import ResultQueue
from tests.support.processes import full_disk

KILLED = 20
FORK = multiprocessing.get_context("fork")

SHORT = ["a", "DONE", None, [], []]
LONG = ["b", "FAILED", "äß" * 100_000, ["c"], [["module", "Task", {"x": "1"}]]]


@pytest.fixture
def results():
    found = ResultQueue(tuple, lambda: None)
    yield found
    found.close()


def report_for_ever(results) -> None:
    while True:
        results.put(SHORT)


def test_killed_processes_block_no_other_and_leave_no_part_of_a_result(results) -> None:
    """Each is killed as it reports, one result after the other."""
    for _ in range(KILLED):
        killed = FORK.Process(target=report_for_ever, args=(results,))
        killed.start()
        assert results.get(60) == SHORT
        killed.kill()
        killed.join()
        killed.close()
    other = FORK.Process(target=results.put, args=(LONG,))
    other.start()
    found = iter(lambda: results.get(60), LONG)
    assert all(result == SHORT for result in found)
    other.join()
    assert other.exitcode == 0
    other.close()


def report_on_full_disk(results, result) -> None:
    with full_disk(0):
        results.put(result)


def test_a_full_disk_keeps_no_result_from_being_sent(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    learned = []
    results = ResultQueue(lambda: [["a line"], "full"], lambda *found: learned.append(found))
    result = ["b", "FAILED", "x" * 100_000, [], []]
    process = FORK.Process(target=report_on_full_disk, args=(results, result))
    process.start()
    assert results.get(60) == result
    assert learned == [(["a line"], "full")]
    process.join()
    assert process.exitcode == 0
    process.close()
    results.close()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_queue_is_reported_after_the_time(results) -> None:
    with pytest.raises(queue.Empty):
        results.get(0.01)


def test_results_of_processes_come_before_those_of_the_owner(results) -> None:
    """The owner reports the death of a process, which may have reported its result before."""
    process = FORK.Process(target=results.put, args=(SHORT,))
    process.start()
    process.join()
    process.close()
    results.put(LONG)
    assert results.get(60) == SHORT
    assert results.get(60) == LONG


def report_after(going, results) -> None:
    going.wait()
    for _ in range(10_000):
        results.put(SHORT)


def test_a_process_ends_although_nobody_reads_its_results(results) -> None:
    going = FORK.Event()
    orphan = FORK.Process(target=report_after, args=(going, results))
    orphan.start()
    results.close()
    going.set()
    orphan.join()
    assert orphan.exitcode == 0
    orphan.close()


def test_luigis_workers_use_such_a_queue() -> None:
    BootstrapWarehouse.get_params()
    worker = luigi.worker.Worker()
    assert isinstance(worker._task_result_queue, ResultQueue)
    worker._task_result_queue.close()
