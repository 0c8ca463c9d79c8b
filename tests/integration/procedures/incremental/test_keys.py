"""A delta comes with the keys of all rows of its snapshot, which are proved like the rows."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from pipeline.designs.model.design import Column, Constraints, Design
from pipeline.designs.model.incremental import Incremental
from pipeline.errors import DesignError, UpstreamError
from pipeline.manifest import Manifest
from pipeline.procedures.dump import job
from pipeline.procedures.dump import table as dumps
from pipeline.procedures.dump.proof import DamagedDumpError, ProofJob, prove, prove_keys
from pipeline.procedures.incremental.base import Base, Decision
from pipeline.procedures.incremental.dump import increment_statements, write_increment
from pipeline.procedures.incremental.source import read_source
from tests.support.processes import until
from tests.support.projects.dumping import CUT, Source
from tests.support.projects.increments import Increments

AT = Incremental("at")


@pytest.fixture
def table(source: Source) -> Increments:
    """A table of three rows, dumped whole."""
    source.execute(
        """
        CREATE TABLE t (at timestamptz NOT NULL DEFAULT now(), id int PRIMARY KEY, note text);
        INSERT INTO t SELECT now() - interval '1 day', g FROM generate_series(1, 3) AS g
        """
    )
    table = Increments(source, AT, columns=("id", "at", "note"))
    table.run()
    assert table.last.keys_manifest is None
    return table


def test_keys_and_rows_are_of_one_snapshot_while_rows_change(table: Increments) -> None:
    table.source.execute("INSERT INTO t (id) VALUES (4); DELETE FROM t WHERE id = 1")
    changes = "DELETE FROM t WHERE id = 2; INSERT INTO t (id) VALUES (5) ON CONFLICT DO NOTHING"
    assert table.run(report=lambda _: table.source.execute(changes)) == [4]
    assert table.keys() == [2, 3, 4]
    assert table.last.source_rows == 3
    assert table.run() == [4, 5]
    assert table.keys() == [3, 4, 5]


def test_a_statement_that_waits_for_the_dump_has_its_turn(
    table: Increments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the session with the snapshot, and the one that reads the keys waits for it."""
    monkeypatch.setattr(job, "BEHIND", 1)
    source = table.source
    source.execute("INSERT INTO t (id) VALUES (4)")
    statement = threading.Thread(target=source.execute, args=("ALTER TABLE t ADD more int",))

    def alter(_: object) -> None:
        if statement.ident is None:
            statement.start()
            until(source.has_waiting)

    assert table.run(report=alter) == [4]
    statement.join()
    assert table.keys() == [1, 2, 3, 4]
    assert "more" in [column.name for column in source.columns(table.design.source)]


def test_keys_are_those_of_the_rows_that_the_condition_selects(table: Increments) -> None:
    table.condition = "id <> 2 -- or"
    table.run()
    assert table.keys() == [1, 3]
    assert table.last.source_rows == 2


def test_keys_are_written_as_the_rows_are(table: Increments) -> None:
    """They hold the key's expressions, in the order of the key."""
    design = replace(
        table.design,
        columns=(Column("more", expression="id * 10"), Column("id"), Column("at")),
        constraints=Constraints(primary_key=("id", "more")),
    )
    table.run(design=design, settings=CUT)
    table.run(design=design, settings=CUT)
    [manifest] = [read_keys(table)]
    assert manifest.columns == ("id", "more")
    assert b"".join(table.source.texts(manifest)) == b"1,10\n2,20\n3,30\n"


def read_keys(table: Increments) -> Manifest:
    key = table.last.keys_manifest
    assert key is not None
    return Manifest.from_json(table.source.store.read(key).decode())


def test_keys_are_read_over_several_connections(large: Source) -> None:
    large.execute(
        "ALTER TABLE big RENAME TO t;"
        "ALTER TABLE t ADD at timestamptz NOT NULL DEFAULT now() - interval '1 day'"
    )
    table = Increments(large, AT, columns=("id", "at"))
    table.run()
    assert table.run(settings=CUT) == []
    manifest = read_keys(table)
    assert (len(manifest.parts) > 1, manifest.rows) == (True, 150_000)
    assert table.keys() == list(range(1, 150_001))


def test_a_table_without_a_key_is_refused(table: Increments) -> None:
    design = replace(table.design, constraints=Constraints())
    table.run(design=design)
    with pytest.raises(DesignError, match=r"www\.t has no key .* 'deletes: ignore'"):
        table.run(design=design)
    assert list(table.source.store.list(f"{table.source.folder}{len(table.manifests)}/")) == []


@pytest.fixture
def proof(table: Increments) -> ProofJob:
    """A stored delta with keys, as a load expects it."""
    job, decision = table.job(), table.decision()
    write = partial(write_increment, decision=decision)
    manifest = dumps.dump_table(job, lambda _: None, write)
    table.manifests.append(manifest)
    day = dt.date(2026, 11, 21)
    return ProofJob(job.design.name, day, job.s3, job.manifest_key, job.folder)


