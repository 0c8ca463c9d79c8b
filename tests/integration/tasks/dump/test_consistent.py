"""``consistent: true``: a run dumps all tables of a source under one snapshot."""

import pytest

from tests.support.projects.warehouse import DATE, Outcome, Project, change_configuration

WRITE = """
BEGIN;
INSERT INTO orders VALUES (1001, 'new', 'of customer 5', 1);
INSERT INTO customers VALUES (5, 'Eve');
COMMIT
"""
"""One transaction: who sees one of the rows must see the other."""


END_THE_SNAPSHOT = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'idle in transaction'
"""


def be_consistent(project: Project, *, consistent: bool = True) -> None:
    change_configuration(project, lambda raw: raw["sources"][0].update(consistent=consistent))


def run_with_a_write_between(
    project: Project, workers: int, write: str = WRITE, code: int = 0
) -> Outcome:
    words = ("LoadAll", "--module", "pipeline", "--date", DATE, "--workers", str(workers))
    done = project.program("write_between", *words, "--local-scheduler", code=code, WRITE=write)
    assert (project.folder / "written-between").exists()
    return done


def loaded(project: Project) -> tuple[int, int]:
    """Tell how many orders and customers are in the warehouse."""
    [orders] = project.rows("SELECT COUNT(*) FROM {src}.orders")
    [customers] = project.rows("SELECT COUNT(*) FROM {src}.customers")
    return orders[0], customers[0]


def snapshots(project: Project) -> set[str]:
    keys = project.keys(".manifest")
    assert len(keys) == 2
    return {project.manifest(key)["snapshot"] for key in keys}


@pytest.mark.parametrize("workers", [1, 2])
def test_all_tables_of_a_consistent_source_share_one_snapshot(
    project: Project, workers: int
) -> None:
    be_consistent(project)
    run_with_a_write_between(project, workers)
    assert loaded(project) == (1000, 4)
    assert len(snapshots(project)) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_by_default_each_table_has_a_snapshot_of_its_own(project: Project, workers: int) -> None:
    run_with_a_write_between(project, workers)
    assert loaded(project) in {(1000, 5), (1001, 4)}
    assert len(snapshots(project)) == 2


def test_nothing_holds_the_snapshot_when_the_run_is_over(project: Project) -> None:
    be_consistent(project)
    project.luigi("DumpAll", "--workers", "2")
    project.upstream("ALTER TABLE orders RENAME TO done; ALTER TABLE done RENAME TO orders")


def test_continuing_an_interrupted_run_explains_how_to_get_one_snapshot(project: Project) -> None:
    be_consistent(project)
    project.luigi("LoadAll", "--tables", "{src}.orders")
    project.upstream(WRITE)
    resumed = project.luigi("LoadAll")
    assert loaded(project) == (1000, 5)
    advice = f"pipeline forget {project.src} --date {DATE} --downstream"
    assert advice in resumed.err
    assert advice in resumed.out
    assert f"of a later time: {project.src}.orders." in resumed.out

    words = advice.split()[1:]
    project.pipeline(*words)
    whole = project.luigi("LoadAll")
    assert advice not in whole.text
    assert loaded(project) == (1001, 5)
    assert len(snapshots(project)) == 1


def test_a_lost_snapshot_fails_the_remaining_dumps_and_the_next_run_continues(
    project: Project,
) -> None:
    be_consistent(project)
    failed = run_with_a_write_between(project, 2, END_THE_SNAPSHOT, code=30)
    assert "the session that exported the snapshot" in failed.out
    assert len(project.keys(".manifest")) == 1
    again = project.luigi("LoadAll")
    assert f"pipeline forget {project.src} --date {DATE} --downstream" in again.out
    assert loaded(project) == (1000, 4)


def test_a_plan_mentions_the_snapshot_and_takes_none(project: Project) -> None:
    be_consistent(project)
    shown = project.pipeline("plan", "--sql")
    note = f"-- with the snapshot that all dumps of {project.src} in a run share"
    assert shown.out.count(note) == 2
    offline = project.pipeline("plan", "--sql", UPSTREAM="")
    assert offline.out.count(note) == 2


def test_a_run_with_nothing_left_to_dump_takes_no_snapshot(project: Project) -> None:
    be_consistent(project)
    project.luigi("DumpAll")
    done = project.luigi("LoadAll", UPSTREAM="postgresql://nobody@127.0.0.1:1/none")
    assert "of a later time" not in done.text


def test_without_upstream_the_dumps_fail_with_the_reason(project: Project) -> None:
    be_consistent(project)
    failed = project.luigi("DumpAll", UPSTREAM="postgresql://nobody@127.0.0.1:1/none", code=30)
    [line] = [line for line in failed.out.splitlines() if line.startswith("FAILED DumpTable")]
    assert f"{project.src}.orders" in line
    assert f"{project.src}.customers" in line
    assert "cannot connect" in failed.out
    assert "Error in event callback" not in failed.text
