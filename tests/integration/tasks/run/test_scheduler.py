"""Runs through a real luigid: what its page shows, and how runs share it."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.local.processes.ports import LOOPBACK
from tests.support.database import connect
from tests.support.processes import until
from tests.support.projects.warehouse import DATE, DESIGNS, NARROW, Project, check_loaded
from tests.support.servers.luigid import LUIGIS, OURS, Luigid, running

BOTH = pytest.mark.parametrize(
    "luigid", [LUIGIS, OURS], ids=["luigid", "pipeline luigid"], indirect=True
)

WHOLE = {
    ("BootstrapWarehouse", ""),
    ("LoadAll", ""),
    *((task, f"src.{table}") for task in ("UploadDesign", "DumpTable", "CreateTable", "CopyTable")
      for table in ("orders", "customers")),
    *((task, f"dw.{table}") for task in ("UploadDesign", "RefreshCtas")
      for table in ("totals", "names", "paid")),
    ("CreateTable", "dw.totals"),
    ("CreateTable", "dw.names"),
}  # fmt: skip


@pytest.fixture
def frugal_luigid(project: Project, tmp_path: Path) -> Iterator[Luigid]:
    """A luigid that lets one task at a time use the warehouse, and soon forgets a dead run."""
    with running(tmp_path / "luigid", warehouse=1, worker_disconnect_delay=10) as luigid:
        yield luigid


def load(project: Project, luigid: Luigid, *words: str) -> str:
    return project.run(*luigid.command("LoadAll", *words)).out


@BOTH
def test_the_page_shows_every_task_with_its_relation_and_result(
    project: Project, luigid: Luigid
) -> None:
    load(project, luigid)
    tasks = luigid.tasks()
    schemas = {project.src: "src", project.dw: "dw"}

    def kind(task: dict) -> tuple[str, str]:
        schema, _, table = task["params"].get("table", "").partition(".")
        return task["name"], f"{schemas[schema]}.{table}" if table else ""

    assert {kind(task) for task in tasks} == WHOLE
    assert len(tasks) == len(WHOLE)
    assert {task["status"] for task in tasks} == {"DONE"}
    assert {task["progress_percentage"] for task in tasks if task["name"] != "LoadAll"} == {100}
    dump, load_, totals = (
        luigid.task("DumpTable", f"{project.src}.orders"),
        luigid.task("CopyTable", f"{project.src}.orders"),
        luigid.task("RefreshCtas", f"{project.dw}.totals"),
    )
    assert load_["display_name"] == f"CopyTable(date={DATE}, table={project.src}.orders)"
    assert re.fullmatch(r"1,000 rows, [\d.]+ kB, [\d.]+ [kM]?B/s", dump["status_message"])
    assert re.fullmatch(r"1,000 rows, [\d.]+ kB, [\d.]+ [kM]?B/s", load_["status_message"])
    assert totals["status_message"] == "3 rows"
    assert luigid.task("RefreshCtas", f"{project.dw}.paid")["status_message"] == "view replaced"
    assert load_["resources"] == {"warehouse": 1}
    assert dump["resources"] == {f"upstream_{project.src}": 1}


def test_the_graph_leads_from_a_derived_table_to_the_dumps(
    project: Project, luigid: Luigid
) -> None:
    load(project, luigid)
    paid = luigid.task("RefreshCtas", f"{project.dw}.paid")
    graph = luigid.ask("dep_graph", task_id=paid["id"])
    names = {
        task_id: (task["name"], task["params"].get("table", "")) for task_id, task in graph.items()
    }
    edges = {
        (names[task_id], names[need]) for task_id, task in graph.items() for need in task["deps"]
    }
    way = [
        ("RefreshCtas", f"{project.dw}.paid"),
        ("RefreshCtas", f"{project.dw}.totals"),
        ("CopyTable", f"{project.src}.orders"),
        ("DumpTable", f"{project.src}.orders"),
    ]
    assert edges.issuperset(pairwise(way))
    assert (way[2], ("CreateTable", f"{project.src}.orders")) in edges
    assert not any("customers" in table for _, table in names.values())


def test_the_page_shows_the_resources_of_the_configuration(
    project: Project, luigid: Luigid
) -> None:
    load(project, luigid)
    assert {each["name"]: each["num_total"] for each in luigid.ask("resource_list")} == {
        "warehouse": 3,
        "upstream_www": 2,
        "upstream_hyppo": 1,
    }


@BOTH
def test_a_failure_is_shown_without_a_traceback_and_its_dependents_wait(
    project: Project, luigid: Luigid
) -> None:
    project.write("{src}/public-customers.yaml", NARROW)
    project.run(*luigid.command("LoadAll"), code=30)
    copy = luigid.task("CopyTable", f"{project.src}.customers")
    assert copy["status"] == "FAILED"
    error = json.loads(luigid.ask("fetch_error", task_id=copy["id"])["error"])
    assert "String length exceeds DDL length" in error
    assert "column: name varchar(10)" in error
    assert "Traceback" not in error
    assert copy["status_message"] == f"FAILED: {error}"
    assert luigid.task("RefreshCtas", f"{project.dw}.names")["status"] == "PENDING"
    assert luigid.task("CopyTable", f"{project.src}.orders")["status"] == "DONE"


def test_the_next_run_retries_failures_at_once(project: Project, luigid: Luigid) -> None:
    project.write("{src}/public-customers.yaml", NARROW)
    project.run(*luigid.command("LoadAll"), code=30)
    project.write("{src}/public-customers.yaml", DESIGNS["{src}/public-customers.yaml"])
    load(project, luigid)
    assert project.rows("SELECT COUNT(*) FROM {dw}.names") == [(5,)]


def test_no_secret_is_on_the_page(project: Project, luigid: Luigid) -> None:
    load(project, luigid)
    project.write("{src}/public-customers.yaml", NARROW)
    project.run(*luigid.command("LoadAll", "--log-level", "DEBUG"), code=30)
    wrong = project.environment["UPSTREAM"].replace("postgres:", "postgres:Wr0ng-and-secret", 1)
    words = luigid.command("DumpTable", "--table", "{src}.customers")
    project.pipeline("forget", "{src}.customers", "--date", DATE)
    project.run(*words, UPSTREAM=wrong, code=30)
    shown = luigid.everything()
    assert "String length exceeds DDL length" in shown
    assert "password authentication failed" in shown
    for name, secret in {**project.secrets(), "wrong": "Wr0ng-and-secret"}.items():
        assert secret not in shown, name


def test_a_second_run_does_nothing(project: Project, luigid: Luigid) -> None:
    load(project, luigid)
    markers, keys = project.markers(), project.keys()
    assert "there was nothing to do" in load(project, luigid)
    assert (project.markers(), project.keys()) == (markers, keys)


def test_forgotten_work_is_done_again_at_once(project: Project, luigid: Luigid) -> None:
    """Markers count, not the status that luigid keeps of tasks that it saw a moment ago."""
    load(project, luigid)
    project.upstream("UPDATE customers SET name = 'Anna' WHERE id = 1")
    words = ("{src}.customers", "--date", DATE, "--downstream")
    project.pipeline("forget", *words)
    load(project, luigid)
    assert project.rows("SELECT name FROM {dw}.names WHERE id = 1") == [("Anna",)]


def test_a_run_under_another_prefix_is_another_run(project: Project, luigid: Luigid) -> None:
    load(project, luigid)
    other = f"{project.prefix}-wip"
    load(project, luigid, "--warehouse-prefix", other)
    copies = "FROM {etl}.table_updates WHERE task = 'CopyTable'"
    assert project.rows(f"SELECT COUNT(*) {copies} AND prefix = '{other}'") == [(2,)]


@pytest.mark.parametrize("point", ["before-copy", "after-copy", "during-dump"])
def test_the_next_run_completes_a_killed_run_that_held_resources(
    project: Project, frugal_luigid: Luigid, point: str
) -> None:
    words = ("LoadAll", "--workers", "1", "--date", DATE, "--scheduler-url", frugal_luigid.url)
    project.program("kill_at", point, "1", *words, code=-signal.SIGKILL)
    [running] = [task for task in frugal_luigid.tasks() if task["status"] == "RUNNING"]
    assert running["name"] == ("DumpTable" if point == "during-dump" else "CopyTable")

    load(project, frugal_luigid)
    check_loaded(project)
    assert "there was nothing to do" in load(project, frugal_luigid)


def test_a_run_that_is_killed_with_all_its_processes_is_completed_by_the_next(
    project: Project, frugal_luigid: Luigid
) -> None:
    with project.start(*frugal_luigid.command("LoadAll")) as process:
        until(lambda: any(task["status"] == "RUNNING" for task in frugal_luigid.tasks()))
        os.killpg(process.pid, signal.SIGKILL)
    load(project, frugal_luigid)
    check_loaded(project)


def is_dump_running(task: dict) -> bool:
    return (task["name"], task["status"]) == ("DumpTable", "RUNNING")


def refuse_requests(port: int, number: int) -> None:
    """Accept connections on luigid's port and close them, as a proxy without a server does."""
    with socket.create_server((LOOPBACK, port), reuse_port=False) as server:
        server.settimeout(60)
        for _ in range(number):
            connection, _ = server.accept()
            connection.close()


