"""A query reads a relation that others maintain."""

import pytest

from tests.support.projects.warehouse import DESIGNS, Project, change_configuration

CLICKS = {
    "{dw}/clicks.yaml": """
name: {dw}.clicks
source_name: CTAS
columns:
  - {{name: id, sql_type: integer}}
""",
    "{dw}/clicks.sql": """
SELECT k.id
FROM other_{src}.clicks AS k
JOIN {src}.customers AS c
    ON c.id = k.id
""",
}
CUSTOMERS = "{src}/public-customers.yaml"


@pytest.fixture
def reading(new_project) -> Project:
    project = new_project(designs={**CLICKS, CUSTOMERS: DESIGNS[CUSTOMERS]})
    other = f"other_{project.src}"
    change_configuration(
        project, lambda raw: raw["data_warehouse"].update(external=[f"{other}.*"])
    )
    project.luigi("BootstrapWarehouse")
    return project


def test_an_external_relation_must_exist_and_has_no_task(reading):
    other = f"other_{reading.src}"
    missing = f"{other}.clicks, which data_warehouse.external declares, cannot be read: "
    failed = reading.luigi("LoadAll", code=30)
    assert missing in failed.out
    assert "ask them to create it, or to grant" in failed.out
    assert missing in " ".join(reading.pipeline("doctor", code=None).out.split())

    reading.rows(f"CREATE SCHEMA {other} AUTHORIZATION dw", "ADMIN")
    reading.rows(f"CREATE TABLE {other}.clicks (id int)")
    reading.rows(f"INSERT INTO {other}.clicks VALUES (2), (7)")

    assert "1 relation can be read" in reading.pipeline("doctor", code=None).out
    assert "on clicks k" in reading.pipeline("explain", "{dw}.clicks").out
    assert other not in reading.pipeline("plan").out
    reading.luigi("LoadAll")
    assert reading.rows("SELECT id FROM {dw}.clicks") == [(2,)]
