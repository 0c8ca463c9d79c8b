"""New files are added to a table, by the commands that users run."""

import json
import signal
from collections.abc import Callable

import pytest

from pipeline.local.stack import BUCKET
from tests.support.database import execute
from tests.support.projects.warehouse import Project, change_configuration

DESIGNS = {
    "{src}/partner-rates.yaml": """
name: {src}.rates
source_name: {src}.partner.rates
columns:
  - {{name: code, sql_type: varchar(10), not_null: true}}
  - {{name: rate, sql_type: "numeric(12,4)"}}
constraints:
  - primary_key: [code]
""",
    "{dw}/number.yaml": "name: {dw}.number\nsource_name: CTAS\ncolumns:\n"
    "  - {{name: codes, sql_type: bigint}}\n",
    "{dw}/number.sql": "SELECT COUNT(code) AS codes FROM {src}.rates\n",
}

DAYS = [("--date", f"2024-05-0{day}") for day in range(1, 10)]

COPY = ("CopyTable", "--table", "{src}.rates")

CODES = "SELECT code FROM {src}.rates ORDER BY code"


@pytest.fixture
def rates(new_project: Callable[..., Project]) -> Project:
    """A project with a table of two files, which are loaded."""
    project = new_project(designs=DESIGNS)
    path = f"s3://{BUCKET}/{project.prefix}/in/*/${{table}}.csv"
    source = {"name": project.src, "s3_path": path, "s3_mode": "append"}
    change_configuration(project, lambda raw: raw.update(sources=[source, {"name": project.dw}]))
    project.luigi("BootstrapWarehouse")
    # An earlier release has set up the warehouse.
    execute(
        project.environment["DATA_WAREHOUSE_ETL"],
        f"DROP TABLE {project.marker_schema}.loaded_files",
    )
    put(project, "1", "eur,1\n")
    put(project, "2", "usd,2\ngbp,3\n")
    done = project.luigi("LoadAll", *DAYS[0], DATA_WAREHOUSE_ADMIN="")
    assert "all: it has not been loaded, or was forgotten; 2 files" in done.out
    return project


def put(project: Project, folder: str, body: str) -> str:
    key = f"{project.prefix}/in/{folder}/rates.csv"
    project.s3().put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    return f"s3://{BUCKET}/{key}"


def remove(project: Project, folder: str) -> None:
    project.s3().delete_object(Bucket=BUCKET, Key=f"{project.prefix}/in/{folder}/rates.csv")


def codes(project: Project) -> str:
    return " ".join(code for (code,) in project.rows(CODES))


def test_each_file_is_loaded_once_whatever_happens(rates: Project) -> None:
    put(rates, "3", "chf,4\nsek,5\n")
    plan = rates.pipeline("plan", "LoadAll", *DAYS[1], "--sql").out
    assert f"{rates.src}.rates: new files (2 files loaded), 1 new file\n" in plan
    assert f'INSERT INTO "{rates.marker_schema}"."loaded_files"' in plan
    assert "Not available" not in plan
    assert "would fail" not in plan
    words = ("after-commit-of-copy", "1", *COPY, *DAYS[1], "--workers", "1", "--local-scheduler")
    rates.program("kill_at", *words, code=-signal.SIGKILL)
    assert codes(rates) == "eur gbp usd"
    changed = put(rates, "3", "chf,4\nsek,55\n")
    done = rates.luigi("LoadAll", *DAYS[1])
    assert f"{changed} was replaced: it has 13 bytes instead of 12" in done.err
    assert "1 new file: 2 added" in done.out
    assert codes(rates) == "chf eur gbp sek usd"
    assert rates.rows("SELECT codes FROM {dw}.number") == [(5,)]
    assert rates.leftovers() == []
    assert "1 new file: 2 added" in rates.pipeline("history").out
    assert "equal" in rates.pipeline("verify", "{src}.rates").out

    remove(rates, "1")
    assert "no new file: 0 added" in rates.luigi("LoadAll", *DAYS[2]).out
    compared = rates.pipeline("verify", "{src}.rates").out
    assert "not compared: 1 of 3 files that were loaded, such as" in " ".join(compared.split())
    put(rates, "4", "dkk,6\n")
    other = ("--warehouse-prefix", f"{rates.prefix}-other")
    assert "1 new file: 1 added" in rates.luigi(*COPY, *DAYS[3], *other).out
    assert "no new file: 0 added" in rates.luigi("LoadAll", *DAYS[4]).out
    assert codes(rates) == "chf dkk eur gbp sek usd"
    text = "delta: 0 added; next: new files (4 files loaded)"
    assert text in " ".join(rates.pipeline("status").out.split())
    found = json.loads(rates.pipeline("status", "--json", "{src}.rates").out)[0]["incremental"]
    assert (found["proved"], found["rows_added"], found["rows_deleted"]) == ("files", 0, None)


def test_rows_are_given_up_only_if_somebody_says_so(rates: Project) -> None:
    changed = put(rates, "1", "eur,9\n")
    failed = rates.luigi("LoadAll", *DAYS[1], code=30)
    assert f"{changed} was replaced after it had been loaded on 20" in failed.out
    assert f"pipeline forget {rates.src}.rates'" in failed.out
    remove(rates, "2")
    refused = rates.pipeline("forget", "{src}.rates", code=2)
    assert "1 of 2 files that were loaded, such as" in refused.err
    assert "to give them up, add --accept-loss" in refused.err
    put(rates, "2", "usd,2\ngbp,3\n")
    rates.pipeline("forget", "{src}.rates")
    done = rates.luigi("LoadAll", *DAYS[1])
    assert "all: a load was forgotten (pipeline forget); 2 files" in done.out

    remove(rates, "1")
    rates.write("{src}/partner-rates.yaml", DESIGNS["{src}/partner-rates.yaml"].replace("10", "9"))
    failed = rates.luigi("LoadAll", *DAYS[2], code=30)
    assert "all files must be loaded (the design was changed), but 1 of 2 files" in failed.out
    assert codes(rates) == "eur gbp usd"
    rates.pipeline("forget", "{src}.rates", "--accept-loss")
    rates.luigi("LoadAll", *DAYS[2])
    assert codes(rates) == "gbp usd"

    execute(rates.environment["DATA_WAREHOUSE_ETL"], f"DELETE FROM {rates.src}.rates")
    repaired = rates.pipeline("verify", "{src}.rates", "--repair").out
    assert "all: a load was forgotten (pipeline forget); 1 file" in repaired
    assert codes(rates) == "gbp usd"


def test_a_load_of_all_files_without_append_ends_the_record(rates: Project) -> None:
    """Its rows are those of other files than the record's, which may be gone since."""

    def set_mode(mode: str) -> None:
        change_configuration(rates, lambda raw: raw["sources"][0].update(s3_mode=mode))

    set_mode("replace")
    remove(rates, "1")
    put(rates, "3", "chf,4\n")
    rates.luigi("LoadAll", *DAYS[1])
    assert codes(rates) == "chf gbp usd"
    set_mode("append")
    rates.pipeline("forget", "{src}.rates", "--dry-run")
    done = rates.luigi("LoadAll", *DAYS[2])
    assert "all: the design was changed; 2 files" in done.out
    put(rates, "1", "eur,1\n")
    assert "1 new file: 1 added" in rates.luigi("LoadAll", *DAYS[3]).out
    assert codes(rates) == "chf eur gbp usd"
    assert "equal" in rates.pipeline("verify", "{src}.rates").out
