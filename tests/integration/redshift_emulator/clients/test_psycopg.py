"""psycopg 3, which uses the extended protocol: binary values, cursors on the server, pipelines."""

import datetime as dt
from decimal import Decimal

import pytest

psycopg = pytest.importorskip("psycopg", reason="psycopg 3 is not installed")


@pytest.fixture(scope="module")
def connection(place):
    with psycopg.connect(
        dbname=place.emulator.database,
        **place.login,
        sslmode="verify-full",
        sslrootcert=place.emulator.certificate,
        autocommit=True,
    ) as connection:
        connection.execute(f"SET search_path TO {place.schema}")
        yield connection


@pytest.mark.parametrize("binary", [False, True])
def test_values_and_parameters_in_text_and_binary(connection, binary):
    cursor = connection.cursor(binary=binary)
    day = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
    query = (
        "SELECT id, name, price, day, ts, tz, flag, f, s FROM parent WHERE id = %s AND name = %s"
    )
    assert cursor.execute(query, (1, "é")).fetchall() == [
        (1, "é", Decimal("1.50"), day.date(), day.replace(tzinfo=None), day, True, 2.5, None)
    ]
    query = "SELECT %s::date, %s::decimal(5, 2), %s::varchar, %s::int"
    values = (day.date(), Decimal("1.25"), "x", None)
    assert cursor.execute(query, values).fetchone() == values


@pytest.mark.parametrize("binary", [False, True])
def test_rule_4_long_names(connection, binary):
    name = f"a_table_of_a_warehouse_{'long_' * 12}"
    cursor = connection.cursor(binary=binary)
    cursor.execute(f"CREATE TABLE {name} (key_of_{name} int)")
    cursor.execute(f"INSERT INTO {name} VALUES (%s)", (7,))
    query = f"SELECT key_of_{name}, %s AS other_{name} FROM {name}"
    assert cursor.execute(query, ("x",), prepare=True).fetchall() == [(7, "x")]
    assert [column.name for column in cursor.description] == [f"key_of_{name}", f"other_{name}"]
    query = "SELECT relname FROM pg_class WHERE relname = %s"
    assert cursor.execute(query, (name,)).fetchall() == [(name,)]
    with pytest.raises(psycopg.errors.DuplicateTable, match=name):
        cursor.execute(f"CREATE TABLE {name} (a int)")
    cursor.execute(f"DROP TABLE {name}")


def test_statements_are_prepared_and_sent_in_a_pipeline(connection):
    connection.execute("CREATE TEMP TABLE piped (a int)")
    with connection.pipeline():
        inserted = connection.cursor()
        inserted.executemany("INSERT INTO piped VALUES (%s)", [(1,), (2,)])
        total = connection.execute("SELECT sum(a) FROM piped")
    assert total.fetchone() == (3,)
    with pytest.raises(psycopg.errors.UndefinedTable), connection.pipeline():
        connection.execute("SELECT * FROM missing")
    found = [
        connection.execute("SELECT %s::int + 1", (number,), prepare=True).fetchone()
        for number in range(2)
    ]
    assert found == [(1,), (2,)]
    assert connection.execute("DEALLOCATE ALL").statusmessage == "DEALLOCATE ALL"


def test_cursors_on_the_server(connection):
    with connection.transaction(), connection.cursor("on_server") as cursor:
        cursor.execute("SELECT name, id FROM parent UNION ALL SELECT 'b', 2 ORDER BY 2")
        assert [column.name for column in cursor.description] == ["name", "id"]
        assert cursor.fetchone() == ("é", 1)
        assert cursor.fetchall() == [("b", 2)]
    connection.execute("BEGIN")
    missing = connection.pgconn.describe_portal(b"missing")
    assert missing.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"34000"
    connection.execute("ROLLBACK")


def test_savepoints_are_refused_and_a_statement_can_be_canceled(connection):
    with (
        pytest.raises(psycopg.errors.FeatureNotSupported, match="SAVEPOINT"),
        connection.transaction(),
        connection.transaction(),
    ):
        pass
    # over TLS, as the connection itself, of which libpq expects an orderly end
    connection.cancel_safe()
    assert connection.execute("SELECT 1").fetchone() == (1,)
