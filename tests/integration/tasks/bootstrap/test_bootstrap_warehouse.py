"""BootstrapWarehouse by the real command: it executes only the difference, also concurrently."""

import json
import os
import pty
import re
import sys
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.support.processes import start
from tests.support.projects.warehouse import Project, change_configuration, new_owner

OWN_SCHEMAS = """
SELECT nspname FROM pg_catalog.pg_namespace
WHERE nspname IN ('{src}', '{dw}', '{etl}', '{src}_more')
"""


def bootstrap(project: Project, *words: str, **environment: str) -> str:
    return project.luigi("BootstrapWarehouse", *words, **environment).text


def test_a_source_that_is_added_brings_its_schema_at_the_next_run(project: Project) -> None:
    bootstrap(project)
    assert sorted(project.rows(OWN_SCHEMAS)) == sorted(
        [(project.src,), (project.dw,), (project.marker_schema,)]
    )
    change_configuration(
        project, lambda raw: raw["sources"].append({"name": f"{project.src}_more"})
    )

    said = bootstrap(project)

    assert (f"{project.src}_more",) in project.rows(OWN_SCHEMAS)
    assert said.count("warehouse: CREATE SCHEMA") == 1
    assert "there was nothing to do" in bootstrap(project)


def test_log_files_get_the_statements_and_terminals_their_number(project: Project) -> None:
    """In a file: every statement, and the number. On a terminal: the number."""
    seen, terminal = pty.openpty()
    words = (sys.executable, "-m", "luigi", "--module", "pipeline", "BootstrapWarehouse")
    process = start(
        [*words, "--local-scheduler"],
        cwd=project.folder,
        env=project.environment,
        stderr=terminal,
        stdout=terminal,
    )
    os.close(terminal)
    shown = read_to_the_end(seen)
    assert process.wait(timeout=240) == 0, shown
    assert "warehouse: CREATE" not in shown
    executed = re.search(r"warehouse: (\d+) statements executed", shown)
    assert executed, shown

    change_configuration(
        project, lambda raw: raw["sources"].append({"name": f"{project.src}_more"})
    )
    said = bootstrap(project)
    assert said.count("warehouse: CREATE SCHEMA") == 1
    assert re.search(r"warehouse: \d+ statements executed", said)


def read_to_the_end(terminal: int) -> str:
    """What a process writes to a terminal until it ends."""
    blocks = []
    with suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as stream:
        while block := stream.read(65536):
            blocks.append(block)
    return b"".join(blocks).decode()


def test_a_removed_source_and_objects_of_others_stay(project: Project) -> None:
    bootstrap(project)
    project.rows(f"CREATE SCHEMA mine_{project.src}", "ADMIN")
    change_configuration(project, lambda raw: raw.update(sources=raw["sources"][:1]))

    said = bootstrap(project)

    assert "DROP" not in said
    assert (project.dw,) in project.rows(OWN_SCHEMAS)
    assert project.rows(
        f"SELECT COUNT(*) FROM pg_catalog.pg_namespace WHERE nspname = 'mine_{project.src}'"
    ) == [(1,)]


def test_without_anything_to_do_no_administrator_is_needed(project: Project) -> None:
    bootstrap(project)
    assert "there was nothing to do" in bootstrap(project, DATA_WAREHOUSE_ADMIN="")


def test_a_new_prefix_in_a_finished_warehouse_needs_no_administrator(project: Project) -> None:
    bootstrap(project)
    other = ("--warehouse-prefix", f"{project.prefix}-other")

    said = bootstrap(project, *other, DATA_WAREHOUSE_ADMIN="")

    assert "warehouse: " not in said
    assert "there was nothing to do" in bootstrap(project, *other)


def test_a_difference_needs_the_administrator_and_names_the_variable(project: Project) -> None:
    bootstrap(project)
    more = [{"name": f"more_{project.src}"}]
    change_configuration(project, lambda raw: raw["data_warehouse"].update(users=more))

    failed = project.luigi("BootstrapWarehouse", DATA_WAREHOUSE_ADMIN="", code=30)

    assert "the environment variable DATA_WAREHOUSE_ADMIN is not set" in failed.text


