"""Foreign tables, through a real wrapper: designed, dumped and loaded as any other."""

from collections.abc import Callable

from psycopg2.extensions import parse_dsn

from tests.support.database import query
from tests.support.projects.warehouse import Project

FAR = """
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.events (
    id bigint PRIMARY KEY, at timestamptz, amount numeric(12,2), note text
);
INSERT INTO elsewhere.events
SELECT i, '2026-01-01 00:00:00.000001+00'::timestamptz + i * interval '37 min', i * 1.25,
    CASE i % 4 WHEN 1 THEN '' WHEN 2 THEN 'Kyiv – Київ ' || i WHEN 3 THEN E'a"b\\n,\\\\' END
FROM generate_series(1, 3000) AS i;
CREATE TABLE elsewhere.readings_2025 (id int, year int, code text);
INSERT INTO elsewhere.readings_2025
SELECT i, 2025, md5(i::text) FROM generate_series(1, 2000) AS i;
"""
NEAR = """
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host '{host}', port '{port}', dbname '{dbname}');
CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user '{user}', password '{password}');
CREATE FOREIGN TABLE events (id bigint NOT NULL, at timestamptz, amount numeric(12,2), note text)
    SERVER far OPTIONS (schema_name 'elsewhere');
CREATE TABLE readings (id int, year int, code text) PARTITION BY LIST (year);
CREATE FOREIGN TABLE readings_2025 PARTITION OF readings FOR VALUES IN (2025)
    SERVER far OPTIONS (schema_name 'elsewhere');
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES IN (2026);
INSERT INTO readings SELECT i, 2026, md5(i::text) FROM generate_series(1, 100000) AS i;
ANALYZE readings_2026;
"""


def test_foreign_tables_and_foreign_partitions_are_loaded_unchanged(
    new_project: Callable[..., Project],
) -> None:
    project = new_project(upstream=FAR, designs={})
    project.upstream(NEAR.format(**parse_dsn(project.upstream_dsn)))
    project.pipeline("design", "{src}")
    project.pipeline("validate")

    project.luigi("LoadAll", "--warehouse-chunk-threshold", "0")

    events = "SELECT id, at, amount, note FROM {}.events ORDER BY id"
    expected = query(project.upstream_dsn, events.format("elsewhere"))
    assert len(expected) == 3000
    assert project.rows(events.format(project.src)) == expected
    readings = "SELECT year, COUNT(*), COUNT(DISTINCT id), SUM(id) FROM {src}.readings GROUP BY 1"
    assert sorted(project.rows(readings)) == [
        (2025, 2000, 2000, 2001000),
        (2026, 100000, 100000, 5000050000),
    ]

    project.upstream("ALTER SERVER far OPTIONS (SET port '9')")
    failed = project.luigi("DumpTable", "--table", "{src}.events", "--date", "2026-11-22", code=30)
    assert 'public.events: could not connect to server "far"' in failed.out
    assert parse_dsn(project.upstream_dsn)["password"] not in failed.text
