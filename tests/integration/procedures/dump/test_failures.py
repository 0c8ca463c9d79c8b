import logging
import multiprocessing
import os
import secrets
import signal
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import replace

import psutil
import pytest
from psycopg2.extensions import make_dsn

from pipeline.designs.model.design import Column, Constraints
from pipeline.errors import ConfigError, StorageError, UpstreamError
from pipeline.procedures.dump.workers import process
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from tests.support.paths import ROOT
from tests.support.processes import start
from tests.support.projects.dumping import CUT, WHOLE, Source


def assert_nothing_left(source):
    assert source.left_in_folder() == []
    assert multiprocessing.active_children() == []
    assert_no_transaction_left(source)


def assert_no_transaction_left(source):
    """Assert that no session holds a lock on the table; fails after a lock timeout otherwise."""
    source.execute("SET lock_timeout TO '20s'; BEGIN; LOCK TABLE big IN ACCESS EXCLUSIVE MODE")


def test_a_killed_process_fails_the_dump_and_stops_the_others(gated, start_method):
    def kill(_):
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(
        UpstreamError, match=r"public\.big: a process .* killed by SIGKILL"
    ) as caught:
        gated.dump(gated.gated_design(), CUT, report=kill)
    assert caught.value.retryable
    assert_nothing_left(gated)


def test_an_interrupt_stops_everything_at_once(gated, start_method):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gated.dump(gated.gated_design(), replace(CUT, connections=3), report=interrupt)
    assert_nothing_left(gated)


def test_a_lost_connection_is_a_retryable_error(gated):
    def terminate(_):
        gated.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'redshift-pipeline'
            """
        )

    with pytest.raises(UpstreamError, match=r"www \(127.*public\.big: ") as caught:
        gated.dump(gated.gated_design(), CUT, report=terminate)
    assert caught.value.retryable
    assert_nothing_left(gated)


def test_a_statement_timeout_names_the_setting_to_raise(gated):
    hurried = replace(gated, dsn=make_dsn(gated.dsn, options="-c statement_timeout=300ms"))
    with pytest.raises(UpstreamError, match="statement_timeout in the options of") as caught:
        hurried.dump(hurried.gated_design(), CUT)
    assert not caught.value.retryable


CHILD = """
import multiprocessing, sys
from pipeline.designs.model.design import Column, Constraints
from pipeline.procedures.dump.workers import process
from pipeline.stores.s3.bucket import S3Store
from tests.support.projects.dumping import CUT, Source

def show(_):
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)

