"""Facts join the same rows of a dimension, whatever becomes of the rest of the run."""

import datetime as dt
import re
import shlex
import signal

import pytest

from tests.support.database import execute
from tests.support.projects.warehouse import Project

NEXT = ("--date", "2026-11-22")
LATER = ("--date", "2026-11-23")

FACT = {
    "{dw}/fact.yaml": """
name: {dw}.fact
source_name: CTAS
columns:
  - {{name: name_key, sql_type: bigint, not_null: true}}
  - {{name: id, sql_type: integer, not_null: true}}
  - {{name: orders, sql_type: bigint}}
""",
    "{dw}/fact.sql": """
SELECT d.name_key, d.id, (SELECT COUNT(*) FROM {src}.orders) AS orders
FROM {dw}.names AS d WHERE d.name_key <> 0
""",
    "{dw}/v_fact.yaml": "name: {dw}.v_fact\nsource_name: VIEW\ncolumns: [{{name: name_key}}]\n",
    "{dw}/v_fact.sql": "SELECT name_key FROM {dw}.fact",
}

MATCHED = (
    "SELECT COUNT(*), COUNT(d.id), SUM(CASE WHEN d.id <> f.id THEN 1 ELSE 0 END)"
    " FROM {dw}.fact AS f LEFT JOIN {dw}.names AS d ON d.name_key = f.name_key"
)
"""Facts, facts with a row of the dimension, and facts with another row than theirs."""

UPSTREAM = (
    "DELETE FROM customers WHERE id = 1; INSERT INTO customers VALUES (0, 'Nil'), (7, 'Zoe')"
)

NO_ORDERS = "ALTER TABLE orders RENAME TO orders_old"
ORDERS_BACK = "ALTER TABLE orders_old RENAME TO orders"


@pytest.fixture
def facts(project: Project) -> Project:
    """A project with a fact table that stores the keys of the dimension, and a view of it."""
    for path, text in FACT.items():
        project.write(path, text)
    return project


def keys(project: Project) -> dict[int, int]:
    return dict(project.rows("SELECT id, name_key FROM {dw}.names WHERE name_key <> 0"))


def advice(project: Project) -> list[str]:
    """The commands of ``pipeline`` by which the doctor has emptied relations loaded again."""
    found = project.pipeline("doctor", code=None).out
    return re.findall(r"to load them again: pipeline (forget .*?); then luigi", found)


def nullable_id(project: Project, constraints: str) -> None:
    """Change the dimension: a customer may have the id 0, and other keys are declared."""
    project.write(
        "{dw}/names.yaml",
        f"""
name: {{dw}}.names
source_name: CTAS
columns:
  - {{{{name: name_key, sql_type: bigint, identity: true, not_null: true}}}}
  - {{{{name: id, sql_type: integer}}}}
  - {{{{name: name, sql_type: varchar(256), not_null: true}}}}
constraints: {constraints}
""",
    )


def test_facts_that_are_not_refreshed_join_the_rows_that_they_joined(facts: Project) -> None:
    nullable_id(facts, "[{{surrogate_key: [name_key]}}, {{natural_key: [id]}}]")
    facts.luigi("LoadAll")
    before = keys(facts)
    facts.upstream(UPSTREAM)
    facts.upstream(NO_ORDERS)

    facts.luigi("LoadAll", *NEXT, code=30)

    after = keys(facts)
    assert {*after} == {0, 2, 3, 4, 7}
    assert {number: after[number] for number in (2, 3, 4)} == {
        number: before[number] for number in (2, 3, 4)
    }
    assert min(after[0], after[7]) > max(before.values())
    assert facts.rows(MATCHED) == [(4, 3, 0)]

    refresh = ("RefreshCtas", "--table", "{dw}.names", *LATER, "--workers", "1")
    second = ("kill_at", "before-commit-of-alter", "2")  # the first publishes the customers
    facts.program(*second, *refresh, "--local-scheduler", code=-signal.SIGKILL)
    facts.pipeline("forget", "{dw}.names", "--all-dates")
    facts.luigi(*refresh)

    assert keys(facts) == after


def test_without_a_natural_key_a_dimension_is_published_with_its_readers_or_not_at_all(
    facts: Project,
) -> None:
    nullable_id(facts, "{{surrogate_key: [name_key]}}")
    warned = facts.pipeline("validate", "--offline").err
    assert "without a natural_key, each load gives all rows new surrogate keys; " in warned
    facts.luigi("LoadAll")
    before = keys(facts)
    facts.upstream(UPSTREAM)
    facts.upstream(NO_ORDERS)

    plan = facts.pipeline("plan", "LoadAll", *NEXT).out
    ends = {line.split()[2]: line for line in plan.splitlines() if " RefreshCtas " in line}
    with_names = {name for name, line in ends.items() if line.endswith(f"with {facts.dw}.names")}
    assert with_names == {f"{facts.dw}.fact", f"{facts.dw}.v_fact"}, plan
    facts.luigi("LoadAll", *NEXT, code=30)
    facts.luigi("RefreshCtas", "--table", "{dw}.names", *NEXT, code=30)

    assert keys(facts) == before
    assert facts.rows(MATCHED) == [(4, 4, 0)]

    facts.upstream(ORDERS_BACK)
    facts.luigi("RefreshCtas", "--table", "{dw}.names", *NEXT)

    assert min(keys(facts).values()) > max(before.values())
    assert facts.rows(MATCHED) == [(5, 5, 0)]
    assert facts.rows("SELECT COUNT(*) FROM {dw}.v_fact") == [(5,)]
    assert facts.leftovers() == []
    done = facts.luigi("LoadAll", *NEXT).text
    assert f"{facts.dw}.fact" not in done


def test_facts_follow_a_dimension_that_was_dropped_or_emptied(facts: Project) -> None:
    today = ("--date", f"{dt.datetime.now(dt.UTC):%Y-%m-%d}")
    facts.luigi("LoadAll", *today)

    def loaded_after(damage: str, *commands: str) -> str:
        """Damage the dimension, follow the advice, and load; return the summary."""
        last = max(keys(facts).values())
        execute(facts.environment["DATA_WAREHOUSE_ETL"], damage.format(dw=facts.dw))
        for command in commands or advice(facts):
            facts.pipeline(*shlex.split(command))
        summary = facts.luigi("LoadAll", *today).out
        assert min(keys(facts).values()) > last
        assert facts.rows(MATCHED) == [(4, 4, 0)], summary
        return summary

    loaded_after("DROP TABLE {dw}.names CASCADE")
    loaded_after("DELETE FROM {dw}.names")
    loaded_after("DELETE FROM {dw}.names", "forget {dw}.names")

    facts.pipeline("forget", "{dw}.names")
    before = keys(facts)
    again = facts.luigi("LoadAll", *today).out
    assert keys(facts) == before
    assert "2 tasks done" in again, again
