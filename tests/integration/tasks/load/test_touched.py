"""Relations that somebody dropped, or replaced by others of their name, are loaded again."""

import json

import pytest

from tests.support.database import execute
from tests.support.projects.warehouse import Project, check_loaded

DROPPED = """
DROP TABLE {src}.customers;
DROP TABLE {src}.orders;
CREATE TABLE {src}.orders (id bigint, status varchar(40), note varchar(256), total numeric(12,2));
DROP TABLE {dw}.totals;
DROP VIEW {dw}.paid;
DELETE FROM {dw}.names
"""
"""Tables and a view are gone, one was made by hand, and one is empty."""


def change(project: Project, script: str) -> None:
    """Execute statements in the warehouse as its owner, one after the other."""
    names = {"etl": project.marker_schema, "src": project.src, "dw": project.dw}
    for statement in script.format(**names).split(";"):
        execute(project.environment["DATA_WAREHOUSE_ETL"], statement)


def found(project: Project) -> dict[str, list[str]]:
    """The state of each relation, without the schema, as ``status`` gives it."""
    status = json.loads(project.pipeline("status", "--json").out)
    return {each["relation"].partition(".")[2]: each["state"] for each in status}


def test_the_next_run_of_the_date_loads_again_what_is_not_there(project: Project) -> None:
    project.luigi("LoadAll")
    change(project, DROPPED)
    states = found(project)
    doctor = project.pipeline("doctor", code=None)

    assert states == {
        "customers": ["missing in the warehouse"],
        "orders": ["not the table that was loaded"],
        "totals": ["missing in the warehouse"],
        "paid": ["missing in the warehouse"],
        "names": ["ok"],
    }
    (line,) = (text for text in doctor.out.splitlines() if text.startswith(" relations "))
    missing = f"{project.dw}.paid, {project.dw}.totals, {project.src}.customers"
    assert f"missing in the warehouse: {missing}" in line
    assert f"not the table that was loaded: {project.src}.orders" in line
    assert "luigi --module pipeline LoadAll --local-scheduler" in line
    assert (
        f"to load them again: pipeline forget --downstream {project.dw}.names; then" in doctor.out
    )
    project.pipeline("forget", "{dw}.names", "--date", "2026-11-21")
    again = project.luigi("LoadAll")
    assert "FAILED" not in again.out
    assert again.out.count(" loaded\n") == 2, again.out
    assert again.out.count(" refreshed\n") == 3, again.out
    check_loaded(project)
    assert found(project) == {name: ["ok"] for name in states}
    assert "all 5 relations are complete" in project.luigi("LoadAll").out


def test_a_table_of_an_earlier_release_counts_as_loaded_while_it_exists(project: Project) -> None:
    """Its marker has no object id."""
    project.luigi("CopyAll")
    change(project, "UPDATE {etl}.table_updates SET object_id = NULL")
    assert "all 2 relations are complete" in project.luigi("CopyAll").out

    change(project, "DROP TABLE {src}.customers")
    project.luigi("CopyAll")
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]


@pytest.mark.parametrize("schema", ["dw", "etl"])
def test_a_schema_that_was_dropped_is_restored_without_the_administrator(
    project: Project, schema: str
) -> None:
    project.luigi("LoadAll")
    change(project, f"DROP SCHEMA {{{schema}}} CASCADE")
    doctor = project.pipeline("doctor", code=None)
    project.luigi("LoadAll", DATA_WAREHOUSE_ADMIN="")

    assert "luigi --module pipeline BootstrapWarehouse" in doctor.out
    check_loaded(project)
