"""A run of a later date loads a table of a shared run; other machines use none of its rows."""

import os
import signal
from contextlib import ExitStack, closing

import psycopg2
import pytest

from tests.support.processes import until
from tests.support.projects.machines import end, machine, start
from tests.support.projects.warehouse import DESIGNS, Project
from tests.support.servers.luigid import Luigid

LATER = """
INSERT INTO {etl}.table_updates
    (update_id, task, target_table, run_date, prefix, fingerprint, started_at, inserted_at)
VALUES ('x', 'CopyTable', '{src}.orders', '2026-11-22', 'other', '1f', GETDATE(), GETDATE())
"""
"""The marker of a load of orders of the next day, by a release that recorded no object id."""

TOP = {
    "{dw}/top.yaml": DESIGNS["{dw}/totals.yaml"].replace("totals", "top"),
    "{dw}/top.sql": """
SELECT 'paid' AS status, 1::bigint AS orders, total FROM {{dw}}.{}, {{src}}.customers WHERE id = 1
""",
}


def dumping(luigid: Luigid) -> dict[int, str]:
    """The relation that each process dumps."""
    return {
        int(task["worker_running"].partition("pid=")[2].partition(",")[0]): task["params"]["table"]
        for task in luigid.tasks()
        if (task["name"], task["status"]) == ("DumpTable", "RUNNING")
    }


@pytest.mark.parametrize("read", ["totals", "paid"])
def test_nothing_is_computed_from_what_another_machine_found_superseded(
    project: Project, luigid: Luigid, read: str
) -> None:
    """One finds orders and totals superseded, and ends; another refreshes what reads these.

    Totals holds no rows, and has no marker; paid is a view of it.
    """
    for path, text in TOP.items():
        project.write(path, text if path.endswith("yaml") else text.format(read))
    project.luigi("CreateTable", "--table", "{src}.orders")
    luigid.ask("update_resource", resource=f"upstream_{project.src}", amount=2)
    started = {}
    with ExitStack() as stack:
        locks = {}
        for table in ("orders", "customers"):
            locks[table] = stack.enter_context(closing(psycopg2.connect(project.upstream_dsn)))
            locks[table].cursor().execute(f"LOCK TABLE {table}")
        for number in range(2):
            process = start(machine(project, number), luigid, "--workers", "1")
            started[process.pid] = process
            until(lambda: dumping(luigid).keys() == started.keys())
        [first] = [pid for pid, table in dumping(luigid).items() if table.endswith(".orders")]
        project.rows(LATER)
        locks["orders"].rollback()
        until(lambda: luigid.task("RefreshCtas", f"{project.dw}.paid")["status"] == "DONE")
        os.kill(first, signal.SIGINT)
        assert end(started.pop(first)).code == 130
    [second] = started.values()
    done = end(second)

    assert done.code == 0, done.text
    assert "Unfulfilled" not in done.text
    reason = f"superseded, since {project.src}.orders holds rows of 2026-11-22 (prefix 'other')"
    assert done.out.count(reason) == 2, done.out
    assert project.rows("SELECT COUNT(*) FROM {dw}.top") == [(0,)]
    assert project.leftovers() == []
