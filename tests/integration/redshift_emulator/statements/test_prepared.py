"""PREPARE, EXECUTE and DEALLOCATE.

https://docs.aws.amazon.com/redshift/latest/dg/r_PREPARE.html
"""


def test_rule_69_a_prepared_statement_runs_with_its_values(client):
    client.run("CREATE TABLE prep1 (c1 int, c2 char(20))")
    client.run("PREPARE prep_insert_plan (int, char) AS insert into prep1 values ($1, $2)")
    for values in ("1, 'one'", "1 + 1, 'it''s, (\\'two\\')'", "nvl(NULL, 3), NULL"):
        assert client.run(f"EXECUTE prep_insert_plan ({values})") == "INSERT 0 1"
    assert client.run("DEALLOCATE prep_insert_plan") == "DEALLOCATE"
    client.run("PREPARE p (int) AS SELECT c1, TRIM(c2) FROM prep1 WHERE c1 >= $1 ORDER BY c1")
    assert client.run("EXECUTE p (2)") == [(2, "it's, ('two')"), (3, None)]
    client.run("BEGIN READ ONLY")
    assert client.run("EXECUTE p ('3')") == [(3, None)]
    client.run("ROLLBACK")
    client.run("PREPARE w AS DELETE FROM prep1")
    client.run("BEGIN READ ONLY")
    assert client.error("EXECUTE w").pgcode == "25006"
    client.run("ROLLBACK")
    assert client.run("EXECUTE w") == "DELETE 3"
    assert client.run("DEALLOCATE ALL") == "DEALLOCATE ALL"
    assert client.error("EXECUTE p (2)").pgcode == "26000"


def test_rule_69_values_are_rounded_to_the_type_of_their_parameter(client):
    client.run_all("CREATE TABLE t (a decimal(5, 2)); INSERT INTO t VALUES (1.5)")
    client.run("PREPARE p (int) AS SELECT $1, a::int FROM t")
    assert client.run("EXECUTE p (1.5)") == [(2, 1)]
    assert client.run("EXECUTE p (-1.5)") == [(-2, 1)]


def test_rule_69_prepare_does_not_run_the_query(client):
    client.run("PREPARE p AS SELECT 1 / 0")
    assert client.error("EXECUTE p").pgcode == "22012"


def test_rule_69_errors_of_prepared_statements(client):
    client.run("PREPARE p (int) AS SELECT $1 + 1")
    cases = {
        "PREPARE p AS SELECT 1": "42P05",
        "PREPARE q (int) AS SELECT $2": "42P02",
        "PREPARE q AS DROP TABLE t": "42601",
        "PREPARE q AS": "42601",
        "PREPARE q AS SELECT a FROM nosuch": "42P01",
        "PREPARE q (int) AS SELECT a FROM nosuch WHERE a = $1": "42P01",
        "PREPARE q (int) AS SELECT nosuch FROM pg_class WHERE relname = $1": "42703",
        "PREPARE q AS SELECT xmltable('x')": "42883",
        "PREPARE q AS WITH x AS MATERIALIZED (SELECT 1) SELECT * FROM x": "0A000",
        "PREPARE q (nosuch) AS SELECT 1": "42704",
        "EXECUTE p": "42601",
        "EXECUTE p (1, 2)": "42601",
        "EXECUTE p ()": "42601",
        "EXECUTE p ('x')": "22P02",
        "EXECUTE none": "26000",
        "DEALLOCATE none": "26000",
    }
    found = {statement: client.error(statement).pgcode for statement in cases}
    assert found == cases
    assert client.error("EXECUTE p (none)").diag.statement_position is None
    assert client.run("EXECUTE p (1)") == [(2,)]
