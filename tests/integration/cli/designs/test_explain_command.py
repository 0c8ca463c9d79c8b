"""``pipeline explain``: the warehouse plans a query, whatever its text looks like."""

from tests.support.projects.warehouse import DESIGNS, Project

COMMENTED = """-- the first line is a comment, with 100 % and a quote's worth of trouble
/* another; one */
SELECT o.status, COUNT(*) AS orders, SUM(o.total)::numeric(18,2) AS total
FROM {src}.orders AS o -- in the middle
CROSS JOIN {src}.customers AS c
WHERE o.status LIKE '%n%'
GROUP BY o.status; -- at the end
"""


def test_comments_percent_signs_and_a_semicolon_are_accepted(project: Project) -> None:
    project.write("{dw}/totals.sql", COMMENTED)
    project.luigi("LoadAll")
    shown = project.pipeline("explain", "{dw}.totals")
    assert "Seq Scan on orders" in shown.out
    assert "Nested Loop: all pairs of rows are compared" in shown.out


def test_no_query_is_run_and_the_plan_of_another_server_is_marked(project: Project) -> None:
    project.luigi("LoadAll")
    markers = project.markers()
    shown = project.pipeline("explain", "{dw}.paid")
    assert "note: this plan is not Redshift's" in shown.out
    assert project.markers() == markers


def test_a_table_from_upstream_has_no_query_here(project: Project) -> None:
    refused = project.pipeline("explain", "{src}.orders", code=2)
    assert f"pipeline plan DumpTable {project.src}.orders --sql" in refused.err


def test_a_name_with_a_blank_is_quoted_in_what_is_suggested(project: Project) -> None:
    design = DESIGNS["{src}/public-orders.yaml"].replace("orders", "gift cards")
    project.write("{src}/public-gift%20cards.yaml", design)
    refused = project.pipeline("explain", "{src}.gift cards", code=2)
    assert f"pipeline plan DumpTable '{project.src}.gift cards' --sql" in refused.err


def test_a_relation_that_is_not_loaded_yet_is_named(project: Project) -> None:
    project.luigi("BootstrapWarehouse")
    failed = project.pipeline("explain", "{dw}.totals", code=4)
    assert f"{project.src}.orders" in failed.err


def test_a_function_that_only_the_leader_node_has_is_named_with_the_file(project: Project) -> None:
    project.luigi("LoadAll")
    query = DESIGNS["{dw}/totals.sql"].replace("GROUP", "WHERE {{}} > '2020-01-01' GROUP")
    project.write("{dw}/totals.sql", query.replace("{{}}", "GETDATE()"))
    project.pipeline("explain", "{dw}.totals")

    project.write("{dw}/totals.sql", query.replace("{{}}", "NOW()"))
    message = (
        f"{project.dw}/totals.sql: Specified types or functions (one per INFO message) not"
        ' supported on Amazon Redshift tables. Function or table "now" not supported.'
    )
    explained = project.pipeline("explain", "{dw}.totals", code=4)
    assert explained.err == f"Error: {message}\n"
    failed = project.luigi("RefreshCtas", "--table", "{dw}.totals", code=30)
    assert f"    {message}\n" in failed.out
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]
