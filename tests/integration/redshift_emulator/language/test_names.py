"""Names of tables with their database, of columns and of variables; integers as conditions."""

import datetime as dt

import pytest


@pytest.fixture
def table(client, emulator):
    """The full name of a table with the rows 1 and 2; a late-binding view of it is beside it."""
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)")
    view = f"SELECT a FROM {client.schema}.t"
    client.run(f"CREATE VIEW late AS {view} WITH NO SCHEMA BINDING")
    return f'"{emulator.database}"."{client.schema}"."t"'


def test_rule_77_names_may_have_the_database(client, table):
    late = table.replace('"t"', '"late"')
    assert client.run(f"SELECT * FROM {late} ORDER BY 1") == [(1,), (2,)]
    assert client.run(f"SELECT l.a FROM {late} AS l JOIN {table} USING (a) WHERE a = 1") == [(1,)]
    assert client.run(f"UPDATE {table} SET a = 3 WHERE a = 2") == "UPDATE 1"
    assert client.run(f"DELETE FROM {table} USING {late} AS l WHERE l.a = t.a") == "DELETE 2"
    assert client.value(f"SELECT count(*) FROM {table}") == 0


def test_rule_77_other_databases_are_refused(client, table, emulator):
    other = table.replace(emulator.database, "elsewhere")
    for statement in (
        f"SELECT * FROM {other}",
        f"DELETE FROM {other}",
        f"UPDATE {other} SET a = 1",
    ):
        error = client.error(statement)
        assert error.pgcode == "0A000"
        assert error.diag.message_primary == (
            f'database "elsewhere": the emulator has only "{emulator.database}"'
        )
    assert client.error(f"SELECT * FROM x.{table}").pgcode == "42601"


def test_rule_77_schemas_may_have_the_database(client, emulator):
    name = f"{client.schema}_2"
    client.run(f'CREATE SCHEMA IF NOT EXISTS "{emulator.database}".{name}')
    client.run(f"CREATE TABLE {name}.t (a int)")
    assert client.run(f'SHOW TABLES FROM SCHEMA "{emulator.database}".{name}')[0][2] == "t"
    client.run(f'DROP SCHEMA IF EXISTS "{emulator.database}".{name} CASCADE')
    assert client.error(f"SELECT * FROM {name}.t").pgcode == "42P01"
    for statement in ("CREATE SCHEMA", "DROP SCHEMA", "SHOW TABLES FROM SCHEMA"):
        assert client.error(f"{statement} elsewhere.s").pgcode == "0A000"


def test_rule_77_an_integer_is_a_condition(client, table):
    assert client.run(f"SELECT a FROM {table} WHERE 1 AND a = 2") == [(2,)]
    assert client.run(f"SELECT a FROM {table} WHERE 0") == []
    assert client.run(f"SELECT CASE WHEN a - 1 THEN 'x' END FROM {table} ORDER BY a") == [
        (None,),
        ("x",),
    ]


NAMES = {
    "SELECT dateadd(day, 1, d), datediff(day, d, d), date_part(year, d) FROM t": (
        "date_add date_diff pgdate_part"
    ),
    "SELECT extract(year FROM d), n + 1, len(b) + 1, len(b) FROM t": (
        "date_part ?column? ?column? len"
    ),
    "SELECT DISTINCT TOP 1 concat(b, b), charindex('a', b), nullif(t.b, '') FROM t": (
        "concat charindex b"
    ),
    "SELECT TOP 1 avg(1)": "avg",
    "SELECT current_date, user, current_user_id, log(100), 'a'::varbyte, '1'::super": (
        "date current_user current_user_id dlog10 varbyte super"
    ),
    "SELECT pg_last_copy_id(), len('a') AS a, len('b') b": "pg_last_copy_id a b",
    "SELECT * FROM (SELECT len(b), ratio_to_report(n) OVER () FROM t) q": "len ratio_to_report",
    "SELECT n FROM t ORDER BY len(b), dateadd(day, 1, d)": "n",
    "SELECT count(*) FROM t WHERE n IN (SELECT len(b) FROM t) GROUP BY len(b)": "count",
    "SELECT lcase(b), n FROM t UNION SELECT b, len(b) FROM t": "lcase n",
}


def test_rule_44_calls_name_their_columns(client):
    client.run_all(
        "CREATE TABLE t (n int, b varchar(9), d date);"
        " INSERT INTO t VALUES (1, 'a', '2020-01-01');"
        " CREATE TABLE u AS SELECT len(b), date_part(year, d) FROM t"
    )
    assert client.run("SELECT len, pgdate_part FROM u") == [(1, 2020.0)]
    for statement, names in NAMES.items():
        with client.connection.cursor() as cursor:
            cursor.execute(statement)
            found = " ".join(column.name for column in cursor.description)
        assert found == names, statement


