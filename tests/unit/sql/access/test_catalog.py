from pipeline.sql.access.catalog import select_current_state, select_holdings
from tests.support.values.statements import sql


def test_only_the_queries_for_tables_and_relations_have_parameters():
    queries = select_current_state("etl", ("dw", "www"), "dw")

    assert {name: dict(each.parameters) for name, each in queries.items() if each.parameters} == {
        "columns": {"schema": "etl"},
        "others": {"schemas": ("dw", "www", "etl"), "owner": "dw"},
    }


def test_the_schema_of_markers_may_be_that_of_a_source():
    assert select_current_state("dw", ("dw",), "x")["others"].parameters["schemas"] == ("dw",)


def test_relations_of_others_are_selected():
    assert select_current_state("etl", ("www",), "dw")["others"].text == sql("""
        SELECT
            n.nspname AS schema_name,
            c.relname AS relation_name,
            PG_GET_USERBYID(c.relowner) AS owner_name
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n
            ON n.oid = c.relnamespace
        WHERE n.nspname IN %(schemas)s
            AND c.relkind IN ('r', 'v', 'm')
            AND SUBSTRING(c.relname, 1, 8) <> 'mv_tbl__'
            AND PG_GET_USERBYID(c.relowner) <> %(owner)s
        ORDER BY 1, 2
    """)


def test_default_privileges_are_selected_by_redshifts_own_column():
    """PostgreSQL calls it defaclrole."""
    assert select_current_state("etl")["defaults"].text == sql("""
        SELECT
            PG_GET_USERBYID(d.defacluser) AS owner_name,
            n.nspname AS schema_name,
            d.defaclobjtype AS object_type,
            ARRAY_TO_STRING(d.defaclacl, CHR(10)) AS acl
        FROM pg_catalog.pg_default_acl AS d
        LEFT JOIN pg_catalog.pg_namespace AS n
            ON n.oid = d.defaclnamespace
        WHERE d.defaclobjtype IN ('r', 'f', 'p')
        ORDER BY 1, 2, 3
    """)


def test_every_query_for_holdings_binds_the_name():
    for query in select_holdings("t'om").values():
        assert query.parameters == {"user": "t'om"}
        assert "%(user)s" in query.text
