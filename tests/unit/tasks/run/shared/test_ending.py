"""How the tasks of a run ended that several machines share."""

from pipeline.tasks.run.journal import Identity
from pipeline.tasks.run.shared.ending import merged, shares
from pipeline.tasks.run.summary import Outcome, Status


def report(*outcomes: tuple[str, Status, float]) -> dict[Identity, Outcome]:
    """Return the outcomes of loads: a relation, how it ended, and when."""
    found = (
        Outcome("CopyTable", f"www.{relation}", status, ended=ended)
        for relation, status, ended in outcomes
    )
    return {each.identity: each for each in found}


def test_the_last_outcome_counts_and_who_did_a_task_not_who_found_it_done() -> None:
    found = merged(
        [
            report(("a", "failed", 1), ("b", "done", 2), ("c", "complete", 5)),
            report(("a", "done", 3), ("b", "complete", 4), ("d", "done", 1)),
        ]
    )
    assert {each.relation: (each.status, each.ended) for each in found.values()} == {
        "www.a": ("done", 3),
        "www.b": ("done", 2),
        "www.c": ("complete", 5),
        "www.d": ("done", 1),
    }


def test_who_did_a_task_counts_whatever_the_clock_of_a_machine_that_failed() -> None:
    late = report(("a", "failed", 900), ("b", "not run", 900), ("c", "failed", 900))
    found = merged([report(("a", "done", 1), ("b", "superseded", 1), ("c", "complete", 1)), late])
    assert [each.status for each in found.values()] == ["failed", "done", "superseded"]
    assert [each.relation for each in found.values()] == ["www.c", "www.a", "www.b"]


def test_a_note_tells_how_much_each_machine_did() -> None:
    start = "p/runs/nightly/9f3b2c1d-"
    reports = {
        f"{start}machine-db1-7-5f0c1c9d.jsonl": report(("a", "done", 1), ("b", "done", 2)),
        f"{start}machine-db2-8-5f0c1c9d.jsonl": report(("c", "done", 1), ("d", "failed", 2)),
        f"{start}machine-db3-9-5f0c1c9d.jsonl": report(("d", "complete", 1)),
        "": report(("e", "done", 0)),
    }
    assert shares(reports, start) == (
        "a machine ended without a report 1 task, db1-7 2 tasks, db2-8 1 task"
    )
    assert shares(dict(list(reports.items())[:1]), start) == ""
