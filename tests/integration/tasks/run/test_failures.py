"""One table fails: the others load, it keeps its old rows, and the last lines state what to do."""

import re
import sys

from tests.support.projects.warehouse import DATE, DESIGNS, NARROW, Project


def test_a_value_that_does_not_fit_fails_its_table_only(project: Project) -> None:
    project.luigi("LoadAll")
    old = project.rows("SELECT id, name FROM {src}.customers ORDER BY id")
    project.write("{src}/public-customers.yaml", NARROW)
    project.upstream("UPDATE orders SET total = total + 1")

    failed = project.luigi("LoadAll", "--date", "2026-11-22", code=30)

    assert project.rows("SELECT id, name FROM {src}.customers ORDER BY id") == old
    assert project.rows("SELECT SUM(total) FROM {src}.orders") == [(626625,)]
    assert project.rows("SELECT SUM(total) FROM {dw}.totals") == [(626625,)]
    assert project.rows(
        "SELECT target_table FROM {etl}.table_updates "
        "WHERE task = 'CopyTable' AND run_date = '2026-11-22'"
    ) == [(f"{project.src}.orders",)]
    block = failed.out[failed.out.index("FAILED CopyTable") :]
    lines = [line.strip() for line in block.splitlines()]
    assert lines[0] == f"FAILED CopyTable {project.src}.customers"
    assert any(line.startswith("file:   s3://") for line in lines)
    assert "line:   2" in lines
    assert "column: name varchar(10)" in lines
    assert "value:  Bob 'the' \"builder\"" in lines
    assert "reason: String length exceeds DDL length (code 1204)" in lines
    assert lines[-1] == ("luigi --module pipeline LoadAll --date 2026-11-22 --local-scheduler")


def test_after_the_design_is_fixed_the_printed_command_continues(project: Project) -> None:
    project.write("{src}/public-customers.yaml", NARROW)
    project.luigi("LoadAll", code=30)
    project.write("{src}/public-customers.yaml", DESIGNS["{src}/public-customers.yaml"])
    project.luigi("LoadAll")
    assert project.rows("SELECT COUNT(*) FROM {dw}.names") == [(5,)]


def test_duplicate_keys_are_an_error_with_examples(project: Project) -> None:
    project.luigi("LoadAll")
    project.upstream(
        "ALTER TABLE customers DROP CONSTRAINT customers_pkey;"
        "INSERT INTO customers VALUES (2, 'again'), (2, 'and again')"
    )
    failed = project.luigi(
        "CopyTable", "--table", "{src}.customers", "--date", "2026-11-22", code=30
    )
    assert "primary key (id) is not unique: (2) 3 times" in failed.out
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]


def test_a_table_that_is_gone_upstream_fails_alone(project: Project) -> None:
    project.upstream("DROP TABLE customers")
    failed = project.luigi("LoadAll", code=30)
    assert f"FAILED DumpTable {project.src}.customers" in failed.out
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(1000,)]
    assert project.rows("SELECT COUNT(*) FROM {dw}.totals") == [(3,)]


def test_a_wrong_password_is_reported_and_not_shown(project: Project) -> None:
    wrong = project.environment["UPSTREAM"].replace("postgres:", "postgres:Wr0ng-and-secret", 1)
    failed = project.luigi("DumpTable", "--table", "{src}.orders", UPSTREAM=wrong, code=30)
    assert "password authentication failed" in failed.out
    assert "Wr0ng-and-secret" not in failed.text


def test_an_unset_variable_is_an_error_that_explains_its_content(project: Project) -> None:
    failed = project.luigi("DumpTable", "--table", "{src}.orders", UPSTREAM="", code=30)
    assert "the environment variable UPSTREAM is not set; set it to postgresql://" in failed.out


def test_all_faults_of_all_designs_are_in_one_report(project: Project) -> None:
    project.write("{dw}/totals.sql", "SELECT 1 AS status, 2 AS orders FROM nowhere.nothing")
    project.write("{src}/public-customers.yaml", "name: {src}.customers\ncolums: []\n")
    failed = project.luigi("LoadAll", code=35)
    assert failed.text.count("nowhere.nothing") == 1
    assert "nowhere.nothing" in failed.out
    assert "colums" in failed.out
    assert "did you mean 'columns'" in failed.out