def test_rule_46_numbers_and_times_are_texts_in_further_functions(client):
    client.run_all(
        "CREATE TABLE t (n int, x decimal(5, 2));"
        " INSERT INTO t VALUES (10, 1.25), (9, 20.5), (9, 3)"
    )
    query = (
        "SELECT listagg(DISTINCT n, ', ') WITHIN GROUP (ORDER BY n), listagg(DISTINCT n) FROM t"
    )
    assert client.run(query) == [("9, 10", "910")]
    assert client.value("SELECT listagg(DISTINCT n) FROM t WHERE n > 10") is None
    assert client.run("SELECT position('.' IN x) FROM t ORDER BY x") == [(2,), (2,), (3,)]
    moment = "to_timestamp(timestamp '2021-04-05 19:27:53', 'YYYY-MM-DD HH24:MI:SS')"
    assert client.value(f"SELECT {moment} = '2021-04-05 19:27:53+00'")


def test_rule_41_variables_of_the_session(client):
    client.run_all("SET app_context.user_id TO 123; SET query_group TO 'nightly'")
    assert client.value("SHOW app_context.user_id") == "123"
    query = "SELECT current_setting('app_context.user_id'), current_setting('query_group')"
    assert client.run(query) == [("123", "nightly")]
    client.run("RESET app_context.user_id")
    assert client.value("SELECT current_setting('Query_Group') || 'x'") == "nightlyx"


@pytest.mark.parametrize("value", ["current_setting('query_group')", "pg_last_copy_id()"])
def test_rule_41_values_of_the_session_are_not_stored_in_views_and_functions(client, value):
    for statement in (
        f"CREATE VIEW v AS SELECT {value} AS g",
        f"CREATE MATERIALIZED VIEW v AS SELECT {value} AS g",
        f"CREATE FUNCTION f() RETURNS varchar STABLE AS $$ SELECT {value} $$ LANGUAGE sql",
    ):
        assert client.error(statement).pgcode == "0A000"
    client.run("CREATE VIEW v AS SELECT current_setting('search_path') AS g")
    client.run(f"CREATE TABLE t AS SELECT {value} AS g")
    client.run_all("SET app_context.user TO 'x'; SET app_context.\"table\" TO 'y'")
    assert client.value("SHOW app_context.user") == "x"
    assert client.value("SELECT set_config('app.username', 'cuddy', FALSE)") == "cuddy"
    assert client.value("SELECT current_setting('app.username')") == "cuddy"
    assert client.error(f"SET app.{'v' * 64} TO 1").pgcode == "42704"
    assert client.value("SELECT set_config('app_context.by_function', 'z', false)") == "z"
    assert client.value("SHOW app_context.by_function") == "z"
    client.run("RESET ALL")
    for name in ("user", "table", "by_function"):
        assert client.value(f"SELECT current_setting('app_context.{name}')") is None
    assert client.value("SELECT current_setting('app_context.nosuch', false)") is None
    for call in ("'app_context.nosuch', true", "'app_context.nosuch'"):
        assert client.error(f"SELECT current_setting({call})").pgcode == "42704"
    assert client.error("SELECT current_setting('search_path', false)").pgcode == "22023"


def test_rule_5_language_is_a_name(client):
    client.run("CREATE TABLE t (id int, language varchar(4)) COMPOUND SORTKEY (id, language)")
    client.run("INSERT INTO t (id, language) SELECT 1 AS id, 'US' AS language")
    assert client.run("SELECT t.language, nvl(language, 'NA') FROM t WHERE language = 'US'") == [
        ("US", "US")
    ]


def test_rule_5_backup_is_a_name(client):
    client.run("CREATE TABLE t (id int, backup int) BACKUP NO")
    client.run("INSERT INTO t (id, backup) SELECT 1, 2 AS backup")
    assert client.run("SELECT t.backup, backup + 1 FROM t WHERE backup = 2") == [(2, 3)]
    assert client.value("SELECT backup FROM stv_tbl_perm WHERE name = 't' LIMIT 1") == 0


def test_rule_5_timestamp_is_a_name(client):
    client.run("CREATE TABLE t (id int, timestamp timestamp) SORTKEY (timestamp)")
    client.run("INSERT INTO t (id, timestamp) SELECT 1, timestamp '2024-02-29' AS timestamp")
    query = "SELECT t.timestamp::date, timestamp::date FROM t WHERE timestamp > '2024-01-01'"
    assert client.run(query) == [(dt.date(2024, 2, 29), dt.date(2024, 2, 29))]
    client.run("ALTER TABLE t RENAME COLUMN timestamp TO at")
    assert client.run("SELECT id AS timestamp FROM t ORDER BY timestamp") == [(1,)]


COUNTING = "SELECT 3 UNION ALL SELECT a + 1 FROM late WHERE a < 4"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("WITH late AS (SELECT * FROM late WHERE a > 1) SELECT a FROM late", [(2,)]),
        ("WITH x AS (SELECT * FROM late), late AS (SELECT 7 AS a) SELECT min(a) FROM x", [(1,)]),
        ("WITH stl_explain AS (SELECT query FROM stl_explain) SELECT query FROM stl_explain", []),
        ("WITH late (a) AS (SELECT 3), x AS (SELECT a FROM late) SELECT a FROM x", [(3,)]),
        (f"WITH RECURSIVE late (a) AS ({COUNTING}) SELECT a FROM late ORDER BY a", [(3,), (4,)]),
    ],
)
def test_a_common_table_expression_is_known_behind_its_query(client, table, query, expected):
    assert table.endswith('"t"')
    assert client.run(query) == expected