def test_a_delta_and_its_keys_are_proved(table: Increments, proof: ProofJob) -> None:
    manifest = prove(proof)
    assert manifest == table.manifests[-1]
    assert (manifest.version, manifest.rows) == (3, 0)
    keys = prove_keys(proof, manifest)
    assert (keys.version, keys.rows, keys.columns) == (2, 3, ("id",))
    assert keys.parts[0].url.startswith(manifest.parts[0].url.rpartition("/")[0] + "/keys/")
    with pytest.raises(ValueError, match="has no keys"):
        prove_keys(proof, table.manifests[0])


def replace_part(proof: ProofJob, keys: Manifest) -> None:
    part = keys.parts[0]
    proof.s3.write(part.url.removeprefix(proof.s3.url("")), b"x" * part.bytes)


def delete_manifest(proof: ProofJob, keys: Manifest) -> None:
    proof.s3.delete([keys.key])


def store_of_another_snapshot(proof: ProofJob, keys: Manifest) -> None:
    proof.s3.write(keys.key, replace(keys, snapshot="1:1:").to_json().encode())


def store_rows_as_keys(proof: ProofJob, keys: Manifest) -> None:
    proof.s3.write(keys.key, proof.s3.read(proof.manifest_key))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (replace_part, "another content of the same size"),
        (delete_manifest, r"keys\.manifest is missing"),
        (store_of_another_snapshot, "another snapshot"),
        (store_rows_as_keys, r"keys\.manifest is the manifest of s3://"),
    ],
)
def test_damaged_keys_withdraw_the_dump(
    table: Increments,
    proof: ProofJob,
    damage: Callable[[ProofJob, Manifest], None],
    message: str,
) -> None:
    manifest = prove(proof)
    damage(proof, prove_keys(proof, manifest))
    again = r".*The manifest was withdrawn: the next run dumps www\.t again"
    with pytest.raises(DamagedDumpError, match=message + again):
        prove_keys(proof, manifest)
    assert not proof.s3.exists(proof.manifest_key)


def test_a_failed_dump_of_keys_leaves_nothing(table: Increments) -> None:
    """The first row that fails is not in the delta, but its key is read."""
    failing = replace(table.design, columns=(Column("id", expression="1 / (id - 2)"),))
    with pytest.raises(UpstreamError, match=r"division by zero.*column id: 1 / \(id - 2\)"):
        table.run(same_source(table, failing), design=failing)
    assert list(table.source.store.list(f"{table.source.folder}{len(table.manifests)}/")) == []


def same_source(table: Increments, design: Design) -> Decision:
    """Return a delta for a design that uses other columns."""
    job = table.job(design=design)
    with job.upstream.snapshot(observes=True) as session:
        assert session.observed is not None
        found = read_source(job, session, session.observed)
    return Decision(Base("marker", "", str(table.last.position), found.identity))


def test_a_preview_shows_the_statements_of_a_delta(table: Increments) -> None:
    job, decision = table.job(), table.decision()
    live = [each.text for each in increment_statements(job, table.source.upstream, decision)]
    position = table.last.position
    assert "pg_stat_activity" in live[0]
    assert any("pg_export_snapshot" in text for text in live)
    copies = [text for text in live if text.startswith("COPY")]
    assert len(copies) == 2
    assert f"""WHERE "at" >= '{position}'::timestamptz\n""" in copies[0]
    assert copies[1].startswith('COPY (\nSELECT\n  "id" AS "id"\nFROM "public"."t"\n)')
    offline = [each.text for each in increment_statements(job, None, decision)]
    copies = [text for text in offline if text.startswith("COPY")]
    assert f"""WHERE ("at" >= '{position}' OR "at" IS NULL)\n""" in copies[0]
    other = Decision(Base("marker", "", str(position), "cluster=1/1"))
    whole = [each.text for each in increment_statements(job, table.source.upstream, other)]
    assert len([text for text in whole if text.startswith("COPY")]) == 1


@pytest.mark.parametrize(
    ("statement", "is_unique"),
    [
        ("SELECT 1", True),
        ("ALTER TABLE t DROP CONSTRAINT t_pkey", False),
        (
            "ALTER TABLE t DROP CONSTRAINT t_pkey; CREATE UNIQUE INDEX ON t (id) WHERE id > 0",
            False,
        ),
        ("ALTER TABLE t DROP CONSTRAINT t_pkey; CREATE UNIQUE INDEX ON t (id, at)", False),
        ("CREATE TABLE child () INHERITS (t)", False),
    ],
)
def test_an_index_of_all_rows_makes_keys_unique(
    table: Increments, statement: str, is_unique: bool
) -> None:
    columns = (Column("id", "bigint"), *table.design.columns[1:])
    table.source.execute(statement)
    table.run(design=replace(table.design, columns=columns))
    assert table.last.keys_unique == is_unique


def test_texts_may_be_equal_in_the_warehouse_although_they_differ_upstream(
    table: Increments,
) -> None:
    columns = (Column("id", "varchar(20)"), *table.design.columns[1:])
    table.run(design=replace(table.design, columns=columns))
    assert not table.last.keys_unique