def test_a_mistyped_relation_gets_the_nearest_names(project: Project) -> None:
    failed = project.luigi("CopyTable", "--table", "{src}.oders", code=2)
    assert f"did you mean '{project.src}.orders'" in failed.err
    assert failed.out == ""


def test_a_table_with_a_bound_view_is_replaced_in_place(project: Project) -> None:
    project.luigi("LoadAll")
    project.rows("CREATE VIEW {dw}.mine AS SELECT id, name FROM {src}.customers")
    project.upstream("UPDATE customers SET name = 'Anna' WHERE id = 1")
    done = project.luigi("LoadAll", "--date", "2026-11-22")
    assert "replaced in place" in done.err
    assert project.rows("SELECT name FROM {dw}.mine WHERE id = 1") == [("Anna",)]
    assert project.rows("SELECT COUNT(*) FROM {src}.customers") == [(4,)]


def test_new_columns_of_a_table_with_a_bound_view_are_refused(project: Project) -> None:
    project.luigi("LoadAll")
    project.rows("CREATE VIEW {dw}.mine AS SELECT id, name FROM {src}.customers")
    project.write("{src}/public-customers.yaml", NARROW.replace("varchar(10)", "varchar(300)"))
    failed = project.luigi("LoadAll", code=30)
    assert f"because {project.dw}.mine is bound to it" in failed.out
    assert project.rows("SELECT COUNT(*) FROM {dw}.mine") == [(4,)]


def test_the_date_of_the_run_is_part_of_the_command_that_continues(project: Project) -> None:
    project.upstream("DROP TABLE customers")
    failed = project.luigi("LoadAll", code=30)
    assert failed.out.rstrip().endswith(f"LoadAll --date {DATE} --local-scheduler")


def test_a_failure_sets_the_exit_code_even_without_luigi_cfg(project: Project) -> None:
    project.upstream("DROP TABLE customers")
    (project.folder / "luigi.cfg").unlink()  # Luigi also reads the one in its working directory
    command = ("DumpAll", "--warehouse-prefix", project.prefix)
    project.luigi(*command, LUIGI_CONFIG_PATH="/nowhere/luigi.cfg", code=30)


def test_a_wrong_password_of_the_etl_user_is_reported_at_once(project: Project) -> None:
    project.luigi("LoadAll")
    wrong = re.sub(r"//dw:[^@]+@", "//dw:Wr0ng-secret@", project.environment["DATA_WAREHOUSE_ETL"])
    for command in (["LoadAll"], ["CopyTable", "--table", "{src}.orders"]):
        failed = project.luigi(*command, "--date", "2026-11-22", DATA_WAREHOUSE_ETL=wrong, code=35)
        assert failed.text.count('password authentication failed for user "dw"') == 1
        assert "Traceback" not in failed.text
        assert "Wr0ng-secret" not in failed.text
    status = project.pipeline("status", DATA_WAREHOUSE_ETL=wrong, code=4)
    assert "never loaded" not in status.text


def test_without_the_administrator_a_refused_login_names_both_causes(project: Project) -> None:
    wrong = re.sub(r"//dw:[^@]+@", "//dw:Wr0ng-secret@", project.environment["DATA_WAREHOUSE_ETL"])
    failed = project.luigi("LoadAll", DATA_WAREHOUSE_ETL=wrong, DATA_WAREHOUSE_ADMIN="", code=35)
    assert "password authentication failed" in failed.out
    assert "If the warehouse was never set up: set DATA_WAREHOUSE_ADMIN" in failed.out


def test_a_missing_scheduler_is_an_error_with_advice(project: Project) -> None:
    settings = (project.folder / "luigi.cfg").read_text(encoding="utf-8")
    once = settings.replace("[core]", "[core]\nrpc-retry-attempts = 1\nrpc-retry-wait = 0")
    (project.folder / "luigi.cfg").write_text(once, encoding="utf-8")
    command = ["-m", "luigi", "--module", "pipeline", "LoadAll"]
    command += ["--scheduler-url", "http://127.0.0.1:9"]
    unreachable = project.run(sys.executable, *command, code=None)
    assert unreachable.code != 0
    assert "add --local-scheduler" in unreachable.err
