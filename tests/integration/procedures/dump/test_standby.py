"""A dump from a real hot standby, which replicates its own primary."""

import datetime as dt
import secrets
import subprocess
from contextlib import closing
from dataclasses import replace

import psycopg2
import psycopg2.extras
import pytest
from psycopg2.extensions import make_dsn

from pipeline.designs.model.design import Column, ExtractSettings
from pipeline.designs.model.incremental import Incremental
from pipeline.errors import UpstreamError
from pipeline.local.postgres import server as local_postgres
from pipeline.local.postgres.account import plain_environment, unprivileged_account
from pipeline.local.postgres.binaries import find_binaries
from pipeline.local.postgres.server import Postgres
from pipeline.procedures.dump.shared_snapshot import SharedSnapshot
from pipeline.procedures.operations.doctor.upstream import transactions
from tests.support import database
from tests.support.projects.dumping import CUT, Source
from tests.support.projects.increments import Increments
from tests.support.servers.proxy import proxy

ROWS = 150_000

HOLDERS = "SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction'"

TABLE = f"""
CREATE TABLE big AS SELECT g AS id, md5(g::text) AS a, md5((g + 1)::text) AS b,
    timestamptz '2026-01-02 00:00:00+00' AS at
FROM generate_series(1, {ROWS}) AS g;
ANALYZE big;
CREATE FUNCTION gate() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(42);
    RETURN 1;
END $$
"""


@pytest.fixture
def primary(tmp_path, monkeypatch):
    settings = {
        **local_postgres.SETTINGS,
        "wal_level": "replica",
        "max_wal_senders": "4",
        "max_standby_streaming_delay": "0",
        "shared_buffers": "32MB",
    }
    monkeypatch.setattr(local_postgres, "SETTINGS", settings)
    server = Postgres(tmp_path / "primary", secrets.token_urlsafe(12), throw_away=True)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def standby(primary, tmp_path):
    """A replica of the primary that accepts readers."""
    execute(primary, TABLE)
    server = Postgres(tmp_path / "standby", primary.password, throw_away=True)
    server.directory.mkdir()
    binaries = find_binaries()
    account = unprivileged_account(server.directory, binaries.path("postgres"))
    account.own(server.directory)
    subprocess.run(
        [
            *(*account.prefix, binaries.path("pg_basebackup"), "--write-recovery-conf"),
            *("--checkpoint=fast", "--no-sync", "--pgdata", str(server.data)),
            *("--host=127.0.0.1", f"--port={primary.find().port}", "--username=postgres"),
        ],
        env={**plain_environment(), "PGPASSWORD": primary.password},
        check=True,
        user=account.identity.uid if account.identity else None,
        group=account.identity.gid if account.identity else None,
    )
    server.start()
    yield server
    server.stop()


def execute(server, *statements):
    database.execute(server.dsn("postgres"), *statements)


def holders(server):
    """Query from another database: replay would cancel a query in this one."""
    return database.query(server.dsn("template1"), HOLDERS)


def test_a_standby_is_dumped_in_ranges_and_conflicts_are_retryable(primary, standby, store):
    source = Source(standby.dsn("postgres"), store)
    with source.upstream.snapshot() as session:
        assert session.facts().standby
    incremental = ExtractSettings(incremental=Incremental("id"))
    table = replace(source.design("public.big"), extract=incremental)
    found = transactions("www", [table], source.upstream)
    assert found.verdict == "fault"
    assert found.found.startswith("a standby shows no transaction of its primary, and there is no")
    manifest = source.dump(source.design("public.big"), CUT)
    assert manifest.rows == ROWS
    assert len(manifest.parts) > 2
    ids = [
        int(line.split(b",")[0]) for text in source.texts(manifest) for line in text.splitlines()
    ]
    assert sorted(ids) == list(range(1, ROWS + 1))

    check_that_a_standby_needs_a_lag(source)
    check_that_a_standby_behind_the_table_is_dumped_whole(source, primary)

    gated = source.design("public.big", "id", Column("g", expression="gate()"))
    source.folder = "conflict/"
    with database.connect(source.dsn) as keeper, keeper.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(42)")
        with pytest.raises(
            UpstreamError, match=r"conflict with recovery.*hot_standby_feedback"
        ) as caught:
            source.dump(
                gated, CUT, report=lambda _: execute(primary, "DELETE FROM big", "VACUUM big")
            )
    assert caught.value.retryable
    assert source.left_in_folder() == []


