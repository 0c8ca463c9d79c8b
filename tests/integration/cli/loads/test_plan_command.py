"""``pipeline plan`` and ``--dry-run``: show what a run would do, and do nothing."""

import json
import sys

import pytest

from pipeline import LoadAll
from tests.support.projects.warehouse import DATE, HALF, Project, change_configuration

ESTIMATE = "upstream's estimate"
NOBODY = "postgresql://somebody:s3cret-word@127.0.0.1:9/nowhere"
OFFLINE = {
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "DATA_WAREHOUSE_ETL": NOBODY,
    "DATA_WAREHOUSE_ADMIN": NOBODY,
    "UPSTREAM": NOBODY,
}


def plan(project: Project, *words: str, **environment: str) -> str:
    return project.pipeline("plan", *words, "--date", DATE, **environment).out


def steps(text: str) -> list[tuple[int, str, str]]:
    """The level, task and relation of each line of the table."""
    found = []
    for line in text.splitlines():
        words = line.replace(" ? ", " ").split()
        if words and words[0].isdigit() and len(words) > 1:
            found.append((int(words[0]), words[1], words[2] if len(words) > 2 else ""))
    return found


def ran(project: Project) -> set[tuple[str, str]]:
    """Tasks and relations of all tasks that ever succeeded."""
    rows = project.rows("SELECT task, NVL(target_table, '') FROM {etl}.task_history")
    return set(rows)


def test_the_planned_tasks_are_those_that_then_run(project: Project) -> None:
    planned = {(task, relation) for _, task, relation in steps(plan(project))}
    found = json.loads(plan(project, "--json", "--sql"))
    project.luigi("LoadAll")
    assert planned == ran(project)
    assert {(step["task"], step["relation"] or "") for step in found["steps"]} == planned
    orders = next(step for step in found["steps"] if step["task"] == "CopyTable")
    assert (orders["level"], orders["certain"], orders["as_of"]) == (3, True, ESTIMATE)
    assert "COPY " in "".join(orders["preview"]["statements"])
    assert f"Plan of LoadAll for {DATE}: nothing would run; 5 tasks complete." in plan(project)
    after = json.loads(plan(project, "--json", project.src))
    assert (after["patterns"], after["date"], after["steps"]) == ([project.src], DATE, [])
    assert {"task": "CopyTable", "relation": f"{project.src}.orders", "superseded": None} in (
        after["complete"]
    )


def test_a_level_begins_when_all_its_requirements_are_done(project: Project) -> None:
    levels = {(task, relation): level for level, task, relation in steps(plan(project))}
    src, dw = project.src, project.dw
    assert levels[("BootstrapWarehouse", "")] == 1
    assert levels[("DumpTable", f"{src}.orders")] == 1
    assert levels[("CreateTable", f"{src}.orders")] == 2
    assert levels[("CopyTable", f"{src}.orders")] == 3
    assert levels[("RefreshCtas", f"{dw}.totals")] == 4
    assert levels[("RefreshCtas", f"{dw}.paid")] == 5


def test_a_changed_query_plans_its_upload_itself_and_its_dependents_only(project: Project) -> None:
    project.luigi("LoadAll")
    project.write("{dw}/totals.sql", HALF)
    planned = [(task, relation) for _, task, relation in steps(plan(project))]
    assert planned == [
        ("UploadDesign", f"{project.dw}.totals"),
        ("RefreshCtas", f"{project.dw}.totals"),
        ("RefreshCtas", f"{project.dw}.paid"),
    ]


def test_a_plan_changes_nothing(project: Project) -> None:
    project.luigi("LoadAll")
    before = project.markers(), project.keys()
    history = project.rows("SELECT COUNT(*) FROM {etl}.task_history")
    shown = project.pipeline("plan", "--date", "2026-11-22", "--sql")
    assert "COPY " in shown.out
    assert (project.markers(), project.keys()) == before
    assert project.rows("SELECT COUNT(*) FROM {etl}.task_history") == history
    assert project.leftovers() == []


def test_a_table_is_estimated_by_its_last_load_else_by_the_server_upstream(
    project: Project,
) -> None:
    project.upstream("ANALYZE")
    assert "upstream's estimate" in plan(project, "DumpTable", "{src}.orders")
    project.luigi("LoadAll")
    shown = project.pipeline("plan", "DumpAll", "{src}", "--date", "2026-11-22")
    line = next(each for each in shown.out.splitlines() if f"{project.src}.orders" in each)
    assert "1,000" in line
    assert DATE in line
    assert "To dump: about 1,004 rows" in shown.out


def test_without_the_warehouse_sizes_come_from_manifests_of_earlier_dates(
    project: Project,
) -> None:
    project.luigi("LoadAll")
    shown = project.pipeline(
        "plan", "DumpAll", "{src}.orders", "--date", "2026-11-23", DATA_WAREHOUSE_ETL=NOBODY
    )
    line = next(each for each in shown.out.splitlines() if "DumpTable" in each)
    assert "1,000" in line
    assert DATE in line


def test_offline_each_store_has_one_line_and_every_task_may_have_to_run(project: Project) -> None:
    text = plan(project, **OFFLINE)
    unasked = [line for line in text.splitlines() if line.startswith("Not available: ")]
    assert [line.split(":")[1].strip() for line in unasked] == [
        "the warehouse",
        "S3",
        f"{project.src} upstream",
    ]
    assert len(steps(text)) == 17
    assert "s3cret-word" not in text


