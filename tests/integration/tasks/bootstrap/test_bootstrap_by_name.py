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
