"""Output, or a journal, that cannot be written: everything else is done, and the code says it."""

import json
import sys

import pytest

from tests.support.processes import run_without_reader
from tests.support.projects.warehouse import Outcome, Project
from tests.support.servers.receiver import receiving

UNWRITABLE = [(">/dev/full", "No space left on device"), (">&-", "it is closed")]

NEXT = "2026-11-22"


def run(project: Project, shell: str, *words: str, code: int = 120, **environment: str) -> Outcome:
    """Run a luigi command as a line of a shell, whose words are its arguments."""
    command = ["sh", "-c", shell, "sh", sys.executable, "-m", "luigi", "--module", "pipeline"]
    return project.run(*command, *words, "--local-scheduler", code=code, **environment)


def history(project: Project, date: str) -> list[tuple]:
    return project.rows(
        "SELECT task, target_table, status FROM {etl}.task_history"
        f" WHERE run_date = '{date}' ORDER BY 1, 2"
    )


@pytest.mark.parametrize(("redirection", "reason"), UNWRITABLE)
def test_a_summary_that_cannot_be_written_keeps_nothing_else_from_being_done(
    project: Project, redirection: str, reason: str
) -> None:
    project.upstream("DROP TABLE customers")
    words = ("LoadAll", "--tables", "{src}.customers", "--date", NEXT)
    with receiving() as server:
        words += ("--warehouse-notify", "CHAT", "--openlineage-destination", "events.jsonl")
        chat = server.url("/hook")
        ended = run(project, f'exec "$@" {redirection}', *words, CHAT=chat)
        (told,) = server.bodies("/hook")

    assert told["text"].startswith(f"*FAILED: LoadAll of {NEXT}")
    assert ("DumpTable", f"{project.src}.customers", "failed") in history(project, NEXT)
    events = (project.folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(events[-1])["eventType"] == "FAIL"
    assert ended.out == ""
    assert ended.err.count(f"the summary was not written to stdout: {reason}\n") == 1
    assert "Traceback" not in ended.err


def test_a_run_that_can_write_no_log_succeeds(project: Project) -> None:
    done = run(project, 'exec "$@" 2>&-', "DumpTable", "--table", "{src}.customers", code=0)
    assert "1 task done in " in done.out


def test_a_plan_that_cannot_be_written_is_an_error_in_a_line(project: Project) -> None:
    failed = run(project, 'exec "$@" >/dev/full', "LoadAll", "--dry-run", code=30)
    assert "the plan was not written: [Errno 28] No space left on device" in failed.err
    assert "Traceback" not in failed.err


def test_the_reader_of_a_plan_may_leave(project: Project) -> None:
    words = ("-m", "luigi", "--module", "pipeline", "LoadAll", "--dry-run", "--local-scheduler")
    options = {"cwd": project.folder, "env": project.environment}
    assert run_without_reader([sys.executable, *words], **options) == (0, "")


def test_a_run_without_a_journal_loses_nothing(project: Project) -> None:
    full = 'ulimit -f 1; exec "$@"'
    done = run(project, full, "LoadAll", "--date", "2026-11-21")
    assert "Note: the journal of this run could not be written: " in done.out
    assert "not run" not in done.out
    found = history(project, "2026-11-21")
    assert len(found) == 17
    assert {status for *_, status in found} == {"done"}

    project.upstream("DROP TABLE customers")
    failed = run(project, full, "LoadAll", "--date", NEXT)
    assert f"FAILED DumpTable {project.src}.customers" in failed.out
    assert ("DumpTable", f"{project.src}.customers", "failed") in history(project, NEXT)
    project.pipeline("status", "--check", code=6)
