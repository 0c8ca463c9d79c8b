"""INTERVAL YEAR TO MONTH and INTERVAL DAY TO SECOND: literals, columns, arithmetic.

https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html
"""

import datetime as dt

import pytest

from tests.support.emulator import ROLE

INTERVAL, Y2M, D2S = 1186, 1188, 1190
DATE, TIMESTAMP, ZONED = 1082, 1114, 1184
# What the page prints of each literal, as Amazon's driver for Java writes it.
PRINTED = {
    "INTERVAL '1' YEAR": "1 years 0 mons",
    "INTERVAL '13 months' YEAR": "1 years 0 mons",
    "INTERVAL '13 months' MONTH": "1 years 1 mons",
    "INTERVAL '1.234567' SECOND (3)": "0 days 0 hours 0 mins 1.235 secs",
    "INTERVAL '1.23456789' SECOND": "0 days 0 hours 0 mins 1.234567 secs",
    "INTERVAL '2:2' MINUTE TO SECOND": "0 days 0 hours 2 mins 2.0 secs",
    "INTERVAL '2:2' HOUR TO MINUTE": "0 days 2 hours 2 mins 0.0 secs",
    "INTERVAL '5s' SECOND": "0 days 0 hours 0 mins 5.0 secs",
    "INTERVAL '5 HOURS' HOUR": "0 days 5 hours 0 mins 0.0 secs",
    "INTERVAL '5 h' HOUR": "0 days 5 hours 0 mins 0.0 secs",
    # from the text of the page
    "INTERVAL '23' MONTH": "1 year 11 months",
    "INTERVAL '-2' DAY": "-2 days 0 hours 0 minutes 0.0 seconds",
    "INTERVAL '1-2' MONTH": "1 year 2 months",
    "INTERVAL '13 day 1 hour 1 minute 1.123 seconds' SECOND": "13 days 1 hour 1 minute 1.123 secs",
    "INTERVAL '1 day 1 hour 1 minute 1.123 seconds' MINUTE": "1 day 01:01:00",
}
# The texts that the page prints of INTERVAL '1-2' YEAR TO MONTH and of
# INTERVAL '1 2:3:4.5678' DAY TO SECOND, except that of "postgres_verbose", which cuts digits.
STYLES = {
    "postgres": ("1 year 2 mons", "1 day 02:03:04.5678"),
    "postgres_verbose": ("@ 1 year 2 mons", "@ 1 day 2 hours 3 mins 4.5678 secs"),
    "sql_standard": ("1-2", "1 2:03:04.5678"),
}
VALUES = {
    "INTERVAL '1 2' DAY TO HOUR": (D2S, "1 day 02:00:00"),
    "INTERVAL '30 hours' DAY": (D2S, "1 day"),
    "INTERVAL '1 0:0:1.25' DAY TO SECOND(1)": (D2S, "1 day 00:00:01.3"),
    "'1.25'::INTERVAL SECOND(1)": (D2S, "00:00:01.3"),
    "CAST('1.25' AS INTERVAL SECOND (1))": (D2S, "00:00:01.3"),
    "'10 days 48 hours'::INTERVAL DAY TO SECOND": (D2S, "12 days"),
    "'20'::INTERVAL MONTH": (Y2M, "1 year 8 mons"),
    "CAST('1-2'::varchar(9) AS INTERVAL YEAR TO MONTH)": (Y2M, "1 year 2 mons"),
    "CAST(INTERVAL '1' DAY AS varchar(9))": (1043, "1 day"),
    "INTERVAL '-178956970-8' YEAR TO MONTH": (Y2M, "-178956970 years -8 mons"),
    "INTERVAL '106751991 04:00:54.775807' DAY TO SECOND": (D2S, "106751991 days 04:00:54.775807"),
    "INTERVAL '1' MONTH + INTERVAL '2' YEAR": (Y2M, "2 years 1 mon"),
    "INTERVAL '20' HOUR + INTERVAL '5' HOUR": (D2S, "1 day 01:00:00"),
    "INTERVAL '1' DAY - INTERVAL '2' HOUR": (D2S, "22:00:00"),
    "- INTERVAL '1' DAY": (D2S, "-1 days"),
    "INTERVAL '1' MONTH * 3": (Y2M, "3 mons"),
    "1.5 * INTERVAL '1' DAY": (D2S, "1 day 12:00:00"),
    "INTERVAL '3' MONTH / 2": (Y2M, "1 mon"),
    "DATE '2023-01-31' + INTERVAL '1' MONTH": (DATE, dt.date(2023, 2, 28)),
    "INTERVAL '1' MONTH + DATE '2023-01-31'": (DATE, dt.date(2023, 2, 28)),
    "DATE '2023-01-31' - INTERVAL '1' YEAR": (DATE, dt.date(2022, 1, 31)),
    "DATE '2023-01-31' + INTERVAL '1' DAY": (
        TIMESTAMP,
        dt.datetime.fromisoformat("2023-02-01 00:00"),
    ),
    "TIMESTAMP '2023-01-31 10:00' + INTERVAL '1' MONTH": (
        TIMESTAMP,
        dt.datetime.fromisoformat("2023-02-28 10:00"),
    ),
    "TIMESTAMPTZ '2023-01-31 10:00' - INTERVAL '3' HOUR": (
        ZONED,
        dt.datetime(2023, 1, 31, 7, tzinfo=dt.UTC),
    ),
    "EXTRACT(month FROM INTERVAL '1-2' YEAR TO MONTH)": (20, 2),
    "INTERVAL '1 day' + INTERVAL '1' HOUR": (INTERVAL, dt.timedelta(hours=25)),
}
WRONG = {
    "INTERVAL 'P1D'": 'invalid input syntax for type interval: "P1D"',
    "'P1D'::INTERVAL": 'invalid input syntax for type interval: "P1D"',
    "INTERVAL 'P1D' DAY": 'invalid input syntax for type interval: "P1D"',
    "INTERVAL 'infinity' DAY": 'invalid input syntax for type interval: "infinity"',
    "INTERVAL '178956970-8' YEAR TO MONTH": "interval field value out of range",
    "INTERVAL '106751991 04:00:54.775808' DAY TO SECOND": "interval out of range",
    "INTERVAL '1' MONTH + INTERVAL '178956970-7' YEAR TO MONTH": "interval out of range",
    "INTERVAL '1' SECOND(7)": "interval precision 7 must be between 0 and 6",
    "INTERVAL '1' YEAR TO day": 'syntax error at or near "day"',
    "INTERVAL '1' MONTH TO year": 'syntax error at or near "year"',
    "INTERVAL '1' MONTH = INTERVAL '30' DAY": "INTERVAL YEAR TO MONTH beside INTERVAL DAY TO",
    "INTERVAL '1' DAY + INTERVAL '1' MONTH": "INTERVAL DAY TO SECOND beside INTERVAL YEAR TO",
    "(INTERVAL '1' DAY)::INTERVAL MONTH": "cannot cast type intervald2s to intervaly2m",
    "(INTERVAL '1' DAY)::SUPER": "cannot cast type intervald2s to super",
}


