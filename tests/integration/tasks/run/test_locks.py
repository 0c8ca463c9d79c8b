"""Waits for the locks of other sessions are reported, and end."""

from contextlib import closing

import psycopg2

from pipeline.local.stack import WAREHOUSE
from tests.support.database import connect, execute, query
from tests.support.processes import until
from tests.support.projects.warehouse import Project, check_loaded
from tests.support.servers.luigid import Luigid


def test_a_locked_table_upstream_fails_alone_and_its_page_names_the_holder(
    project: Project, luigid: Luigid
) -> None:
    command = luigid.command("LoadAll", "--warehouse-lock-timeout", "4")
    with connect(project.upstream_dsn, application_name="migration") as holder:
        holder.autocommit = False
        execute_in(holder, "LOCK TABLE orders")
        waiting = f"a lock on public.orders, held by process {holder.info.backend_pid} (user "
        with project.start(*command) as process:
            until(lambda: f"waiting for {waiting}" in messages(luigid))
            out, err = process.communicate(timeout=240)
        holder.rollback()
    assert process.returncode == 30, (out, err)
    assert f"FAILED DumpTable {project.src}.orders" in out
    assert f"waited 4 s (lock_timeout) for {waiting}" in out
    assert "migration) in a transaction since " in out
    assert f"waiting for {waiting}" in err
    assert project.rows("SELECT COUNT(*) FROM {dw}.names") == [(5,)]
    project.luigi("LoadAll")
    check_loaded(project)


def messages(luigid: Luigid) -> str:
    return "\n".join(task["status_message"] or "" for task in luigid.tasks())


def execute_in(connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_swap_that_waits_for_readers_lets_others_publish_meanwhile(project: Project) -> None:
    project.luigi("LoadAll", "--tables", "{src}.orders")
    project.pipeline("forget", f"{project.src}.orders", "--all-dates")
    backend = project.stack.postgres(project.stack.state()).dsn(WAREHOUSE)
    words = ("CopyTable", "--table", "{src}.orders", "--warehouse-lock-timeout", "20")
    etl = project.environment["DATA_WAREHOUSE_ETL"]
    with closing(psycopg2.connect(project.environment["DATA_WAREHOUSE_ADMIN"])) as reader:
        execute_in(reader, f"SELECT * FROM {project.src}.orders")
        held = f"a lock on {project.src}.orders, held by process {reader.info.backend_pid}"
        with project.start_luigi(*words) as process:
            until(lambda: is_waiting(backend, f"{project.src}.orders"))
            execute(etl, f"BEGIN; LOCK {project.marker_schema}.table_updates; COMMIT")
            assert process.poll() is None
            reader.rollback()
            out, err = process.communicate(timeout=240)
    assert process.returncode == 0, (out, err)
    assert f"waiting for {held}" in err
    assert f"trying again: waited 5 s (lock_timeout) for {held}" in err
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(1000,)]


def test_a_load_waits_while_another_run_holds_the_marker_table_for_hours(project: Project) -> None:
    """As the refresh of a dimension without a natural key does; here three ``lock_timeout``."""
    project.luigi("BootstrapWarehouse")
    markers = f"{project.marker_schema}.table_updates"
    backend = project.stack.postgres(project.stack.state()).dsn(WAREHOUSE)
    words = ("CopyTable", "--table", "{src}.orders", "--warehouse-lock-timeout", "1")
    with closing(psycopg2.connect(project.environment["DATA_WAREHOUSE_ETL"])) as refresh:
        execute_in(refresh, f"LOCK {markers}")
        with project.start_luigi(*words) as process:
            until(lambda: is_waiting(backend, markers, seconds=3))
            refresh.rollback()
            out, err = process.communicate(timeout=240)
    assert process.returncode == 0, (out, err)
    assert f"waiting for a lock on {markers}, held by process" in err
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(1000,)]


def is_waiting(dsn: str, table: str, seconds: int = 0) -> bool:
    """Return whether a session has waited for a lock on a table for some seconds."""
    statement = """
        SELECT 1 FROM pg_locks
        WHERE NOT granted AND relation = to_regclass(%s)
          AND clock_timestamp() - waitstart >= make_interval(secs => %s)"""
    return bool(query(dsn, statement, (table, seconds)))
