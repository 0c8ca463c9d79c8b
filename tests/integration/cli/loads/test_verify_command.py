"""``pipeline verify``: values are compared with their sources, and nothing changes."""

import datetime as dt
import json

from tests.support.database import execute
from tests.support.projects.warehouse import Project

DIFFERENT = 5

FALSIFIED = """
UPDATE {src}.orders SET note = 'note 7 ' WHERE id = 7;
UPDATE {src}.orders SET status = NULL, total = 0 WHERE id = 6;
DELETE FROM {src}.orders WHERE id = 9;
INSERT INTO {src}.orders VALUES (2001, 'new', '', 1), (2002, NULL, NULL, 2);
UPDATE {dw}.totals SET orders = 1 WHERE status IS NULL;
"""


def change_warehouse(project: Project, script: str) -> None:
    text = script.format(src=project.src, dw=project.dw)
    execute(project.environment["DATA_WAREHOUSE_ETL"], text)


def compared(project: Project, *words: str, code: int = 0) -> dict[str, dict]:
    """Run the command; return its records by the name of the relation without its schema."""
    found = json.loads(project.pipeline("verify", "--json", *words, code=code).out)
    return {record["relation"].partition(".")[2]: record for record in found}


def test_what_was_loaded_equals_its_source_and_nothing_changes(project: Project) -> None:
    project.luigi("BootstrapWarehouse")
    empty = project.pipeline("verify")
    assert empty.out.count("not compared: it has not been loaded") == 4
    project.luigi("LoadAll")
    before = project.markers(), project.keys()
    shown = project.pipeline("verify")
    assert "5 relations: 4 equal to the source." in shown.out
    assert "not compared: a view has no rows of its own" in shown.out
    assert (project.markers(), project.keys()) == before
    assert project.leftovers() == []


def test_each_row_that_differs_is_counted_and_repaired(project: Project) -> None:
    project.luigi("LoadAll")
    change_warehouse(project, FALSIFIED)
    found = compared(project, code=DIFFERENT)
    assert found["orders"]["difference"] == {
        "changed": 2,
        "missing": 1,
        "surplus": 2,
        "columns": [["status", 1], ["note", 1], ["total", 1]],
    }
    assert found["orders"]["rows"] == 1000
    assert {name: record["state"] for name, record in found.items()} == {
        "customers": "equal",
        "names": "equal",
        "orders": "DIFFERENT",
        "paid": "not compared: a view has no rows of its own",
        "totals": "DIFFERENT",
    }
    shown = project.pipeline("verify", "{src}.orders", code=DIFFERENT)
    for text in ("id = 7: changed", "id = 9: missing", "id = 2001: surplus"):
        assert text in shown.out
    assert "note in 1 row" in shown.out

    project.pipeline("verify", "{src}", "--repair")
    assert {record["state"] for record in compared(project, "{src}", "{dw}.totals").values()} == {
        "equal"
    }


PAIRS = {
    "{dw}/pairs.yaml": """
name: {dw}.pairs
source_name: CTAS
columns:
  - {{name: expected, sql_type: bigint}}
  - {{name: found, sql_type: varchar(40)}}
  - {{name: total, sql_type: "numeric(12,2)"}}
constraints:
  - unique: [expected, found]
""",
    "{dw}/pairs.sql": """
SELECT id AS expected, status AS found, total
FROM {src}.orders
WHERE id IN (1, 3)
""",
}


def test_keys_that_are_called_as_the_numbers_of_rows_are_shown(project: Project) -> None:
    for path, text in PAIRS.items():
        project.write(path, text)
    project.luigi("LoadAll", "--tables", "{dw}.pairs")
    script = "UPDATE {dw}.pairs SET total = 0 WHERE expected = 1;"
    change_warehouse(project, f"{script} UPDATE {{dw}}.pairs SET found = 'b' WHERE expected = 3")
    shown = project.pipeline("verify", "{dw}.pairs", code=DIFFERENT).out
    for text in (
        "expected = 1, found = paid: changed",
        "expected = 3, found = b: surplus",
        "expected = 3, found = new: missing",
    ):
        assert text in shown


def test_a_repair_keeps_rows_of_a_date_after_today(project: Project) -> None:
    today = dt.datetime.now(dt.UTC).date()
    project.luigi("LoadAll", "--date", str(today))
    project.upstream("DELETE FROM orders WHERE id > 900")
    project.luigi("LoadAll", "--date", str(today + dt.timedelta(days=1)))
    change_warehouse(project, "DELETE FROM {dw}.totals")
    project.pipeline("verify", "{dw}.totals", "--repair")
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(900,)]
    assert project.rows("SELECT SUM(orders) FROM {dw}.totals") == [(900,)]


def test_changes_upstream_since_the_load_are_differences(project: Project) -> None:
    project.luigi("LoadAll")
    project.upstream("DELETE FROM orders WHERE id > 998; UPDATE customers SET name = 'Cy'")
    found = compared(project, code=DIFFERENT)
    assert found["orders"]["difference"]["surplus"] == 2
    assert found["customers"]["difference"]["changed"] == 4
    assert found["totals"]["state"] == "equal"  # its query reads the warehouse


def test_rows_of_a_table_without_a_key_are_counted_as_often_as_they_occur(
    project: Project,
) -> None:
    project.write(
        "{src}/public-events.yaml",
        """
name: {src}.events
source_name: {src}.public.events
columns:
  - {{name: kind, sql_type: varchar(20)}}
  - {{name: body, sql_type: super}}
""",
    )
    project.upstream(
        "CREATE TABLE events (kind text, body jsonb);"
        "INSERT INTO events VALUES ('a', '1'), ('a', '1'), ('a', '1'), (NULL, NULL), ('b', '{}')"
    )
    project.luigi("LoadAll", "--tables", "{src}.events")
    assert compared(project, "{src}.events")["events"]["state"] == "equal"
    project.upstream("DELETE FROM events WHERE ctid IN (SELECT min(ctid) FROM events)")
    project.upstream("INSERT INTO events VALUES (NULL, NULL)")
    found = compared(project, "{src}.events", code=DIFFERENT)["events"]["difference"]
    assert found == {"changed": 0, "missing": 1, "surplus": 1, "columns": []}


def test_a_table_whose_columns_were_altered_differs_and_is_repaired(project: Project) -> None:
    project.luigi("LoadAll")
    change_warehouse(project, "ALTER TABLE {src}.orders DROP COLUMN note")
    found = compared(project, "{src}.orders", code=DIFFERENT)["orders"]
    assert (found["rows"], found["difference"]) == (None, None)
    assert found["altered"] == "its columns are not those of the design: note is missing"
    shown = project.pipeline("verify", "{src}.orders", "--repair")
    assert f"{project.src}.orders: its columns are not those of the design" in shown.out
    assert compared(project, "{src}.orders")["orders"]["state"] == "equal"


def test_a_relation_that_cannot_be_compared_does_not_end_the_command(project: Project) -> None:
    project.luigi("LoadAll")
    project.upstream("ALTER TABLE orders RENAME TO renamed")
    shown = project.pipeline("verify", code=4)
    assert "public.orders" in shown.out
    assert "5 relations: 3 equal to the source." in shown.out
    assert project.keys("verify") == []
