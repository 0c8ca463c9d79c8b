"""Scalar functions in SQL.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_FUNCTION.html
"""

GREATER = (
    "CREATE FUNCTION f_sql_greater (float, float) RETURNS float STABLE AS $$"
    " select case when $1 > $2 then $1 else nvl($2, 0) end $$ LANGUAGE sql"
)


def test_rule_71_a_function_can_be_called_and_nested(client):
    s = client.schema
    assert client.run(GREATER) == "CREATE FUNCTION"
    client.run_all("CREATE TABLE t (a int, b varchar(9)); INSERT INTO t VALUES (1, 'x'), (5, 'y')")
    assert client.run("SELECT f_sql_greater(a, 2), b FROM t ORDER BY a") == [(2, "x"), (5, "y")]
    assert client.value(f"SELECT {s}.f_sql_greater(NULL, NULL)") == 0
    client.run(
        "CREATE FUNCTION f_label(int, varchar) RETURNS varchar IMMUTABLE AS $$"
        " select nvl($2, 'none') || ':' || f_sql_greater($1, 2)::int $$ LANGUAGE sql"
    )
    assert client.run("SELECT f_label(a, b) FROM t WHERE f_sql_greater(a, 0) > 1") == [("y:5",)]
    client.run(f"CREATE VIEW v AS SELECT {s}.f_label(a, b) AS l FROM {s}.t WITH NO SCHEMA BINDING")
    assert client.run("SELECT l FROM v ORDER BY l") == [("x:2",), ("y:5",)]
    client.run(GREATER.replace("CREATE", "CREATE OR REPLACE").replace("$1 > $2", "$1 < $2"))
    assert client.value("SELECT f_sql_greater(1, 2)") == 1
    client.run(
        "CREATE FUNCTION f_masked (src bigint, class varchar(9)) RETURNS bigint STABLE AS $$"
        " select case $2 when 'cc' then mod($1, 1000) end $$ LANGUAGE sql"
    )
    assert client.value("SELECT f_masked(123456, 'cc')") == 456
    client.run("DROP FUNCTION f_masked(src bigint, class varchar)")
    client.run("UPDATE t SET a = f_sql_greater(a, 2)::int WHERE b = 'y'")
    assert client.run("SELECT a FROM t ORDER BY a") == [(1,), (2,)]
    assert client.run("DROP FUNCTION f_sql_greater(float, float) CASCADE") == "DROP FUNCTION"
    assert client.error("SELECT f_sql_greater(1, 2)").pgcode == "42883"


def test_rule_71_functions_that_are_refused(client, new_user):
    head, tail = "CREATE FUNCTION f(int) RETURNS int STABLE AS $$", "$$ LANGUAGE sql"
    cases = {
        f"{head} select a from t {tail}": "42601",
        f"{head} select (select 1) {tail}": "42601",
        f"{head} select $1 limit 1 {tail}": "42601",
        f"{head} delete from t {tail}": "42601",
        f"{head} select 1; select 2 {tail}": "42601",
        f"{head} select pg_sleep(1) {tail}": "42883",
        f"{head} select current_schema() {tail}": "0A000",
        f"{head} select nosuch($1) {tail}": "42883",
        "CREATE FUNCTION f(a int) RETURNS int STABLE AS $$ select a $$ LANGUAGE sql": "42703",
        "CREATE FUNCTION f(int) RETURNS int AS $$ select 1 $$ LANGUAGE sql": "42601",
        "CREATE FUNCTION f(int) RETURNS SETOF int STABLE AS $$ select 1 $$ LANGUAGE sql": "42704",
        "CREATE FUNCTION f(int) RETURNS int STABLE AS $$ begin end $$ LANGUAGE plpgsql": "0A000",
        "DROP FUNCTION nosuch(int)": "42883",
        "DROP FUNCTION nosuch": "42601",
    }
    found = {statement: client.error(statement).pgcode for statement in cases}
    assert found == cases
    client.run(f"{head} select $1 + 1 {tail}")
    assert client.error(f"{head} select $1 + 2 {tail}").pgcode == "42723"
    _, user = new_user()
    assert user.error(f"DROP FUNCTION {client.schema}.f(int)").pgcode == "42501"


def test_rule_71_types_of_results(client):
    client.run_all(
        "CREATE TABLE t (a decimal(8, 2), b varchar(3)); INSERT INTO t VALUES (2, 'xyz')"
    )
    client.run(
        "CREATE FUNCTION f_third(decimal(8, 2)) RETURNS decimal(9, 4) IMMUTABLE AS $$"
        " select $1 / 3 $$ LANGUAGE sql"
    )
    client.run(
        "CREATE FUNCTION f_twice(varchar(3)) RETURNS varchar(6) IMMUTABLE AS $$"
        " select $1 || $1 $$ LANGUAGE sql"
    )
    assert client.value("SELECT f_third(a)::varchar(20) FROM t") == "0.6667"
    error = client.error("CREATE TABLE u AS SELECT f_third(a) AS x FROM t")
    assert (error.pgcode, error.diag.message_hint[:15]) == ("0A000", "Cast the column")
    client.run("CREATE TABLE u AS SELECT f_twice(b) AS x, f_twice(b)::varchar(6) AS y FROM t")
    assert client.run("SELECT x, y FROM u") == [("xyzxyz", "xyzxyz")]
    types = client.run("SELECT type FROM pg_table_def WHERE tablename = 'u' ORDER BY \"column\"")
    assert types == [("character varying",), ("character varying(6)",)]


def test_rule_71_arguments_are_converted_as_other_values_are(client):
    bodies = {
        "f_number(bigint)": "left(md5($1), 4) || len($1) || replace($1, 2, 'x')",
        "f_date(date)": "upper($1)",
        "f_bytes(varchar)": "$1::varchar(3)",
        "f_bit(boolean)": "$1::varchar",
        "f_text(varchar)": "json_typeof($1::super)",
        "f_trim(int, int)": "trim($2 FROM $1) || position($2 IN $1)",
    }
    for head, body in bodies.items():
        client.run(
            f"CREATE FUNCTION {head} RETURNS varchar IMMUTABLE AS $$ SELECT {body} $$ LANGUAGE sql"
        )
    query = "SELECT f_number(12), f_date('2020-01-01'), f_bytes('äöü'), f_text('[1]')"
    assert client.run(query) == [("c20a21x", "2020-01-01", "ä", "string")]
    assert client.value("SELECT f_trim(121, 1)") == "21"
    assert client.error("SELECT f_bit(true)").pgcode == "42846"
