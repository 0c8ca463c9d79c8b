"""Checks run before rows are published: what does not pass keeps its old rows, and says why."""

import json
import re
from collections.abc import Callable

import pytest

from tests.support.database import execute
from tests.support.projects.warehouse import Project

UPSTREAM = """
CREATE TABLE customers (id integer, email text, parent_id integer);
INSERT INTO customers VALUES (1, 'ann@example.com', NULL), (2, 'bob@example.com', 1);
CREATE TABLE orders (id integer, status text, total numeric(12,2), placed date, email text);
INSERT INTO orders SELECT i, 'paid', i, '2026-11-01', 'ann@example.com'
    FROM generate_series(1, 10) AS i;
CREATE TABLE lines (id integer, customer_id integer);
INSERT INTO lines VALUES (1, 1), (2, 2), (3, NULL);
CREATE TABLE payments (id integer);
INSERT INTO payments SELECT generate_series(1, 10);
CREATE TABLE notes (id integer, note text);
INSERT INTO notes VALUES (1, 'fine'), (2, 'fine, too');
"""

CHANGES = """
INSERT INTO customers VALUES (3, 'cid@example.com', 2);
INSERT INTO orders VALUES (11, 'lost', -1, NULL, 'secret of 11');
DELETE FROM lines;
INSERT INTO lines VALUES (4, 4), (5, 1);
INSERT INTO payments SELECT generate_series(8, 12);
INSERT INTO notes VALUES (3, NULL);
"""

TABLES = {
    "customers": """
columns:
  - {{name: id, sql_type: integer, checks: [unique, not_null]}}
  - {{name: email, sql_type: varchar(99), sensitive: true}}
  - {{name: parent_id, sql_type: integer}}
checks:
  - relationship: {{column: parent_id, to: "{src}.customers.id"}}
""",
    "orders": """
columns:
  - {{name: id, sql_type: integer}}
  - {{name: status, sql_type: varchar(9)}}
  - {{name: total, sql_type: "numeric(12,2)"}}
  - {{name: placed, sql_type: date}}
  - {{name: email, sql_type: varchar(99), sensitive: true}}
checks:
  - accepted_values: {{column: status, values: [new, paid]}}
  - range: {{column: total, min: 0}}
    name: nothing owed
  - range: {{column: placed, min: "2026-01-01"}}
  - not_null: placed
  - pattern: {{column: email, like: "%@%"}}
  - query: SELECT id, total, email, email AS alias FROM {{relation}} AS r WHERE total < 0
    name: owed
""",
    "lines": """
columns:
  - {{name: id, sql_type: integer}}
  - {{name: customer_id, sql_type: integer}}
checks:
  - relationship: {{column: customer_id, to: "{src}.customers.id"}}
    where: id > 0
""",
    "payments": """
columns: [{{name: id, sql_type: integer}}]
checks:
  - unique: id
  - row_count: {{min: 1, max_change: 30%}}
""",
    "notes": """
columns:
  - {{name: id, sql_type: integer}}
  - {{name: note, sql_type: varchar(99)}}
checks:
  - not_null: note
    severity: warn
""",
}

DERIVED = {
    "sums.yaml": """
source_name: CTAS
columns: [{{name: n, sql_type: bigint}}]
checks:
  - sum_equals: {{column: n, to: "SELECT COUNT(*) FROM {src}.customers WHERE id < 3"}}
""",
    "sums.sql": "SELECT COUNT(*) AS n FROM {src}.notes",
    "visible.yaml": """
source_name: VIEW
columns: [{{name: id}}, {{name: note}}]
checks:
  - query: SELECT * FROM {{relation}} WHERE note IS NULL
    name: no empty notes
""",
    "visible.sql": "WITH n AS (SELECT id, note FROM {src}.notes) SELECT id, note FROM n",
    "dim.yaml": """
source_name: CTAS
columns:
  - {{name: k, sql_type: bigint, identity: true, not_null: true}}
  - {{name: id, sql_type: integer}}
  - {{name: kind, sql_type: varchar(9), not_null: true}}
constraints: [{{surrogate_key: [k]}}]
checks:
  - accepted_values: {{column: kind, values: [customer]}}
""",
    "dim.sql": "SELECT id, 'customer' AS kind FROM {src}.customers",
    "fact.yaml": """
source_name: CTAS
columns: [{{name: k, sql_type: bigint}}]
checks:
  - relationship: {{column: k, to: "{dw}.dim.k"}}
  - row_count: {{max: 2}}
""",
    "fact.sql": "SELECT k FROM {dw}.dim WHERE k > 0",
}


def designs() -> dict[str, str]:
    head = "name: {{src}}.{0}\nsource_name: {{src}}.public.{0}"
    tables = {f"{{src}}/public-{n}.yaml": head.format(n) + text for n, text in TABLES.items()}
    derived = {
        f"{{dw}}/{file}": (f"name: {{dw}}.{file[:-5]}" if file.endswith("yaml") else "") + text
        for file, text in DERIVED.items()
    }
    return {**tables, **derived}


