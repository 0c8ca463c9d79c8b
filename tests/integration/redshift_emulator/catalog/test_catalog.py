"""System tables, INFORMATION_SCHEMA, comments, VACUUM, ANALYZE and EXPLAIN."""

import os

import pytest

from pipeline.local.postgres.binaries import find_binaries
from redshift_emulator.language.queries.names.catalog_names import EMPTY
from tests.support.processes import run, until


def test_rule_33_pg_table_def_shows_the_search_path_only(client):
    client.run("CREATE TABLE t (a int)")
    query = "SELECT tablename FROM pg_table_def WHERE schemaname = %s"
    assert client.run(query, (client.schema,)) == [("t",)]
    client.run("SET search_path TO public")
    assert client.run(query, (client.schema,)) == []


def test_rule_33_svv_columns(client):
    client.run("CREATE TABLE t (a int NOT NULL, b varchar(7), c numeric(9, 3), d super)")
    found = client.run(
        "SELECT column_name, data_type, is_nullable, character_maximum_length,"
        " numeric_precision, numeric_scale"
        " FROM svv_columns WHERE table_schema = %s ORDER BY ordinal_position",
        (client.schema,),
    )
    assert found == [
        ("a", "integer", "NO", None, 32, 0),
        ("b", "character varying", "YES", 7, None, None),
        ("c", "numeric", "YES", None, 9, 3),
        ("d", "super", "YES", None, None, None),
    ]
    same = "SELECT count(*) FROM information_schema.columns WHERE table_schema = %s"
    assert client.value(same, (client.schema,)) == 4


def test_rule_33_empty_tables_are_not_in_svv_table_info(client, second):
    client.run("CREATE TABLE t (a int)")
    second.run("CREATE TEMP TABLE other AS SELECT 1 AS a")  # of which others can read nothing
    query = 'SELECT "table", tbl_rows FROM svv_table_info WHERE "schema" = %s'
    assert client.run(query, (client.schema,)) == []
    client.run("INSERT INTO t VALUES (1), (2)")
    assert client.run(query, (client.schema,)) == [("t", 2)]


def test_rule_33_types_have_the_names_of_redshift(client):
    client.run("CREATE TABLE t (a super, b varchar(3))")
    found = client.run(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND a.attnum > 0 ORDER BY a.attnum",
        (client.schema,),
    )
    assert found == [("a", "super"), ("b", "character varying(3)")]


def test_rule_33_slices_and_sessions(client):
    assert client.run("SELECT slice FROM stv_slices ORDER BY 1") == [(0,), (1,)]
    pid = client.value("SELECT pg_backend_pid()")
    assert pid == client.connection.info.backend_pid
    assert client.value("SELECT count(*) FROM stv_sessions WHERE process = %s", (pid,)) == 1


def test_tables_of_the_emulator_itself_are_hidden(client):
    for query in (
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'pg_internal'",
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'pg_internal'",
        "SELECT count(*) FROM pg_views WHERE schemaname = 'pg_internal'",
        "SELECT count(*) FROM pg_user WHERE usename IN ('rs_engine', 'postgres')",
        "SELECT count(*) FROM pg_constraint WHERE conname LIKE 'rs!_%' ESCAPE '!'",
    ):
        assert client.value(query) == 0, query
    assert client.error("SELECT * FROM pg_internal.user_password").pgcode == "42P01"
    assert client.error("INSERT INTO pg_internal.slice VALUES (1, 1, 1, 'D')").pgcode == "42501"


def test_system_tables_that_redshift_does_not_have_are_refused(client, plain):
    for name in ("pg_stat_user_tables", "pg_authid", "pg_sequences", "pg_hba_file_rules"):
        plain.run(f"SELECT * FROM pg_catalog.{name}")
        assert client.error(f"SELECT * FROM pg_catalog.{name}").pgcode == "42P01"
    for name in ("stl_file_scan", "pg_amop", "pg_catalog.pg_statistic"):
        assert client.error(f"SELECT * FROM {name}").pgcode == "0A000"
    assert client.value("SELECT count(xact_id_undone) FROM stl_undone") == 0
    assert client.error("SELECT * FROM information_schema.triggers").pgcode == "42P01"


