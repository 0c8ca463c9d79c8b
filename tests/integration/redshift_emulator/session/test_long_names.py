"""Names of 64 to 127 bytes: wherever they are read, sent, or compared.

https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
"""

import io
import json

import pytest
from pyarrow import parquet as pq

from tests.support.emulator import ROLE

TABLE, COLUMN = "a_table_of_a_warehouse_" * 4, "a_column_of_a_table_" * 5
ALIAS = "x" * 127
TO_QUOTE = "dégâts de l'été" * 6
TYPE_NAME = 19
"""PostgreSQL's number of the type NAME."""


@pytest.fixture
def long(client):
    """The name of a schema, in which a table of one row has names that are long, too."""
    schema = f"{client.schema}_{'with_a_long_name_' * 4}"
    client.run(f"CREATE SCHEMA {schema}")
    client.run(f"SET search_path TO {schema}")
    client.run(f'CREATE TABLE {TABLE} ({COLUMN} int UNIQUE, "{TO_QUOTE}" varchar(9))')
    client.run(f"INSERT INTO {schema}.{TABLE} ({COLUMN}) VALUES (1)")
    yield schema
    client.run(f"DROP SCHEMA {schema} CASCADE")


def test_rule_4_names_have_up_to_127_bytes(client, long):
    with client.connection.cursor() as cursor:
        cursor.execute(f'SELECT *, {COLUMN} AS {ALIAS} FROM {TABLE} WHERE "{TO_QUOTE}" IS NULL')
        assert cursor.fetchall() == [(1, None, 1)]
        assert [column.name for column in cursor.description] == [COLUMN, TO_QUOTE, ALIAS]
    query = f"SELECT t.{COLUMN} FROM {long}.{TABLE} AS t JOIN {TABLE} USING ({COLUMN})"
    assert client.value(query) == 1
    client.run(f"UPDATE {TABLE} SET {COLUMN} = {COLUMN} + 1")
    assert client.value(f"SELECT {TABLE}.{COLUMN} FROM {TABLE}") == 2


def test_rule_4_what_follows_127_bytes_does_not_count(client):
    client.run(f"CREATE TABLE {ALIAS}y (a int)")
    assert client.run(f"SELECT relname FROM pg_class WHERE relname = '{ALIAS}'") == [(ALIAS,)]
    assert client.error(f"CREATE TABLE {ALIAS}z (a int)").pgcode == "42P07"
    assert client.run(f"SELECT * FROM {ALIAS}other") == []


def test_rule_4_names_that_begin_alike_are_different(client):
    names = [f"{TABLE}{each}" for each in "abc"]
    client.run(f"CREATE TABLE {names[0]} ({names[1]} int, {names[2]} int)")
    client.run(f"INSERT INTO {names[0]} VALUES (1, 2)")
    assert client.value(f"SELECT {names[2]} FROM {names[0]}") == 2


CATALOG = """
SELECT nspname FROM pg_namespace WHERE nspname = '{s}' -> {s}
SELECT relname FROM pg_class WHERE relname = '{t}' -> {t}
SELECT relname FROM pg_class WHERE relname LIKE '{t:.70}%house_' -> {t}
SELECT relname || length(relname) FROM pg_class WHERE relname = '{t}' -> {t}92
SELECT relname::name FROM pg_class WHERE relname = '{t}'::name -> {t}
SELECT tablename FROM pg_table_def WHERE "column" = '{c}' -> {t}
SELECT min(column_name) FROM svv_columns WHERE table_name = '{t}' -> {c}
SELECT min(table_name) FROM svv_all_columns WHERE schema_name = '{s}' -> {t}
SELECT "table" FROM svv_table_info WHERE "schema" = '{s}' -> {t}
SELECT table_name FROM information_schema.key_column_usage WHERE column_name = '{c}' -> {t}
SELECT min(table_name) FROM information_schema.table_privileges WHERE table_schema = '{s}' -> {t}
SELECT conname LIKE '{t}%_key' FROM pg_constraint WHERE conrelid = '{t}'::regclass -> True
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname LIKE '{t:.70}%' -> UNIQUE ({c})
SELECT '{s}.{t}'::regclass -> {t}
SELECT ('{s}.' || relname)::regclass FROM pg_class WHERE oid = '{t}'::regclass -> {t}
SELECT has_table_privilege('{s}.{t}', 'select') -> True
SELECT has_schema_privilege(nspname, 'usage') FROM pg_namespace WHERE nspname = '{s}' -> True
SELECT current_schema() WHERE current_schema() = '{s}' -> {s}
SELECT array_to_string(current_schemas(false), ',') -> {s}
SHOW search_path -> {s}
SELECT set_config('search_path', '{s}', false) -> {s}
"""


