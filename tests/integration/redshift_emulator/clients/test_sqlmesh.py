"""SQLMesh with its adapter of Redshift, the real command: a plan of models of each kind, twice."""

from contextlib import closing
from decimal import Decimal

import pytest

from tests.support.processes import program_environment, run

pytest.importorskip("sqlmesh", reason="see the extra 'clients'")

CONFIG = """\
gateways:
  emulator:
    connection:
      {{ type: redshift, host: 127.0.0.1, port: {port}, user: {user}, database: {database},
        password: "{password}", ssl: false }}
    state_schema: {schema}_state
default_gateway: emulator
physical_schema_mapping: {{ ".*": {schema}_tables }}
model_defaults: {{ dialect: redshift, start: 2024-02-28 }}
"""
SEED = "id,customer,amount,day\n1,Ana,10.50,2024-02-28\n2,Bé,3.25,2024-02-29\n"
MODELS = {
    "raw": "kind SEED (path '../seeds/raw.csv'), columns (id INT, customer VARCHAR(20),"
    " amount DECIMAL(10, 2), day DATE), audits (NOT_NULL(columns := (id)), NUMBER_OF_ROWS("
    "threshold := 1)));",
    "whole": "kind FULL); SELECT customer::VARCHAR(20) AS customer, SUM(amount) AS amount"
    " FROM {schema}.raw GROUP BY customer",
    "seen": "kind VIEW); SELECT id, customer FROM {schema}.raw WHERE id > 1",
    "by_day": "kind INCREMENTAL_BY_TIME_RANGE (time_column day)); SELECT id, amount, day"
    " FROM {schema}.raw WHERE day BETWEEN @start_date AND @end_date",
    "by_key": "kind INCREMENTAL_BY_UNIQUE_KEY (unique_key id)); SELECT id, customer"
    " FROM {schema}.raw",
    "history": "kind SCD_TYPE_2_BY_COLUMN (unique_key id, columns [customer])); SELECT id,"
    " customer::VARCHAR(20) AS customer FROM {schema}.raw",
}


@pytest.fixture
def plan(place, tmp_path):
    """Return a function that applies a plan of models."""
    schema = f"{place.schema}_mesh"
    (tmp_path / "models").mkdir()
    (tmp_path / "seeds").mkdir()
    login = {**place.login, "database": place.emulator.database, "schema": schema}
    (tmp_path / "config.yaml").write_text(CONFIG.format(**login), encoding="utf-8")
    environment = program_environment(SQLMESH__DISABLE_ANONYMIZED_ANALYTICS="true")

    def apply(models, seed):
        (tmp_path / "seeds" / "raw.csv").write_text(seed, encoding="utf-8")
        for name, text in models.items():
            model = f"MODEL (name {schema}.{name}, {text.format(schema=schema)}"
            (tmp_path / "models" / f"{name}.sql").write_text(model, encoding="utf-8")
        command = ["sqlmesh", "plan", "--auto-apply", "--no-prompts"]
        done = run(command, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr

    yield schema, apply
    for kind in ("", "_state", "_tables"):
        rows(place, f"DROP SCHEMA IF EXISTS {schema}{kind} CASCADE")


def rows(place, query):
    with closing(place.emulator.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def test_a_plan_makes_models_of_each_kind_and_the_next_changes_them(place, plan):
    schema, apply = plan
    apply(MODELS, SEED)
    sums = [("Ana", Decimal("10.50")), ("Bé", Decimal("3.25"))]
    assert rows(place, f"SELECT customer, amount FROM {schema}.whole ORDER BY 1") == sums
    assert rows(place, f"SELECT * FROM {schema}.seen") == [(2, "Bé")]
    assert rows(place, f"SELECT count(*) FROM {schema}.by_day") == [(2,)]
    change = {"seen": MODELS["seen"].replace("id, customer", "id, customer, 'x' AS more")}
    apply({**MODELS, **change}, SEED.replace("Bé", "Cé") + "3,Di,1,2024-03-01\n")
    assert rows(place, f"SELECT * FROM {schema}.seen ORDER BY 1") == [
        (2, "Cé", "x"),
        (3, "Di", "x"),
    ]
    for model in ("whole", "by_day", "by_key"):
        assert rows(place, f"SELECT count(*) FROM {schema}.{model}") == [(3,)]
    # SQLMesh adds to a history at its next interval only
    current = f"SELECT customer FROM {schema}.history WHERE valid_to IS NULL ORDER BY id"
    assert rows(place, current) == [("Ana",), ("Bé",)]
