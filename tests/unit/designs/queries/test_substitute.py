"""Words of a query are replaced: the functions of the clock, and the names of schemas."""

import datetime as dt

import pytest

from pipeline.designs.queries.substitute import fix_clock, move

NOW = dt.datetime.fromisoformat("2026-11-28 03:00:00")
STAMP = "CAST('2026-11-28 03:00:00' AS timestamp)"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT GETDATE() - 1", f"SELECT {STAMP} - 1"),
        ("SELECT getdate ( )", f"SELECT {STAMP}"),
        ("SELECT SysDate, NOW(), CURRENT_TIMESTAMP", f"SELECT {STAMP}, NOW(), CURRENT_TIMESTAMP"),
        ("SELECT CURRENT_DATE", "SELECT CAST('2026-11-28' AS date)"),
        ("SELECT o.sysdate, now, getdate(1)", None),
        ("SELECT 'GETDATE()', \"sysdate\", $$now()$$", None),
        ("SELECT 1 -- GETDATE()\n/* SYSDATE /* NOW() */ */", None),
        ('SELECT 1 AS "é", SYSDATE--', f'SELECT 1 AS "é", {STAMP}--'),
    ],
)
def test_the_clock_is_replaced_and_nothing_else(sql, expected):
    assert fix_clock(sql, NOW) == (expected or sql)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM www.orders", 'SELECT id FROM "x".orders'),
        (
            'SELECT o.www, www.orders.id FROM "www"."Gift Cards" g, WWW.orders -- www.orders',
            'SELECT o.www, "x".orders.id FROM "x"."Gift Cards" g, "x".orders -- www.orders',
        ),
        (
            "WITH www AS (SELECT 1 FROM dw.a) SELECT 'www.b' FROM www JOIN www.b ON TRUE",
            """WITH www AS (SELECT 1 FROM "y".a) SELECT 'www.b' FROM www JOIN "x".b ON TRUE""",
        ),
        (
            "SELECT i.a FROM www.orders AS dw, dw.items AS i",
            'SELECT i.a FROM "x".orders AS dw, dw.items AS i',
        ),
        ("SELECT 1 FROM pg_catalog.pg_class, svv_tables", None),
    ],
)
def test_schemas_of_relations_are_replaced_and_nothing_else(sql, expected):
    assert move(sql, {"www": "x", "dw": "y"}) == (expected or sql)