def check_that_a_standby_needs_a_lag(source):
    """It does not show the transactions of its primary, which may yet commit earlier values."""
    following = Incremental("at", deletes="ignore")
    table = Increments(replace(source, folder="lag/"), following, table="public.big")
    with pytest.raises(UpstreamError, match=r"a standby does not show .*; give 'lag'"):
        table.run()
    table.settings = replace(following, lag=dt.timedelta(hours=1))
    assert len(table.run()) == ROWS
    assert table.last.position == "2026-01-01 23:00:00+00"
    assert "so the largest value less lag counts" in table.last.note
    assert len(table.run(settings=CUT)) == ROWS


def check_that_a_standby_behind_the_table_is_dumped_whole(source, primary):
    following = Incremental("at", lag=dt.timedelta(hours=1), deletes="ignore")
    ahead = replace(source, dsn=primary.dsn("postgres"), folder="behind/")
    table = Increments(ahead, following, table="public.big")
    source.execute("SELECT pg_wal_replay_pause()")
    execute(primary, "INSERT INTO big VALUES (0, '', '', now())")
    assert len(table.run()) == ROWS + 1
    table.source = replace(source, folder="behind/")
    assert len(table.run()) == ROWS
    assert table.last.reason == "upstream is older than what the table holds"
    source.execute("SELECT pg_wal_replay_resume()")


def test_a_dump_takes_no_rows_of_a_second_server_at_the_address(primary, standby, store):
    """Another server may have a snapshot of the same name, of another time."""
    with proxy(standby.find().port) as between:
        between.later = primary.find().port
        source = Source(make_dsn(standby.dsn("postgres"), port=between.port), store)
        with pytest.raises(UpstreamError, match="is another server than the one of the snapshot"):
            source.dump(source.design("public.big", "id"), CUT)
    assert source.left_in_folder() == []


def test_a_standby_shares_a_snapshot_until_replay_ends_it(primary, standby, store):
    source = Source(standby.dsn("postgres"), store)
    shared = SharedSnapshot(source.upstream)
    shared.expect("big")
    shared.expect("another")
    design = source.design("public.big", "id")
    assert source.dump(design, CUT, snapshot=shared.name).rows == ROWS

    assert holders(standby)
    execute(primary, "DELETE FROM big", "VACUUM big")
    while holders(standby):
        pass  # replay ends the session when it reaches the VACUUM; pytest limits the time
    source.folder = "later/"
    with pytest.raises(UpstreamError, match="hot_standby_feedback = on avoids that") as caught:
        source.dump(design, snapshot=shared.name)
    assert caught.value.retryable
    assert source.left_in_folder() == []
    shared.done()
    shared.done()


def test_a_sender_of_replication_does_not_hold_positions_back(primary, store):
    source = Source(primary.dsn("postgres"), store)
    source.execute("CREATE TABLE t AS SELECT 1 AS id, now() - interval '1 day' AS at")
    replication = psycopg2.extras.LogicalReplicationConnection
    with closing(psycopg2.connect(source.dsn, connection_factory=replication)) as sender:
        [(position,)] = source.execute("SELECT pg_current_wal_lsn()")
        sender.cursor().start_replication_expert(f"START_REPLICATION PHYSICAL {position}")
        [(held,)] = source.execute(
            "SELECT (query_start - interval '1 second')::text FROM pg_stat_activity"
            " WHERE backend_type = 'walsender' AND state = 'active' AND xact_start IS NULL"
            " AND datname = current_database()"
        )
        table = Increments(source, Incremental("at", deletes="ignore"))
        table.run()
    assert table.last.position > held
