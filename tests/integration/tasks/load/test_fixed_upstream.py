"""Rows that were fixed upstream are loaded once the command that the message names has run."""

import re
import shlex
from collections.abc import Callable

from tests.support.projects.warehouse import DATE, Project

UPSTREAM = """
CREATE TABLE people (id integer, name text);
INSERT INTO people VALUES (1, 'Ann'), (1, 'Bob');
CREATE TABLE notes (id integer, note text);
INSERT INTO notes VALUES (1, 'short'), (2, 'too long');
CREATE TABLE orders (id integer, customer integer, total numeric(12,2));
INSERT INTO orders VALUES (1, 7, 0.10), (2, 7, 0.20);
CREATE TABLE fees (id integer, fee double precision, rate real);
INSERT INTO fees VALUES (1, 0.1, 0.1), (2, 0.2, 0.1);
"""

FIXED = """
DELETE FROM people WHERE name = 'Bob';
UPDATE notes SET note = 'fits' WHERE id = 2;
UPDATE orders SET customer = 8 WHERE id = 2;
"""

DESIGNS = {
    "{src}/public-people.yaml": """
name: {src}.people
source_name: {src}.public.people
columns: [{{name: id, sql_type: integer}}, {{name: name, sql_type: varchar(9)}}]
constraints: [{{primary_key: [id]}}]
""",
    "{src}/public-notes.yaml": """
name: {src}.notes
source_name: {src}.public.notes
columns: [{{name: id, sql_type: integer}}, {{name: note, sql_type: varchar(5)}}]
""",
    "{src}/public-orders.yaml": """
name: {src}.orders
source_name: {src}.public.orders
columns:
  - {{name: id, sql_type: integer}}
  - {{name: customer, sql_type: integer}}
  - {{name: total, sql_type: 'numeric(12,2)'}}
checks:
  - sum_equals: {{column: total, to: SELECT SUM(fee) FROM {src}.fees}}
""",
    "{src}/public-fees.yaml": """
name: {src}.fees
source_name: {src}.public.fees
columns:
  - {{name: id, sql_type: integer}}
  - {{name: fee, sql_type: double precision}}
  - {{name: rate, sql_type: real}}
checks:
  - range: {{column: rate, min: 0.1, max: 0.1}}
""",
    "{dw}/customers.yaml": """
name: {dw}.customers
source_name: CTAS
columns: [{{name: customer, sql_type: integer}}]
constraints: [{{primary_key: [customer]}}]
""",
    "{dw}/customers.sql": "SELECT customer FROM {dw}.every",
    "{dw}/every.yaml": """
name: {dw}.every
source_name: CTAS
columns: [{{name: customer, sql_type: integer}}]
""",
    "{dw}/every.sql": "SELECT customer FROM {src}.orders",
    "{dw}/single.yaml": """
name: {dw}.single
source_name: VIEW
columns: [{{name: customer}}, {{name: n}}]
checks: [{{range: {{column: n, max: 1}}}}]
""",
    "{dw}/single.sql": "SELECT customer, COUNT(*) AS n FROM {src}.orders GROUP BY customer",
    "{dw}/rates.yaml": """
name: {dw}.rates
source_name: VIEW
columns: [{{name: rate}}]
checks: [{{range: {{column: rate, min: '0.1', max: '0.1'}}}}]
""",
    "{dw}/rates.sql": "SELECT rate FROM {src}.fees",
}

COMMAND = re.compile("run '(pipeline forget [^']+)'")


def test_the_command_of_a_failure_has_fixed_rows_loaded(
    new_project: Callable[..., Project],
) -> None:
    """Keys, values, derived tables and views; the checks of floats pass all the time."""
    project = new_project(UPSTREAM, DESIGNS)
    project.luigi("BootstrapWarehouse")
    failed = project.luigi("LoadAll", code=30).out
    commands = COMMAND.findall(failed)
    src, dw = project.src, project.dw
    assert sorted(commands) == sorted(
        (
            f"pipeline forget {src}.people --date {DATE}",
            f"pipeline forget {src}.notes --date {DATE}",
            f"pipeline forget +{dw}.customers --date {DATE} --downstream",
            f"pipeline forget +{dw}.single --date {DATE} --downstream",
        )
    ), failed

    project.upstream(FIXED)
    assert "key (customer) is not unique" in project.luigi("LoadAll", code=30).out
    for command in commands:
        project.pipeline(*shlex.split(command)[1:])
    project.luigi("LoadAll")

    counted = "SELECT (SELECT COUNT(*) FROM {src}.people), (SELECT MAX(note) FROM {src}.notes)"
    assert project.rows(counted) == [(1, "short")]
    assert sorted(project.rows("SELECT customer FROM {dw}.customers")) == [(7,), (8,)]
    assert sorted(project.rows("SELECT customer, n FROM {dw}.single")) == [(7, 1), (8, 1)]
