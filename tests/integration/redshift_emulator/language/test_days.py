"""Numbers of days that are added to dates and timestamps."""

import datetime as dt

import pytest

at = dt.datetime.fromisoformat
DAY = at("2020-01-02 03:04:05")
EXPRESSIONS = [
    ("t - 1", at("2020-01-01 03:04:05")),
    ("t + few", at("2020-01-04 03:04:05")),
    ("t - many", at("2019-12-29 03:04:05")),
    ("t + small", at("2020-01-03 03:04:05")),
    ("trunc(t + 1)", dt.date(2020, 1, 3)),
    ("nvl(t - 1, t)", at("2020-01-01 03:04:05")),
    ("t + 1 > t", True),
    ("t - null", None),
    ("t + '1 hour'", at("2020-01-02 04:04:05")),
    ("t + interval '1 day'", at("2020-01-03 03:04:05")),
    ("t - '2020-01-01'", dt.timedelta(days=1, seconds=11045)),
    ("d - 1", dt.date(2020, 1, 1)),
    ("d + many", dt.date(2020, 1, 6)),
    ("d - small", dt.date(2020, 1, 1)),
    ("d - row_number() over (order by d)", dt.date(2020, 1, 1)),
    ("d - date '2020-01-01'", 1),
]


@pytest.fixture
def row(client):
    client.run("CREATE TABLE r (t timestamp, z timestamptz, d date, small smallint, few int,"
               " many bigint, price decimal(5, 2))")  # fmt: skip
    client.run(f"INSERT INTO r VALUES ('{DAY}', '{DAY}', '{DAY.date()}', 1, 2, 4, 1.5)")
    return client


def test_rule_105_integers_are_days(row):
    found = {expression: row.value(f"SELECT {expression} FROM r") for expression, _ in EXPRESSIONS}
    assert found == dict(EXPRESSIONS)
    assert row.run("SELECT count(*) FROM r WHERE t > sysdate - 1 OR getdate() - 7 > t") == [(1,)]


def test_rule_105_tables_and_views_have_the_types(row):
    row.run("CREATE TABLE made AS SELECT t - 1 AS t, d + many AS d FROM r")
    row.run("CREATE VIEW shown AS SELECT t + few AS t FROM r")
    types = (
        "SELECT tablename, type FROM pg_table_def"
        f" WHERE schemaname = '{row.schema}' AND tablename <> 'r' ORDER BY 1, 2"
    )
    row.run(f"SET search_path TO {row.schema}")
    assert row.run(types) == [
        ("made", "date"),
        ("made", "timestamp without time zone"),
    ]
    assert row.run("SELECT t FROM shown") == [(at("2020-01-04 03:04:05"),)]
    row.run("CREATE TABLE late (t timestamp DEFAULT sysdate + 1)")
    definitions = [
        row.value("SHOW TABLE late"),
        row.value("SHOW VIEW shown"),
        row.value(
            "SELECT column_default FROM information_schema.columns"
            f" WHERE table_schema = '{row.schema}' AND table_name = 'late'"
        ),
    ]
    assert [text for text in definitions if "days" in text or "pg_internal" in text] == []


@pytest.mark.emulator_only
@pytest.mark.parametrize("expression", ["t + price", "d + 0.5", "z - 1"])
def test_rule_105_what_is_refused(row, expression):
    error = row.error(f"SELECT {expression} FROM r")
    assert error.pgcode == "42883"
    assert "operator does not exist" in str(error)