def test_an_owner_who_does_not_exist_yet_needs_the_administrator(project: Project) -> None:
    """The server says the same of a wrong password, so the message names both ways out."""
    new_owner(project)
    failed = project.luigi("BootstrapWarehouse", DATA_WAREHOUSE_ADMIN="", code=35)

    assert "check the variable DATA_WAREHOUSE_ETL" in failed.text
    assert "If the warehouse was never set up: set DATA_WAREHOUSE_ADMIN" in failed.text


def test_an_etl_user_who_is_not_the_owner_is_refused(project: Project) -> None:
    admin = project.environment["DATA_WAREHOUSE_ADMIN"]
    failed = project.luigi("BootstrapWarehouse", DATA_WAREHOUSE_ETL=admin, code=30)
    assert "DATA_WAREHOUSE_ETL connects as 'admin', but the owner" in failed.text


def test_declared_users_are_created_once_with_groups_schema_and_search_path(
    project: Project,
) -> None:
    tom, spark = f"tom_{project.src}", f"spark_{project.src}"
    declared = [{"name": tom, "schema": True}, {"name": spark, "etl": True}]
    change_configuration(project, lambda raw: raw["data_warehouse"].update(users=declared))

    bootstrap(project)

    listed = json.loads(project.pipeline("users", "--json").out)
    people = {person["name"]: person for person in listed}
    assert people[tom]["groups"] == ["analyst_ro"]
    assert people[tom]["schemas"] == [tom]
    assert people[spark]["groups"] == ["analyst_ro", "etl_rw"]
    assert people[spark]["declared"]
    assert "there was nothing to do" in bootstrap(project)


def test_a_declared_user_gets_the_password_of_the_password_file(
    project: Project, tmp_path
) -> None:
    ann = f"ann_{project.src}"
    change_configuration(project, lambda raw: raw["data_warehouse"].update(users=[{"name": ann}]))
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:*:Not-for-everyone-1\n127.0.0.1:*:*:{ann}:Cats-and-dogs-9\n")
    file.chmod(0o600)

    text = bootstrap(project, PGPASSFILE=str(file))

    assert "Cats-and-dogs-9" not in text
    assert project.rows_as(ann, "Cats-and-dogs-9", "SELECT 1") == [(1,)]


def test_two_at_the_same_time_on_a_fresh_configuration_both_succeed(project: Project) -> None:
    new_owner(project)
    runs = [project.start_luigi("BootstrapWarehouse") for _ in range(2)]
    ends = [run.communicate(timeout=240) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], ends
    markers = project.rows("SELECT COUNT(*) FROM {etl}.table_updates")
    assert markers == [(1,)]
    assert "there was nothing to do" in bootstrap(project)


def test_the_owners_password_may_come_from_the_password_file(project: Project, tmp_path) -> None:
    new_owner(project)
    whole = project.environment["DATA_WAREHOUSE_ETL"]
    parts = urlsplit(whole)
    file = tmp_path / "pgpass"
    file.write_text(f"{parts.hostname}:{parts.port}:*:{parts.username}:{parts.password}\n")
    file.chmod(0o600)
    without = whole.replace(f":{parts.password}@", "@")

    bootstrap(project, DATA_WAREHOUSE_ETL=without, PGPASSFILE=str(file))

    assert project.rows("SELECT CURRENT_USER") == [(parts.username,)]


OWNERS = """
SELECT DISTINCT PG_GET_USERBYID(c.relowner)
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('{src}', '{dw}', '{etl}') AND c.relkind IN ('r', 'v')
"""


def test_a_night_goes_on_under_another_owner(project: Project) -> None:
    new_owner(project)
    project.luigi("LoadAll")
    owner = f"next_{project.src}"
    change_configuration(project, lambda raw: raw["data_warehouse"].update(owner=owner))
    before = f"owner_{project.src}"
    etl = project.environment["DATA_WAREHOUSE_ETL"].replace(f"//{before}:", f"//{owner}:")
    project.environment["DATA_WAREHOUSE_ETL"] = etl

    planned = project.pipeline("plan", "BootstrapWarehouse", "--sql")
    said = project.luigi("LoadAll", "--date", "2026-11-22").text

    for name in (f'"{project.src}"."orders"', f'"{project.dw}"."paid"'):
        assert f'ALTER TABLE {name}\nOWNER TO "{owner}";' in planned.out
        assert f'warehouse: ALTER TABLE {name} OWNER TO "{owner}"' in said
    assert project.rows(OWNERS) == [(owner,)]
    assert "there was nothing to do" in bootstrap(project, DATA_WAREHOUSE_ADMIN="")
    project.pipeline("doctor")