@pytest.mark.parametrize(("expression", "printed"), PRINTED.items())
def test_rule_104_what_the_page_prints(client, expression, printed):
    number = Y2M if "YEAR" in expression or "MONTH" in expression.upper().split("'")[2] else D2S
    name = "intervaly2m" if number == Y2M else "intervald2s"
    with client.connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}")
        assert [(c.name, c.type_code) for c in cursor.description] == [(name, number)]
    assert client.value(f"SELECT {expression} = '{printed}'") is True


@pytest.mark.parametrize(("style", "texts"), STYLES.items())
def test_styles(client, style, texts):
    client.run(f"SET IntervalStyle to '{style}'")
    literals = "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '1 2:3:4.5678' DAY TO SECOND"
    assert client.run("SELECT " + ", ".join(f"{each}::text" for each in literals)) == [texts]
    assert client.run("SELECT " + ", ".join(literals)) == [texts]
    client.run("RESET IntervalStyle")


@pytest.mark.parametrize(("expression", "expected"), VALUES.items())
def test_values_and_their_types(client, expression, expected):
    with client.connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression}")
        assert (cursor.description[0].type_code, cursor.fetchone()[0]) == expected


@pytest.mark.emulator_only
@pytest.mark.parametrize(("expression", "message"), WRONG.items())
def test_what_is_wrong(client, expression, message):
    assert message in str(client.error(f"SELECT {expression}"))


