"""``required_for_success``: other relations may fail; the run reports it and keeps their rows."""

import json

from tests.support.projects.warehouse import DATE, DESIGNS, Project, change_configuration

NEXT = "2026-11-22"
BROKEN = DESIGNS["{dw}/totals.sql"].replace("total)", "total / 0)")


def require(project: Project, *patterns: str) -> None:
    required = {"required_for_success": project.command(*patterns)}
    change_configuration(project, lambda raw: raw["data_warehouse"].update(required))


def test_an_optional_failure_keeps_the_rows_of_its_relation_and_dependents(
    project: Project,
) -> None:
    require(project, "{dw}.names")
    project.luigi("LoadAll")
    project.write("{dw}/totals.sql", BROKEN)
    project.upstream("UPDATE customers SET name = 'Anna' WHERE id = 1")

    done = project.luigi("LoadAll", "--date", NEXT)

    dw = project.dw
    assert f"FAILED RefreshCtas {dw}.totals (not required)" in done.out
    assert "1 FAILED, 1 not run because of that. The exit code is 0 nevertheless." in done.out
    assert f"Not required, previous rows kept: {dw}.paid, {dw}.totals." in done.out
    assert "Continue with:" in done.out
    assert project.rows("SELECT SUM(orders), SUM(total) FROM {dw}.totals") == [(1000, 625625)]
    assert project.rows("SELECT COUNT(*) FROM {dw}.paid") == [(1,)]
    assert project.rows("SELECT name FROM {dw}.names WHERE id = 1") == [("Anna",)]
    assert f"FAILED RefreshCtas {dw}.totals" in project.pipeline("status").out


def test_an_optional_failure_is_retried_by_the_next_run(project: Project) -> None:
    require(project, "{dw}.names")
    project.write("{dw}/totals.sql", BROKEN)
    project.luigi("LoadAll")
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"])
    project.luigi("LoadAll")
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]
    assert "5 relations: 5 ok." in project.pipeline("status").out


def test_a_table_that_is_not_required_may_fail_at_every_step(project: Project) -> None:
    require(project, "{dw}.names")
    project.upstream("DROP TABLE orders")
    done = project.luigi("LoadAll")
    assert f"FAILED DumpTable {project.src}.orders (not required)" in done.out
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]


def test_everything_that_a_required_relation_reads_is_required(project: Project) -> None:
    require(project, "{dw}.paid")
    project.upstream("DROP TABLE orders")
    failed = project.luigi("LoadAll", code=30)
    assert "not required" not in failed.out


def test_a_required_failure_decides_whatever_else_is_optional(project: Project) -> None:
    require(project, "{src}.customers")
    project.upstream("DROP TABLE orders; DROP TABLE customers")
    failed = project.luigi("LoadAll", code=30)
    assert f"FAILED DumpTable {project.src}.customers" in failed.out
    assert f"FAILED DumpTable {project.src}.orders (not required)" in failed.out
    assert "The exit code is 0" not in failed.out


def test_relations_that_are_selected_by_name_are_required(project: Project) -> None:
    require(project, "{src}.customers")
    project.upstream("DROP TABLE orders")
    for command in (
        ("LoadAll", "--tables", "{src}.orders"),
        ("DumpTable", "--table", "{src}.orders", "--date", DATE),
    ):
        project.luigi(*command, code=30)


def test_by_default_everything_is_required(project: Project) -> None:
    project.write("{dw}/totals.sql", BROKEN)
    project.luigi("LoadAll", code=30)


def test_a_pattern_that_matches_nothing_is_a_fault_of_the_configuration(project: Project) -> None:
    require(project, "{src}.oders")
    failed = project.luigi("LoadAll", code=35)
    assert f"required_for_success: no relation matches '{project.src}.oders'" in failed.out
    assert f"did you mean '{project.src}.orders'" in failed.out


def test_such_a_pattern_is_found_before_a_run(project: Project) -> None:
    require(project, "{src}.oders")
    fault = f"data_warehouse.required_for_success: no relation matches '{project.src}.oders'"
    for options in (("--offline",), ()):
        assert f"Error: {fault}" in project.pipeline("validate", *options, code=3).text
    found = json.loads(project.pipeline("validate", "--json", code=3).out)
    assert [each["key"] for each in found["faults"]] == ["data_warehouse.required_for_success"]
    assert fault in project.pipeline("plan", "--date", DATE, code=3).text
    assert fault in project.luigi("LoadAll", "--dry-run", code=30).text
    project.pipeline("plan", "{src}.orders", "--date", DATE)  # selected by name
