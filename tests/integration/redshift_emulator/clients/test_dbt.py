"""dbt with dbt-redshift, the real command: each materialization, run again, and what it asks."""

import datetime as dt
import json
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.processes import program_environment, run

pytest.importorskip("dbt", reason="see the extra 'clients'")

KINDS = {
    "appended": "REGULAR TABLE",
    "customers": "REGULAR TABLE",
    "days": "MATERIALIZED VIEW",
    "history": "REGULAR TABLE",
    "merged": "REGULAR TABLE",
    "orders": "REGULAR TABLE",
    "paid": "REGULAR VIEW",
    "raw_orders": "REGULAR TABLE",
    "replaced": "REGULAR TABLE",
    "unpaid": "LATE BINDING VIEW",
}
"""What dbt makes of the project; an ephemeral model is part of the queries that read it."""


@dataclass(frozen=True)
class Project:
    """A copy of the project, and the schema that dbt fills."""

    folder: Path
    environment: dict[str, str]
    emulator: object
    schema: str

    def dbt(self, *words, code=0, **environment):
        """Run dbt, which must exit with the code; return its output."""
        environment = {**self.environment, **environment}
        done = run(["dbt", *words], cwd=self.folder, env=environment)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def statuses(self):
        """Return the status of each node of the last command, by its name."""
        results = json.loads((self.folder / "target/run_results.json").read_text())["results"]
        return {each["unique_id"].split(".")[2]: each["status"] for each in results}

    def run(self, *statements):
        """Run statements in the warehouse; return the rows of the last."""
        with closing(self.emulator.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {self.schema}")
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None


@pytest.fixture(scope="module")
def shop(place, tmp_path_factory):
    """The project, with the login in the environment and without a way to report its use."""
    folder = tmp_path_factory.mktemp("dbt") / "project"
    shutil.copytree(Path(__file__).parent / "dbt_project", folder)
    login = {"DBT_ENV_SECRET_PASSWORD": place.emulator.password, "DBT_USER": place.emulator.user}
    environment = program_environment(
        **login,
        DBT_PORT=str(place.emulator.port),
        DBT_DATABASE=place.emulator.database,
        DBT_SCHEMA=f"{place.schema}_dbt",
        DO_NOT_TRACK="1",
        SSL_CERT_FILE=place.emulator.certificate,
    )
    return Project(folder, environment, place.emulator, environment["DBT_SCHEMA"])


@pytest.fixture
def project(shop):
    """The project without relations: dbt creates the schema."""
    yield shop
    shop.run(f"DROP SCHEMA IF EXISTS {shop.schema} CASCADE")


def test_debug_connects_by_tls_to_a_server_that_it_trusts(project):
    output = project.dbt("debug")
    assert "sslmode: require" in output
    assert "All checks passed!" in output
    assert "CERTIFICATE_VERIFY_FAILED" in project.dbt("debug", code=1, SSL_CERT_FILE="")


def test_build_makes_each_materialization_and_docs_describe_it(project):
    project.dbt("build")
    assert set(project.statuses().values()) == {"success", "pass"}
    shown = project.run(f"SHOW TABLES FROM SCHEMA {project.schema}")
    assert {row[2]: row[-1] for row in shown} == KINDS
    assert project.run("SELECT * FROM orders ORDER BY id") == [
        (1, "Ana", Decimal("10.50"), dt.date(2024, 2, 28)),
        (2, "Bé", Decimal("3.25"), dt.date(2024, 2, 29)),
        (3, "Ana", Decimal("4.25"), dt.date(2024, 2, 29)),
    ]
    sums = [("Ana", Decimal("14.75")), ("Bé", Decimal("3.25"))]
    assert project.run("SELECT * FROM customers ORDER BY 1") == sums
    assert project.run("SELECT id FROM paid ORDER BY 1") == [(1,), (3,)]
    assert project.run("SELECT id, customer FROM unpaid") == [(2, "Bé")]
    keys = 'SELECT "table", diststyle, sortkey1, sortkey_num FROM svv_table_info'
    of_keys = f"{keys} WHERE \"schema\" = '{project.schema}' AND sortkey_num > 0 ORDER BY 1"
    found = [("days", "KEY(day)", "day", 2), ("orders", "KEY(id)", "day", 2)]
    assert project.run(of_keys) == found
    check_catalog(project)


def check_catalog(project):
    """Check what ``docs generate`` found: columns, their types, comments."""
    project.dbt("docs", "generate")
    catalog = json.loads((project.folder / "target/catalog.json").read_text())
    nodes = {name.split(".")[-1]: node for name, node in catalog["nodes"].items()}
    assert catalog["errors"] is None
    assert set(nodes) == set(KINDS)
    metadata = {name: node["metadata"] for name, node in nodes.items()}
    types = ("BASE TABLE", "VIEW", "LATE BINDING VIEW", "MATERIALIZED VIEW")
    models = ("orders", "paid", "unpaid", "days")
    assert tuple(metadata[name]["type"] for name in models) == types
    assert metadata["orders"]["comment"] == "Orders, one a row"
    assert metadata["days"]["comment"] == "Orders of a day"
    columns = {
        model: [(each["name"], each["type"], each["comment"]) for each in node["columns"].values()]
        for model, node in nodes.items()
    }
    assert columns["orders"] == [
        ("id", "integer", "their number"),
        ("customer", "character varying(20)", None),
        ("total", "numeric(10,2)", None),
        ("day", "date", None),
    ]
    assert columns["days"] == [("day", "date", None), ("orders", "bigint", "their count")]
    assert [kind for _, kind, _ in columns["paid"]] == [
        "integer",
        "numeric(10,2)",
        "text",
        "numeric(21,2)",
    ]
    assert columns["unpaid"] == [
        ("id", "integer", None),
        ("customer", "character varying(20)", None),
        ("total", "numeric(10,2)", None),
    ]
    assert [kind for _, kind, _ in columns["raw_orders"]][3:] == [
        "timestamp without time zone",
        "boolean",
    ]


def test_models_that_run_again_take_new_rows_or_with_a_full_refresh_all(project):
    project.dbt("seed")
    project.dbt("run")
    incremental = ("appended", "merged", "replaced")
    first = [Decimal("10.50"), Decimal("3.25"), Decimal("4.25")]
    assert totals(project, incremental) == dict.fromkeys(incremental, first)
    (made,) = project.run("SELECT 'days'::regclass::oid")
    project.run(
        "UPDATE raw_orders SET total = total + 1",
        "INSERT INTO raw_orders VALUES (4, 'Cy', 1, '2024-03-01 10:00', true)",
    )
    project.dbt("run")
    assert totals(project, incremental) == {
        "appended": [*first, Decimal("1.00")],
        "merged": [Decimal("11.50"), Decimal("3.25"), Decimal("5.25"), Decimal("1.00")],
        "replaced": [Decimal("10.50"), Decimal("3.25"), Decimal("5.25"), Decimal("1.00")],
    }
    assert project.run("SELECT customer FROM appended WHERE customer IS NOT NULL") == [("Cy",)]
    # A refreshed view, not a new one: dbt found no change in its description.
    assert project.run("SELECT 'days'::regclass::oid") == [made]
    assert project.run("SELECT orders FROM days ORDER BY day") == [(1,), (2,), (1,)]
    assert project.run("SELECT count(*) FROM orders") == [(4,)]
    project.dbt("run", "--full-refresh")
    now = [Decimal("11.50"), Decimal("4.25"), Decimal("5.25"), Decimal("1.00")]
    assert totals(project, incremental) == dict.fromkeys(incremental, now)
    assert project.run("SELECT 'days'::regclass::oid") != [made]


def totals(project, tables):
    """Return the totals of each table, in the order of their ids."""
    return {
        table: [total for (total,) in project.run(f"SELECT total FROM {table} ORDER BY id")]
        for table in tables
    }


def test_rule_4_schemas_and_relations_have_long_names(shop, tmp_path):
    shutil.copytree(shop.folder, tmp_path, dirs_exist_ok=True)
    schema, end = f"{shop.schema}_{'long_' * 12}", "_of_a_warehouse" * 5
    environment = {**shop.environment, "DBT_SCHEMA": schema}
    project = replace(shop, folder=tmp_path, schema=schema, environment=environment)
    kinds = {name + end: KINDS[name] for name in ("merged", "paid", "unpaid", "days")}
    for name in ("merged", "paid", "unpaid", "days"):
        (tmp_path / f"models/{name}.sql").rename(tmp_path / f"models/{name}{end}.sql")
    (tmp_path / "models/schema.yml").unlink()
    project.dbt("seed")
    for _ in range(2):
        project.dbt("run", "--select", f"*{end}")
        assert set(project.statuses()) == set(kinds)
        shown = project.run(f"SHOW TABLES FROM SCHEMA {schema} LIKE '%{end}'")
        assert {row[2]: row[-1] for row in shown} == kinds
    assert project.run(f"SELECT count(*) FROM merged{end}") == [(3,)]
    project.dbt("docs", "generate")
    catalog = json.loads((tmp_path / "target/catalog.json").read_text())["nodes"].values()
    found = {each["metadata"]["name"] for each in catalog if each["metadata"]["schema"] == schema}
    assert found == {*kinds, "raw_orders"}
    project.run(f"DROP SCHEMA {schema} CASCADE")


def test_tests_find_the_rows_that_break_a_rule(project):
    project.dbt("build")
    tests = {name for name, status in project.statuses().items() if status == "pass"}
    project.run("INSERT INTO orders VALUES (1, 'Zoe', 1, '2024-03-01')")
    project.dbt("test", code=1)
    failed = {name for name, status in project.statuses().items() if status == "fail"}
    assert failed == {
        "relationships_orders_customer__customer__ref_customers_",
        "unique_orders_id",
    }
    assert tests - failed == {
        "accepted_values_customers_customer__Ana__B_",
        "not_null_orders_id",
    }


def test_snapshots_keep_the_old_versions_of_rows(project):
    project.dbt("seed")
    project.dbt("snapshot")
    project.run(
        "UPDATE raw_orders SET total = 11 WHERE id = 1", "DELETE FROM raw_orders WHERE id = 3"
    )
    project.dbt("snapshot")
    versions = "SELECT id, total, dbt_valid_to IS NULL FROM history ORDER BY 1, 3"
    assert project.run(versions) == [
        (1, Decimal("10.50"), False),
        (1, Decimal("11.00"), True),
        (2, Decimal("3.25"), True),
        (3, Decimal("4.25"), False),
    ]
    follows = (
        "SELECT count(*) FROM history AS a JOIN history AS b USING (id)"
        " WHERE a.dbt_valid_to = b.dbt_valid_from AND b.dbt_valid_to IS NULL"
    )
    assert project.run(follows) == [(1,)]


def test_sources_are_as_fresh_as_their_last_insert(project):
    project.dbt("seed")
    assert "PASS freshness of loaded.raw_orders" in project.dbt("source", "freshness")
