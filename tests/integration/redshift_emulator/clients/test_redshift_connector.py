"""Amazon's driver for Python: TLS, its questions about objects, data frames."""

import datetime as dt
from decimal import Decimal

import pytest

driver = pytest.importorskip("redshift_connector", reason="see the extra 'clients'")
# The driver's own.
pytestmark = pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning")


@pytest.fixture(scope="module")
def cursor(place):
    """A cursor of a connection as the driver makes it by default: it demands TLS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", place.emulator.certificate)
        connection = driver.connect(database=place.emulator.database, **place.login)
    connection.autocommit = True
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {place.schema}")
        yield cursor


def test_a_certificate_that_is_not_trusted_is_refused(place):
    with pytest.raises(driver.InterfaceError, match="CERTIFICATE_VERIFY_FAILED"):
        driver.connect(database=place.emulator.database, **place.login)


def test_values_and_parameters(cursor):
    day = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)
    cursor.execute("SELECT id, name, price, day, ts, tz, flag, f FROM parent WHERE id = %s", (1,))
    found = [1, "é", Decimal("1.50"), day.date(), day.replace(tzinfo=None), day, True, 2.5]
    assert cursor.fetchall() == ([*found],)
    cursor.execute("CREATE TEMP TABLE numbers (a int, b varchar(5))")
    cursor.executemany("INSERT INTO numbers VALUES (%s, %s)", ((1, "a"), (2, None)))
    cursor.execute("SELECT * FROM numbers ORDER BY a")
    assert cursor.fetchall() == ([1, "a"], [2, None])
    with pytest.raises(driver.ProgrammingError, match="missing"):
        cursor.execute("SELECT * FROM missing")


def test_intervals_in_binary_form(cursor):
    months, micros = driver.interval.IntervalYearToMonth, driver.interval.IntervalDayToSecond
    cursor.execute("CREATE TEMP TABLE spans (a interval year to month, b interval day to second)")
    rows = (months(-(2**31)), micros(-(2**63))), (months(13), micros(1)), (None, None)
    cursor.executemany("INSERT INTO spans VALUES (%s, %s)", rows)
    cursor.execute("SELECT * FROM spans ORDER BY a")
    assert cursor.fetchall() == tuple(map(list, rows))
    assert [column[1] for column in cursor.description] == [1188, 1190]
    cursor.execute("SELECT INTERVAL '2 days 1 second', INTERVAL '1 month'")
    assert cursor.fetchone() == [
        dt.timedelta(days=2, seconds=1),
        driver.interval.Interval(0, 0, 1),
    ]
    cursor.execute("""
    CREATE PROCEDURE spans(INOUT a interval year to month, INOUT b interval day to second)
    AS $$ BEGIN a := a * 1; END $$ LANGUAGE plpgsql
    """)
    for row in rows[:2]:
        cursor.execute("CALL spans(%s, %s)", row)
        assert cursor.fetchone() == [*row]
    cursor.execute("CREATE TABLE kept_spans (LIKE spans)")
    columns = cursor.get_columns(None, "%", "kept_spans")
    assert [row[5] for row in columns] == ["intervaly2m", "intervald2s"]


@pytest.mark.parametrize("by_show", [True, False])
def test_its_questions_about_objects(cursor, place, monkeypatch, by_show):
    """By SHOW, as the driver asks newer clusters, and by its queries of the system tables."""
    if not by_show:
        monkeypatch.setattr(cursor, "get_show_discovery_version", lambda: 0)
    assert cursor.get_show_discovery_version() == (4 if by_show else 0)
    database, schema = place.emulator.database, place.schema
    assert cursor.get_catalogs() == ([database],)
    assert [schema, database] in list(cursor.get_schemas())
    tables = {row[2]: (row[3], row[4]) for row in cursor.get_tables(None, schema, "%")}
    assert tables["parent"] == ("TABLE", "the parents")
    assert {tables[name][0] for name in ("bound", "late", "kept")} == {"VIEW"}
    columns = cursor.get_columns(None, schema, "parent")
    assert [row[3] for row in columns][:3] == ["id", "name", "price"]
    assert [row[3] for row in cursor.get_columns(None, schema, "late")] == ["id", "name"]
    keys = cursor.get_primary_keys(None, schema, "parent")
    assert keys == ([database, schema, "parent", "id", 1, "parent_pkey"],)
    routines = cursor.get_functions if by_show else cursor.get_procedures
    assert "twice" in {row[2] for row in routines(None, schema)}


def test_its_questions_that_need_show(cursor, place):
    database, schema = place.emulator.database, place.schema
    for statement in (
        "CREATE TABLE owned (a int PRIMARY KEY, b int)",
        "CREATE TABLE referring (a int REFERENCES owned (a))",
        "GRANT UPDATE (b) ON owned TO PUBLIC",
        "GRANT INSERT ON owned TO PUBLIC",
        (
            "CREATE PROCEDURE scaled(factor decimal(5, 2), INOUT label varchar(9)) AS $$"
            " BEGIN label := factor; END $$ LANGUAGE plpgsql"
        ),
        (
            "CREATE FUNCTION doubled(int) RETURNS bigint STABLE AS $$ SELECT 2::bigint * $1 $$"
            " LANGUAGE sql"
        ),
    ):
        cursor.execute(statement)
    key = (database, schema, "owned", "a", database, schema, "referring", "a", 1)
    for found in (
        cursor.get_imported_keys(None, schema, "referring"),
        cursor.get_exported_keys(None, schema, "owned"),
    ):
        assert [tuple(row[:9]) for row in found] == [key]
    assert [row[1] for row in cursor.get_best_row_identifier(None, schema, "owned", 1, True)] == [
        "a"
    ]
    (granted,) = cursor.get_column_privileges(None, schema, "owned", "b%")
    assert granted == [
        database,
        schema,
        "owned",
        "b",
        place.emulator.user,
        "public",
        "UPDATE",
        "NO",
    ]
    (granted,) = cursor.get_table_privileges(None, schema, "owned")
    assert granted == [database, schema, "owned", place.emulator.user, "public", "INSERT", "NO"]
    arguments = cursor.get_procedure_columns(None, schema, "scaled")
    assert [(row[3], row[4].name, row[6], row[7], row[9]) for row in arguments] == [
        ("factor", "IN", "numeric", 5, 2),
        ("label", "IN_OUT", "varchar", 9, 0),
    ]
    assert [row[3] for row in cursor.get_procedure_columns(None, schema, "scaled", "la%")] == [
        "label"
    ]
    assert [row[5] for row in cursor.get_functions(None, schema)] == [
        "doubled(integer)",
        "twice(integer)",
    ]
    results = cursor.get_function_columns(None, schema, "doubled")
    assert [(row[4].name, row[6]) for row in results] == [("RETURN", "int8"), ("IN", "int4")]


def test_data_frames(cursor):
    pandas = pytest.importorskip("pandas")
    cursor.execute("CREATE TEMP TABLE framed (a int, b varchar(5))")
    cursor.write_dataframe(pandas.DataFrame({"a": [1, 2], "b": ["x", "é"]}), "framed")
    cursor.execute("SELECT * FROM framed ORDER BY a")
    assert cursor.fetch_dataframe().to_dict("list") == {"a": [1, 2], "b": ["x", "é"]}
