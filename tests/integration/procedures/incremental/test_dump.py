"""Each dump has the rows that none before it could see, and says where the next one begins."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg2.extensions
import pytest

from pipeline.designs.model.design import Column
from pipeline.designs.model.incremental import Incremental
from pipeline.errors import DesignError, UpstreamError
from pipeline.procedures.dump.shared_snapshot import SharedSnapshot
from pipeline.procedures.incremental.base import Base, Decision
from pipeline.procedures.incremental.source import find_change, is_older
from tests.support.database import connect
from tests.support.projects.dumping import CUT, Source
from tests.support.projects.increments import Increments

TABLE = """
CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), note text);
CREATE INDEX ON t (at);
INSERT INTO t SELECT g, now() - interval '1 day' FROM generate_series(1, 3) AS g
"""

AT = Incremental("at", deletes="ignore")

LAGGING = replace(AT, set_by="application", lag=dt.timedelta(0))

New = Callable[..., Increments]


@pytest.fixture
def new(source: Source) -> New:
    """Make the incremental dumps of a table that a script creates."""

    def create(settings: Incremental = AT, table: str = TABLE, **more) -> Increments:
        source.execute(table)
        return Increments(source, settings, **more)

    return create


@pytest.fixture
def writer(source: Source) -> Iterator[psycopg2.extensions.connection]:
    """A connection whose transactions end when the test ends them."""
    with connect(source.dsn) as connection:
        connection.autocommit = False
        yield connection


def run(connection: psycopg2.extensions.connection, sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_the_first_dump_has_all_rows_and_the_next_one_those_since(new: New) -> None:
    table = new()
    assert table.run() == [1, 2, 3]
    assert (table.last.base, table.last.since, table.last.source_rows) == (None, None, 3)
    assert table.last.reason == "the first load"
    first = table.last
    table.source.execute("INSERT INTO t VALUES (4); UPDATE t SET at = now() WHERE id = 2")
    assert table.run() == [2, 4]
    assert (table.last.base, table.last.since) == ("marker", first.position)
    assert table.last.base_loaded_at == "2026-11-21T03:04:05+00:00"
    assert table.last.source_rows == 4
    assert find_change(table.last.source, first.source) is None
    assert is_older(first.source, table.last.source)
    assert (table.last.reason, table.last.keys_manifest, table.last.note) == ("", None, "")
    assert table.last.position > first.position


def test_rows_of_a_transaction_that_commits_late_are_in_the_next_dump(new: New, writer) -> None:
    table = new()
    run(writer, "INSERT INTO t VALUES (10)")
    [(start,)] = run(writer, "SELECT (now() - interval '1 second')::text")
    table.source.execute("INSERT INTO t VALUES (11)")
    assert table.run() == [1, 2, 3, 11]
    assert table.last.position == start
    table.source.execute("INSERT INTO t VALUES (12)")
    writer.commit()
    assert table.run() == [10, 11, 12]
    assert table.last.position > start


def test_a_session_that_waits_outside_a_transaction_holds_nothing_back(new: New, writer) -> None:
    table = new()
    run(writer, "SELECT 1")
    writer.commit()
    [(end,)] = table.source.execute("SELECT (now() - interval '1 second')::text")
    table.run()
    assert table.last.position > end


def test_a_transaction_of_hours_is_told(new: New) -> None:
    table = new()
    with table.source.upstream.snapshot(observes=True) as session:
        name, seen = session.export(), session.observed
        assert seen is not None
        old = replace(seen, bound="2026-01-02 03:04:05.000006+00")
        table.run(snapshot=name, observed=old)
    assert table.last.position == old.bound
    told = "a transaction that began at 2026-01-02 03:04 UTC holds the position back"
    assert table.last.note == told


def test_rows_that_are_written_while_a_dump_reads_are_in_the_next_one(new: New) -> None:
    table = new()
    sql = "INSERT INTO t VALUES (20) ON CONFLICT DO NOTHING"
    assert table.run(report=lambda _: table.source.execute(sql)) == [1, 2, 3]
    assert table.last.source_rows == 3
    assert table.run() == [20]


def test_equal_values_are_read_again_in_full_precision(new: New) -> None:
    table = new(LAGGING)
    table.source.execute("UPDATE t SET at = '2026-01-02 03:04:05.123456+02' WHERE id > 1")
    table.source.execute("UPDATE t SET at = '2026-01-02 03:04:05.123455+02' WHERE id = 1")
    table.run()
    assert table.last.position == "2026-01-02 01:04:05.123456+00"
    table.source.execute("INSERT INTO t VALUES (4, '2026-01-02 03:04:05.123456+02')")
    assert table.run() == [2, 3, 4]


def test_rows_without_a_value_are_read_each_time(new: New) -> None:
    table = new(table="CREATE TABLE t (id int PRIMARY KEY, at timestamptz DEFAULT now())")
    table.source.execute("INSERT INTO t VALUES (1, NULL), (2, now() - interval '1 day')")
    assert table.run() == [1, 2]
    assert table.last.note == "1 row without at, read each time"
    table.source.execute("INSERT INTO t (id, at) VALUES (3, NULL), (4, now())")
    assert table.run() == [1, 3, 4]
    assert table.last.note == "2 rows without at, read each time"


@pytest.fixture
def prepared(source: Source) -> Iterator[str]:
    """The name of a prepared transaction, which is rolled back unless the test has ended it."""
    name = f"p_{secrets.token_hex(4)}"
    yield name
    if source.execute("SELECT gid FROM pg_prepared_xacts WHERE gid = %s", name):
        source.execute(f"ROLLBACK PREPARED '{name}'")


def test_a_position_stays_while_there_are_prepared_transactions(new: New, prepared: str) -> None:
    table = new()
    table.run()
    first = table.last.position
    table.source.execute(f"BEGIN; INSERT INTO t VALUES (4); PREPARE TRANSACTION '{prepared}'")
    assert table.run() == []
    assert table.last.position == first
    assert table.last.note == "unknown start of 1 prepared transaction: the position stays"
    table.source.execute(f"COMMIT PREPARED '{prepared}'")
    assert table.run() == [4]
    assert table.last.position > first


def test_all_rows_beside_a_prepared_transaction_leave_no_position(new: New, prepared: str) -> None:
    """A lag is no bound for it: it may be older."""
    table = new()
    table.source.execute(f"BEGIN; INSERT INTO t VALUES (4); PREPARE TRANSACTION '{prepared}'")
    hour = dt.timedelta(hours=1)
    for settings in (AT, replace(AT, lag=hour), Incremental("at", window=hour)):
        table.settings = settings
        assert table.run() == [1, 2, 3]
        assert table.last.position is None
        assert table.last.note == (
            "unknown start of 1 prepared transaction: the next load takes all rows"
        )


def test_a_session_that_hides_its_transactions_counts_like_a_prepared_one(
    new: New, writer
) -> None:
    table = new()
    table.run()
    first = table.last.position
    run(writer, "SET track_activities = off; INSERT INTO t VALUES (4)")
    table.run()
    assert table.last.position == first
    assert "1 session with track_activities = off" in table.last.note
    run(writer, "SET track_activities = on")  # shows the session, but not when it began
    table.run()
    assert table.last.position == first
    writer.rollback()
    table.run()
    assert table.last.position > first


@pytest.fixture
def restricted(new: New) -> Increments:
    """A table, read by a user who does not see the transactions of others."""
    table = new()
    name = f"reader_{secrets.token_hex(4)}"
    owner, table.source = table.source, table.source.as_user(name, "secret")
    owner.execute(f"GRANT SELECT ON t TO {name}")
    return table


def test_a_user_who_does_not_see_transactions_needs_a_lag(restricted: Increments) -> None:
    [(name,)] = restricted.source.execute("SELECT quote_ident(current_user)")
    with pytest.raises(
        UpstreamError, match=rf"public\.t.*GRANT pg_read_all_stats TO {name}, .*'lag'"
    ):
        restricted.run()
    assert restricted.source.left_in_folder() == []
    restricted.settings = replace(AT, lag=dt.timedelta(minutes=15))
    [(expected,)] = restricted.source.execute(
        "SELECT (max(at) - interval '15 minutes')::text FROM t"
    )
    restricted.run()
    assert restricted.last.position == expected
    assert "may not see the transactions of others" in restricted.last.note


def test_the_right_to_see_transactions_is_enough(restricted: Increments, source: Source) -> None:
    [(name,)] = restricted.source.execute("SELECT current_user")
    source.execute(f"GRANT pg_read_all_stats TO {name}")
    restricted.run()
    assert restricted.last.note == ""


@pytest.fixture
def subscribed(source: Source) -> Iterator[Callable[[str], None]]:
    """Make a table one that a subscription writes, which is not connected."""
    name = f"s_{secrets.token_hex(4)}"

    def subscribe(table: str) -> None:
        source.execute(
            f"CREATE SUBSCRIPTION {name} CONNECTION '' PUBLICATION p"
            " WITH (connect = false, slot_name = NONE)"
        )
        source.execute(
            "SET allow_system_table_mods = on; INSERT INTO pg_subscription_rel"
            f" SELECT oid, '{table}'::regclass, 'r' FROM pg_subscription"
            f" WHERE subname = '{name}'"
        )

    yield subscribe
    source.execute(f"DROP SUBSCRIPTION IF EXISTS {name}")


PARTITIONED = """
CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now()) PARTITION BY RANGE (id);
CREATE TABLE lower PARTITION OF t FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
CREATE TABLE lowest PARTITION OF lower FOR VALUES FROM (0) TO (50);
CREATE TABLE higher PARTITION OF lower FOR VALUES FROM (50) TO (100);
INSERT INTO t VALUES (1), (2), (60)
"""


def test_rows_with_the_times_of_another_server_need_a_lag(new: New, subscribed) -> None:
    table = new(table=PARTITIONED)
    assert table.run() == [1, 2, 60]
    subscribed("lower")
    for name in ("lowest", "lower", "t"):
        table.table = f"public.{name}"
        with pytest.raises(UpstreamError, match=r"a subscription writes its rows.*; give 'lag'"):
            table.run()


def test_a_subscription_of_one_partition_leaves_its_neighbor(new: New, subscribed) -> None:
    table = new(table=PARTITIONED)
    subscribed("lowest")
    with pytest.raises(UpstreamError, match="a subscription writes its rows"):
        table.run()
    table.table = "public.higher"
    assert table.run() == [60]


FOREIGN = """
CREATE EXTENSION file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE far (id int NOT NULL, at timestamptz NOT NULL) SERVER f
OPTIONS (filename '/dev/null')
"""

NOT_TABLES = {
    "CREATE VIEW v AS SELECT * FROM t": ("v", "public.v upstream is a view"),
    "CREATE MATERIALIZED VIEW m AS SELECT * FROM t": ("m", "is a materialized view"),
    FOREIGN: ("far", "public.far upstream is a foreign table"),
    "CREATE TABLE p (LIKE far) PARTITION BY RANGE (id);"
    "ALTER TABLE p ATTACH PARTITION far FOR VALUES FROM (0) TO (100)": (
        "p",
        "public.far, a part of it, is a foreign table",
    ),
}


def test_relations_whose_changes_cannot_be_followed_are_named(new: New) -> None:
    table = new(columns=("id", "at"))
    for sql, (name, message) in NOT_TABLES.items():
        table.source.execute(sql)
        table.table = f"public.{name}"
        with pytest.raises(DesignError, match=rf"www\.{name}: .*{message}.*remove .*incremental"):
            table.run()


def test_values_later_than_the_clock_do_not_move_the_position(new: New) -> None:
    table = new(replace(LAGGING, lag=dt.timedelta(hours=1)))
    table.source.execute("INSERT INTO t VALUES (4, 'infinity'), (5, now() + interval '1 year')")
    table.run()
    [(is_past,)] = table.source.execute(
        f"SELECT '{table.last.position}'::timestamptz < now() - interval '1 hour'"
    )
    assert is_past
    assert table.run() == [4, 5]


@pytest.mark.parametrize("kind", ["timestamp", "date"])
def test_future_values_without_a_time_zone_hide_no_change(new: New, kind: str) -> None:
    utc = "now() AT TIME ZONE 'UTC'"
    table = new(LAGGING, f"CREATE TABLE t (id int PRIMARY KEY, at {kind} NOT NULL)")
    table.source.execute("INSERT INTO t VALUES (1, '2999-01-01'), (2, '2020-01-01')")
    table.run()
    table.source.execute(f"UPDATE t SET at = {utc} WHERE id = 2")
    assert table.run() == [1, 2]
    table.source.execute(f"INSERT INTO t VALUES (3, {utc} - interval '11 hours')")  # Samoa's
    assert table.run() == [1, 2, 3]


def test_a_position_never_moves_back(new: New) -> None:
    table = new(LAGGING)
    table.run()
    first = table.last.position
    table.source.execute("DELETE FROM t; INSERT INTO t VALUES (4, '2020-01-01')")
    assert table.run() == []
    assert table.last.position == first
    table.source.execute("DELETE FROM t")
    table.run()
    assert table.last.position == first


def test_a_first_dump_without_rows_leaves_no_position(new: New) -> None:
    table = new(LAGGING)
    table.source.execute("DELETE FROM t")
    table.run()
    assert table.last.position is None
    assert table.last.note == "no row has a at: the next load takes all rows"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("timestamp", "(now() AT TIME ZONE 'UTC' - interval '12 hours 1 second')::text"),
        ("date", "((now() AT TIME ZONE 'UTC' - interval '12 hours 1 second')::date)::text"),
    ],
)
def test_local_times_begin_where_the_world_is_latest(new: New, writer, kind, expected) -> None:
    table = new(table=f"CREATE TABLE t (id int PRIMARY KEY, at {kind} NOT NULL)")
    run(writer, "SET TimeZone = '+12'; INSERT INTO t VALUES (1, now())")  # 12 hours behind UTC
    [(expected,)] = run(writer, f"SET DateStyle = ISO; SELECT {expected}")
    assert table.run() == []
    assert table.last.position == expected
    writer.commit()
    assert table.run() == [1]


TWO_DAYS = dt.timedelta(days=2)

CURSORS = (
    ("bigint", "5000000000, 5000000010", 2, "5000000008"),
    ("smallint", "1, 10", 2, "8"),
    ("numeric", "1.25, 12345678901234567890.125", 2, "12345678901234567888.125"),
    ("numeric", "1, 4, 'NaN', 'Infinity'", 2, "2"),
    ("date", "'2026-01-01', '2026-01-31'", TWO_DAYS, "2026-01-29"),
    (
        "timestamp",
        "'2026-01-01', '2026-01-31 00:00:00.000001'",
        TWO_DAYS,
        "2026-01-29 00:00:00.000001",
    ),
)


def test_cursors_of_all_types(new: New) -> None:
    for kind, values, lag, position in CURSORS:
        table = new(
            replace(LAGGING, lag=lag),
            f"DROP TABLE IF EXISTS t; CREATE TABLE t (id serial PRIMARY KEY, at {kind});"
            f"INSERT INTO t (at) SELECT unnest(ARRAY[{values}]::{kind}[])",
        )
        every = table.run()
        assert (len(every), table.last.position) == (len(values.split(",")), position)
        assert table.run() == every[1:]


def test_a_lag_larger_than_a_smallint(new: New) -> None:
    table = new(
        replace(LAGGING, lag=40000),
        "CREATE TABLE t (id int PRIMARY KEY, at smallint); INSERT INTO t VALUES (1, 10)",
    )
    table.run()
    assert table.last.position == "-39990"
    assert table.run() == [1]


UNFIT = (
    (replace(AT, column="att"), "at timestamptz", r"www\.t: public\.t .* no column att.* 'at'"),
    (AT, "at text", r"www\.t: 'at' is text upstream; expected timestamptz, timestamp"),
    (AT, "at double precision", "'at' is double precision upstream; expected"),
    (AT, "at bigint", "which is not a time; expected application, with a lag"),
    (LAGGING, "at bigint", "expected a whole number, as in lag: 1000"),
    (replace(LAGGING, lag=3), "at date", "expected a duration such as 15 minutes"),
    (replace(AT, window=dt.timedelta(1)), "at int", "expected timestamptz, timestamp, date: fix"),
)


def test_a_column_that_does_not_fit_is_named(new: New) -> None:
    for settings, column, message in UNFIT:
        table = new(
            settings, f"DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, {column})"
        )
        with pytest.raises(DesignError, match=message):
            table.run()


def test_a_design_without_a_lag_for_other_clocks_is_refused(new: New) -> None:
    with pytest.raises(UpstreamError, match="clocks of application servers; give 'lag'"):
        new(replace(LAGGING, lag=None)).run()


CHANGES = {
    "ALTER TABLE t DROP COLUMN note; ALTER TABLE t ADD note text": "its columns were changed",
    "ALTER TABLE t ALTER at TYPE timestamptz(3)": "its columns were changed",
    "ALTER TABLE t RENAME TO old; CREATE TABLE t (LIKE old)": "upstream is another table",
}


def test_a_changed_source_is_dumped_whole(new: New) -> None:
    table = new()
    table.run()
    for change, reason in CHANGES.items():
        table.source.execute(change)
        rows = [row[0] for row in table.source.execute("SELECT id FROM t ORDER BY id")]
        assert table.run() == rows
        assert table.last.reason.startswith(reason)
        assert (table.last.base, table.last.since) == (None, None)
        table.run()
        assert table.last.base == "marker"


def test_a_column_that_is_not_loaded_does_not_matter(new: New) -> None:
    table = new(columns=("id", "at"), condition="id > 0")
    table.run()
    table.source.execute("ALTER TABLE t DROP COLUMN note; ALTER TABLE t ADD more int DEFAULT 7")
    assert table.run() == []


@pytest.mark.parametrize("expression", ["row_to_json(t)::text", "(t.*)::text"])
def test_each_column_matters_to_an_expression_that_takes_whole_rows(
    new: New, expression: str
) -> None:
    table = new(columns=("id", "at", Column("row", "varchar(400)", expression=expression)))
    table.run()
    table.source.execute("ALTER TABLE t ADD more int DEFAULT 7")
    assert table.run() == [1, 2, 3]
    assert table.last.reason == "its columns were changed upstream"


def test_a_restored_database_is_dumped_whole(new: New, new_database) -> None:
    table = new()
    table.run()
    table.source = replace(table.source, dsn=new_database())
    table.source.execute(TABLE)
    assert table.run() == [1, 2, 3]
    assert table.last.reason == "upstream is another database"


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("cluster=1/1", "upstream is another cluster"),
        ("cluster=unknown", ""),
    ],
)
def test_another_cluster_is_dumped_whole(new: New, part: str, reason: str) -> None:
    table = new()
    table.run()
    base = table.decision().base
    assert base is not None
    rest = base.source.partition(" ")[2]
    table.run(Decision(replace(base, source=f"{part} {rest}")))
    assert table.last.reason == reason


@pytest.mark.parametrize("begun_before", [False, True])
def test_a_snapshot_older_than_the_table_is_dumped_whole(
    new: New, writer, begun_before: bool
) -> None:
    """The other transaction is the newest of the server, or an older one that ended since."""
    table = new()
    if begun_before:
        run(writer, "INSERT INTO t VALUES (4)")
    table.source.execute("INSERT INTO t VALUES (5)")
    with table.source.upstream.snapshot(observes=True) as session:
        name, seen = session.export(), session.observed
        run(writer, "INSERT INTO t VALUES (4) ON CONFLICT DO NOTHING")
        writer.commit()
        assert table.run() == [1, 2, 3, 4, 5]
        assert table.run(snapshot=name, observed=seen) == [1, 2, 3, 5]
    assert table.last.reason == "upstream is older than what the table holds"
    assert table.run() == [4, 5]


def test_numbers_that_went_back_are_dumped_whole(new: New) -> None:
    table = new(replace(LAGGING, lag=10), "CREATE TABLE t (id int PRIMARY KEY, at bigint)")
    table.source.execute("INSERT INTO t VALUES (1, 90), (2, 9000000000), (3, NULL)")
    table.run()
    table.source.execute("UPDATE t SET at = 100 WHERE id = 2")
    assert table.run() == [1, 2, 3]
    assert table.last.reason == "the values of at went back"
    table.source.execute("UPDATE t SET at = at - 9")
    assert table.run() == [2, 3]
    table.source.execute("UPDATE t SET at = NULL")
    assert table.run() == [1, 2, 3]
    assert table.last.reason == ""


def test_a_position_later_than_the_clock_is_not_used(new: New) -> None:
    table = new()
    table.run()
    later = "2999-01-01 00:00:00+00"
    table.run(Decision(Base("marker", "", later, table.last.source)))
    assert table.last.reason == "the clock upstream went back"
    assert table.last.position < later


def test_the_cluster_is_unknown_to_a_user_without_the_right(
    restricted: Increments, source: Source
) -> None:
    restricted.settings = LAGGING
    source.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    restricted.run()
    assert restricted.last.source.startswith("cluster=unknown database=")
    assert "pg_control_system()" in restricted.last.note
    assert restricted.run() == [1, 2, 3]


def test_a_condition_holds_beside_the_position(new: New) -> None:
    table = new(condition="id = 1 OR id > 5 -- AND", table=TABLE.replace("NOT NULL", ""))
    assert table.run() == [1]
    table.source.execute(
        "INSERT INTO t (id) VALUES (4), (5), (6); INSERT INTO t VALUES (7, NULL), (0, NULL)"
    )
    assert table.run() == [6, 7]
    assert table.last.source_rows == 3
    assert table.last.note == "1 row without at, read each time"


def test_a_window_ends_its_size_before_the_oldest_transaction(new: New, writer) -> None:
    table = new(Incremental("at", window=dt.timedelta(days=3)))
    run(writer, "INSERT INTO t VALUES (10)")
    [(start,)] = run(writer, "SELECT (now() - interval '1 second')::text")
    [(expected,)] = run(writer, f"SELECT ('{start}'::timestamptz - interval '3 days')::text")
    table.source.execute("UPDATE t SET at = now() - interval '4 days' WHERE id = 1")
    assert table.run() == [1, 2, 3]
    assert table.last.position == expected
    writer.commit()
    assert table.run() == [2, 3, 10]
    assert table.last.source_rows == 4


def test_dumps_of_a_shared_snapshot_take_what_was_read_before_it(new: New, writer) -> None:
    table = new()
    run(writer, "INSERT INTO t VALUES (10)")
    [(start,)] = run(writer, "SELECT (now() - interval '1 second')::text")
    shared = SharedSnapshot(table.source.upstream)
    shared.expect("one")
    shared.expect("other")
    writer.commit()
    assert table.run(snapshot=shared.name, observed=shared.observed) == [1, 2, 3]
    assert table.last.position == start
    shared.done()
    shared.done()
    assert table.run() == [10]
    with table.source.upstream.snapshot() as session:
        name = session.export()
        with pytest.raises(ValueError, match="nothing was observed"):
            table.run(snapshot=name)


@pytest.mark.parametrize("index", ["", "CREATE INDEX ON t (at)"])
def test_a_large_table_is_read_by_its_index(new: New, index: str, caplog) -> None:
    table = new(
        table="CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL, note text);"
        "INSERT INTO t SELECT g, now() - interval '1 day', repeat(md5(g::text), 3)"
        f" FROM generate_series(1, 50000) AS g; {index}; ANALYZE t"
    )
    settings = replace(CUT, chunk_threshold=1 << 20)
    assert len(table.run(settings=settings)) == 50000
    table.source.execute("UPDATE t SET at = now() WHERE id <= 2000")
    assert table.run(settings=settings) == list(range(1, 2001))
    told = "no index of public.t begins with at: each dump reads the table"
    assert (told in table.last.note, told in caplog.text) == (not index, not index)
    assert ("Index" in explain(table)) == bool(index)


def explain(table: Increments) -> str:
    return "\n".join(
        row[0] for row in table.source.execute(f"EXPLAIN {table.manifests[-1].query}")
    )