@pytest.mark.parametrize("case", CATALOG.strip().splitlines())
def test_rule_4_the_catalog_has_long_names(client, long, case):
    query, expected = case.format(s=long, t=TABLE, c=COLUMN).split(" -> ")
    assert str(client.run(query)[0][0]) == expected


def test_rule_4_a_long_name_may_be_a_text_in_the_search_path(client, long):
    for query in (
        f"SET search_path TO '{client.schema}', '{long}'",
        f"SELECT set_config('search_path', 'public, {long}', false)",
    ):
        client.run(query)
        assert client.value(f"SELECT {COLUMN} FROM {TABLE}") == 1
        client.run("SET search_path TO public")


def test_rule_4_queries_make_columns_with_long_names(client):
    column = f"{client.schema}_{COLUMN}"  # which no other test has saved
    client.run(f"SELECT 1 AS {column} INTO t")
    client.run(f'CREATE TABLE u AS SELECT 1 AS "{TO_QUOTE}"')
    query = "SELECT column_name FROM svv_columns WHERE table_schema = %s ORDER BY table_name"
    with client.connection.cursor() as cursor:
        cursor.execute(query, (client.schema,))
        assert cursor.fetchall() == [(column,), (TO_QUOTE,)]
    found = client.run(f"SELECT tablename FROM pg_table_def WHERE \"column\" = '{column}'")
    assert found == [("t",)]


def test_rule_4_names_of_information_schema_are_not_stored_as_without_long_names(client, long):
    query = "SELECT table_name FROM information_schema.tables"
    for create in (f"CREATE TABLE t AS {query}", "SELECT table_name INTO t FROM svv_tables"):
        assert client.error(create).pgcode in {"0A000", "42704"}


def test_rule_4_names_in_the_catalog_have_the_same_type_whatever_their_length(client, long):
    with client.connection.cursor() as cursor:
        for schema in (long, client.schema):
            cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = %s", (schema,))
            assert (cursor.fetchall(), cursor.description[0].type_code) == ([(schema,)], TYPE_NAME)


def test_rule_4_show_has_long_names(client, long):
    shown = client.value(f"SHOW TABLE {TABLE}")
    assert f"CREATE TABLE {long}.{TABLE} (\n{COLUMN} integer ENCODE az64" in shown
    assert f'\n"{TO_QUOTE}" ' in shown
    pattern = f"{TABLE[:70]}%"
    assert client.run(f"SHOW TABLES FROM SCHEMA {long} LIKE '{pattern}'")[0][1:3] == (long, TABLE)
    assert client.run(f"SHOW COLUMNS FROM TABLE {TABLE}")[0][3] == COLUMN


@pytest.mark.parametrize("end", ["", " WITH NO SCHEMA BINDING"])
def test_rule_4_views_have_long_names(client, long, end):
    view = f"view_of_{TABLE}"
    query = f"SELECT {COLUMN} AS other_{COLUMN} FROM {long}.{TABLE}"
    client.run(f"CREATE VIEW {long}.{view} AS {query}{end}")
    assert client.value(f"SELECT other_{COLUMN} FROM {long}.{view}") == 1
    written = client.value(f"SELECT pg_get_viewdef('{long}.{view}')")
    assert f"SELECT {COLUMN} AS other_{COLUMN}" in written
    definition = client.value(f"SELECT definition FROM pg_views WHERE viewname = '{view}'")
    assert definition == client.value(f"SHOW VIEW {view}") == written
    if end:
        assert definition == f"CREATE VIEW {long}.{view} AS {query}{end};"
        columns = "cols(s name, v name, c name, t varchar, n int)"
        query = f"SELECT c FROM pg_get_late_binding_view_cols() {columns} WHERE v = '{view}'"
        assert client.value(query) == f"other_{COLUMN}"


def test_rule_4_names_that_postgresql_makes_of_them_are_long(client, long):
    same = f"SELECT * FROM {TABLE} WHERE {COLUMN} IN (SELECT max({COLUMN}) FROM {TABLE})"
    client.run(f"CREATE VIEW twice AS {same}")
    plan = "".join(row[0] for row in client.run(f"EXPLAIN {same}"))
    for text in (client.value("SHOW VIEW twice"), plan):
        assert f"{TABLE}_1" in text
        assert "l0ng" not in text


def test_rule_4_materialized_views_have_long_names(client, long):
    client.run(f"CREATE MATERIALIZED VIEW m_{TABLE} AS SELECT {COLUMN} FROM {TABLE}")
    client.run(f"REFRESH MATERIALIZED VIEW m_{TABLE}")
    assert client.value("SELECT trim(name) FROM stv_mv_info") == f"m_{TABLE}"
    stored = f"mv_tbl__m_{TABLE}__0"
    assert client.value(f"SELECT relkind FROM pg_class WHERE relname = '{stored}'") == "r"