@pytest.mark.parametrize(
    ("state", "program"), [("kept", LUIGIS), ("lost", LUIGIS), ("kept", OURS), ("lost", OURS)]
)
def test_a_restart_of_luigid_does_not_end_a_run(
    project: Project, tmp_path: Path, state: str, program: tuple[str, ...]
) -> None:
    """In both cases luigid takes the run for dead, or has never heard of it."""
    settings = project.folder / "luigi.cfg"
    text = settings.read_text(encoding="utf-8")
    often = "[core]\nrpc_retry_wait = 2\nrpc_retry_attempts = 60\n"
    settings.write_text(text.replace("[core]\n", often), encoding="utf-8")
    with (
        running(tmp_path / "luigid", program, worker_disconnect_delay=1) as luigid,
        connect(project.upstream_dsn) as locks,
    ):
        locks.autocommit = False
        locks.cursor().execute("LOCK TABLE orders")
        with project.start(*luigid.command("LoadAll")) as process:
            until(lambda: any(is_dump_running(task) for task in luigid.tasks()))
            luigid.stop()
            if state == "lost":
                (luigid.folder / "state.pickle").unlink()
            refuse_requests(luigid.port, 2)
            with luigid.again():
                locks.rollback()
                out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    check_loaded(project)


def test_a_luigid_that_is_gone_ends_a_run_in_words(project: Project, tmp_path: Path) -> None:
    settings = project.folder / "luigi.cfg"
    text = settings.read_text(encoding="utf-8")
    once = "[core]\nrpc_retry_wait = 0\nrpc_retry_attempts = 1\n"
    settings.write_text(text.replace("[core]\n", once), encoding="utf-8")
    with running(tmp_path / "luigid") as luigid, connect(project.upstream_dsn) as locks:
        locks.autocommit = False
        locks.cursor().execute("LOCK TABLE orders")
        with project.start(*luigid.command("LoadAll")) as process:
            until(lambda: any(is_dump_running(task) for task in luigid.tasks()))
            luigid.stop()
            out, err = process.communicate(timeout=240)
    assert process.returncode == 40
    assert "ERROR: luigid does not answer: start luigid there, or add --local-scheduler\n" in err
    assert "Traceback" not in err
    assert "Note: luigid did not answer any more.\n" in out


