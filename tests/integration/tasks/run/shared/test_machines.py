"""Several machines run LoadAll under one name: processes with their own folders and caches."""

import os
import signal
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.local.processes.ports import LOOPBACK, free_port
from tests.support.processes import until
from tests.support.projects.machines import NAME, end, machine, start
from tests.support.projects.warehouse import (
    NARROW,
    Project,
    change_configuration,
    check_loaded,
)
from tests.support.servers.luigid import LUIGIS, OURS, Luigid, running


def workers_of(luigid: Luigid, family: str) -> list[list[str]]:
    return [task["workers"] for task in luigid.tasks() if task["name"] == family]


def done_tasks(project: Project) -> list[tuple]:
    return project.rows(
        "SELECT task, target_table, COUNT(*), COUNT(DISTINCT run_id) FROM {etl}.task_history"
        " WHERE status = 'done' GROUP BY 1, 2 ORDER BY 1, 2"
    )


def test_machines_share_tasks_failures_and_summary_and_refuse_who_differs(
    project: Project, luigid: Luigid
) -> None:
    project.write("{src}/public-customers.yaml", NARROW)
    machines = [machine(project, number) for number in range(3)]
    luigid.ask("pause")
    started = [start(each, luigid, "--workers", "2") for each in machines]
    until(lambda: [len(found) for found in workers_of(luigid, "LoadAll")] == [3])

    words = luigid.command("LoadAll", "--warehouse-run", NAME)
    machines[0].write("{dw}/totals.sql", "SELECT 1")
    refused = machines[0].run(*words, "--limit", "5", code=2)
    assert f"luigi: error: --warehouse-run {NAME}: this machine differs from " in refused.err
    assert "    limit: 5 here, none there\n" in refused.err
    assert f"    design files: {project.dw}/totals.sql\n" in refused.err
    alone = project.luigi("LoadAll", LUIGI_RUN=NAME, code=2)
    assert alone.err.startswith(f"luigi: error: LUIGI_RUN={NAME} shares tasks through luigid")
    nobody = f"http://{LOOPBACK}:{free_port()}"
    silent = machines[0].run(*(nobody if word == luigid.url else word for word in words), code=35)
    assert f"luigi: error: luigid does not answer at {nobody}: " in silent.err

    change_configuration(project, lambda raw: raw["sources"][0].update(consistent=True))
    snapshot = project.run(*luigid.command("LoadAll", "--warehouse-run", "other"), code=2)
    assert f"luigi: error: {project.src} asks for one snapshot of all its tables" in snapshot.err
    change_configuration(project, lambda raw: raw["sources"][0].update(consistent=False))

    luigid.ask("unpause")
    for ended in map(end, started):
        assert ended.code == 30, ended.text
        assert f"FAILED CopyTable {project.src}.customers\n" in ended.out
        assert "String length exceeds DDL length" in ended.out
        assert ", 1 FAILED, 1 not run because of that." in ended.out
        for relation in (f"{project.src}.orders", f"{project.dw}.totals", f"{project.dw}.paid"):
            assert relation in ended.out
        assert "Run of 2026-11-21: 15 tasks done" in ended.out
    assert {row[2:] for row in done_tasks(project)} == {(1, 1)}
    others = project.rows(
        "SELECT status, COUNT(*), COUNT(DISTINCT run_id) FROM {etl}.task_history"
        " WHERE status <> 'done' GROUP BY 1 ORDER BY 1"
    )
    assert others == [("failed", 1, 1), ("not run", 1, 1)]

    project.write("{src}/public-customers.yaml", NARROW.replace("varchar(10)", "varchar(256)"))
    again = project.run(*words)
    check_loaded(project)
    assert "FAILED" not in again.text


def test_a_machine_that_cannot_log_in_to_the_warehouse_fails_alone(
    project: Project, luigid: Luigid
) -> None:
    project.luigi("BootstrapWarehouse")
    luigid.ask("pause")
    others = [start(machine(project, number), luigid) for number in (1, 2)]
    until(lambda: [len(found) for found in workers_of(luigid, "LoadAll")] == [2])
    words = luigid.command("LoadAll", "--warehouse-run", NAME)
    dsn = make_dsn(project.environment["DATA_WAREHOUSE_ETL"], password="wrong")
    failed = machine(project, 3).run(*words, code=35, DATA_WAREHOUSE_ETL=dsn)
    assert "FAILED" in failed.out
    luigid.ask("unpause")
    for done in map(end, others):
        assert done.code == 0, done.text
        assert "FAILED" not in done.text
    check_loaded(project)


@pytest.mark.parametrize("program", [LUIGIS, OURS], ids=["luigid", "pipeline luigid"])
def test_machines_replace_each_other_and_outlive_a_restart_of_luigid(
    project: Project, tmp_path: Path, program: tuple[str, ...]
) -> None:
    """One is killed, one suspended while they dump; a third takes over, as luigid restarts.

    A fourth one is interrupted before.
    """
    first, second, third, fourth = (machine(project, number) for number in range(4))
    with (
        running(tmp_path / "luigid", program, worker_disconnect_delay=5) as luigid,
        closing(psycopg2.connect(project.upstream_dsn)) as locks,
    ):
        luigid.ask("update_resource", resource=f"upstream_{project.src}", amount=2)
        locks.cursor().execute("LOCK TABLE orders, customers")

        def dumps() -> set[str]:
            """The processes that dump."""
            return {
                task["worker_running"].partition("pid=")[2].partition(",")[0]
                for task in luigid.tasks()
                if (task["name"], task["status"]) == ("DumpTable", "RUNNING")
            }

        started = []
        for each in (first, second):
            started.append(start(each, luigid, "--workers", "1"))
            until(lambda: dumps() == {str(process.pid) for process in started})
        killed, suspended = started
        interrupted = start(fourth, luigid, "--workers", "1")
        until(lambda: [len(found) for found in workers_of(luigid, "LoadAll")] == [3])
        os.kill(interrupted.pid, signal.SIGINT)
        left = end(interrupted)
        assert left.code == 130, left.text
        assert f"Note: run {NAME} continues on " in left.out
        os.killpg(killed.pid, signal.SIGKILL)
        os.killpg(suspended.pid, signal.SIGSTOP)
        try:
            late = start(third, luigid)
            until(lambda: dumps() == {str(late.pid)})
            luigid.stop()
            (luigid.folder / "state.pickle").unlink()
            with luigid.again():
                locks.rollback()
                until(lambda: late.poll() is not None)
                ended = end(late)
                os.killpg(suspended.pid, signal.SIGCONT)
                resumed = end(suspended)
        finally:
            if suspended.poll() is None:
                os.killpg(suspended.pid, signal.SIGKILL)
        killed.communicate()
    for each in (ended, resumed):
        assert each.code == 0, each.text
        assert "not run" not in each.out
        for relation in ("orders", "customers"):
            assert f"{project.src}.{relation}" in each.out
    check_loaded(project)
