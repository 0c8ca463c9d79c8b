"""Atomic loads, load errors that survive the rollback, column lists, privileges, notices."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from redshift_emulator.copy import command
from redshift_emulator.copy.session import ClientGoneError, LoadFailedError
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.protocol.backend import BackendError
from tests.support.copy_session import column
from tests.support.database import connect, query
from tests.support.processes import until

FAILED = "Load into table 't' failed.  Check 'stl_load_errors' system table for details."


@pytest.fixture
def table(loader):
    loader.table("t", column("id", "integer", not_null=True), column("v", "varchar", 9))
    return loader


def test_a_load_returns_the_number_of_rows(table):
    result = table.copy("t", table.put("k", "1,a\n2,b\n"))
    assert result.rows == 2
    assert result.copy_id == 101
    assert result.notices == ("Load into table 't' completed, 2 record(s) loaded successfully.",)


def test_a_load_is_part_of_the_clients_transaction(table):
    url = table.put("k", "1,a\n")
    table.session.backend.execute("BEGIN")
    table.execute(f"COPY t FROM '{url}' IAM_ROLE default CSV")
    assert table.session.backend.query("SELECT count(*) FROM t") == [("1",)]
    assert table.rows("t") == []
    table.session.backend.execute("ROLLBACK")
    assert table.rows("t") == []


def test_a_bad_row_in_the_last_file_rolls_back_the_load(table):
    table.put("p/1", "1,a\n" * 50_000)
    table.put("p/2", "2,b\nx,c\n")
    with pytest.raises(LoadFailedError) as error:
        table.copy("t", f"s3://{table.bucket.name}/p/")
    assert error.value.message == FAILED
    assert error.value.sqlstate == "XX000"
    assert error.value.copy_id == 101
    assert table.rows("t") == []


def test_load_errors_outlive_the_rollback_padded_as_char(table):
    url = table.put("k", '1,"a\nb"\n2,c\n,d\n')
    with pytest.raises(LoadFailedError):
        table.copy("t", url)
    what = "query, session, filename, line_number, colname, type, col_length, position"
    ((query, session, filename, line, name, kind, length, position),) = table.errors(what)
    assert (query, session, line, position) == ("101", "4711", "4", "0")
    assert filename == url.ljust(256)
    assert name == "id".ljust(127)
    assert (kind, length) == ("int4".ljust(10), "0".ljust(10))
    ((code, reason, raw_line, raw_value, offset, part),) = table.errors(
        "err_code, err_reason, raw_line, raw_field_value, start_offset, slice"
    )
    assert (code, offset, part) == ("1213", "12", "0")
    assert reason == "Missing data for not-null field".ljust(100)
    assert raw_line == ",d".ljust(1024)
    assert raw_value == "".ljust(1024)
    details = table.session.log.query(
        "SELECT query_id, session_id, trim(database_name), trim(file_name), line_number,"
        " trim(column_name), trim(column_type), error_code, trim(error_message), table_id"
        " FROM pg_internal.sys_load_error_detail_all"
    )
    oid = table.session.log.query("SELECT 't'::regclass::oid")[0][0]
    assert details == [("101", "4711", "dev", url, "4", "id", "int4", "1213", reason.strip(), oid)]


def test_raw_lines_are_truncated_and_their_multibyte_characters_are_dots(table):
    with pytest.raises(LoadFailedError):
        table.load("t", "1,ü€" + "x" * 5000 + "\n")
    assert table.errors("raw_line") == [("1,.." + "x" * 1020,)]


def test_line_numbers_count_from_the_start_of_each_file(table):
    table.put("p/1", "1,a\n2,b\n")
    table.put("p/2", "1,a\nbad\n")
    with pytest.raises(LoadFailedError):
        table.copy("t", f"s3://{table.bucket.name}/p/")
    ((name, line, part),) = table.errors("trim(filename), line_number, slice")
    assert name.endswith("/p/2")
    assert (line, part) == ("2", "1")


def test_below_maxerror_bad_rows_are_skipped_and_reported(table):
    url = table.put("k", "1,a\nx,b\n3,toolongtext\n4,d\n")
    result = table.copy("t", url, "CSV MAXERROR 3")
    assert result.rows == 2
    assert result.notices == (
        "Load into table 't' completed, 2 record(s) loaded successfully.",
        (
            "Load into table 't' completed, 2 record(s) could not be loaded.  "
            "Check 'stl_load_errors' system table for details."
        ),
    )
    assert table.errors("line_number, err_code") == [("2", "1207"), ("3", "1204")]
    with pytest.raises(LoadFailedError):
        table.copy("t", url, "CSV MAXERROR 2")
    assert len(table.rows("t")) == 2


def test_replaced_characters_are_reported_and_logged(table):
    url = table.put("k", b"1,ok\n2,a\xffb\n")
    result = table.copy("t", url, "CSV ACCEPTINVCHARS AS '^'")
    assert "1 record(s) were loaded with replacements" in result.notices[1]
    assert table.rows("t") == [("1", "ok"), ("2", "a^b")]
    logged = table.session.log.query(
        "SELECT line_number, trim(colname), trim(raw_line) FROM pg_internal.stl_replacements_all"
    )
    assert logged == [("2", "v", "2,a.b")]


def test_a_successful_load_is_recorded(table):
    url = table.put("k", "1,a\n2,b\n")
    table.copy("t", url)
    history = table.session.log.query(
        "SELECT query_id, status, table_name, data_source, loaded_rows, loaded_bytes,"
        " source_file_count, error_count FROM pg_internal.sys_load_history_all"
    )
    assert history == [("101", "completed", "t", url, "2", "8", "1", "0")]
    commits = table.session.log.query(
        "SELECT query, trim(filename), lines_scanned FROM pg_internal.stl_load_commits_all"
    )
    assert commits == [("101", url, "2")]


def test_the_progress_of_a_running_load_is_recorded(table, monkeypatch):
    monkeypatch.setattr(command, "PROGRESS_SECONDS", -1)
    table.put("parts/1", "1,a\n2,b\n")
    table.put("parts/2", "3,c\n")
    seen = []

    def look():
        seen.extend(
            table.session.log.query(
                "SELECT status, end_time, source_file_count, source_file_bytes,"
                " file_count_scanned, file_bytes_scanned FROM pg_internal.sys_load_history_all"
            )
        )
        return False

    table.session.client_gone = look
    table.copy("t", f"s3://{table.bucket.name}/parts/")
    assert seen == [
        ("running", None, "2", "12", "0", "8"),
        ("running", None, "2", "12", "1", "12"),
    ]


def test_a_failed_load_is_recorded_as_aborted(table):
    with pytest.raises(LoadFailedError):
        table.load("t", "x\n")
    history = table.session.log.query(
        "SELECT query_id, status, loaded_rows FROM pg_internal.sys_load_history_all"
    )
    assert history == [("101", "aborted", None)]


def test_noload_reads_and_loads_nothing(table):
    assert table.copy("t", table.put("k", "1,a\n"), "CSV NOLOAD").rows == 0
    assert table.rows("t") == []
    with pytest.raises(LoadFailedError):
        table.copy("t", table.put("k", "x,a\n"), "CSV NOLOAD")
    assert table.errors("err_code") == [("1207",)]


def test_a_nonexistent_table_is_an_error_of_redshift(loader):
    with pytest.raises(RedshiftError) as error:
        loader.execute("COPY nowhere FROM 's3://b/k' IAM_ROLE default CSV")
    assert error.value.message == "Cannot COPY into nonexistent table nowhere"
    assert error.value.sqlstate == "XX000"
    assert loader.session.loads == 0


@pytest.mark.parametrize(
    ("columns", "options", "message", "sqlstate"),
    [
        ("(v)", "CSV", "NOT NULL column without DEFAULT must be included in column list", "42601"),
        ("(id, w)", "CSV", 'column "w" of relation "t" does not exist', "42703"),
        ("(id, id)", "CSV", 'column "id" specified more than once', "42701"),
    ],
)
def test_column_lists_that_are_refused(table, columns, options, message, sqlstate):
    with pytest.raises(RedshiftError) as error:
        table.execute(f"COPY t {columns} FROM 's3://b/k' IAM_ROLE default {options}")
    assert (error.value.message, error.value.sqlstate) == (message, sqlstate)


def test_a_column_list_is_in_the_order_of_the_file(loader):
    loader.table(
        "t",
        column("a", "integer"),
        column("b", "varchar", 9),
        column("c", "integer", not_null=True, has_default=True),
        column("d", "varchar", 9),
    )
    loader.copy("t (b, a)", loader.put("k", "x,1\n"))
    assert loader.rows("t") == [("1", "x", "7", None)]


@pytest.fixture
def identity(loader):
    loader.table(
        "t", column("id", "bigint", identity="always", not_null=True), column("v", "varchar", 9)
    )
    return loader


def test_identity_is_generated_when_it_is_not_in_the_file(identity):
    identity.copy("t", identity.put("k", "a\nb\n"))
    identity.copy("t (v)", identity.put("k", "c\n"))
    rows = identity.rows("t")
    assert [row[1] for row in rows] == ["a", "b", "c"]
    assert len({row[0] for row in rows}) == 3


def test_explicit_ids_loads_identity_from_the_file(identity):
    identity.copy("t", identity.put("k", "70,a\n"), "CSV EXPLICIT_IDS")
    identity.copy("t (v, id)", identity.put("k", "b,80\n"), "CSV EXPLICIT_IDS")
    assert identity.rows("t") == [("70", "a"), ("80", "b")]


@pytest.mark.parametrize(("columns", "options"), [("(id, v)", "CSV"), ("(v)", "CSV EXPLICIT_IDS")])
def test_an_identity_column_is_listed_exactly_if_explicit_ids(identity, columns, options):
    with pytest.raises(RedshiftError, match="IDENTITY"):
        identity.execute(f"COPY t {columns} FROM 's3://b/k' IAM_ROLE default {options}")


def test_an_identity_by_default_can_be_listed(loader):
    loader.table("t", column("id", "bigint", identity="by default"), column("v", "varchar", 9))
    loader.session.log.execute("ALTER TABLE t ALTER id SET NOT NULL")
    loader.copy("t (id, v)", loader.put("k", "5,a\n"))
    assert loader.rows("t") == [("5", "a")]


def test_copy_requires_the_insert_privilege(table):
    url = table.put("k", "1,a\n")
    table.session.log.execute("CREATE ROLE copy_reader; GRANT SELECT ON t TO copy_reader")
    try:
        table.session.backend.execute("SET ROLE copy_reader")
        with pytest.raises(RedshiftError) as error:
            table.execute(f"COPY t FROM '{url}' IAM_ROLE default CSV")
        assert error.value.sqlstate == "42501"
        assert error.value.message == "permission denied for relation t"
        table.session.log.execute("GRANT INSERT ON t TO copy_reader")
        with pytest.raises(RedshiftError, match="must be owner"):
            table.execute(f"COPY t FROM '{url}' IAM_ROLE default CSV STATUPDATE ON")
        assert table.execute(f"COPY t FROM '{url}' IAM_ROLE default CSV").rows == 1
    finally:
        table.session.backend.execute("RESET ROLE")
        table.session.log.execute("DROP OWNED BY copy_reader; DROP ROLE copy_reader")


def test_statupdate_on_analyzes_the_table(table):
    table.copy("t", table.put("k", "1,a\n2,b\n"), "CSV STATUPDATE ON")
    counted = table.session.log.query("SELECT reltuples FROM pg_class WHERE relname = 't'")
    assert counted == [("2",)]


def test_a_client_that_disconnects_in_a_block_ends_the_load(table):
    url = table.put("k", "1,a\n" * 300_000)
    table.session.left_after = 1
    with pytest.raises(ClientGoneError):
        table.copy("t", url)
    assert table.rows("t") == []
    status = table.session.log.query("SELECT status FROM pg_internal.sys_load_history_all")
    assert status == [("aborted",)]


def test_an_autocommitted_load_continues_without_its_client(table):
    table.session.left_after, table.session.in_block = 0, False
    assert table.copy("t", table.put("k", "1,a\n")).rows == 1


def test_a_row_that_only_postgresql_rejects_is_reported(table):
    table.session.log.execute("ALTER TABLE t ADD CONSTRAINT small CHECK (id < 10)")
    with pytest.raises(LoadFailedError, match="Load into table"):
        table.load("t", "1,a\n11,b\n")
    ((code, line, reason),) = table.errors("err_code, line_number, trim(err_reason)")
    assert (code, line) == ("1200", "-1")
    assert "PostgreSQL rejected a row" in reason
    assert table.rows("t") == []


def test_a_later_damaged_file_does_not_hide_the_row_that_postgresql_rejected(table):
    table.session.log.execute("ALTER TABLE t ADD CONSTRAINT small CHECK (id < 10)")
    table.put("p/1", "11,b\n" * 600_000, compress=True)
    table.put("p/2", "not compressed")
    with pytest.raises(LoadFailedError, match="Load into table"):
        table.copy("t", f"s3://{table.bucket.name}/p/", "CSV GZIP")
    assert table.errors("err_code") == [("1200",)]


def test_a_notice_during_a_load_does_not_truncate_it(table):
    table.session.log.execute(
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF NEW.id = 5 THEN RAISE WARNING 'five'; END IF; RETURN NEW; END$$;"
        "CREATE TRIGGER shout BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION shout()"
    )
    url = table.put("k", "".join(f"{n},a\n" for n in range(400_000)))
    try:
        table.copy("t", url)
    except LoadFailedError:
        assert table.rows("t") == []
    else:
        assert len(table.rows("t")) == 400_000


def test_a_canceled_load_passes_postgresqls_error_on(table):
    """The lock and the look for it use connections that the load does not use."""
    url = table.put("k", "1,a\n" * 100_000)
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass"

    def cancel_when_it_waits():
        until(lambda: query(table.url, waiting))
        table.session.backend.cancel()

    with connect(table.url) as blocker, ThreadPoolExecutor() as pool:
        blocker.autocommit = False
        blocker.cursor().execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        canceled = pool.submit(cancel_when_it_waits)
        with pytest.raises(BackendError) as error:
            table.copy("t", url)
        canceled.result()
    assert error.value.sqlstate == "57014"


def test_names_and_markers_with_quotes_and_backslashes(loader):
    name = "we\"ird'\\t"
    loader.table(name, column("co\"l'\\", "varchar", 20), column("n", "integer"))
    quoted = '"' + name.replace('"', '""') + '"'
    url = loader.put("k", "a'\\,1\nx\\'y,2\n")
    loader.copy(quoted, url, "CSV NULL AS 'a\\'\\\\'")
    assert loader.rows(name) == [(None, "1"), ("x\\'y", "2")]