def test_only_superusers_see_the_load_errors_of_other_users(client, new_user, emulator):
    name, user = new_user()
    with emulator.plain() as plain, plain.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pg_internal.stl_load_errors_all (userid, filename, err_reason)"
            " SELECT oid, %s, 'Delimiter not found' FROM pg_roles WHERE rolname = %s",
            (f"s3://b/{name}", name),
        )
    plain.close()
    query = "SELECT TRIM(filename) FROM stl_load_errors WHERE filename = %s"
    assert user.run(query, (f"s3://b/{name}",)) == [(f"s3://b/{name}",)]
    assert client.run(query, (f"s3://b/{name}",)) == [(f"s3://b/{name}",)]
    _, other = new_user()
    assert other.run(query, (f"s3://b/{name}",)) == []


def test_comments_can_be_read_back(client, emulator):
    client.run("CREATE TABLE t (a int)")
    client.run(f"COMMENT ON TABLE {client.schema}.t IS 'it\\'s a table'")
    client.run("COMMENT ON COLUMN t.a IS 'a column'")
    client.run(f"COMMENT ON DATABASE {emulator.database} IS 'x'")
    found = client.run(
        "SELECT d.objsubid, d.description FROM pg_description d JOIN pg_class c ON c.oid ="
        " d.objoid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s ORDER BY 1",
        (client.schema,),
    )
    assert found == [(0, "it's a table"), (1, "a column")]


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_views_have_comments_too(client, kind):
    client.run_all(f"CREATE TABLE t (a int); CREATE {kind} v AS SELECT a FROM t")
    client.run_all("COMMENT ON VIEW v IS 'a view'; COMMENT ON COLUMN v.a IS 'its column'")
    query = "SELECT description FROM pg_description WHERE objoid = 'v'::regclass ORDER BY objsubid"
    assert client.run(query) == [("a view",), ("its column",)]
    assert client.error("COMMENT ON VIEW t IS 'x'").pgcode == "42809"
    assert client.error("COMMENT ON VIEW missing IS 'x'").pgcode == "42P01"


def test_constraints_have_comments_too(client, new_user):
    client.run("CREATE TABLE t (a int, b int, CONSTRAINT k PRIMARY KEY (a), UNIQUE (b))")
    client.run("COMMENT ON CONSTRAINT k ON t IS 'first'")
    client.run(f"COMMENT ON CONSTRAINT k ON {client.schema}.t IS 'the key'")
    of_key = (
        "SELECT obj_description(k.oid, 'pg_constraint'), d.description FROM pg_constraint k"
        " LEFT JOIN pg_description d ON d.objoid = k.oid"
        " WHERE k.conrelid = 't'::regclass ORDER BY conname"
    )
    assert client.run(of_key) == [("the key", "the key"), (None, None)]
    client.run("COMMENT ON CONSTRAINT k ON t IS NULL")
    assert client.run(of_key) == [(None, None)] * 2
    client.run("COMMENT ON CONSTRAINT k ON t IS 'again'")
    client.run("ALTER TABLE t DROP CONSTRAINT k")
    assert client.run("SELECT 1 FROM pg_description WHERE description = 'again'") == []
    error = client.error("COMMENT ON CONSTRAINT k ON t IS 'x'")
    assert error.pgcode == "42704"
    assert 'constraint "k" for table "t" does not exist' in str(error)
    _, user = new_user()
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO PUBLIC")
    assert user.error(f"COMMENT ON CONSTRAINT k ON {client.schema}.t IS 'x'").pgcode == "42501"


@pytest.mark.parametrize(
    "statement",
    [
        "VACUUM",
        "VACUUM FULL t",
        "VACUUM SORT ONLY t TO 75 PERCENT",
        "VACUUM DELETE ONLY",
        "VACUUM REINDEX t",
        "VACUUM t BOOST",
        "ANALYZE",
        "ANALYZE t",
        "ANALYZE t (a)",
        "ANALYZE t PREDICATE COLUMNS",
        "ANALYZE t ALL COLUMNS",
        "ANALYZE VERBOSE t",
    ],
)
def test_rule_42_vacuum_and_analyze_are_accepted(client, statement):
    client.run("CREATE TABLE t (a int)")
    assert client.run(statement) == statement.split()[0]


