"""A faulty query: found in its file before it runs, or reported with its position there."""

from tests.support.projects.warehouse import DESIGNS, Project

REFUSED = """

-- the names are right: only the warehouse knows what can be compared
SELECT status, COUNT(*) AS orders,
    SUM(total)::numeric(18,2) AS total
FROM {src}.orders
WHERE total > (note = 'a')
GROUP BY status;
"""


def test_a_query_that_the_warehouse_refuses_is_reported_with_file_and_line(
    project: Project,
) -> None:
    project.luigi("LoadAll")
    project.write("{dw}/totals.sql", REFUSED)
    project.write("{dw}/paid.sql", "SELECT total FROM {src}.orders WHERE total > (note = 'a')")
    checked = "\nchecks: [{{not_null: total}}]\n"
    project.write("{dw}/paid.yaml", DESIGNS["{dw}/paid.yaml"] + checked)
    failed = project.luigi("LoadAll", code=30)
    problem = "operator does not exist: numeric > boolean. No operator matches the"
    lines = [line.strip() for line in failed.out.splitlines()]
    place = f"{project.dw}/totals.sql:7: column 13"
    [told] = [line for line in lines if line.startswith(f"{place}: {problem}")]
    assert lines[lines.index(told) + 1] == "WHERE total > (note = 'a')"
    column = len(f"SELECT total FROM {project.src}.orders WHERE total >")
    assert f"{project.dw}/paid.sql:1: column {column}: {problem}" in failed.out  # not the check
    assert "[in:" not in failed.out
    explained = project.pipeline("explain", f"{project.dw}.totals", code=4)
    assert explained.err.startswith(f"Error: {place}: {problem}")


def test_missing_columns_are_found_before_anything_is_loaded(project: Project) -> None:
    project.luigi("LoadAll")
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"].replace("(total)", "(totl)"))
    failed = project.luigi("LoadAll", code=35)
    message = (
        f"{project.dw}/totals.sql:2: column 40: 'totl' is not a column of '{project.src}.orders';"
        " did you mean 'total'?"
    )
    assert message in failed.out
    checked = project.pipeline("validate", "--offline", code=3)
    assert checked.err == f"Error: {message}\n"


def test_values_that_a_star_puts_into_other_columns_are_found_before_anything_is_loaded(
    project: Project,
) -> None:
    nullable = DESIGNS["{dw}/names.yaml"].replace("(256), not_null: true", "(256)")
    project.write("{dw}/names.yaml", nullable)
    project.write("{dw}/names.sql", "SELECT c.* FROM {src}.customers AS c")
    project.luigi("LoadAll")
    assert ("Ann",) in project.rows("SELECT name FROM {dw}.names")
    customers = DESIGNS["{src}/public-customers.yaml"]
    swapped = customers.replace("{{name: name,", "{{name: called, source_name: name,")
    project.write("{src}/public-customers.yaml", swapped)
    failed = project.luigi("LoadAll", code=35)
    message = (
        f"{project.dw}/names.sql: query and design differ: the query does not return name;"
        " the design does not have called"
    )
    assert message in failed.out


def test_a_failing_query_is_reported_with_its_file_and_keeps_the_old_rows(
    project: Project,
) -> None:
    project.luigi("LoadAll")
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"].replace("total)", "total / 0)"))
    failed = project.luigi("LoadAll", code=30)
    assert f"FAILED RefreshCtas {project.dw}.totals" in failed.out
    assert f"    {project.dw}/totals.sql: division by zero\n" in failed.out
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]