def test_parts_of_the_other_type(client):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_interval_forbid_composite_literals.html"""
    query = "SELECT INTERVAL '1 year 1 day' DAY TO SECOND"
    message = (
        "Interval Day To Second literal cannot contain year-month parts. Disable the GUC"
        " interval_forbid_composite_literals to suppress this error and silently discard the"
        " year-month part."
    )
    assert message in str(client.error(query))
    client.run('SET interval_forbid_composite_literals to "false"')
    assert client.value("SHOW interval_forbid_composite_literals") == "false"
    assert client.value("SELECT current_setting('interval_forbid_composite_literals')") == "false"
    assert client.value(f"{query} = '1 days 0 hours 0 mins 0.0 secs'") is True
    client.run("RESET interval_forbid_composite_literals")
    assert client.value("SHOW interval_forbid_composite_literals") == "true"
    assert message in str(client.error(query))


def test_the_styles_of_redshift_only(client):
    assert 'invalid value for parameter "IntervalStyle": "iso_8601"' in str(
        client.error("SET IntervalStyle TO 'iso_8601'")
    )


def test_rule_104_the_table_of_the_page(client):
    client.run("""
    create table sample_intervals (y2m interval month, h2m interval hour to minute);
    insert into sample_intervals
    values (interval '20' month, interval '2 days 1:1:1.123456' day to second)
    """)
    assert client.run("select y2m::text, h2m::text from sample_intervals") == [
        ("1 year 8 mons", "2 days 01:01:00")
    ]
    client.run("""
    update sample_intervals set y2m = interval '2' year
    where y2m = interval '1-8' year to month
    """)
    assert client.run("select * from sample_intervals") == [("2 years", "2 days 01:01:00")]
    client.run("delete from sample_intervals where h2m = interval '2 1:1:0' day to second")
    assert client.run("select * from sample_intervals") == []


@pytest.mark.emulator_only
def test_columns(client):
    client.run("CREATE TABLE t (a interval year to month SORTKEY, b interval second(3))")
    client.run("ALTER TABLE t ADD COLUMN c interval day to minute DEFAULT interval '1' day")
    client.run("INSERT INTO t (a, b) VALUES ('1-2', '1.23456'), (interval '1 month', NULL)")
    shown = [("1 mon", None, "1 day"), ("1 year 2 mons", "00:00:01.235", "1 day")]
    assert client.run("SELECT * FROM t ORDER BY a") == shown
    client.run("CREATE TABLE u AS SELECT a, sum(b) AS b, max(c) AS c FROM t GROUP BY a")
    assert client.run("SELECT * FROM u ORDER BY a") == shown
    client.run("CREATE TABLE v (LIKE t)")
    types = "SELECT type, encoding FROM pg_table_def WHERE tablename = '{}'"
    expected = ["interval year to month", "interval second(3)", "interval day to minute"]
    for table in ("t", "v"):
        assert client.run(types.format(table)) == [(each, "none") for each in expected]
    database = client.value("SELECT current_database()")
    described = client.run(f"SHOW COLUMNS FROM TABLE {database}.{client.schema}.t")
    assert [row[7] for row in described] == expected
    catalog = "SELECT data_type FROM svv_columns WHERE table_name = 't' ORDER BY ordinal_position"
    assert client.run(catalog) == [("intervaly2m",), ("intervald2s",), ("intervald2s",)]
    numbers = "SELECT atttypid FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"
    assert client.run(f"{numbers} ORDER BY attnum") == [(Y2M,), (D2S,), (D2S,)]


@pytest.mark.emulator_only
def test_columns_that_are_refused(client):
    for column, message in {
        "i interval": 'Column "t.i" has unsupported type "interval".',
        "i interval month encode az64": 'invalid encoding type specified for column "i"',
        "i interval day to month": 'syntax error at or near "month"',
    }.items():
        assert message in str(client.error(f"CREATE TABLE t ({column})"))
    client.run("CREATE TABLE t (i interval month)")
    assert "day-time parts" in str(client.error("INSERT INTO t VALUES ('3 days')"))
    shown = 'column "i" of type interval year to month'
    copy = f"COPY t FROM 's3://bucket/key' IAM_ROLE '{ROLE}'"
    assert f"COPY into {shown}: not supported by the emulator" in str(client.error(copy))
    pivot = "SELECT * FROM t PIVOT (count(*) FOR i IN (INTERVAL '1' MONTH))"
    assert "PIVOT with a qualified INTERVAL" in str(client.error(pivot))
    function = "CREATE FUNCTION f(interval month) RETURNS int STABLE AS $$ SELECT 1 $$"
    assert "a function with the type interval" in str(client.error(f"{function} LANGUAGE sql"))


def test_rows_are_grouped_joined_and_counted(client):
    client.run("CREATE TABLE t (a interval year to month, b interval day to second)")
    client.run(
        "INSERT INTO t VALUES ('1 year', '1 day'), ('12 mons', '24 hours'), ('1 mon', NULL)"
    )
    found = client.run("SELECT a, sum(b), count(*) FROM t GROUP BY a ORDER BY a DESC")
    assert found == [("1 year", "2 days", 2), ("1 mon", None, 1)]
    assert client.value("SELECT count(*) FROM t AS x JOIN t AS y ON x.a = y.a") == 5
    assert client.run("SELECT count(DISTINCT a), sum(a), min(b) FROM t") == [
        (2, "2 years 1 mon", "1 day")
    ]
    assert "function avg(intervaly2m) does not exist" in str(client.error("SELECT avg(a) FROM t"))


@pytest.mark.emulator_only
def test_procedures_and_prepared_statements(client):
    client.run("CREATE TABLE t (a interval year to month, b interval day to second)")
    client.run("""
    CREATE PROCEDURE p(a interval year to month, INOUT b interval day to second) AS $$
    DECLARE x interval hour to minute;
    BEGIN
        x := '1:02:03';
        b := b + x;
        INSERT INTO t VALUES (a, b);
    END $$ LANGUAGE plpgsql
    """)
    assert client.run("CALL p('1-1', '3 days')") == [("3 days 01:02:00",)]
    client.run("PREPARE q (interval year to month) AS SELECT b FROM t WHERE a = $1")
    assert client.run("EXECUTE q ('13 mons')") == [("3 days 01:02:00",)]
    client.run("DROP PROCEDURE p(interval year to month, interval day to second)")


@pytest.mark.emulator_only
def test_views_and_defaults_are_shown_as_statements_that_can_run(client):
    client.run("CREATE VIEW v AS SELECT interval '1' year AS y, interval '1.23' second(1) AS s")
    (shown,) = client.run("SHOW VIEW v")[0]
    assert "::interval year AS y" in shown
    client.run(f"CREATE VIEW w AS {shown}")
    assert (
        client.run("SELECT * FROM v")
        == client.run("SELECT * FROM w")
        == [("1 year", "00:00:01.2")]
    )
    client.run("CREATE TABLE t (i int, a interval year DEFAULT interval '13' month)")
    (shown,) = client.run("SHOW TABLE t")[0]
    client.run("DROP TABLE t")
    client.run(shown)
    client.run("INSERT INTO t (i) VALUES (1)")
    assert client.value("SELECT a FROM t") == "1 year"


@pytest.mark.parametrize("kind", ["INTERVAL YEAR TO MONTH", "INTERVAL DAY TO SECOND"])
def test_a_literal_is_computed_once(client, kind):
    word = "MONTH" if "MONTH" in kind else "DAY"
    client.run(f"CREATE TABLE t (i {kind})")
    plan = client.run(f"EXPLAIN SELECT * FROM t WHERE i = INTERVAL '1' {word}")
    assert "interval_of_text" not in str(plan)
