"""Queries as clusters print them in the definitions of views, which are run again as they are.

https://github.com/awslabs/amazon-redshift-utils/blob/master/src/AdminViews/v_generate_view_ddl.sql
"""

from datetime import datetime
from decimal import Decimal

import pytest


def at(text):
    return datetime.fromisoformat(text)


@pytest.fixture
def table(client):
    client.run("CREATE TABLE t (a int, b varchar(9), d date, ts timestamp, x decimal(5,2))")
    client.run(
        "INSERT INTO t VALUES (1, 'CX1', '2020-05-06', '2020-05-06 10:30:00', 1.5),"
        " (2, NULL, '2021-07-08', '2021-07-08 20:45:00', 2.5)"
    )
    return client


WINDOW = "OVER(\n PARTITION BY 1\n ORDER BY t.a)"
PRINTED = {
    "date_add('month'::character varying::text, - 6::bigint, t.ts)":
        [at("2019-11-06 10:30"), at("2021-01-08 20:45")],
    "date_diff('d'::text, t.d::timestamp without time zone, t.ts)": [0, 0],
    "dateadd('day'::varchar(9), 1, t.d)": [at("2020-05-07"), at("2021-07-09")],
    "\"date_part\"('y'::text, t.d) - date_part('month'::text, t.ts)": [2015.0, 2014.0],
    "pgdate_part('YEAR'::character varying::text, t.ts) - 1::double precision": [2019.0, 2020.0],
    "pgdate_part('qtr'::text, t.d::timestamp without time zone)": [2.0, 3.0],
    "date_trunc('quarters'::text, t.ts)": [at("2020-04-01"), at("2021-07-01")],
    "\"timezone\"('utc'::text, t.ts)":
        [at("2020-05-06 10:30+00:00"),
         at("2021-07-08 20:45+00:00")],
    "\"Nvl2\"(t.b, \"decode\"(t.a, 1, 'one'::text), \"concat\"('n', 'o'))": ["one", "no"],
    "t.b::text ~ similar_escape('CX%'::character varying::text, NULL::character varying::text)":
        [True, None],
    f"pg_catalog.lag(t.b, 1) IGNORE NULLS {WINDOW}": [None, "CX1"],
    "pg_catalog.median(t.x)\n OVER(\n PARTITION BY t.a)": [Decimal("1.50"), Decimal("2.50")],
    "pg_catalog.percentile_cont(0.5) WITHIN GROUP(\n ORDER BY t.x)\n OVER(\n PARTITION BY 1)":
        [Decimal("2.00"), Decimal("2.00")],
}  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), PRINTED.items(), ids=list(PRINTED))
def test_rule_107_the_definition_of_a_view_is_a_query(table, expression, expected):
    table.run(f"CREATE VIEW v AS SELECT t.a, {expression} AS c FROM t")
    assert [c for _, c in table.run("SELECT * FROM v ORDER BY a")] == expected


REFUSED = {
    "pgdate_part(day, ts)": "42883",
    "pgdate_part('day'::text)": "42883",
    "date_part('day'::int, ts)": "22023",
    "date_part('dday'::text, ts)": "22023",
    "date_part('da' || 'y', ts)": "22023",
    "date_trunc('dday'::text, ts)": "22023",
}


@pytest.mark.parametrize(("expression", "code"), REFUSED.items(), ids=list(REFUSED))
def test_rule_107_other_date_parts_are_refused(table, expression, code):
    assert table.error(f"SELECT {expression} FROM t").pgcode == code


def test_rule_107_quoted_names_of_schemas_parts_and_functions_of_the_leader_node(client):
    assert client.value('SELECT "pg_timezone_names"() LIMIT 1')
    assert client.value('SELECT "current_schema"()') == client.schema
    assert client.value('SELECT "pg_catalog"."nvl"(NULL, 1)') == 1
    assert client.value("SELECT extract(\"week\" FROM date '2020-01-08')") == 2
