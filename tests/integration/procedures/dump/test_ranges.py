import os
import sys
from dataclasses import replace

import pytest

from pipeline.designs.model.design import Column
from pipeline.errors import UpstreamError
from pipeline.procedures.dump.workers import process
from pipeline.settings import Dump
from tests.support.projects.dumping import CUT, WHOLE

ROWS = 150_000


@pytest.mark.parametrize("compression", ["zstd", "gzip"])
def test_a_table_split_into_ranges_has_the_same_rows_as_in_one_stream(
    large, start_method, compression
):
    design = large.design("public.big")
    whole = large.dump(design, replace(WHOLE, chunk_threshold=1 << 40))
    large.folder = "other/"
    cut = large.dump(design, replace(CUT, connections=3, compression=compression))
    assert large.lines(cut) == large.lines(whole)
    assert cut.rows == whole.rows == ROWS
    assert len(cut.parts) > 2
    assert len(cut.parts) % 2 == 0
    assert [part.rows for part in cut.parts] == [text.count(b"\n") for text in large.texts(cut)]
    assert max(part.rows for part in cut.parts) < 1.2 * min(part.rows for part in cut.parts)
    large.wait_until_no_session_is_left()


def test_all_ranges_see_the_same_state_during_concurrent_writes(large, gate, start_method):
    before = large.execute("SELECT id, a FROM big ORDER BY id")

    def write(_):
        """Write between the snapshot and the first row, then open the gate."""
        if gate.closed:
            return
        large.execute(
            """
            UPDATE big SET a = 'changed' WHERE id % 2 = 0;
            DELETE FROM big WHERE id % 5 = 0;
            INSERT INTO big SELECT g, 'new' FROM generate_series(300001, 350000) AS g
            """
        )
        gate.close()

    design = large.design("public.big", "id", "a", Column("g", expression="gate()"))
    manifest = large.dump(design, CUT, report=write)
    assert len(manifest.parts) > 2
    found = [line.split(b",") for line in large.lines(manifest)]
    assert sorted((int(id_), a.decode()) for id_, a, _ in found) == before
    assert len(large.execute("SELECT id FROM big")) != len(before)


def test_tables_may_share_the_snapshot_of_another_session(large):
    design = large.design("public.big", "id")
    with large.upstream.snapshot() as session:
        name = session.export()
        large.execute("DELETE FROM big WHERE id > 10")
        manifest = large.dump(design, CUT, snapshot=name)
    assert manifest.rows == ROWS


def test_a_table_truncated_after_the_snapshot_is_an_error_and_not_an_empty_dump(large):
    design = large.design("public.big")
    with large.upstream.snapshot() as session:
        name = session.export()
        large.execute("TRUNCATE big")
        with pytest.raises(UpstreamError, match=r"public\.big was truncated, rewritten") as caught:
            large.dump(design, CUT, snapshot=name)
    assert caught.value.retryable
    assert large.dump(design, CUT).rows == 0


def test_a_table_created_again_after_the_snapshot_is_an_error_and_not_an_empty_dump(large):
    design = large.design("public.big")
    with large.upstream.snapshot() as session:
        name = session.export()
        large.execute("CREATE TABLE other AS TABLE big; DROP TABLE big")
        large.execute("ALTER TABLE other RENAME TO big")
        with pytest.raises(UpstreamError, match=r"public\.big was truncated, rewritten") as caught:
            large.dump(design, CUT, snapshot=name)
    assert caught.value.retryable
    assert large.dump(design, CUT).rows == ROWS


def test_expressions_may_name_the_table_with_its_schema(large):
    design = large.design(
        "public.big",
        Column("id", expression="public.big.id"),
        Column("whole", expression="(big)::text"),
        condition="public.big.id > 10",
    )
    whole = large.dump(design, WHOLE)
    large.folder = "cut/"
    cut = large.dump(design, CUT)
    assert len(cut.parts) > 2
    assert large.lines(cut) == large.lines(whole)


def test_children_that_inherit_are_dumped_with_their_parent(source):
    source.execute(
        """
        CREATE TABLE parent (id int, a text);
        CREATE TABLE child (more int) INHERITS (parent);
        CREATE TABLE grandchild () INHERITS (child);
        INSERT INTO parent SELECT g, md5(g::text) FROM generate_series(1, 50000) AS g;
        INSERT INTO child SELECT g, md5(g::text), 1 FROM generate_series(50001, 90000) AS g;
        INSERT INTO grandchild SELECT g, md5(g::text), 1 FROM generate_series(90001, 130000) AS g;
        ANALYZE
        """
    )
    manifest = source.dump(source.design("public.parent", "id"), CUT)
    ids = sorted(int(line.strip(b'"')) for line in source.lines(manifest))
    assert ids == list(range(1, 130_001))


def test_a_materialized_view_is_split_into_ranges(large):
    large.execute("CREATE MATERIALIZED VIEW mv AS SELECT * FROM big; ANALYZE mv")
    manifest = large.dump(large.design("public.mv"), CUT)
    assert manifest.rows == ROWS
    assert len(manifest.parts) > 2


def test_a_large_view_rolls_between_rows(large):
    large.execute("CREATE VIEW v AS SELECT id, a, E'two\\nlines, \"quoted\"' AS b FROM big")
    manifest = large.dump(large.design("public.v"), CUT)
    texts = large.texts(manifest)
    assert len(texts) > 1
    assert all(text.endswith(b'"\n') for text in texts)
    assert manifest.rows == ROWS
    assert [part.rows for part in manifest.parts] == [text.count(b"two\n") for text in texts]
    large.execute("CREATE TABLE back AS SELECT * FROM v LIMIT 0")
    large.load(manifest, "back")
    large.assert_same("v", "back")


def test_an_expression_over_all_rows_sees_all_rows(large):
    design = large.design("public.big", Column("n", expression="count(*) OVER ()"))
    assert set(large.lines(large.dump(design, CUT))) == {b'"%d"' % ROWS}


def test_a_limit_restricts_the_number_of_rows(large):
    manifest = large.dump(large.design("public.big"), CUT, limit=1234)
    assert (manifest.rows, manifest.partial) == (1234, True)


def test_progress_ends_with_all_rows_and_bytes(large):
    reports = []
    manifest = large.dump(large.design("public.big"), CUT, report=reports.append)
    last = reports[-1]
    assert last.rows == manifest.rows
    assert last.bytes == manifest.bytes
    assert last.parts == len(manifest.parts)
    assert last.raw_bytes == sum(part.raw_bytes for part in manifest.parts)
    assert last.expected_rows == ROWS
    assert 0 < last.fraction < 1


def test_one_connection_starts_no_process(large, monkeypatch):
    monkeypatch.setattr(process.WorkerProcess, "__init__", None)
    assert large.dump(large.design("public.big"), replace(CUT, connections=1)).rows == ROWS


def test_a_small_table_starts_no_process(source, monkeypatch):
    monkeypatch.setattr(process.WorkerProcess, "__init__", None)
    source.execute("CREATE TABLE t AS SELECT 1 AS a")
    assert source.dump(source.design("public.t"), Dump(connections=4)).rows == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SCHED_BATCH")
def test_a_dump_runs_under_sched_batch(source):
    """It shares its processors with PostgreSQL and does not preempt it."""
    source.execute("CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 10) AS g")
    before = os.sched_getscheduler(0)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    try:
        assert source.dump(source.design("public.t"), CUT).rows == 10
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
    finally:
        os.sched_setscheduler(0, before, os.sched_param(0))
