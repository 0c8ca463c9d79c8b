"""create-user, update-user, drop-user and users as commands; the users really log in."""

import json
import os
import pty
import select
import sys
import time
from pathlib import Path

import psycopg2
import pytest

from tests.support.processes import start
from tests.support.projects.warehouse import Outcome, Project, change_configuration

AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal at its input the controlling one, then executes the command."""

CATS = "Cats-and-dogs-9"
BIRDS = "Birds-in-trees-4"


@pytest.fixture
def ready(project: Project) -> Project:
    """A project whose warehouse is bootstrapped."""
    project.luigi("BootstrapWarehouse")
    return project


def create(project: Project, name: str, *words: str, password: str = CATS) -> Outcome:
    return project.pipeline(
        "create-user", name, "--password-variable", "NEW_PASSWORD", *words, NEW_PASSWORD=password
    )


def listed(project: Project, name: str) -> dict:
    done = project.pipeline("users", "--json")
    return next(each for each in json.loads(done.out) if each["name"] == name)


def exists(project: Project, name: str) -> bool:
    found = f"SELECT COUNT(*) FROM pg_catalog.pg_user WHERE usename = '{name}'"
    return project.rows(found) == [(1,)]


def typed(project: Project, answers: list[str], *words: str) -> tuple[int, str]:
    """Run a command at a terminal and type an answer whenever it ends a line with ``: ``."""
    command = [sys.executable, "-c", AT_TERMINAL, sys.executable, "-m", "pipeline", *words]
    ours, theirs = pty.openpty()
    process = start(
        command,
        cwd=project.folder,
        env=project.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown, waiting, ends = "", list(answers), time.monotonic() + 120
    while time.monotonic() < ends:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            shown += os.read(ours, 4096).decode()
        except OSError:
            break
        if shown.endswith(": ") and waiting:
            os.write(ours, f"{waiting.pop(0)}\n".encode())
            shown += "\n"
    os.close(ours)
    return process.wait(30), shown


def test_an_analyst_reads_every_load_and_writes_nothing(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    create(ready, ann)
    ready.luigi("LoadAll")
    total = "SELECT COUNT(*) FROM {src}.orders"
    assert ready.rows_as(ann, CATS, total) == [(1000,)]
    assert ready.rows_as(ann, CATS, "SELECT SUM(orders) FROM {dw}.totals") == [(1000,)]
    assert ready.rows_as(ann, CATS, "SELECT COUNT(*) FROM {dw}.paid") == [(1,)]

    ready.upstream("DELETE FROM orders WHERE id > 10")
    ready.luigi("LoadAll", "--date", "2026-11-22")

    assert ready.rows_as(ann, CATS, total) == [(10,)]
    assert ready.rows_as(ann, CATS, "SELECT SUM(orders) FROM {dw}.totals") == [(10,)]
    for statement in (
        "DELETE FROM {src}.orders",
        "INSERT INTO {src}.customers VALUES (9, 'x')",
        "UPDATE {dw}.totals SET orders = 0",
        "DROP TABLE {src}.orders",
        "CREATE TABLE {src}.mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "SELECT * FROM {etl}.table_updates",
        "SELECT * FROM {etl}.task_history",
    ):
        with pytest.raises(psycopg2.Error, match=r"permission denied|must be owner"):
            ready.rows_as(ann, CATS, statement)


def test_the_search_path_contains_the_sources(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    create(ready, ann)
    ready.luigi("CopyTable", "--table", "{src}.orders")
    assert ready.rows_as(ann, CATS, "SELECT COUNT(*) FROM orders") == [(1000,)]


def test_an_etl_user_writes_and_sees_the_marker_schema(ready: Project) -> None:
    spark = f"spark_{ready.src}"
    create(ready, spark, "--etl-user")
    ready.luigi("CopyTable", "--table", "{src}.orders")
    ready.rows_as(spark, CATS, "DELETE FROM {src}.orders WHERE id > 5")
    assert ready.rows_as(spark, CATS, "SELECT COUNT(*) FROM {src}.orders") == [(5,)]
    ready.rows_as(spark, CATS, "CREATE TABLE {dw}.of_spark (id int)")
    assert ready.rows_as(spark, CATS, "SELECT COUNT(*) > 0 FROM {etl}.table_updates") == [(True,)]


def test_other_users_may_read_a_users_own_schema(ready: Project) -> None:
    ann, bob = f"ann_{ready.src}", f"bob_{ready.src}"
    create(ready, ann, "--add-user-schema")
    create(ready, bob, password=BIRDS)
    ready.rows_as(ann, CATS, "CREATE TABLE notes (id int)")
    ready.rows_as(ann, CATS, f"GRANT SELECT ON {ann}.notes TO GROUP analyst_ro")

    assert ready.rows_as(bob, BIRDS, f"SELECT COUNT(*) FROM {ann}.notes") == [(0,)]
    assert listed(ready, ann)["schemas"] == [ann]


def test_a_password_is_typed_twice_at_a_terminal_and_not_shown(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    code, shown = typed(ready, ["short", CATS, "other", CATS, CATS], "create-user", ann)

    assert code == 0, shown
    assert f"Created the user {ann}." in shown
    assert (
        "The password must have 8 to 64 characters, have an uppercase letter, have a digit."
        in shown
    )
    assert "The passwords do not match." in shown
    assert CATS not in shown
    assert ready.rows_as(ann, CATS, "SELECT 1") == [(1,)]


def test_without_a_terminal_the_message_names_the_other_ways_to_give_a_password(
    ready: Project,
) -> None:
    failed = ready.pipeline("create-user", f"ann_{ready.src}", code=2)
    assert "put it into ~/.pgpass" in failed.err
    assert not exists(ready, f"ann_{ready.src}")


def test_the_users_line_in_the_password_file_is_used(ready: Project, tmp_path: Path) -> None:
    ann = f"ann_{ready.src}"
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:*:Every-login-1\n*:*:warehouse:{ann}:{CATS}\n")
    file.chmod(0o600)

    done = ready.pipeline("create-user", ann, PGPASSFILE=str(file))

    assert CATS not in done.text
    assert ready.rows_as(ann, CATS, "SELECT 1") == [(1,)]


def test_an_invalid_password_is_refused_before_any_statement(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    failed = ready.pipeline(
        "create-user", ann, "--password-variable", "NEW", NEW="with/slash-And-1", code=3
    )
    assert "consist of printable ASCII characters other than" in failed.err
    assert "with/slash" not in failed.text
    assert not exists(ready, ann)


def test_a_dry_run_shows_the_statements_without_values_and_changes_nothing(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    shown = ready.pipeline("create-user", ann, "--add-user-schema", "--dry-run")

    assert shown.out == (
        f'CREATE USER "{ann}"\nPASSWORD \'***\'\nIN GROUP "analyst_ro";\n'
        f'CREATE SCHEMA "{ann}" AUTHORIZATION "{ann}";\n'
        f'GRANT USAGE\nON SCHEMA "{ann}"\nTO GROUP "etl_rw";\n'
        f'GRANT USAGE\nON SCHEMA "{ann}"\nTO GROUP "analyst_ro";\n'
        f'ALTER USER "{ann}"\nSET search_path TO \'$user\', "{ready.src}", "{ready.dw}";\n'
    )
    assert not exists(ready, ann)


def test_the_servers_log_never_holds_a_password(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    done = ready.pipeline(
        "-vv", "create-user", ann, "--password-variable", "NEW", NEW="Unlikely-words-53"
    )
    assert "CREATE USER" in done.err
    assert "Unlikely-words-53" not in done.text
    logs = [*(ready.stack.home / "redshift").glob("*.log"), *ready.stack.home.rglob("*.log")]
    assert logs
    assert not [log for log in logs if "Unlikely-words-53" in log.read_text(errors="replace")]


def test_an_existing_user_or_the_owner_is_not_created(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    create(ready, ann)
    again = ready.pipeline("create-user", ann, code=2)
    owner = ready.pipeline("create-user", "dw", code=2)

    assert f"'pipeline update-user {ann}' changes it" in again.err
    assert "'dw' owns the warehouse" in owner.err


def test_a_user_without_a_password_cannot_log_in_until_one_is_set(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    ready.pipeline("create-user", ann, "--no-password")
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        ready.rows_as(ann, CATS, "SELECT 1")

    code, shown = typed(ready, [CATS, CATS], "update-user", ann, "--password")

    assert (code, CATS in shown) == (0, False), shown
    assert ready.rows_as(ann, CATS, "SELECT 1") == [(1,)]


def test_an_update_changes_groups_and_renews_the_search_path(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    create(ready, ann)
    assert "is up to date" in ready.pipeline("update-user", ann).out

    ready.pipeline("update-user", ann, "--etl-user")
    assert listed(ready, ann)["groups"] == ["analyst_ro", "etl_rw"]
    assert listed(ready, ann)["rights"] == ["reads and writes all sources"]
    assert ready.pipeline("update-user", ann).out == f"The user {ann} is up to date.\n"
    ready.pipeline("update-user", ann, "--no-etl-user")
    assert listed(ready, ann)["groups"] == ["analyst_ro"]

    more = f"{ready.src}_more"
    change_configuration(ready, lambda raw: raw["sources"].append({"name": more}))
    shown = ready.pipeline("update-user", ann, "--dry-run")
    assert f'"{ready.dw}", "{more}"' in shown.out


def test_only_the_password_of_the_owner_can_be_changed(ready: Project) -> None:
    shown = ready.pipeline("update-user", "dw", "--password", "--dry-run")
    assert shown.out == "ALTER USER \"dw\"\nPASSWORD '***';\n"
    ready.pipeline("update-user", "dw", "--no-etl-user", code=2)


def test_a_declared_user_is_changed_in_the_configuration_only(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    declared = [{"name": ann, "etl": True}]
    change_configuration(ready, lambda raw: raw["data_warehouse"].update(users=declared))
    ready.luigi("BootstrapWarehouse")

    other = ready.pipeline("update-user", ann, "--no-etl-user", code=2)
    gone = ready.pipeline("drop-user", ann, "--yes", code=2)

    assert "the configuration declares" in other.err
    assert "remove it from data_warehouse.users first" in gone.err


def test_a_dropped_user_leaves_everything_to_the_new_owner(ready: Project) -> None:
    ann, bob = f"ann_{ready.src}", f"bob_{ready.src}"
    create(ready, ann, "--add-user-schema", "--etl-user")
    create(ready, bob, password=BIRDS)
    ready.rows_as(ann, CATS, "CREATE TABLE notes (id int)")
    ready.rows_as(ann, CATS, "CREATE TABLE {dw}.of_ann (id int)")

    shown = ready.pipeline("drop-user", ann, "--new-owner", bob, "--dry-run")
    assert f'ALTER SCHEMA "{ann}"\nOWNER TO "{bob}";' in shown.out
    assert exists(ready, ann)

    ready.pipeline("drop-user", ann, "--new-owner", bob, "--yes")

    assert not exists(ready, ann)
    assert ready.rows_as(bob, BIRDS, f"SELECT COUNT(*) FROM {ann}.notes") == [(0,)]
    assert listed(ready, bob)["schemas"] == [ann]


def test_no_user_is_dropped_without_confirmation(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    create(ready, ann)

    code, shown = typed(ready, ["n"], "drop-user", ann)

    assert code == 1, shown
    assert f'DROP USER "{ann}";' in shown
    assert exists(ready, ann)


def test_a_mistyped_name_is_answered_with_the_nearest_name(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    create(ready, ann)
    failed = ready.pipeline("drop-user", f"{ann}x", code=2)
    assert f"did you mean '{ann}'" in failed.err


def test_users_are_listed_with_their_rights(ready: Project) -> None:
    ann = f"ann_{ready.src}"
    create(ready, ann)
    change_configuration(
        ready, lambda raw: raw["data_warehouse"].update(users=[{"name": f"{ann}_later"}])
    )
    shown = ready.pipeline("users", COLUMNS="200")

    lines = {line.split()[0]: line for line in shown.out.splitlines() if line.strip()}
    assert "analyst_ro" in lines[ann]
    assert "reads all sources" in lines[ann]
    assert "owns the warehouse; reads and writes all sources" in lines["dw"]
    assert "everything (superuser)" in lines["admin"]
    assert "yes, but missing: run BootstrapWarehouse" in lines[f"{ann}_later"]


def test_before_the_bootstrap_the_message_names_the_command_to_run_first(project: Project) -> None:
    change_configuration(
        project, lambda raw: raw["data_warehouse"].update(groups={"users": f"r_{project.src}"})
    )
    failed = project.pipeline("create-user", "tom", "--no-password", code=2)
    assert "luigi --module pipeline BootstrapWarehouse" in failed.err


def test_an_invalid_user_name_is_a_usage_error(project: Project) -> None:
    for name in ("public", "1st", "a b", "x'; DROP USER dw"):
        failed = project.pipeline("create-user", name, "--no-password", code=2)
        assert "is not a valid user name" in failed.err
