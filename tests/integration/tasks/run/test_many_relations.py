"""Many relations: complete ones cost nothing, each of the others only its own work."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.database import execute, query
from tests.support.projects.warehouse import DATE, Project
from tests.support.results.tracing import log_statements, trace

DESIGN = """
name: {{src}}.t{n:03}
source_name: {{src}}.public.t{n:03}
columns:
  - {{{{name: id, sql_type: bigint, not_null: true}}}}
"""

TABLES = """
DO $$ BEGIN
    FOR n IN 0..{last} LOOP
        EXECUTE format('CREATE TABLE %I AS SELECT 1::bigint AS id', 't' || lpad(n::text, 3, '0'));
    END LOOP;
END $$
"""

PROOFS = """
import json, datetime as dt, pipeline
from pipeline.runtime import current
from pipeline.tasks.rows import filling_task
date = dt.date.fromisoformat("{date}")
markers = [filling_task(name, date).marker() for name in current().project.catalog.designs]
rows = [[m.update_id, m.task, m.target_table, m.prefix, str(m.fingerprint)] for m in markers]
print(json.dumps(rows))
"""

MARKERS = """
INSERT INTO {etl}.table_updates (update_id, task, target_table, prefix, fingerprint, run_date,
    row_count, byte_count, started_at, inserted_at)
VALUES {rows}
"""

ROW = """('{id}', '{task}', '{table}', '{prefix}', '{digits}', '{date}',
    1, {size}, '{date}', '{date}')"""

New = Callable[[int], Project]


@pytest.fixture
def new(new_project: Callable[..., Project]) -> New:
    """Make projects with this number of tables, one row each."""

    def create(tables: int) -> Project:
        designs = {f"{{src}}/public-t{n:03}.yaml": DESIGN.format(n=n) for n in range(tables)}
        return new_project(TABLES.format(last=tables - 1), designs)

    return create


def mark(project: Project, date: str = DATE, size: Callable[[str], int] = lambda _: 1) -> None:
    """Create the tables, and write the markers that complete loads would have written."""
    project.luigi("BootstrapWarehouse")
    found = project.run(sys.executable, "-c", PROOFS.format(date=date))
    names = ("id", "task", "table", "prefix", "digits")
    markers = [dict(zip(names, marker, strict=True)) for marker in json.loads(found.out)]
    rows = [ROW.format(**marker, date=date, size=size(marker["table"])) for marker in markers]
    tables = [f"CREATE TABLE {marker['table']} (id bigint NOT NULL)" for marker in markers]
    statement = MARKERS.format(etl=project.marker_schema, rows=",\n".join(rows))
    execute(project.environment["DATA_WAREHOUSE_ETL"], *tables, statement)


def requests(project: Project, *words: str) -> Counter[str]:
    """Run a task and count its requests to databases and S3, by kind."""
    return trace(project, *words, "--date", DATE)


def test_many_complete_relations_cost_two_statements(new: New) -> None:
    """One reads the markers, and one the catalog."""
    project = new(300)
    mark(project)
    assert requests(project, "LoadAll") == {"sql SELECT on its own": 2}


def test_other_complete_relations_do_not_make_a_load_more_expensive(new: New) -> None:
    found = []
    for number in (3, 120):
        project = new(number)
        mark(project)
        project.pipeline("forget", "{src}.t001", "--date", DATE)
        found.append(requests(project, "LoadAll", "--workers", "2"))
    few, many = (sum(each.values()) for each in found)
    # On a slow machine, absent markers may be looked up again: by one statement, one LIST.
    assert many <= few + 4, found


def test_no_task_of_a_table_lists_the_warehouse(new: New) -> None:
    """The work of a run would grow with the square of its tables."""
    project = new(6)
    done = project.luigi("LoadAll", "--workers", "2", *log_statements(project))
    assert len(re.findall(r"AS column_name\nFROM pg_catalog\.pg_namespace", done.err)) <= 2
    assert len(re.findall(r"^LOCK ", done.err, re.MULTILINE)) >= 6


def test_each_further_table_costs_the_same(new: New) -> None:
    sizes = (4, 8, 16)
    few, more, most = (
        sum(requests(new(number), "LoadAll", "--workers", "2").values()) for number in sizes
    )
    each = (more - few) / 4
    assert (most - more) / 8 <= each * 1.25, (few, more, most)


def traffic(project: Project) -> Counter[str]:
    """Return the statements and round trips to the warehouse so far; ``locked`` by LOCK."""
    found: Counter[str] = Counter()
    rows = query(project.environment["DATA_WAREHOUSE_ADMIN"], "SHOW emulator.traffic")
    for application, in_lock, command, statements, trips in rows:
        if application == "redshift-pipeline":
            kind = "login" if command == "login" else "locked" if in_lock else "other"
            found += Counter({f"{kind} statements": statements, f"{kind} round trips": trips})
    return found


def test_a_table_is_loaded_in_few_round_trips(new: New) -> None:
    """Each of its own, without the login; all tables queue for the marker table."""
    project = new(4)
    project.luigi("LoadAll", "--date", "2026-11-20")
    spent = []
    for date, table in (("2026-11-21", "{src}.t000"), ("2026-11-22", "{src}.*")):
        before = traffic(project)
        project.luigi("CopyAll", "--date", date, "--tables", table, "--workers", "2")
        spent.append(traffic(project) - before)
    one, all_four = spent
    assert one["locked statements"] == 7, one
    assert one["locked round trips"] == 0, one
    assert all_four["locked round trips"] == 0, all_four
    trips = [sum(n for kind, n in each.items() if kind.endswith("trips")) for each in spent]
    logins = [each["login round trips"] for each in spent]
    assert trips[1] - trips[0] - (logins[1] - logins[0]) <= 3 * 9, spent


def test_the_largest_table_comes_first(new: New) -> None:
    project = new(4)
    sizes = {"t000": 5, "t001": 70, "t002": 900, "t003": 60}
    mark(project, "2026-11-20", lambda table: sizes[table.partition(".")[2]] * 1_000_000)
    done = project.luigi("DumpAll", "--workers", "1")
    order = [line.split()[1] for line in done.err.splitlines() if ": dumped" in line]
    assert [name.rstrip(":").partition(".")[2] for name in order] == [
        "t002",
        "t001",
        "t003",
        "t000",
    ]