DAY, NEXT = "2026-11-21", "2026-11-22"

FAILURES = """
FAILED CopyTable src.payments
    src.payments: the new rows do not pass 2 checks; the table keeps its old rows.
    id unique: 6 wrong rows, such as (id = 10, occurrences = 2); (id = 8, occurrences = 2); (id
    row_count: 15 rows after 10; a change of at most 30% expected
    Fix the rows upstream and run 'pipeline forget src.payments --date 2026-11-22', so that the
    If the number of rows is right, run 'pipeline forget src.payments --all-dates' and start again
    Wrong rows, up to 100 of each check, are in etl.check_failures.
FAILED CopyTable src.orders
    src.orders: the new rows do not pass 5 checks; the table keeps its old rows.
    status accepted_values: 1 wrong row, such as (id = 11, status = lost, total = -1.00, placed
    nothing owed (range): 1 wrong row, such as (id = 11, total = -1.00, status = lost, placed =
    placed not_null: 1 wrong row, such as (id = 11, placed = NULL, status = lost, total = -1.00)
    email pattern: 1 wrong row, such as (id = 11, status = lost, total = -1.00, placed = NULL)
    owed (query): 1 wrong row, such as (id = 11, total = -1.00)
FAILED CopyTable src.lines
    customer_id relationship: 1 wrong row, such as (id = 4, customer_id = 4)
FAILED RefreshCtas dw.sums
    n sum_equals: 3, not 2
    Fix the query; or fix the rows upstream and run 'pipeline forget +dw.sums --date 2026-11-22
FAILED RefreshCtas dw.visible
    dw.visible: the new rows do not pass 1 check; the view stays as it was.
    no empty notes (query): 1 wrong row, such as (id = 3, note = NULL)
FAILED RefreshCtas dw.dim
    dw.fact: the new rows do not pass 1 check; the table keeps its old rows.
    row_count: 3 rows; at most 2 expected
"""


@pytest.fixture
def shop(new_project: Callable[..., Project]) -> Project:
    """All checks passed when this was loaded, and most of them fail upstream since."""
    project = new_project(UPSTREAM, designs())
    project.luigi("BootstrapWarehouse")
    assert "18 checks of 9 relations: 18 not run." in project.pipeline("check").out
    loaded = project.luigi("LoadAll", "--date", DAY)
    assert "loaded, 3 checks passed" in loaded.out
    project.upstream(CHANGES)
    return project


def plain(project: Project, text: str) -> str:
    """Replace the names of the project's schemas, and sort the duplicates."""
    names = {"src": project.src, "dw": project.dw, "etl": project.marker_schema}
    for name, found in names.items():
        text = text.replace(found, name)
    return re.sub(r"(\(id = \d+, occurrences = 2\)(?:; )?)+", sorted_rows, text)


def sorted_rows(found: re.Match[str]) -> str:
    return "; ".join(sorted(found[0].split("; ")))


def test_what_does_not_pass_keeps_its_rows_and_a_changed_check_runs_again(shop: Project) -> None:
    check_failures(shop)
    check_results(shop)
    check_commands(shop)
    check_changed(shop)


def test_a_table_that_was_created_and_never_loaded_is_not_checked(
    new_project: Callable[..., Project],
) -> None:
    """Its first load failed, or it was dropped. Rows without a marker are checked."""
    project = new_project(UPSTREAM, designs())
    project.luigi("BootstrapWarehouse")
    project.luigi("CreateTable", "--table", "{src}.orders")
    shown = project.pipeline("check", "{src}.orders").out
    assert "not run: the relation has not been loaded" in shown
    assert "6 checks of 1 relation: 6 not run." in shown
    assert project.rows("SELECT COUNT(*) FROM {etl}.check_results") == [(0,)]
    project.luigi("CopyTable", "--table", "{src}.orders")
    assert "1 relation: 6 passed." in project.pipeline("check", "{src}.orders").out
    empty = f"ALTER TABLE {project.src}.orders RENAME TO was; CREATE TABLE {project.src}.orders"
    execute(project.environment["DATA_WAREHOUSE_ETL"], f"{empty} (LIKE {project.src}.was)")
    assert "1 relation: 6 not run." in project.pipeline("check", "{src}.orders").out
    project.luigi("CopyTable", "--table", "{src}.orders")
    project.pipeline("forget", "{src}.orders", "--all-dates")
    assert "1 relation: 6 passed." in project.pipeline("check", "{src}.orders").out


