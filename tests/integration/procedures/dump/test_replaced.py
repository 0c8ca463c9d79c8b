"""A dump whose tables are replaced upstream after its snapshot: its rows, or an error."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg2.extensions import connection

from pipeline.designs.model.design import Column
from pipeline.designs.model.incremental import Incremental
from pipeline.errors import UpstreamError
from pipeline.names import TableName
from pipeline.procedures.dump import job
from pipeline.procedures.dump.workers import engines, worker
from tests.support.database import connect
from tests.support.processes import until
from tests.support.projects.dumping import CUT, WHOLE, Source
from tests.support.projects.increments import Increments

TABLES = """
CREATE TABLE base AS SELECT g AS id, g || 'x' AS note FROM generate_series(1, 3) AS g;
CREATE TABLE pay AS SELECT g AS id FROM generate_series(1, 3) AS g;
CREATE VIEW seen AS SELECT * FROM base;
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1), (11), (12);
CREATE VIEW seen_parts AS SELECT * FROM parts;
CREATE TABLE whole (id int);
CREATE TABLE child () INHERITS (whole);
CREATE TABLE sister () INHERITS (whole);
INSERT INTO child VALUES (1), (2);
INSERT INTO sister VALUES (3);
CREATE VIEW seen_whole AS SELECT * FROM whole;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM base
"""

RELOADED = """
TRUNCATE base;
INSERT INTO base SELECT g, g || 'x' FROM generate_series(1, 5) AS g
"""

RENAMED = """
CREATE TABLE new AS SELECT g AS id, 'new' AS note FROM generate_series(1, 5) AS g;
ALTER TABLE base RENAME TO old;
ALTER TABLE new RENAME TO base
"""

EXCHANGED = """
CREATE TABLE parts_2 (LIKE parts);
INSERT INTO parts_2 VALUES (11), (12), (13), (14);
ALTER TABLE parts DETACH PARTITION parts_1;
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (10) TO (20)
"""

ADOPTED = """
CREATE TABLE other (id int);
INSERT INTO other VALUES (1), (2), (3), (4), (5);
ALTER TABLE child NO INHERIT whole;
ALTER TABLE other INHERIT whole
"""

LABEL = Column("label", expression="(SELECT b.note FROM public.base AS b WHERE b.id = pay.id)")

REPLACED = {
    "table": ("public.base", RELOADED, 5, "base"),
    "renamed": ("public.base", RENAMED, 5, "base"),
    "view": ("public.seen", RELOADED, 5, "base"),
    "materialized view": ("public.kept", "REFRESH MATERIALIZED VIEW kept", 3, "kept"),
    "partition": ("public.parts", EXCHANGED, 5, "parts_[12]"),
    "partition of a view": ("public.seen_parts", EXCHANGED, 5, "parts_[12]"),
    "detached": ("public.parts", "ALTER TABLE parts DETACH PARTITION parts_1", 1, "parts_1"),
    "child": ("public.whole", ADOPTED, 6, "child"),
    "dropped": ("public.parts", "DROP TABLE parts_1", 1, "parts_1"),
}

LATER = {
    **REPLACED,
    "dropped child": ("public.whole", "DROP TABLE child", 0, "child"),
    "dropped child of a view": ("public.seen_whole", "DROP TABLE child", 0, "child"),
}


@pytest.fixture
def tables(source: Source) -> Source:
    source.execute(TABLES)
    return source


@contextmanager
def batch(source: Source, sql: str) -> Iterator[None]:
    """Execute a script in a transaction that is committed once a dump waits for its locks."""

    def commit() -> None:
        try:
            until(source.has_waiting)
        finally:
            connection.commit()

    with connect(source.dsn) as connection:
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute(sql)
        thread = threading.Thread(target=commit)
        thread.start()
        try:
            yield
        finally:
            thread.join()


@pytest.mark.parametrize(("table", "sql", "rows", "_"), REPLACED.values(), ids=REPLACED)
def test_a_dump_that_waits_for_a_batch_has_the_rows_of_the_batch(tables, table, sql, rows, _):
    design = tables.design(table)
    with batch(tables, sql):
        manifest = tables.dump(design)
    assert manifest.rows == rows
    assert tables.left_in_folder() == [part.url.split("/", 3)[3] for part in manifest.parts]


def test_an_expression_that_waits_for_a_batch_sees_the_rows_of_the_batch(tables):
    with batch(tables, RELOADED):
        manifest = tables.dump(tables.design("public.pay", "id", LABEL))
    assert b"".join(tables.texts(manifest)) == b"1,1x\n2,2x\n3,3x\n"


@pytest.mark.parametrize(("table", "sql", "_", "named"), LATER.values(), ids=LATER)
def test_what_was_replaced_after_a_shared_snapshot_is_an_error(tables, table, sql, _, named):
    design = tables.design(table)
    with tables.upstream.snapshot() as session:
        name = session.export()
        tables.execute(sql)
        with pytest.raises(UpstreamError, match=rf"public\.{named} was .*replaced") as caught:
            tables.dump(design, snapshot=name)
    assert caught.value.retryable
    assert table in str(caught.value)
    assert tables.left_in_folder() == []


def test_what_an_expression_reads_is_an_error_if_it_was_replaced(tables):
    design = tables.design("public.pay", "id", LABEL)
    with tables.upstream.snapshot() as session:
        name = session.export()
        tables.execute(RELOADED)
        with pytest.raises(UpstreamError, match=r"public\.pay: .*public\.base was"):
            tables.dump(design, snapshot=name)


SWAPPED = """
ALTER TABLE t RENAME note TO other;
ALTER TABLE t RENAME code TO note;
ALTER TABLE t RENAME other TO code;
UPDATE t SET note = 'batch'
"""

REBUILT = """
ALTER TABLE t ADD new text;
UPDATE t SET new = 'batch';
ALTER TABLE t DROP note;
ALTER TABLE t RENAME new TO note
"""


@pytest.fixture
def noted(source: Source) -> Source:
    source.execute("CREATE TABLE t AS SELECT 1 AS id, 'first' AS note, 'code' AS code")
    return source


@pytest.mark.parametrize("sql", [SWAPPED, REBUILT], ids=["swapped", "rebuilt"])
@pytest.mark.parametrize("label", [Column("note"), Column("label", expression="left(note, 9)")])
def test_a_column_that_a_batch_gives_a_name_has_the_values_of_the_batch(noted, sql, label):
    """The rows before the batch have no value of a column that it added: NULL."""
    design = noted.design("public.t", "id", label)
    with batch(noted, sql):
        manifest = noted.dump(design)
    assert b"".join(noted.texts(manifest)) == b"1,batch\n"


def test_a_name_that_means_another_column_after_a_shared_snapshot_is_an_error(noted):
    design = noted.design("public.t", "id", "note", condition="code = 'code'")
    other = noted.design("public.t", "id")
    with noted.upstream.snapshot() as session:
        name = session.export()
        noted.execute("ALTER TABLE t DROP code; ALTER TABLE t ADD code text DEFAULT 'code'")
        with pytest.raises(UpstreamError, match=r"public\.t was .*altered"):
            noted.dump(design, snapshot=name)
        assert noted.dump(other, snapshot=name).rows == 1


UNCHANGED = {
    "new partition": (
        "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (20) TO (30);"
        " INSERT INTO parts VALUES (21)"
    ),
    "attached partition": (
        "BEGIN; CREATE TABLE parts_2 (LIKE parts); INSERT INTO parts_2 VALUES (21);"
        " ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (20) TO (30); COMMIT"
    ),
    "new subpartitions": (
        "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (20) TO (30)"
        " PARTITION BY RANGE (id);"
        "CREATE TABLE parts_2_0 PARTITION OF parts_2 FOR VALUES FROM (20) TO (25);"
        " INSERT INTO parts VALUES (21)"
    ),
    "new child": "CREATE TABLE more () INHERITS (whole); INSERT INTO more VALUES (4)",
    "columns": "ALTER TABLE parts ADD more int; ALTER TABLE base ADD more int",
    "rows": "INSERT INTO parts VALUES (2); DELETE FROM base; ANALYZE; VACUUM",
    "indexes": "CREATE INDEX ON parts (id); CREATE INDEX ON base (id); REINDEX TABLE base",
    "unrelated": "CREATE TABLE more (); DROP MATERIALIZED VIEW kept",
}


@pytest.mark.parametrize("sql", UNCHANGED.values(), ids=UNCHANGED)
def test_ordinary_changes_after_a_shared_snapshot_are_no_error(tables, sql):
    names = ("base", "seen", "parts", "seen_parts", "whole", "seen_whole")
    designs = [tables.design(f"public.{name}") for name in names]
    designs.append(tables.design("public.pay", "id", LABEL))
    with tables.upstream.snapshot() as session:
        name = session.export()
        with connect(tables.dsn) as connection, connection.cursor() as cursor:
            for each in sql.split(";"):
                cursor.execute(each)
        found = [tables.dump(design, snapshot=name).rows for design in designs]
    assert found == [3] * 7


@pytest.mark.parametrize("sql", ["TRUNCATE parts_1", "VACUUM FULL parts_1"])
def test_partitions_that_a_condition_excludes_do_not_count(tables, sql):
    design = tables.design("public.parts", condition="id < 10")
    with tables.upstream.snapshot() as session:
        name = session.export()
        tables.execute(sql)
        assert tables.dump(design, snapshot=name).rows == 1


def test_a_table_attached_after_a_shared_snapshot_that_sees_its_rows_is_an_error(tables):
    tables.execute("CREATE TABLE ready AS SELECT 21 AS id; CREATE TABLE empty (id int)")
    attach = "ALTER TABLE parts ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})"
    with tables.upstream.snapshot() as session:
        name = session.export()
        tables.execute(attach.format("empty", 30, 40))
        assert tables.dump(tables.design("public.parts"), snapshot=name).rows == 3
        tables.execute(attach.format("ready", 20, 30))
        with pytest.raises(UpstreamError, match=r"public\.ready was"):
            tables.dump(tables.design("public.parts"), snapshot=name)


HIDDEN = """
CREATE SCHEMA inner_schema;
CREATE TABLE inner_schema.base (id int, secret text);
INSERT INTO inner_schema.base VALUES (1, 's'), (2, 's');
CREATE TABLE inner_schema.parts (id int) PARTITION BY RANGE (id);
CREATE TABLE inner_schema.parts_0 PARTITION OF inner_schema.parts FOR VALUES FROM (0) TO (10);
INSERT INTO inner_schema.parts VALUES (1), (2);
CREATE VIEW outer_base AS SELECT id FROM inner_schema.base;
CREATE VIEW outer_parts AS SELECT id FROM inner_schema.parts;
CREATE VIEW outer_catalog AS SELECT oid::bigint AS id FROM pg_class WHERE relname = 'pg_class'
UNION ALL SELECT 1 FROM information_schema.tables WHERE table_name = 'no such table'
"""


def test_a_reader_needs_no_privilege_on_what_a_view_reads(source):
    """Neither USAGE on the schema nor SELECT; some columns of a table suffice."""
    source.execute(TABLES)
    source.execute(HIDDEN)
    name = f"reader_{secrets.token_hex(4)}"
    reader = source.as_user(name, "secret")
    source.execute(f"GRANT SELECT ON outer_base, outer_parts, outer_catalog TO {name}")
    source.execute(f"GRANT SELECT (id) ON base TO {name}")
    found = [
        reader.dump(reader.design(f"public.{table}", "id"), settings).rows
        for table in ("outer_base", "outer_parts", "outer_catalog", "base")
        for settings in (WHOLE, CUT)
    ]
    assert found == [2, 2, 2, 2, 1, 1, 3, 3]
    with batch(source, "TRUNCATE inner_schema.base; INSERT INTO inner_schema.base VALUES (1)"):
        assert reader.dump(reader.design("public.outer_base", "id")).rows == 1
    with batch(source, "TRUNCATE base; INSERT INTO base VALUES (1)"):
        assert reader.dump(reader.design("public.base", "id")).rows == 1


def test_an_incremental_dump_that_waits_for_a_batch_has_its_rows(tables):
    tables.execute("CREATE TABLE t AS SELECT g AS id, now() AS at FROM generate_series(1, 3) AS g")
    increments = Increments(tables, Incremental("at", deletes="ignore"))
    assert increments.run() == [1, 2, 3]
    later = """
    CREATE TABLE new (LIKE t);
    INSERT INTO new SELECT g, clock_timestamp() FROM generate_series(1, 5) AS g;
    ALTER TABLE t RENAME TO old;
    ALTER TABLE new RENAME TO t
    """
    with batch(tables, later):
        assert increments.run() == [1, 2, 3, 4, 5]
    assert increments.last.reason == "upstream is another table"


RECOMPUTED = """
UPDATE t SET n = 2;
ALTER TABLE t ALTER double SET EXPRESSION AS (n * 100)
"""


@pytest.mark.parametrize("table", ["t", "seen"])
def test_an_expression_that_a_batch_gives_a_virtual_column_has_the_rows_of_the_batch(
    source: Source, table: str
) -> None:
    """The rows of before the batch never had a value by its expression."""
    source.execute(
        "CREATE TABLE t (n int, double int GENERATED ALWAYS AS (n * 2) VIRTUAL);"
        "CREATE VIEW seen AS SELECT * FROM t; INSERT INTO t VALUES (1)"
    )
    with batch(source, RECOMPUTED):
        manifest = source.dump(source.design(f"public.{table}", "n", "double"))
    assert b"".join(source.texts(manifest)) == b"2,200\n"


def test_an_expression_that_is_not_dumped_does_not_count(source: Source) -> None:
    source.execute(
        "CREATE TABLE t (n int, double int GENERATED ALWAYS AS (n * 2) VIRTUAL);"
        "INSERT INTO t VALUES (1)"
    )
    with source.upstream.snapshot() as session:
        name = session.export()
        source.execute("ALTER TABLE t ALTER double SET EXPRESSION AS (n * 100)")
        assert source.dump(source.design("public.t", "n"), snapshot=name).rows == 1
        with pytest.raises(UpstreamError, match=r"public\.t was .*altered"):
            source.dump(source.design("public.t", "double"), snapshot=name)


def test_worker_processes_give_way_to_a_statement_that_waits_for_the_dump(
    gated: Source, gate: connection, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    """It waits for the session that reads the first rows, and the processes wait behind it."""
    monkeypatch.setattr(job, "BEHIND", 1)
    caplog.set_level("WARNING", "pipeline")
    statement = threading.Thread(target=gated.execute, args=("ALTER TABLE big ADD more int",))
    start = engines.start

    def start_behind(*given: Any) -> list[worker.Worker]:
        if statement.ident is None:
            statement.start()
            until(gated.has_waiting)
        else:
            gate.close()
        return start(*given)

    monkeypatch.setattr(engines, "start", start_behind)
    manifest = gated.dump(gated.gated_design(), CUT)
    statement.join()
    assert manifest.rows == gated.execute("SELECT count(*) FROM big")[0][0]
    assert caplog.text.count("that session waits for this dump of public.big") == 1
    assert "more" in [column.name for column in gated.columns(TableName("public", "big"))]
