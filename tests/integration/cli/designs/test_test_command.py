"""``pipeline test`` and ``pytest --designs``: what they run, print and return."""

import os
import re
import secrets
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from psycopg2.extensions import make_dsn

from tests.support.database import execute, query
from tests.support.paths import ROOT
from tests.support.processes import command_environment, run
from tests.support.projects.warehouse import Project

SCHEMAS = "SELECT nspname FROM pg_catalog.pg_namespace ORDER BY 1"

TOTALS = """
tests:
  - name: totals by status
    given:
      {src}.orders: |
        id,status,total
        1,new,1.00
        2,new,2.50
        3,paid,4.00
    expect:
      - {{status: new, orders: 2, total: 3.50}}
      - {{status: paid, orders: 1, total: 4.00}}
  - name: no status
    given: {{{src}.orders: [{{id: 1}}]}}
    expect: [{{status: none, orders: 1}}]
"""
NAMES = "tests: [{{name: a < b, given: {{{src}.customers: [{{id: 3}}]}}, expect: [{{id: 3}}]}}]"


@pytest.fixture
def tested(project: Project) -> Project:
    """A project in whose folder the shared stack runs, with three cases, of which one fails."""
    (project.folder / ".local").symlink_to(project.stack.home)
    project.write("{dw}/totals.tests.yaml", TOTALS)
    project.write("{dw}/names.tests.yaml", NAMES)
    return project


def test_cases_are_selected_and_reported_and_nothing_is_left(tested: Project) -> None:
    admin = tested.environment["DATA_WAREHOUSE_ADMIN"]
    before = query(admin, SCHEMAS)
    done = tested.pipeline("test", "--junit", "out.xml", code=7)
    names = f"FAILED {tested.dw}.totals::no status ({tested.dw}/totals.tests.yaml:13): "
    assert re.sub(r"\d+\.\d s", "1.0 s", done.out).splitlines() == [
        f"{names}1 row different",
        " row         status                      orders",
        " ──────────────────────────────────────────────",
        " different   expected none, found NULL   1",
        "",
        "3 cases of 2 relations: 1 FAILED (1.0 s).",
    ]
    suites = ET.parse(tested.folder / "out.xml").getroot()
    assert [(each.get("name"), each.get("tests"), each.get("failures")) for each in suites] == [
        (f"{tested.dw}.names", "1", "0"),
        (f"{tested.dw}.totals", "2", "1"),
    ]
    [failure] = suites.findall(".//failure")
    assert "expected none, found NULL" in failure.text
    assert suites.find(".//testcase").get("name") == "a < b"

    some = tested.pipeline("test", "{dw}.totals::totals*", "{dw}.names")
    assert some.out.startswith("2 cases of 2 relations: all passed (")
    assert "no case matches" in tested.pipeline("test", "{dw}.names::x", code=2).err
    assert "no folder x" in tested.pipeline("test", "--junit", "x/out.xml", code=2).err
    assert "have no tests" in tested.pipeline("test", "{dw}.paid", code=2).err
    assert query(admin, SCHEMAS) == before


def test_the_configured_warehouse_runs_them_in_schemas_of_their_own(tested: Project) -> None:
    admin = tested.environment["DATA_WAREHOUSE_ADMIN"]
    before = query(admin, SCHEMAS)
    user, password = f"{tested.dw}_user", f"Aa1{secrets.token_hex(12)}"
    execute(admin, f"CREATE USER {user} PASSWORD '{password}'", f"CREATE SCHEMA {tested.src}")
    try:
        words = ("test", "--warehouse", "{dw}.names", "{dw}.totals")
        etl = make_dsn(admin, user=user, password=password)
        refused = tested.pipeline(*words, code=4, DATA_WAREHOUSE_ETL=etl)
        done = tested.pipeline(*words, code=7, DATA_WAREHOUSE_ETL=admin)
    finally:
        execute(admin, f"DROP SCHEMA {tested.src}", f"DROP USER {user}")
    assert "permission denied" in refused.err
    assert "GRANT CREATE ON DATABASE" in refused.err
    assert "3 cases of 2 relations: 1 FAILED (" in done.out
    assert "etl_test_" not in done.out
    assert query(admin, SCHEMAS) == before


def test_a_faulty_file_is_a_fault_of_validate_and_test_and_of_no_task(tested: Project) -> None:
    tested.write("{dw}/totals.tests.yaml", TOTALS.replace("status: none", "state: none"))
    message = (
        f"{tested.dw}/totals.tests.yaml:15: tests[no status].expect: '{tested.dw}.totals' has"
    )
    assert f"{message} no column 'state'" in tested.pipeline("validate", "--offline", code=3).err
    assert message in tested.pipeline("test", "{dw}.names", code=3).err
    assert "INSERT INTO" in tested.pipeline("show", "{dw}.names").out, "tasks go on"


def test_a_stack_that_cannot_be_used_is_named(project: Project) -> None:
    project.write("{dw}/names.tests.yaml", NAMES)
    (project.folder / ".local").mkdir()
    (project.folder / ".local" / "state.json").write_text("{")
    failed = project.pipeline("test", code=4)
    assert "state.json cannot be read" in failed.err
    assert "Traceback" not in failed.err


def run_pytest(project: Project, *words: str) -> tuple[int, str]:
    """Run pytest in a project's folder, with the plugin as an installed package adds it."""
    environment = {**project.environment, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-p", "redshift_pipeline_pytest", "-p", "no:xdist"]
    done = run([*command, "-q", *words], cwd=project.folder, env=environment)
    return done.returncode, done.stdout


def test_each_case_is_a_test_of_pytest(tested: Project) -> None:
    (tested.folder / "test_other.py").write_text("def test_other(): pass\n")
    code, out = run_pytest(tested, "--designs", "designs")
    assert code == 1, out
    assert "1 failed, 3 passed" in out
    assert " different   expected none, found NULL   1\n" in out
    node = f"designs/{tested.dw}/totals.tests.yaml::"
    assert f"FAILED {node}no status" in out

    tested.write("{dw}/names.tests.yaml", NAMES.replace("id: 3}}]}}, expect", "x: 3}}]}}, expect"))
    code, out = run_pytest(tested, "--designs", "designs", f"{node}totals by status")
    assert code != 0
    assert f"{tested.dw}/names.tests.yaml:1: tests[a < b].given" in out


def test_without_its_option_the_plugin_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it(): assert not {'pipeline', 'luigi'} & sys.modules.keys()\n"
    )
    environment = command_environment(PYTHONPATH=str(ROOT))
    words = ["-m", "pytest", "-q", "-p", "redshift_pipeline_pytest", "-p", "no:xdist"]
    done = run([sys.executable, *words], cwd=tmp_path, env={**os.environ, **environment})
    assert "1 passed" in done.stdout, done.stdout
