"""A relation on the screen: its statements, its rows, what ``forget`` would remove; its draft."""

from tests.support.database import query
from tests.support.projects.warehouse import DATE, Project

QUERY = "SELECT status, COUNT(*) AS orders\nFROM {src}.orders AS o\nGROUP BY o.status\n"
UNREACHABLE = "postgresql://dw:x@127.0.0.1:1/nowhere"
OFFLINE = dict.fromkeys(
    ("DATA_WAREHOUSE_ETL", "DATA_WAREHOUSE_ADMIN", "UPSTREAM"), UNREACHABLE
) | {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}


def test_a_design_is_drafted_from_its_query_before_anything_is_loaded(project: Project) -> None:
    project.write("{dw}/per_status.sql", QUERY)
    told = project.pipeline("validate", "--offline", code=3).err
    assert f"or have it drafted: pipeline design '{project.dw}.per_status'" in told
    refused = project.pipeline("design", "{dw}.per_status", code=4).err
    assert "luigi --module pipeline BootstrapWarehouse --local-scheduler" in refused
    project.luigi("BootstrapWarehouse")

    drafted = project.pipeline("design", "{dw}.per_status")

    assert "per_status.yaml: written" in drafted.out
    file = project.folder / "designs" / project.dw / "per_status.yaml"
    text = file.read_text()
    assert "  - name: status\n    sql_type: varchar(40)\n" in text
    assert "  - name: orders\n    sql_type: bigint\n    not_null: true\n" in text
    assert "  - unique: [status]\n" in text
    etl = project.environment["DATA_WAREHOUSE_ETL"]
    created = "SELECT COUNT(*) FROM pg_class WHERE relname LIKE 'draft!_%' ESCAPE '!'"
    assert query(etl, created) == [(0,)]
    assert query(etl, f"SELECT to_regclass('{project.src}.orders') IS NULL") == [(True,)]

    again = project.pipeline("design", "{dw}.per_status", code=2).err
    assert "has a design, which is edited by hand" in again
    assert "selects no query without a design" in project.pipeline("design", "{dw}.x", code=2).err
    project.write("{dw}/wrong.sql", "SELECT id, 1\nFROM {src}.orders")
    assert "wrong.sql: column 2 has no name" in project.pipeline("design", "{dw}", code=3).err
    project.write("{dw}/wrong.sql", "SELECT id,\n    stats AS s\nFROM {src}.orders")
    assert (
        'wrong.sql:2: column 5: column "stats"' in project.pipeline("design", "{dw}", code=4).err
    )
    project.write("{dw}/wrong.sql", "SELECT id AS order_id FROM {src}.orders")
    both = project.pipeline("design", "{dw}.wrong", "{src}.customers", "--dry-run").out
    assert "  - primary_key: [order_id]\n" in both
    assert "public-customers.yaml: kept" in both
    assert "2 tables: 1 would be written, 1 kept." in both

    project.pipeline("validate", "{dw}.per_status", code=3)
    (project.folder / "designs" / project.dw / "wrong.sql").unlink()
    project.luigi("RefreshCtas", "--table", "{dw}.per_status")
    assert project.rows("SELECT SUM(orders) FROM {dw}.per_status") == [(1000,)]


def test_a_complete_relation_is_shown_also_without_any_server(project: Project) -> None:
    project.luigi("BootstrapWarehouse")
    missing = project.pipeline("show", "{src}.customers", "--rows", "2", code=2).err
    assert f"LoadAll --local-scheduler --tables {project.src}.customers\n" in missing
    project.luigi("LoadAll")

    table = project.pipeline("show", "{src}.orders", **OFFLINE).out
    assert f'CREATE TABLE "{project.src}"."orders" (\n    "id" bigint NOT NULL' in table
    assert 'FROM "public"."orders"\n) TO STDOUT' in table
    assert f'COPY "{project.src}"."orders" (' in table
    assert project.environment["AWS_SECRET_ACCESS_KEY"] not in table
    derived = project.pipeline("show", "{dw}.totals", **OFFLINE).out
    assert 'INSERT INTO "' in derived
    assert "SELECT status, COUNT(*) AS orders" in derived
    view = project.pipeline("show", "{dw}.paid", **OFFLINE).out
    assert "WITH NO SCHEMA BINDING;" in view

    rows = project.pipeline("show", "{src}.customers", "--rows", "9").out
    assert "id   name" in rows
    assert "3    NULL" in rows
    assert "4 rows of " in rows

    before = (project.markers(), project.keys())
    told = project.pipeline("forget", "{src}.orders", "--date", DATE, "--dry-run").out
    assert f"{DATE}: would forget 1 dump and 1 marker of 1 relation" in told
    assert (project.markers(), project.keys()) == before
    gone = project.pipeline("forget", "{src}.orders", "--date", DATE).out
    assert f"{DATE}: forgot 1 dump and 1 marker of 1 relation" in gone
