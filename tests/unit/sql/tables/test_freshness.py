from pipeline.names import TableName
from pipeline.sql.tables.freshness import select_newest_values
from tests.support.values.statements import sql


def test_the_newest_values_of_several_relations_are_read_by_one_statement():
    found = select_newest_values(
        [
            (TableName("www", "orders"), "updated_at", "timestamptz"),
            (TableName("www", "a%{0}"), 'b"c', "timestamp"),
            (TableName("a", "sums"), "day", "date"),
        ]
    )
    form = "'YYYY-MM-DD HH24:MI:SS'"
    assert found.parameters == {}
    assert found.text == sql(f"""
        SELECT 0 AS place, TO_CHAR(MAX("updated_at") AT TIME ZONE 'UTC', {form}) AS newest
        FROM "www"."orders"
        UNION ALL
        SELECT 1 AS place, TO_CHAR(MAX("b""c"), {form}) AS newest
        FROM "www"."a%{{0}}"
        UNION ALL
        SELECT 2 AS place, TO_CHAR(CAST(MAX("day") AS timestamp), {form}) AS newest
        FROM "a"."sums"
    """)
