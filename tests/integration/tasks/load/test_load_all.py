"""LoadAll on real services: complete after a run, then idle, then only what changed."""

from pipeline.local.stack import BUCKET
from tests.support.projects.warehouse import DATE, DESIGNS, HALF, Project


def load(project: Project, *words: str) -> str:
    return project.luigi("LoadAll", *words).out


def done_relations(project: Project, summary: str) -> set[str]:
    names = {project.src: "src", project.dw: "dw"}
    found = set()
    for line in summary.splitlines():
        first = line.split()[:1]
        schema, dot, table = (first or [""])[0].partition(".")
        if dot and schema in names:
            found.add(f"{names[schema]}.{table}")
    return found


def test_everything_is_loaded_and_a_second_run_does_nothing(project: Project) -> None:
    load(project)
    assert project.rows("SELECT COUNT(*), SUM(total) FROM {src}.orders") == [(1000, 625625)]
    assert project.rows("SELECT id, name FROM {src}.customers ORDER BY id") == [
        (1, "Ann"),
        (2, "Bob 'the' \"builder\""),
        (3, None),
        (4, ""),
    ]
    assert project.rows("SELECT SUM(orders), SUM(total) FROM {dw}.totals") == [(1000, 625625)]
    assert project.rows("SELECT COUNT(*) FROM {dw}.paid") == [(1,)]
    markers, keys = project.markers(), project.keys()
    history = project.rows("SELECT COUNT(*) FROM {etl}.task_history")

    second = load(project)
    assert f"Run of {DATE}: all 5 relations are complete; there was nothing to do." in second
    assert (project.markers(), project.keys()) == (markers, keys)
    assert project.rows("SELECT COUNT(*) FROM {etl}.task_history") == history


def test_a_dimension_has_keys_from_one_and_a_row_with_key_zero(project: Project) -> None:
    load(project, "--tables", "{dw}.names")
    rows = project.rows("SELECT name_key, id, name FROM {dw}.names ORDER BY name_key")
    assert rows[0] == (0, 0, "N/A")
    assert sorted(row[1:] for row in rows[1:]) == [
        (1, "Ann"),
        (2, "Bob 'the' \"builder\""),
        (3, "(none)"),
        (4, ""),
    ]
    keys = [row[0] for row in rows[1:]]
    assert min(keys) >= 1
    assert len(set(keys)) == 4


def uploaded(project: Project, name: str) -> list[str]:
    """The uploaded texts of a design, of all its versions."""
    client = project.s3()
    return [
        client.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
        for key in project.keys("/designs/")
        if name in key
    ]


def test_a_selection_runs_what_it_needs_and_nothing_else(project: Project) -> None:
    summary = load(project, "--tables", "{dw}.paid")
    assert done_relations(project, summary) == {"src.orders", "dw.totals", "dw.paid"}


def test_a_changed_query_is_done_again_with_its_dependents_and_nothing_else(
    project: Project,
) -> None:
    load(project)
    project.write("{dw}/totals.sql", HALF)
    summary = load(project)
    assert done_relations(project, summary) == {"dw.totals", "dw.paid"}
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(500,)]
    assert any("WHERE id <= 500" in text for text in uploaded(project, "totals.")), "not uploaded"


def test_a_changed_condition_is_uploaded_although_the_ddl_is_the_same(project: Project) -> None:
    load(project)
    changed = "extract_settings: {{condition: id <= 500}}\n"
    project.write(
        "{src}/public-orders.yaml", changed + DESIGNS["{src}/public-orders.yaml"].lstrip()
    )
    load(project)
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(500,)]
    assert any("id <= 500" in text for text in uploaded(project, "orders.")), "not uploaded"


def test_a_comment_in_a_query_changes_nothing(project: Project) -> None:
    load(project)
    project.write("{dw}/totals.sql", "-- a comment\n" + DESIGNS["{dw}/totals.sql"])
    before = project.markers()
    load(project)
    assert project.markers() == before


def test_a_new_column_is_dumped_created_and_loaded(project: Project) -> None:
    load(project)
    project.upstream("ALTER TABLE customers ADD COLUMN city text DEFAULT 'Kyiv – Київ'")
    project.write(
        "{src}/public-customers.yaml",
        DESIGNS["{src}/public-customers.yaml"].replace(
            "constraints:", "  - {{name: city, sql_type: varchar(256)}}\nconstraints:"
        ),
    )
    summary = load(project)
    assert done_relations(project, summary) == {"src.customers", "dw.names"}
    assert project.rows("SELECT DISTINCT city FROM {src}.customers") == [("Kyiv – Київ",)]


def test_the_next_day_loads_the_rows_of_the_next_day(project: Project) -> None:
    load(project)
    project.upstream("DELETE FROM orders WHERE id > 10")
    load(project, "--date", "2026-11-22")
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(10,)]
    assert "there was nothing to do" in load(project)


def test_rows_that_another_prefix_replaced_are_loaded_again(project: Project) -> None:
    load(project)
    project.write("{dw}/totals.sql", HALF)
    load(project, "--tables", "{dw}.totals", "--warehouse-prefix", f"{project.prefix}-wip")
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(500,)]
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"])
    summary = load(project)
    assert done_relations(project, summary) == {"src.orders", "dw.totals"}
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]


def test_forgotten_work_is_done_again(project: Project) -> None:
    load(project)
    project.upstream("UPDATE customers SET name = 'Anna' WHERE id = 1")
    project.pipeline("forget", "{src}.customers", "--date", DATE, "--downstream")
    summary = load(project)
    assert done_relations(project, summary) == {"src.customers", "dw.names"}
    assert project.rows("SELECT name FROM {dw}.names WHERE id = 1") == [("Anna",)]