def test_rule_4_the_table_of_a_materialized_view_may_have_the_only_long_name(client):
    name = "m" * 60
    client.run("CREATE TABLE t (a int)")
    client.run(f"CREATE MATERIALIZED VIEW {name} AS SELECT a FROM t")
    query = "SELECT relname FROM pg_class WHERE relname LIKE 'mv_tbl__mmm%'"
    assert client.value(query) == f"mv_tbl__{name}__0"


def test_rule_4_errors_and_notices_have_long_names(client, long):
    error = client.error(f"SELECT 1 AS {ALIAS}, missing_{COLUMN} FROM {TABLE}")
    assert f'column "missing_{COLUMN}" does not exist in {TABLE}' in str(error)
    assert error.diag.statement_position == str(len(f"SELECT 1 AS {ALIAS}, ") + 1)
    assert f'relation "{TABLE}" already exists' in str(
        client.error(f"CREATE TABLE {TABLE} (a int)")
    )
    client.run(f"CREATE VIEW v AS SELECT * FROM {TABLE}")
    assert f"view v depends on table {TABLE}" in str(client.error(f"DROP TABLE {TABLE}"))
    client.run(f"DROP TABLE IF EXISTS missing_{TABLE}")
    assert f'"missing_{TABLE}" does not exist and will be skipped' in client.notices()


def test_rule_4_messages_that_a_procedure_stores_have_long_names(client, long):
    client.run("CREATE TABLE told (message varchar(500))")
    client.run(
        f"CREATE PROCEDURE p() AS $$ BEGIN DROP TABLE no_{TABLE}; EXCEPTION WHEN OTHERS THEN"
        f" INSERT INTO {long}.told SELECT sqlerrm; END $$ LANGUAGE plpgsql"
    )
    client.error("CALL p()")
    expected = f'relation "no_{TABLE}" does not exist'
    found = "SELECT message, len(message) FROM told"
    assert client.run(found) == [(expected, len(expected))]


def test_rule_4_system_tables_that_are_refused_have_their_own_names(client, long, new_user):
    _, user = new_user()
    assert "permission denied for view svv_table_info" in str(
        user.error("SELECT * FROM svv_table_info")
    )


def test_rule_4_procedures_and_functions_have_long_names(client, long):
    client.run(
        f"CREATE PROCEDURE p_{TABLE}(a_{COLUMN} INOUT int) AS $$ DECLARE v_{COLUMN} int; BEGIN"
        f" v_{COLUMN} := a_{COLUMN} + 1; a_{COLUMN} := v_{COLUMN};"
        f" EXECUTE 'INSERT INTO {TABLE} VALUES (' || v_{COLUMN} || ')';"
        f" EXECUTE 'CREATE TABLE made_{TABLE} (a int)'; END $$ LANGUAGE plpgsql"
    )
    assert client.value(f"CALL p_{TABLE}(6)") == 7
    recorded = f"SELECT querytxt FROM svl_stored_proc_call WHERE querytxt LIKE '%p_{TABLE}%'"
    assert client.value(recorded).lower().rstrip() == f"call p_{TABLE}(6)"
    assert client.run(f"SELECT {COLUMN} FROM {TABLE} ORDER BY 1") == [(1,), (7,)]
    query = f"SELECT count(*) FROM pg_class WHERE relname = 'made_{TABLE}'"
    assert client.value(query) == 1
    client.run(
        f"CREATE FUNCTION f_{TABLE}(int) RETURNS int IMMUTABLE AS $$ SELECT $1 + 1 $$ LANGUAGE sql"
    )
    with client.connection.cursor() as cursor:
        cursor.execute(f"SELECT f_{TABLE}(1)")
        assert (cursor.fetchall(), cursor.description[0].name) == ([(2,)], f"f_{TABLE}")


def test_rule_4_temporary_tables_cursors_and_prepared_statements_have_long_names(client):
    client.run(f"CREATE TABLE #{TABLE} AS SELECT 1 AS {COLUMN}")
    client.run(f"PREPARE p_{TABLE} (int) AS SELECT {COLUMN} + $1 FROM #{TABLE}")
    assert client.value(f"EXECUTE p_{TABLE}(2)") == 3
    client.run("BEGIN")
    client.run(f"DECLARE c_{TABLE} CURSOR FOR SELECT {COLUMN} FROM #{TABLE}")
    assert client.value(f"FETCH 1 FROM c_{TABLE}") == 1
    client.run("COMMIT")
    (line,) = client.run(f"EXPLAIN SELECT 1 FROM #{TABLE}")[0]
    assert f'Seq Scan on "#{TABLE}" ' in line


