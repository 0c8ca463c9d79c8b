"""The summary of a run: everything needed after a failure, one line if nothing was done."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.tasks.run.summary import Outcome, Result, Run, render

RESUME = "luigi --module pipeline LoadAll --date 2026-11-21"


def run_of(*outcomes: Outcome, before: int = 0) -> Run:
    return Run("2026-11-21", outcomes, before, 12.34, RESUME)


def test_a_result_shows_rows_bytes_and_rate() -> None:
    assert str(Result(1_200_000, 210_000_000, 4.2)) == "1,200,000 rows, 210.0 MB, 50.0 MB/s"
    assert str(Result(17, 0, 0.5)) == "17 rows"
    assert str(Result(1, 0, 0.5)) == "1 row"
    assert str(Result(None, 2000, 0)) == "2.0 kB"


def test_a_run_with_everything_complete_is_one_line_without_a_command() -> None:
    text = render(run_of(before=57))
    assert "all 57 tasks are complete; there was nothing to do" in text
    assert "Continue with" not in text


def test_complete_tasks_are_counted_as_what_they_stand_for() -> None:
    run = replace(run_of(before=33), complete_noun="relation")
    assert render(run) == (
        "Run of 2026-11-21: all 33 relations are complete; there was nothing to do.\n"
    )
    assert "the one dump is complete;" in render(replace(run_of(before=1), complete_noun="dump"))


def test_a_run_of_several_tasks_for_a_relation_counts_both() -> None:
    orders = [Outcome(task, "www.orders", "done") for task in ("DumpTable", "CopyTable")]
    users = Outcome("CopyTable", "www.users", "done")
    bootstrap = Outcome("BootstrapWarehouse", "", "done")
    assert "3 tasks done in 12.3 s (2 relations)." in render(run_of(*orders, users))
    assert "3 tasks done in 12.3 s (1 relation)." in render(run_of(*orders, bootstrap))
    assert "1 task done in 12.3 s." in render(run_of(users))
    assert "1 task done in 12.3 s." in render(run_of(bootstrap))


def test_without_designs_the_next_step_is_named() -> None:
    assert render(run_of()) == (
        "Run of 2026-11-21: no design needs a task (to draft designs: pipeline design);"
        " there was nothing to do.\n"
    )


def test_one_task_is_singular() -> None:
    found = render(run_of(before=1))
    assert found == "Run of 2026-11-21: the one task is complete; there was nothing to do.\n"
    done = render(run_of(Outcome("UploadDesign", "www.orders", "done"), before=1))
    assert "Run of 2026-11-21: 1 task done in 12.3 s, 1 was complete before.\n" in done


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome("RefreshCtas", "a.view", "done", seconds=1.0), ["1.0", "refreshed"]),
        (Outcome("BootstrapWarehouse", "", "done", seconds=1.0), ["1.0", "done"]),
        (Outcome("RefreshCtas", "a.x", "done", rows=0, seconds=1.0), ["0", "1.0", "refreshed"]),
    ],
)
def test_rows_are_empty_for_tasks_that_count_none(outcome: Outcome, words: list[str]) -> None:
    line = next(each for each in render(run_of(outcome)).splitlines() if "1.0" in each)
    assert line.split()[1:] == words


def test_a_relation_has_one_line_with_the_rows_and_bytes_of_its_tasks() -> None:
    text = render(
        run_of(
            Outcome("DumpTable", "www.orders", "done", rows=10, bytes=2000, seconds=1.0),
            Outcome("CopyTable", "www.orders", "done", rows=10, bytes=2000, seconds=2.5),
        )
    )
    line = next(line for line in text.splitlines() if "www.orders" in line)
    assert line.split() == ["www.orders", "10", "2.0", "kB", "3.5", "loaded"]


def test_a_failure_has_its_reason_and_the_command_to_continue_comes_last() -> None:
    text = render(
        run_of(
            Outcome("CopyTable", "www.orders", "failed", message="bad value\nline: 7"),
            Outcome("RefreshCtas", "analytics.dim_order", "not run"),
            before=3,
        )
    )
    assert "FAILED CopyTable www.orders\n    bad value\n    line: 7\n" in text
    assert "3 were complete before, 1 FAILED, 1 not run because of that." in text
    assert text.rstrip().endswith(RESUME)


@pytest.mark.parametrize("message", ["array [red] [1]", "www/a.yaml:100: key", ":warning: x"])
def test_messages_are_printed_as_they_are(message: str) -> None:
    run = run_of(Outcome("DumpTable", "www.a", "failed", message=message))
    assert f"    {message}\n" in render(run)


def test_optional_failures_are_marked_and_the_exit_code_is_explained() -> None:
    text = render(
        run_of(
            Outcome("RefreshCtas", "a.x", "failed", message="no", optional=True),
            Outcome("RefreshCtas", "a.y", "not run", optional=True),
        )
    )
    assert "FAILED RefreshCtas a.x (not required)\n" in text
    assert "The exit code is 0 nevertheless." in text
    assert "Not required, previous rows kept: a.x, a.y.\n" in text
    assert "Continue with:" in text


def test_a_required_failure_leaves_the_exit_code_unexplained() -> None:
    text = render(
        run_of(
            Outcome("RefreshCtas", "a.x", "failed", message="no", optional=True),
            Outcome("CopyTable", "www.orders", "failed", message="no"),
        )
    )
    assert "The exit code is 0" not in text
    assert "FAILED CopyTable www.orders\n" in text


def test_partial_rows_are_marked() -> None:
    note = "partial (--limit 10)"
    text = render(run_of(Outcome("CopyTable", "www.orders", "done", rows=10, message=note)))
    assert "loaded, partial (--limit 10)" in text


def test_a_reason_is_printed_once_with_all_tasks_it_concerns() -> None:
    text = render(
        run_of(
            Outcome("DumpTable", "www.orders", "failed", message="cannot connect"),
            Outcome("DumpTable", "www.users", "failed", message="cannot connect"),
            Outcome("LoadAll", "", "failed", message="cannot connect"),
            Outcome("DumpTable", "www.log", "failed", message="permission denied"),
        )
    )
    assert text.count("cannot connect") == 1
    assert "FAILED DumpTable www.orders, www.users; LoadAll\n    cannot connect\n" in text
    assert "FAILED DumpTable www.log\n    permission denied\n" in text


def test_superseded_relations_are_listed_and_do_not_ask_to_continue() -> None:
    reason = "superseded by rows of 2026-11-22 (prefix 'production')"
    text = render(
        run_of(Outcome("CopyTable", "www.orders", "superseded", message=reason), before=3)
    )

    (line,) = (line for line in text.splitlines() if "www.orders" in line)
    assert line.endswith(reason)
    assert "0 tasks done in 12.3 s, 3 were complete before, 1 superseded by rows of" in text
    assert "--replace loads this date into them" in text
    assert "Continue with" not in text


def test_several_dates_are_told_apart() -> None:
    text = render(
        run_of(
            Outcome("CopyTable", "www.orders", "failed", message="no", date="2026-11-21"),
            Outcome("CopyTable", "www.orders", "done", rows=7, date="2026-11-22"),
            Outcome("BootstrapWarehouse", "", "done", seconds=1.0),
        )
    )
    assert "www.orders 2026-11-21" in text
    assert "www.orders 2026-11-22      7" in text
    assert "FAILED CopyTable www.orders 2026-11-21\n    no\n" in text
    assert "Run of 2026-11-21 to 2026-11-22: 2 tasks done" in text


def test_only_a_signal_interrupts_a_run() -> None:
    waiting = Outcome("CopyTable", "www.orders", "not run")
    assert "1 not run since the scheduler gave no more work." in render(run_of(waiting))
    interrupted = replace(run_of(waiting), interrupted=True)
    assert "1 not run since the run was interrupted." in render(interrupted)


class Read(tuple[Outcome, ...]):  # noqa: SLOT001  (it counts)
    """Outcomes that count how often they are read."""

    times = 0

    def __iter__(self) -> Iterator[Outcome]:
        self.times += 1
        return super().__iter__()


def test_the_outcomes_of_many_tasks_are_not_read_for_each_of_them() -> None:
    few, many = (
        Read(
            Outcome("CopyTable", f"www.t{n}", "not run", date="2026-11-21") for n in range(number)
        )
        for number in (2, 200)
    )
    for outcomes in (few, many):
        assert "not run" in render(replace(run_of(), outcomes=outcomes))
    assert many.times == few.times
