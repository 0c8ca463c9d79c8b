from pipeline.sql.access.catalog import select_current_state, select_holdings
from tests.support.values.statements import sql


def test_only_the_query_for_the_marker_tables_has_a_parameter():
    queries = select_current_state("etl")

    assert {name: dict(each.parameters) for name, each in queries.items() if each.parameters} == {
        "columns": {"schema": "etl"}
    }


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
