"""Names of tables with their database, and integers as conditions."""

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


def test_rule_77_an_integer_is_a_condition(client, table):
    assert client.run(f"SELECT a FROM {table} WHERE 1 AND a = 2") == [(2,)]
    assert client.run(f"SELECT a FROM {table} WHERE 0") == []
    assert client.run(f"SELECT CASE WHEN a - 1 THEN 'x' END FROM {table} ORDER BY a") == [
        (None,),
        ("x",),
    ]
