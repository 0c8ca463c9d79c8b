"""Ctrl-C, systemd, Docker: all processes of a run end, and the same command continues."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil
import psycopg2
import pytest

from pipeline.local.stack import WAREHOUSE
from tests.support.processes import run, until
from tests.support.projects.warehouse import Outcome, Project, check_loaded

Send = Callable[[int, int], None]


@contextmanager
def held(project: Project, where: str) -> Iterator[Callable[[int], bool]]:
    """Lock what dumps or loads need; yield a function: whether that many of them wait for it."""
    dsn, table = {
        "dump": (project.upstream_dsn, "public.orders"),
        "load": (warehouse(project), f"{project.marker_schema}.table_updates"),
    }[where]
    holder, observer = psycopg2.connect(dsn), psycopg2.connect(dsn)
    observer.autocommit = True

    def are_waiting(number: int) -> bool:
        with observer.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass",
                (table,),
            )
            return bool(cursor.fetchone() >= (number,))

    try:
        with holder.cursor() as cursor:
            mode = {"dump": "ACCESS EXCLUSIVE", "load": "SHARE ROW EXCLUSIVE"}[where]
            cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield are_waiting
    finally:
        holder.close()
        observer.close()


def warehouse(project: Project) -> str:
    """The database behind the emulator."""
    return project.stack.postgres(project.stack.state()).dsn(WAREHOUSE)


def interrupt(project: Project, where: str, workers: int, number: int, send: Send) -> Outcome:
    """Start a load, interrupt it where it waits, and check that all its processes end."""
    waiting = 2 if where == "load" and workers > 1 else 1
    with (
        held(project, where) as are_waiting,
        project.start_luigi("LoadAll", "--workers", str(workers), *EVENTS) as process,
    ):
        try:
            until(lambda: are_waiting(waiting) or process.poll() is not None)
            assert process.poll() is None, process.communicate()
            family = psutil.Process(process.pid).children(recursive=True)
            send(process.pid, number)
            out, err = process.communicate(timeout=60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert not [each for each in family if each.is_running()], family
    return Outcome(process.returncode, out, err)


EVENTS = ("--openlineage-destination", "events.jsonl")


def check_events(project: Project) -> None:
    """Check that all that started has ended, and what was interrupted was aborted."""
    lines = (project.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[str, list[str]] = {}
    for event in map(json.loads, lines):
        found.setdefault(event["run"]["runId"], []).append(event["eventType"])
    ended = [end for start, end in found.values() if start == "START"]
    assert len(ended) == len(found)
    assert ended[0] == "ABORT"
    assert set(ended[1:]) - {"COMPLETE"} == {"ABORT"}


CTRL_C = (os.killpg, signal.SIGINT)
"""A terminal sends it to all processes of a command."""

STOP = (os.kill, signal.SIGTERM)
"""Docker sends it to the first process."""

OTHERS = [(os.killpg, signal.SIGTERM), (os.kill, signal.SIGINT), (os.kill, signal.SIGHUP)]
"""``systemctl stop``, ``kill -INT``, a terminal that closes."""

CASES = [
    *((where, workers, *how) for where in ("dump", "load") for workers in (1, 3)
      for how in (CTRL_C, STOP)),
    *(("load", 3, *how) for how in OTHERS),
]  # fmt: skip


@pytest.mark.parametrize(("where", "workers", "send", "number"), CASES)
def test_an_interrupted_run_reports_it_and_the_same_command_continues(
    project: Project, where: str, workers: int, send: Send, number: signal.Signals
) -> None:
    project.luigi("BootstrapWarehouse")
    ended = interrupt(project, where, workers, number, send)
    assert ended.code == 128 + number, ended.text
    assert "Traceback" not in ended.text
    message = f"Interrupted by {number.name}; the same command continues."
    assert ended.err.splitlines().count(message) == 1, ended.err
    assert "not run since the run was interrupted" in ended.out
    assert "Continue with:\n    luigi --module pipeline LoadAll --workers" in ended.out
    assert "FAILED" not in ended.out
    check_events(project)

    project.luigi("LoadAll")
    check_loaded(project)


DURING_A_FORK = """
import os, signal, time
from pipeline.tasks.run.command import interrupt
interrupt.listen(lambda: None, lambda: None)
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
child = os.fork()
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
until = time.monotonic() + 30
while time.monotonic() < until:
    pass
"""


BEFORE_IT_IS_KNOWN = """
import multiprocessing, os, signal
from pipeline.tasks.run.command import interrupt

def close(file, real=os.close, parent=os.getpid()):
    real(file)
    if os.getpid() == parent and not sent:
        sent.append(os.kill(parent, signal.SIGINT))

def outlive():
    print("outlived its parent", flush=True)

sent = []
os.register_at_fork(after_in_child=signal.pause)  # a slow start, which a signal would end
interrupt.listen(lambda: None, lambda: None)
process = multiprocessing.get_context("fork").Process(target=outlive)
os.close = close  # which multiprocessing calls after it has forked
process.start()
"""


def test_a_signal_ends_a_process_that_has_just_been_forked() -> None:
    ended = run([sys.executable, "-c", BEFORE_IT_IS_KNOWN])
    assert ended.returncode == 130, ended.stderr
    assert "Interrupted by SIGINT; the same command continues." in ended.stderr
    assert ended.stdout == ""


def test_a_signal_during_a_fork_interrupts_the_run() -> None:
    """Python ignores exceptions of what it calls around a fork, such as a release of a lock."""
    ended = run([sys.executable, "-c", DURING_A_FORK])
    assert ended.returncode == 130
    assert "Interrupted by SIGINT; the same command continues." in ended.stderr