def test_rule_42_analyze_skips_a_table_of_which_little_changed(client, second, plain):
    client.run("CREATE TABLE t (a int)")
    client.run("INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11)")
    plain.connection.autocommit = True
    what = "FROM pg_stat_all_tables WHERE schemaname = %s AND relname = 't'"

    def analyses(session=client):
        session.run("ANALYZE t")
        return plain.value(f"SELECT analyze_count {what}", (client.schema,))

    assert analyses() == 1
    client.run("INSERT INTO t VALUES (12)")
    assert analyses() == 1
    client.run("SET analyze_threshold_percent TO 0")
    assert analyses() == 2
    client.run("RESET analyze_threshold_percent")
    second.run("INSERT INTO t VALUES (13), (14)")
    second.connection.close()  # so that PostgreSQL counts its changes at once
    changed = f"SELECT n_mod_since_analyze >= 2 {what}"
    until(lambda: plain.value(changed, (client.schema,)))
    assert analyses() == 3
    assert client.error("SET analyze_threshold_percent TO 101").pgcode == "22023"


@pytest.mark.parametrize(
    "statement",
    [
        "VACUUM nosuch",
        "VACUUM t TO 101 PERCENT",
        "VACUUM ANALYZE t",
        "VACUUM (FULL) t",
        "ANALYZE nosuch",
        "ANALYZE t (nosuch)",
    ],
)
def test_rule_42_invalid_vacuum_and_analyze_are_refused(client, statement):
    client.run("CREATE TABLE t (a int)")
    assert client.error(statement).pgcode in {"42P01", "42601", "22023", "42703"}


def test_rule_43_a_statement_has_at_most_16_megabytes(client, plain):
    text = "x" * (16 * 1024 * 1024)
    assert client.error(f"SELECT length('{text}')").pgcode == "54000"
    assert plain.value(f"SELECT length('{text}')") == len(text)


def test_explain_shows_a_plan(client, emulator):
    client.run("CREATE TABLE t (a int)")
    assert any("Scan" in row[0] for row in client.run("EXPLAIN SELECT * FROM t"))
    plan = client.run("EXPLAIN VERBOSE INSERT INTO t (a) SELECT max(a) FROM t")
    assert plan[0][0].startswith("Insert on")
    assert client.error("EXPLAIN INSERT INTO t (nosuch) SELECT 1").pgcode == "42703"
    full = f"{emulator.database}.{client.schema}.t"
    assert client.run(f"EXPLAIN INSERT INTO {full} SELECT 1")[0][0].startswith("Insert on")
    for target in ("pg_class (relname)", "pg_internal.long_name (short)"):
        error = client.error(f"EXPLAIN INSERT INTO {target} SELECT 'a'")
        assert (error.pgcode, "permission denied" in str(error)) == ("42501", True)
    assert client.error("EXPLAIN ANALYZE SELECT * FROM t").pgcode == "42601"


def test_psql_describes_tables_and_views(client, emulator):
    client.run("CREATE TABLE p (a int PRIMARY KEY)")
    client.run("CREATE TABLE t (a int NOT NULL REFERENCES p, b varchar(10) DEFAULT 'x')")
    client.run("CREATE VIEW v AS SELECT b FROM t")
    command = [
        *(find_binaries().path("psql"), "-X", "-h", "127.0.0.1", "-p", str(emulator.port)),
        *("-U", emulator.user, "-v", "ON_ERROR_STOP=1", emulator.database),
        *("-c", f"\\d {client.schema}.t", "-c", f"\\dt {client.schema}.*"),
        *("-c", f"\\dv {client.schema}.*", "-c", "\\dn"),
    ]
    done = run(command, env={**os.environ, "PGPASSWORD": emulator.password})
    assert done.returncode == 0, done.stderr
    for shown in ("character varying(10)", f"REFERENCES {client.schema}.p(a)", "not null"):
        assert shown in done.stdout


def test_rule_33_tables_about_what_the_emulator_does_not_record_are_empty(client):
    without_rows = EMPTY - {
        *("stv_recents", "stv_inflight", "stv_tbl_perm", "stv_blocklist", "svv_diskusage")
    }
    counts = " UNION ALL ".join(f"SELECT count(*) FROM {name}" for name in sorted(without_rows))
    assert {count for (count,) in client.run(counts)} == {0}
    client.run(
        "SELECT q.query, w.total_queue_time, s.rows_pre_filter FROM stl_query q"
        " JOIN stl_wlm_query w USING (query) JOIN stl_scan s ON s.query = q.query"
        " JOIN svl_compile c ON c.query = q.query AND c.compile = 1"
        " JOIN stl_query_metrics m ON m.query = q.query AND m.step_type = -1"
    )


