"""BootstrapWarehouse by name restores revoked grants; a nightly run trusts the marker."""

import pytest

from tests.support.projects.warehouse import Project, new_owner

TAKEN = "REVOKE USAGE ON SCHEMA {src} FROM GROUP readers_{src}"
RESTORED = 'GRANT USAGE\nON SCHEMA "{src}"\nTO GROUP "readers_{src}"'


@pytest.fixture
def spoilt(project: Project) -> Project:
    """A loaded project with its own groups, after an administrator revoked a privilege."""
    new_owner(project)
    project.luigi("CopyTable", "--table", "{src}.customers")
    project.rows(TAKEN, "ADMIN")
    return project


def test_the_plan_shows_missing_grants_and_the_task_restores_them(spoilt: Project) -> None:
    planned = spoilt.pipeline("plan", "BootstrapWarehouse", "--sql")
    statements = planned.out.split("BEGIN;")[1]
    assert statements.strip().startswith(RESTORED.format(src=spoilt.src))
    assert statements.count(";") == 2, planned.out

    done = spoilt.luigi("BootstrapWarehouse")
    again = spoilt.luigi("BootstrapWarehouse", DATA_WAREHOUSE_ADMIN="")

    assert done.err.count("warehouse: GRANT USAGE") == 1
    assert "1 statement executed" in done.err
    assert "there was nothing to do" in again.out
    after = spoilt.pipeline("plan", "BootstrapWarehouse")
    assert "nothing would run" in after.out


def test_without_the_administrator_missing_grants_are_an_error(spoilt: Project) -> None:
    failed = spoilt.luigi("BootstrapWarehouse", DATA_WAREHOUSE_ADMIN="", code=30)
    assert "DATA_WAREHOUSE_ADMIN is not set" in failed.out


def test_a_nightly_run_needs_no_administrator_even_if_grants_are_missing(spoilt: Project) -> None:
    done = spoilt.luigi("CopyAll", "--date", "2026-11-22", DATA_WAREHOUSE_ADMIN="")
    assert "GRANT USAGE" not in done.err


LOCKED_OUT = (
    "ALTER TABLE {etl}.table_updates OWNER TO admin",
    "REVOKE ALL ON {etl}.table_updates FROM GROUP etl_{src}",
)


def test_a_marker_table_that_the_owner_cannot_read_is_restored(spoilt: Project) -> None:
    """The advice of the doctor works: the administrator restores it."""
    for statement in LOCKED_OUT:
        spoilt.rows(statement, "ADMIN")
    found = spoilt.pipeline("doctor", code=4)
    planned = spoilt.pipeline("plan", "BootstrapWarehouse", "--sql")
    alone = spoilt.luigi("BootstrapWarehouse", DATA_WAREHOUSE_ADMIN="", code=30)
    done = spoilt.luigi("BootstrapWarehouse")

    owner = f"owner_{spoilt.src}"
    assert f"'{owner}' may not read a table of the schema {spoilt.marker_schema}" in found.out
    assert "3 statements to be executed" in found.out
    assert f'"table_updates"\nOWNER TO "{owner}";' in planned.out
    assert "DATA_WAREHOUSE_ADMIN is not set" in alone.out
    assert "3 statements executed" in done.err
    assert "there was nothing to do" in spoilt.luigi("BootstrapWarehouse").out
    again = spoilt.luigi("CopyTable", "--table", "{src}.customers", DATA_WAREHOUSE_ADMIN="")
    assert "there was nothing to do" in again.out


def test_a_run_restores_a_marker_table_that_the_owner_cannot_read(spoilt: Project) -> None:
    for statement in LOCKED_OUT:
        spoilt.rows(statement, "ADMIN")
    done = spoilt.luigi("CopyAll", "--date", "2026-11-22")
    assert "3 statements executed" in done.err