if __name__ == "__main__":
    process.start_method = lambda: sys.argv[1]
    source = Source(input(), S3Store(sys.argv[2]), sys.argv[3])
    design = source.design("public.big", "id", Column("g", expression="gate()"))
    source.dump(design, CUT, report=show)
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_die_with_their_parent(gated, tmp_path, method):
    script = tmp_path / "parent.py"
    script.write_text(CHILD)
    parent = start(
        [sys.executable, str(script), method, gated.store.bucket, gated.folder],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    with parent:
        parent.stdin.write(gated.dsn + "\n")
        parent.stdin.flush()
        children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(children) == 1
        parent.kill()
    assert psutil.wait_procs(children, timeout=30)[1] == []
    assert_no_transaction_left(gated)


def test_the_command_line_of_a_process_holds_no_secret(gated, monkeypatch):
    monkeypatch.setattr(process, "start_method", lambda: "spawn")
    password = gated.dsn.split(":")[2].split("@")[0]
    seen = []

    def record(_):
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # sessions of the server end at any time
                seen.append(" ".join(child.cmdline()))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gated.dump(gated.gated_design(), CUT, report=record)
    assert any("spawn" in words for words in seen)
    assert not any(password in words for words in seen)


@pytest.mark.parametrize("settings", [WHOLE, CUT], ids=["whole", "cut"])
@pytest.mark.parametrize("text", ["a", "md5(random()::text || a)"], ids=["small", "multipart"])
def test_a_missing_bucket_is_named(large, settings, text):
    large.store = S3Store("no-such-bucket-anywhere")
    design = large.design("public.big", *(Column(f"c{n}", expression=text) for n in range(4)))
    with pytest.raises(StorageError, match=r"s3://no-such-bucket-anywhere/.*NoSuchBucket"):
        large.dump(design, settings)
    large.wait_until_no_session_is_left()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("amount / 0", "division by zero"),
        ("amount / (amount - 7)", "division by zero"),
        ("note::int", 'invalid input syntax for type integer: "x"'),
        ("amont + 1", 'column "amont" does not exist'),
        ("no_such_function(amount)", "function no_such_function"),
        ("t2.amount", 'missing FROM-clause entry for table "t2" [42P01]; it comes from'),
        ("amount +", "syntax error"),
        ("(SELECT amount FROM t)", "more than one row"),
    ],
)
@pytest.mark.parametrize("settings", [WHOLE, CUT], ids=["whole", "cut"])
def test_a_failing_expression_is_named_by_its_column(source, expression, message, settings):
    source.execute(
        "CREATE TABLE t AS SELECT g AS amount, 'x' AS note FROM generate_series(5, 9) AS g"
    )
    design = source.design(
        "public.t",
        "amount",
        Column("fine", expression="amount + 1"),
        Column("guilty", expression=expression),
        Column("fine_too", expression="note || ''"),
    )
    with pytest.raises(UpstreamError) as caught:
        source.dump(design, settings)
    assert message in str(caught.value)
    assert f"it comes from column guilty: {expression}" in str(caught.value)
    assert "public.t" in str(caught.value)
    assert not caught.value.retryable
    assert source.left_in_folder() == []


@pytest.mark.parametrize("condition", ["amount / 0 > 1", "10 / (amount - 7) > 0", "nothing = 1"])
def test_a_failing_condition_is_named(source, condition):
    source.execute("CREATE TABLE t AS SELECT g AS amount FROM generate_series(5, 9) AS g")
    design = source.design("public.t", Column("a", expression="amount + 1"), condition=condition)
    with pytest.raises(UpstreamError) as caught:
        source.dump(design)
    assert f"it comes from the condition: {condition}" in str(caught.value)


SQL_ASCII = """
SET client_encoding = 'SQL_ASCII';
CREATE TABLE t (id int, tenant text, a text, b text, PRIMARY KEY (tenant, id));
INSERT INTO t SELECT g, 'x', 'fine', E'f\\xc3\\xbcr' FROM generate_series(1, 30000) AS g;
UPDATE t SET b = E'caf\\xe9 au lait' WHERE id >= 29000;
"""


@pytest.mark.parametrize("settings", [WHOLE, CUT], ids=["whole", "cut"])
@pytest.mark.parametrize(
    ("key", "where"), [((), ""), (("tenant", "id"), " of the row with id = 29000, tenant = x")]
)
def test_a_text_that_is_not_valid_is_named_by_column_row_and_value(
    new_database, store, settings, key, where
):
    source = Source(new_database("SQL_ASCII"), store)
    source.execute(SQL_ASCII)
    design = source.design("public.t")
    design = replace(design, constraints=Constraints(primary_key=key))
    with pytest.raises(UpstreamError) as caught:
        source.dump(design, settings)
    message = str(caught.value)
    assert 'public.t: invalid byte sequence for encoding "UTF8": 0xe9' in message
    assert "fix it upstream, or repair it in the column's expression" in message
    assert message.endswith(f"it comes from column b{where}: 'caf\\xe9 au lait'")
    repaired = Column("b", expression=REPAIRED)
    design = replace(design, columns=(*design.columns[:3], repaired))
    texts = b"".join(source.texts(source.dump(design, settings))).decode().splitlines()
    assert sorted({line.split(",")[3] for line in texts}) == ["café au lait", "für"]