def test_a_missing_password_of_the_owner_is_an_error_that_names_the_places(
    project: Project,
) -> None:
    new_owner(project)
    parts = urlsplit(project.environment["DATA_WAREHOUSE_ETL"])
    without = project.environment["DATA_WAREHOUSE_ETL"].replace(f":{parts.password}@", "@")

    failed = project.luigi("BootstrapWarehouse", DATA_WAREHOUSE_ETL=without, code=30)

    assert "put one into the connection string of the ETL user, or into ~/.pgpass" in failed.text


def test_a_password_file_that_others_can_read_is_refused(project: Project, tmp_path) -> None:
    new_owner(project)
    parts = urlsplit(project.environment["DATA_WAREHOUSE_ETL"])
    without = project.environment["DATA_WAREHOUSE_ETL"].replace(f":{parts.password}@", "@")
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:*:{parts.password}\n")
    file.chmod(0o644)

    failed = project.luigi(
        "BootstrapWarehouse", code=None, DATA_WAREHOUSE_ETL=without, PGPASSFILE=str(file)
    )

    assert failed.code != 0
    assert f"chmod 600 {file}" in failed.text
    assert parts.password not in failed.text


@pytest.mark.parametrize("password", ["horse_battery_staple", "Sh0rt"])
def test_an_owners_password_against_the_rules_stops_before_any_statement(
    project: Project, password: str
) -> None:
    new_owner(project, password)
    failed = project.luigi("BootstrapWarehouse", code=30)

    assert "Redshift rejects the password of" in failed.text
    assert password not in failed.text
    group = f"etl_{project.src}"
    assert project.rows(
        f"SELECT COUNT(*) FROM pg_catalog.pg_group WHERE groname = '{group}'", "ADMIN"
    ) == [(0,)]


def test_skipping_user_creation_reports_missing_users_and_creates_none(project: Project) -> None:
    new_owner(project)
    failed = project.luigi("BootstrapWarehouse", "--warehouse-skip-user-creation", code=30)

    assert "skip_user_creation forbids creating it" in failed.text
    assert project.rows(
        f"SELECT COUNT(*) FROM pg_catalog.pg_group WHERE groname = 'etl_{project.src}'", "ADMIN"
    ) == [(0,)]


def test_skipping_user_creation_creates_all_but_users_under_another_marker(
    project: Project,
) -> None:
    new_owner(project)
    owner = urlsplit(project.environment["DATA_WAREHOUSE_ETL"])
    for group in (f"etl_{project.src}", f"readers_{project.src}"):
        project.rows(f"CREATE GROUP {group}", "ADMIN")
    project.rows(f"CREATE USER {owner.username} PASSWORD '{owner.password}'", "ADMIN")
    tom = f"tom_{project.src}"
    change_configuration(project, lambda raw: raw["data_warehouse"].update(users=[{"name": tom}]))
    settings = project.folder / "luigi.cfg"
    plain = settings.read_text()
    settings.write_text(plain + "skip_user_creation = true\n")

    said = bootstrap(project)

    assert len(project.rows(OWN_SCHEMAS)) == 3
    for statement in ("CREATE USER", "ALTER USER", "CREATE GROUP", "ALTER GROUP"):
        assert f"warehouse: {statement}" not in said
    assert "warehouse: CREATE SCHEMA" in said
    there = f"SELECT COUNT(*) FROM pg_catalog.pg_user WHERE usename = '{tom}'"
    assert project.rows(there) == [(0,)]
    assert "there was nothing to do" in bootstrap(project)

    settings.write_text(plain)
    bootstrap(project)
    assert project.rows(there) == [(1,)]


def test_no_password_is_shown(project: Project) -> None:
    new_owner(project)
    password = urlsplit(project.environment["DATA_WAREHOUSE_ETL"]).password or ""
    said = bootstrap(project)

    assert password not in said
    assert "md5" not in said
    log = project.stack.home / "redshift" / "redshift.log"
    written = log.read_text(errors="replace")
    assert written
    assert password not in written