def check_failures(project: Project) -> None:
    """Each kind of check fails: old rows stay, and the wrong ones are shown."""
    failed = project.luigi("LoadAll", "--date", NEXT, code=30)
    out = plain(project, failed.out)
    for line in FAILURES.strip().splitlines():
        assert line in out
    assert "secret" not in failed.text
    warning = "loaded, warning: note not_null: 1 wrong row, such as (id = 3, note = NULL)"
    assert warning in out
    assert project.rows(
        "SELECT (SELECT COUNT(*) FROM {src}.orders), (SELECT COUNT(*) FROM {src}.lines),"
        " (SELECT COUNT(*) FROM {src}.payments), (SELECT n FROM {dw}.sums),"
        " (SELECT COUNT(*) FROM {dw}.dim), (SELECT COUNT(*) FROM {dw}.fact),"
        " (SELECT COUNT(*) FROM {src}.notes)"
    ) == [(10, 3, 10, 2, 3, 2, 3)]
    assert project.leftovers() == []


def check_results(project: Project) -> None:
    """Results and wrong rows outlive the rollback, without sensitive values."""
    counted = "SELECT passed, COUNT(*) FROM {etl}.check_results WHERE run_date = DATE '2026-11-22'"
    assert sorted(project.rows(f"{counted} GROUP BY passed")) == [(False, 12), (True, 6)]
    kept = project.rows("SELECT target_table, check_name, wrong_row FROM {etl}.check_failures")
    rows = {(name.partition(".")[2], check): json.loads(row) for name, check, row in kept}
    wrong = {"id": 11, "status": "lost", "total": "-1.00", "placed": None}
    assert rows["orders", "email pattern"] == wrong
    assert rows["orders", "owed"] == {"id": 11, "total": "-1.00"}
    assert rows["visible", "no empty notes"] == {"id": 3, "note": None}
    assert len(kept) == 11


def check_commands(project: Project) -> None:
    """``status`` counts results, ``check`` runs checks on the rows that are there."""
    found = json.loads(project.pipeline("status", "--json").out)
    states = {each["relation"].partition(".")[2]: each["checks"] for each in found}
    assert not any(each["published"] for each in states.values())
    assert {name: [*each.values()][2:] for name, each in states.items()} == {
        "customers": [3, 0, 0, 0],
        "dim": [1, 0, 0, 0],
        "fact": [1, 1, 0, 0],
        "lines": [0, 1, 0, 0],
        "notes": [0, 0, 1, 0],
        "orders": [1, 5, 0, 0],
        "payments": [0, 2, 0, 0],
        "sums": [0, 1, 0, 0],
        "visible": [0, 1, 0, 0],
    }
    shown = project.pipeline("check", code=5)
    assert "no empty notes (query): 1 wrong row, such as (id = 3, note = NULL)" in shown.out
    assert "18 checks of 9 relations: 16 passed, 1 FAILED, 1 with a warning." in shown.out
    planned = project.pipeline("plan", "--sql", "--date", "2026-11-23", "{src}.payments").out
    assert "COUNT(*) AS check_0" in planned
    assert "HAVING COUNT(*) > 1" in planned
    records = json.loads(project.pipeline("check", "--json", "{src}.notes").out)
    assert [each["rows"] for each in records] == [[{"id": 3, "note": None}]]
    assert project.rows("SELECT COUNT(*) FROM {etl}.check_results WHERE task = 'check'") == [(19,)]


def check_changed(project: Project) -> None:
    """A changed check runs on the published rows, whose task waits for it; nothing is loaded."""
    words = ("LoadAll", "--date", DAY, "--tables", "{src}.orders")
    loaded = project.rows(
        "SELECT MAX(inserted_at) FROM {etl}.table_updates WHERE task = 'CopyTable'"
    )
    change = TABLES["orders"].replace("min: 0", "min: 2")
    write_orders(project, change)
    planned = project.luigi(*words, "--dry-run", "--sql").out
    assert "only its checks" in planned
    assert "its rows stay" in planned
    assert "COPY" not in planned
    failed = project.luigi(*words, code=30).out
    assert "the rows in the warehouse do not pass 1 check; what reads them waits." in failed
    assert "nothing owed (range): 1 wrong row" in failed
    assert "checks failed" in state_of_orders(project)
    write_orders(project, TABLES["orders"])
    assert "checks failed" not in state_of_orders(project), "these were other checks"
    write_orders(project, change.replace("owed\n", "owed\n    severity: warn\n", 1))
    checked = project.luigi(*words).out
    assert "checked, 5 checks passed; warning: nothing owed (range): 1 wrong row" in checked
    assert "there was nothing to do" in project.luigi(*words).out
    assert loaded == project.rows(
        "SELECT MAX(inserted_at) FROM {etl}.table_updates WHERE task = 'CopyTable'"
    )


def state_of_orders(project: Project) -> list[str]:
    [found] = json.loads(project.pipeline("status", "--json", "{src}.orders").out)
    return found["state"]


def write_orders(project: Project, text: str) -> None:
    head = "name: {src}.orders\nsource_name: {src}.public.orders"
    project.write("{src}/public-orders.yaml", head + text)