REPAIRED = """
CASE WHEN b LIKE 'caf%' THEN
  convert_from(convert(convert_to(b, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'UTF8') ELSE b END
"""


def test_a_failing_row_in_a_late_range_is_traced_to_its_column(large):
    large.execute("UPDATE big SET c = 'no number' WHERE id = 149000")
    design = large.design(
        "public.big",
        Column("a", expression="upper(a)"),
        Column("n", expression="CASE WHEN c = 'no number' THEN c::int END"),
    )
    with pytest.raises(UpstreamError, match="it comes from column n: CASE WHEN"):
        large.dump(design, CUT)
    assert_nothing_left(large)


def test_a_dropped_table_is_named(source):
    source.execute("CREATE TABLE t (a int)")
    design = source.design("public.t")
    source.execute("DROP TABLE t")
    with pytest.raises(
        UpstreamError, match=r"public\.t: .*does not exist.*fix or remove the design"
    ):
        source.dump(design)


def test_a_dropped_column_of_an_expression_is_named(source):
    source.execute("CREATE TABLE t (a int, b int)")
    design = source.design("public.t", "a", Column("b", expression="b"))
    source.execute("ALTER TABLE t DROP COLUMN b")
    with pytest.raises(UpstreamError, match='column "b" does not exist'):
        source.dump(design)


def test_a_missing_privilege_is_named(source):
    source.execute("CREATE TABLE t (a int)")
    design = source.design("public.t")
    reader = source.as_user(f"reader_{secrets.token_hex(4)}", "secret")
    with pytest.raises(
        UpstreamError, match=r"public\.t: permission denied.*GRANT SELECT"
    ) as caught:
        reader.dump(design)
    assert not caught.value.retryable


PASSWORD = "s3cr3t-pässword"


def shown(error: BaseException) -> str:
    """Return all that a log may show of an error: message, representation, causes."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error.args)


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        (f"postgresql://postgres:{PASSWORD}@127.0.0.1:PORT/postgres", "check user and password"),
        (
            f"host=127.0.0.1 port=PORT user=nobody password={PASSWORD} dbname=postgres",
            "check user",
        ),
        (f"postgresql://postgres:{PASSWORD}@127.0.0.1:PORT/no_such_database", "cannot connect"),
        (f"postgresql://postgres:{PASSWORD}@no-such-host.invalid/db", "check the host"),
        (f"postgresql://postgres:{PASSWORD}@127.0.0.1:1/db", "check host and port"),
    ],
)
def test_a_refused_connection_shows_no_password(postgres, caplog, dsn, message):
    caplog.set_level(logging.DEBUG)
    upstream = Upstream("www", dsn.replace("PORT", str(postgres.find().port)))
    with pytest.raises(UpstreamError, match=message) as caught, upstream.snapshot():
        pass
    assert str(caught.value).startswith("www (")
    for text in (shown(caught.value), caplog.text, repr(upstream)):
        assert PASSWORD not in text


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        " ",
        f"postgresql://postgres:{PASSWORD}@x@127.0.0.1/db",
        f"postgresql://postgres:{PASSWORD}/x@127.0.0.1/db",
        f"postgresql://postgres:{PASSWORD}%x@127.0.0.1/db",
        f"password {PASSWORD}",
        PASSWORD,
        f"mysql://postgres:{PASSWORD}@127.0.0.1/db",
    ],
)
def test_a_malformed_connection_string_is_not_shown(dsn):
    with pytest.raises(ConfigError, match="www: its connection string") as caught:
        _ = Upstream("www", dsn).place
    assert PASSWORD not in shown(caught.value)


def test_statements_in_the_log_hold_no_secret(source, caplog):
    caplog.set_level(logging.DEBUG)
    source.execute("CREATE TABLE t (a int)")
    source.dump(source.design("public.t"))
    password = source.dsn.split(":")[2].split("@")[0]
    assert "COPY (" in caplog.text
    assert password not in caplog.text
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in caplog.text
