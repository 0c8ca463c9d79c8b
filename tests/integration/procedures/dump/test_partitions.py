"""A partitioned table that is divided into page ranges has the same rows as in one stream."""

import secrets
from dataclasses import replace

import pytest
from psycopg2.extensions import make_dsn

from pipeline.designs.model.design import Column
from pipeline.errors import UpstreamError
from pipeline.names import TableName
from tests.support.projects.dumping import CUT, WHOLE

PARTITIONED = """
CREATE TABLE events (id int, day date, note text) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
    PARTITION BY HASH (id);
CREATE TABLE events_2025_0 PARTITION OF events_2025 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_2025_1 (note text, extra int, id int, day date);
ALTER TABLE events_2025_1 DROP COLUMN extra;
ALTER TABLE events_2025 ATTACH PARTITION events_2025_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE "Events default" PARTITION OF events DEFAULT;
INSERT INTO events
SELECT g, DATE '2024-01-01' + g % 700, repeat(md5(g::text), 3)
FROM generate_series(1, 150000) AS g;
INSERT INTO events VALUES (-1, NULL, 'nowhen');
ANALYZE events
"""


def test_every_partition_at_any_depth_is_dumped_once(source, start_method):
    source.execute(PARTITIONED)
    manifest = source.dump(source.design("public.events"), CUT)
    source.execute("CREATE TABLE back (LIKE events)")
    source.load(manifest, "back")
    source.assert_same("events", "back")
    assert len(manifest.parts) > 2


def test_expressions_may_name_the_partitioned_table(source):
    source.execute(PARTITIONED)
    design = source.design(
        "public.events", "id", condition="events.id > 40000 AND day < '2025-03-01'"
    )
    expected = source.execute(
        "SELECT count(*) FROM events WHERE id > 40000 AND day < '2025-03-01'"
    )
    assert source.dump(design, CUT).rows == expected[0][0]


def test_a_user_who_may_read_only_the_partitioned_table_gets_all_its_rows(source):
    source.execute(PARTITIONED)
    name = f"reader_{secrets.token_hex(4)}"
    reader = source.as_user(name, "secret")
    source.execute(f"GRANT SELECT ON events TO {name}")
    manifest = reader.dump(reader.design("public.events"), CUT)
    assert manifest.rows == 150_001
    assert len(manifest.parts) > 1


def test_row_security_is_an_error_unless_the_connection_string_permits_it(source):
    source.execute(PARTITIONED)
    name = f"reader_{secrets.token_hex(4)}"
    reader = source.as_user(name, "secret")
    source.execute(
        f"""
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name};
        ALTER TABLE events ENABLE ROW LEVEL SECURITY;
        CREATE POLICY few ON events TO {name} USING (id <= 70000)
        """
    )
    design = reader.design("public.events")
    with pytest.raises(UpstreamError, match=r"row-level security.*BYPASSRLS.*row_security=on"):
        reader.dump(design, CUT)
    reader.dsn = make_dsn(reader.dsn, options="-c row_security=on")
    assert reader.dump(design, CUT).rows == 70_001


def test_policies_of_a_partition_do_not_apply_to_the_partitioned_table(source):
    source.execute(PARTITIONED)
    name = f"reader_{secrets.token_hex(4)}"
    reader = source.as_user(name, "secret")
    source.execute(
        f"""
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name};
        ALTER TABLE events_2024 ENABLE ROW LEVEL SECURITY;
        CREATE POLICY few ON events_2024 TO {name} USING (id < 100)
        """
    )
    design = reader.design("public.events")
    for options in ("", "-c row_security=on"):
        reader.dsn = make_dsn(reader.dsn, options=options)
        assert reader.dump(design, CUT).rows == 150_001


@pytest.mark.parametrize("expression", ["row_to_json(events)", "(events.*)::text"])
def test_a_row_as_a_whole_is_that_of_the_partitioned_table(source, expression):
    source.execute(PARTITIONED)
    design = source.design("public.events", Column("whole", expression=expression))
    whole = source.dump(design, replace(WHOLE, chunk_threshold=1 << 40))
    source.folder = "cut/"
    assert source.lines(source.dump(design, CUT)) == source.lines(whole)


@pytest.mark.parametrize("factor", [2, 3])
def test_virtual_columns_are_those_of_the_partitioned_table(source, factor):
    source.execute(
        f"""
        CREATE TABLE t (id int, more int GENERATED ALWAYS AS (id * 2) VIRTUAL)
        PARTITION BY RANGE (id);
        CREATE TABLE t_0 (more int GENERATED ALWAYS AS (id * {factor}) VIRTUAL, id int);
        INSERT INTO t_0 (id) SELECT g FROM generate_series(1, 150000) AS g;
        ALTER TABLE t ATTACH PARTITION t_0 FOR VALUES FROM (1) TO (150001);
        ANALYZE t
        """
    )
    manifest = source.dump(source.design("public.t", "more"), CUT)
    found = sorted(int(line.strip(b'"')) for line in source.lines(manifest))
    assert found == list(range(2, 300_001, 2))
    with source.upstream.snapshot() as session:
        partitions = session.table(TableName("public", "t")).partitions
    assert [each.readable for each in partitions] == [factor == 2]


def test_a_condition_may_name_the_partitioned_table_with_its_schema(source):
    source.execute(PARTITIONED)
    design = source.design("public.events", "id", condition="public.events.id > 10")
    assert source.dump(design, CUT).rows == 149_990