@pytest.mark.parametrize("warehouse", [1, 3])
def test_two_runs_at_the_same_time_both_succeed(
    project: Project, tmp_path: Path, warehouse: int
) -> None:
    with running(tmp_path / "luigid", warehouse=warehouse) as luigid:
        runs = [project.start(*luigid.command("LoadAll")) for _ in range(2)]
        ends = [process.communicate(timeout=240) for process in runs]
        assert [process.returncode for process in runs] == [0, 0], ends
        check_loaded(project)
        assert {task["status"] for task in luigid.tasks()} == {"DONE"}


def test_work_that_another_run_did_meanwhile_is_not_repeated(
    project: Project, luigid: Luigid
) -> None:
    luigid.ask("pause")
    with project.start(*luigid.command("LoadAll")) as waiting:
        until(lambda: len(luigid.tasks()) == len(WHOLE))
        project.luigi("LoadAll")
        done = project.markers(), project.keys()
        luigid.ask("unpause")
        out, err = waiting.communicate(timeout=240)
    assert waiting.returncode == 0, err
    assert "there was nothing to do" in out
    assert (project.markers(), project.keys()) == done
    orders = luigid.task("CopyTable", f"{project.src}.orders")
    assert (orders["status"], orders["status_message"]) == ("DONE", "completed by another run")