def test_offline_the_statements_are_those_for_an_empty_warehouse(project: Project) -> None:
    text = plan(project, "--sql", **OFFLINE)
    assert 'CREATE GROUP "etl_rw";' in text
    assert f'COPY "{project.src}"."etl_stage_xxxxxxxx_orders" (' in text
    assert f'INSERT INTO "{project.dw}"."etl_stage_xxxxxxxx_totals"' in text
    assert "s3cret-word" not in text


def test_for_a_bootstrapped_warehouse_only_the_marker_is_planned(project: Project) -> None:
    project.luigi("BootstrapWarehouse")
    project.rows("DELETE FROM {etl}.table_updates WHERE task = 'BootstrapWarehouse'", user="ADMIN")
    text = plan(project, "BootstrapWarehouse", "--sql")
    assert "CREATE" not in text
    assert "LOCK TABLE" in text
    assert f"VALUES ('{project.prefix}/BootstrapWarehouse/" in text


def test_no_secret_is_in_the_statements(project: Project) -> None:
    change_configuration(project, lambda raw: raw["data_warehouse"].pop("iam_role"))
    text = plan(project, "--sql")
    assert "ACCESS_KEY_ID '***'" in text
    assert "SECRET_ACCESS_KEY '***'" in text
    for secret in project.secrets().values():
        assert secret not in text


def test_a_design_that_no_longer_matches_is_in_the_plan(project: Project) -> None:
    project.upstream("ALTER TABLE customers DROP COLUMN name")
    assert f"Differs from upstream: {project.src}.customers: " in plan(project)


def test_complete_tasks_are_counted_and_listed_on_demand(project: Project) -> None:
    project.luigi("LoadAll")
    assert "Complete: 2 CopyTable, 3 RefreshCtas.\n" in plan(project)
    named = [each for each in plan(project, "--complete").splitlines() if "Complete" in each]
    assert named == sorted(
        [f"Complete: CopyTable {project.src}.{name}" for name in ("customers", "orders")]
        + [f"Complete: RefreshCtas {project.dw}.{name}" for name in ("names", "paid", "totals")]
    )


def test_a_mistyped_task_is_answered_with_the_nearest_name(project: Project) -> None:
    failed = project.pipeline("plan", "CopyTabel", "{src}.orders", code=2)
    assert "did you mean 'CopyTable'?" in failed.err


@pytest.mark.parametrize("task", ["LoadAll", "DumpAll", "UploadAll", "CopyAll", "RefreshAll"])
def test_a_dry_run_shows_the_plan_and_runs_nothing(project: Project, task: str) -> None:
    shown = project.luigi(task, "--dry-run")
    assert shown.out.startswith(f"Plan of {task} for {DATE}: ")
    assert "Run of" not in shown.out
    assert project.keys() == []
    assert project.rows("SELECT 1 FROM pg_namespace WHERE nspname = '{src}'", "ADMIN") == []


def test_a_dry_run_shows_the_statements_that_the_plan_shows(project: Project) -> None:
    project.upstream("ANALYZE")  # so that autovacuum changes no estimate between the two
    shown = project.luigi("LoadAll", "--dry-run", "--sql")
    assert shown.out == plan(project, "--sql")
    assert f'COPY "{project.src}"."etl_stage_xxxxxxxx_orders" (' in shown.out
    assert project.keys() == []


def test_statements_are_for_dry_runs(project: Project) -> None:
    done = project.luigi("LoadAll", "--sql", code=None)
    assert done.code != 0
    assert "add --dry-run" in done.text
    assert project.keys() == []


def test_a_dry_run_does_not_hinder_the_run_itself(project: Project) -> None:
    """Both use the same scheduler, which distinguishes them."""
    command = (
        "import luigi, luigi.interface, pipeline\n"
        "from luigi import scheduler, worker\n"
        "from pipeline import LoadAll\n"
        "local = scheduler.Scheduler()\n"
        f"import datetime; date = datetime.date.fromisoformat('{DATE}')\n"
        "for dry in (True, False):\n"
        "    with worker.Worker(scheduler=local, worker_id=str(dry)) as each:\n"
        "        each.add(LoadAll(date=date, dry_run=dry)); assert each.run()\n"
        "print(sorted(local.task_list('DONE', '')))\n"
    )
    project.run(sys.executable, "-c", command)
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(1000,)]


def test_ordinary_runs_keep_their_ids() -> None:
    assert LoadAll().task_id == LoadAll(dry_run=False).task_id
    assert LoadAll().task_id != LoadAll(dry_run=True).task_id
    assert "dry_run" not in LoadAll().to_str_params()


def test_tables_are_patterns_too(project: Project) -> None:
    pattern = f"{project.src}.orders*"
    named = steps(plan(project, "LoadAll", "--tables", pattern))
    assert named == steps(plan(project, pattern))
    assert ("CopyTable", f"{project.src}.orders") in {(task, name) for _, task, name in named}
    assert not {name for _, _, name in named if name.startswith(f"{project.dw}.")}


@pytest.mark.parametrize("command", ["plan", "validate --offline", "status", "forget"])
def test_a_selection_of_nothing_is_a_usage_error(project: Project, command: str) -> None:
    patterns = (f"{project.src}.orders", f"!{project.src}.*")
    shown = project.pipeline(*command.split(), *patterns, code=2)
    assert "selects nothing: everything is excluded by" in shown.text


def test_a_load_of_nothing_fails_with_a_message(project: Project) -> None:
    done = project.luigi(
        "LoadAll", "--tables", f"{project.src}.orders !{project.src}.*", code=None
    )
    assert done.code != 0, done.text
    assert "selects nothing: everything is excluded by" in done.text