def test_rule_4_names_that_become_values_are_long(client):
    client.run("CREATE TABLE t (s super)")
    client.run(f"INSERT INTO t SELECT json_parse('{{\"{COLUMN}\": 1}}')")
    assert client.value(f"SELECT s.{COLUMN} FROM t") == "1"
    client.run(f"CREATE TABLE u ({COLUMN} int)")
    client.run("INSERT INTO u VALUES (2)")
    query = f"SELECT n, v FROM u UNPIVOT (v FOR n IN ({COLUMN})) WHERE n = '{COLUMN}'"
    assert client.run(query) == [(COLUMN, 2)]


def test_rule_4_hierarchies_have_long_names(client):
    client.run(f"CREATE TABLE t ({COLUMN} int, parent_{COLUMN} int)")
    client.run("INSERT INTO t VALUES (1, NULL), (2, 1)")
    query = f"START WITH {COLUMN} = 1 CONNECT BY PRIOR {COLUMN} = parent_{COLUMN}"
    assert client.run(f"SELECT {COLUMN} FROM t {query} ORDER BY 1") == [(1,), (2,)]


def test_rule_4_the_names_of_a_transaction_that_rolls_back_are_forgotten(client, second):
    client.run("BEGIN")
    client.run(f"CREATE TABLE {TABLE} ({COLUMN} int)")
    second.run(f"CREATE TABLE other ({COLUMN} int)")
    query = f"SELECT count(*) FROM pg_attribute WHERE attname = '{COLUMN}'"
    assert client.value(query) == second.value(query) == 1
    client.run("ROLLBACK")
    assert client.value(query) == 1


def test_rule_4_files_have_long_names(client, bucket):
    client.run(f"CREATE TABLE {TABLE} ({COLUMN} int)")
    s3, source = bucket.client(), f"s3://{bucket.name}/"
    body = json.dumps({COLUMN: 5}).encode()
    s3.put_object(Bucket=bucket.name, Key="in/1", Body=body)
    client.run(f"COPY {TABLE} FROM '{source}in/' IAM_ROLE '{ROLE}' JSON 'auto'")
    found = {}
    for form in ("CSV HEADER", "JSON", "PARQUET"):
        query = f"SELECT {COLUMN} FROM {TABLE}"
        options = f"IAM_ROLE '{ROLE}' FORMAT {form} PARALLEL OFF"
        client.run(f"UNLOAD ('{query}') TO '{source}{form[0]}/' {options}")
        (listed,) = s3.list_objects_v2(Bucket=bucket.name, Prefix=f"{form[0]}/")["Contents"]
        found[form] = s3.get_object(Bucket=bucket.name, Key=listed["Key"])["Body"].read()
    assert found["CSV HEADER"].decode() == f"{COLUMN}\n5\n"
    assert json.loads(found["JSON"]) == {COLUMN: 5}
    assert pq.read_table(io.BytesIO(found["PARQUET"])).to_pylist() == [{COLUMN: 5}]
    query, options = f"SELECT 1 AS a, {COLUMN} FROM {TABLE}", f"PARTITION BY ({COLUMN})"
    client.run(f"UNLOAD ('{query}') TO '{source}parts/' IAM_ROLE '{ROLE}' CSV {options}")
    (listed,) = s3.list_objects_v2(Bucket=bucket.name, Prefix="parts/")["Contents"]
    assert listed["Key"].startswith(f"parts/{COLUMN}=5/")


def test_rule_4_the_errors_of_a_load_have_long_names(client, bucket):
    client.run(f"CREATE TABLE {TABLE} ({COLUMN} int)")
    bucket.client().put_object(Bucket=bucket.name, Key="in/1", Body=b"x\n")
    client.error(f"COPY {TABLE} FROM 's3://{bucket.name}/in/' IAM_ROLE '{ROLE}' CSV")
    query = "SELECT trim(colname) FROM stl_load_errors WHERE tbl = %s::regclass::oid"
    assert client.value(query, (TABLE,)) == COLUMN


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (f"CREATE USER {'u' * 64} PASSWORD DISABLE", f'"{"u" * 64}": name of a user'),
        (f"CREATE GROUP {'g' * 58}", "more than 57 bytes"),
        (f"CREATE ROLE {'r' * 59}", "more than 58 bytes"),
        (f'SELECT 1 AS "{COLUMN}"""', "has quotation marks and more than 63 bytes"),
        (
            f"SELECT * FROM (SELECT 1 AS a, '' AS b) PIVOT (max(a) FOR b IN ('{'v' * 64}'))",
            "of PIVOT, longer than 63 bytes",
        ),
    ],
)
def test_rule_4_long_names_are_refused_where_postgresql_would_cut_them(client, statement, message):
    error = client.error(statement)
    assert (error.pgcode, message in str(error)) == ("0A000", True)


def test_rule_4_the_case_of_a_long_attribute_is_refused(client):
    client.run("CREATE TABLE t (s super)")
    client.run("SET enable_case_sensitive_super_attribute TO true")
    assert f'"{COLUMN}"' in str(client.error(f"SELECT s.{COLUMN} FROM t"))
