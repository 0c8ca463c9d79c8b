"""A run refreshes derived tables that are older than what they read, whatever made them so."""

import signal
from collections.abc import Callable

from tests.support.projects.followed import follow
from tests.support.projects.warehouse import DATE, DESIGNS, Project

TOP = "SELECT status, orders, total FROM {dw}.counted"

COUNTED = "SELECT status, orders, total FROM {dw}.totals"

SUMS = "SELECT SUM(orders) FROM {dw}.totals UNION ALL SELECT SUM(orders) FROM {dw}.top"

COPY = ("CopyTable", "--table", "{src}.orders")

FORGET = ("forget", "{src}.orders", "--date", DATE)


def load_first(project: Project) -> None:
    """Load everything, with a table that reads totals through a view."""
    totals = DESIGNS["{dw}/totals.yaml"]
    project.write("{dw}/top.yaml", totals.replace("totals", "top"))
    project.write("{dw}/top.sql", TOP)
    view = "name: {dw}.counted\nsource_name: VIEW\ncolumns:\n"
    columns = ("status", "orders", "total")
    view += "".join(f"  - {{{{name: {name}}}}}\n" for name in columns)
    project.write("{dw}/counted.yaml", view)
    project.write("{dw}/counted.sql", COUNTED)
    project.luigi("LoadAll")
    project.upstream("DELETE FROM orders WHERE id > 600")


def test_what_reads_a_table_that_was_loaded_again_is_refreshed(project: Project) -> None:
    load_first(project)
    project.pipeline(*FORGET)
    plan = project.pipeline("plan", "LoadAll", "--date", DATE).out
    shown = [line.split()[1:3] for line in plan.splitlines() if "RefreshCtas " in line]
    names = [f"{project.dw}.{name}" for name in ("totals", "counted", "paid", "top")]
    assert [name for task, name in shown if task == "RefreshCtas"] == names, plan

    done = project.luigi("LoadAll")

    assert project.rows(SUMS) == [(600,), (600,)]
    assert done.out.count("refreshed") == 2, done.out
    assert "there was nothing to do" in project.luigi("LoadAll").out


def test_it_is_refreshed_by_a_later_run_if_the_table_alone_was_loaded(project: Project) -> None:
    """The run of the others is killed between two refreshes."""
    load_first(project)
    project.pipeline(*FORGET)
    project.luigi(*COPY)
    words = ("LoadAll", "--date", DATE, "--workers", "1", "--local-scheduler")
    project.program("kill_at", "before-lock", "2", *words, code=-signal.SIGKILL)
    assert project.rows(SUMS) == [(600,), (1000,)]
    project.luigi("RefreshCtas", "--table", "{dw}.top")
    assert project.rows(SUMS) == [(600,), (600,)]
    assert project.leftovers() == []
    assert "there was nothing to do" in project.luigi("LoadAll").out


AHEAD = """
UPDATE {etl}.table_updates SET inserted_at = DATEADD(hour, 1, inserted_at)
WHERE target_table = '{src}.orders' AND task = 'CopyTable'
"""


def test_a_clock_that_is_ahead_leads_to_no_second_refresh(project: Project) -> None:
    """Another host, with another clock, has loaded the table."""
    project.luigi("LoadAll")
    project.rows(AHEAD)
    assert "1 task done" in project.luigi("LoadAll").out
    assert "there was nothing to do" in project.luigi("LoadAll").out


def test_a_later_date_is_right_again_after_an_earlier_one_replaced_a_table(
    new_project: Callable[..., Project],
) -> None:
    """An incremental table does not go back: it has the rows of now, under either date."""
    project = follow(new_project)
    later = ("--date", "2024-05-02")
    project.luigi("LoadAll", *later)
    project.upstream("INSERT INTO orders VALUES (1001, 'new', 'late', 1)")
    project.luigi(*COPY, "--date", "2024-05-01", "--replace")
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]

    project.luigi("LoadAll", *later)

    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1001,)]
    assert "there was nothing to do" in project.luigi("LoadAll", *later).out