def test_rule_33_the_history_has_no_hashes_of_queries(client):
    query = "SELECT generic_query_hash, user_query_hash, service_class_id FROM sys_query_history"
    assert set(client.run(query)) == {(None, None, None)}


def test_rule_33_sessions_and_blocks(client):
    pid = client.connection.info.backend_pid
    assert client.run("SELECT count(*) FROM stv_inflight WHERE pid = %s", (pid,)) == [(1,)]
    query = "SELECT status, substring(query, 1, 10) FROM stv_recents WHERE pid = %s"
    assert [(each.strip(), text) for each, text in client.run(query, (pid,))] == [
        ("Running", "SELECT sta")
    ]
    assert client.value("SELECT count(*) FROM pg_stat_activity WHERE procpid = %s", (pid,)) == 1
    client.run_all("CREATE TABLE blocks (a int); INSERT INTO blocks VALUES (1), (2), (3)")
    query = "SELECT slice, rows, block_count FROM stv_tbl_perm WHERE name = 'blocks' ORDER BY 1"
    assert client.run(query) == [(0, 2, 1), (1, 1, 0)]
    query = (
        "SELECT count(*) FROM stv_blocklist b JOIN stv_tbl_perm p ON b.tbl = p.id"
        " AND b.slice = p.slice WHERE p.name = 'blocks'"
    )
    assert client.value(query) == 1


def test_rule_33_only_superusers_see_the_tables_on_disk(client, new_user):
    client.run("CREATE TABLE blocks (a int)")
    _, user = new_user()
    for name in ("stv_tbl_perm", "stv_blocklist", "svv_diskusage"):
        assert user.value(f"SELECT count(*) FROM {name}") == 0, name


def test_rule_33_the_catalog_has_the_columns_that_dbts_package_redshift_reads(client):
    client.run("CREATE TABLE t (a int PRIMARY KEY)")
    of_relations = (
        "SELECT reltoastidxid, relexternid, relisreplicated, relispinned, relprojbaseid, relukeys,"
        " relfkeys, relrefs FROM pg_class WHERE relname IN ('t', 't_pkey')"
    )
    assert client.run(of_relations) == [(0, 0, False, False, 0, 0, 0, 0)] * 2
    of_columns = (
        "SELECT attstattarget, attcacheoff, attispreloaded, attencrypttype FROM pg_attribute"
        " WHERE attrelid = 't'::regclass AND attname = 'a'"
    )
    assert client.run(of_columns) == [(-1, -1, False, 0)]


def test_rule_33_redshifts_own_objects_belong_to_rdsdb(client):
    client.run("CREATE TABLE t (a int)")
    own = (
        "SELECT DISTINCT proowner, pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'upper'"
    )
    assert client.run(own) == [(1, "rdsdb")]
    query = "SELECT relfilenode = oid, pg_get_userbyid(relowner) FROM pg_class WHERE relname = 't'"
    assert (True, client.connection.info.user) in client.run(query)


def test_rule_33_no_owner_is_postgresqls_superuser(client, plain):
    superuser = plain.value("SELECT pg_get_userbyid(10)")
    for owners in (
        "pg_get_userbyid(datdba) FROM pg_database",
        "pg_get_userbyid(database_owner) FROM svv_redshift_databases",
        "tableowner FROM pg_tables",
        "viewowner FROM pg_views",
        "schema_owner FROM information_schema.schemata",
    ):
        found = {owner for (owner,) in client.run(f"SELECT DISTINCT {owners}")}
        assert "rdsdb" in found
        assert superuser not in found


def test_rule_33_the_catalogs_privileges_are_those_of_rdsdb(client):
    (items,) = client.run("SELECT relacl FROM pg_class WHERE relname = 'pg_class'")[0]
    assert any(item.startswith("rdsdb=") for item in items), items
    assert all(item.endswith("/rdsdb") for item in items), items
