"""The statements about what relations hold."""

from pipeline.names import TableName
from pipeline.sql.markers import content, marker
from tests.support.statements import sql


def test_the_content_of_a_relation_is_the_newest_marker_of_all_prefixes():
    names = [TableName("www", "b"), TableName("www", "a"), TableName("www", "a")]
    statement = content.select_contents("etl", names)

    assert statement.text == sql("""
        SELECT *
        FROM (
            SELECT *,
                ROW_NUMBER() OVER (
                    PARTITION BY target_table, CASE WHEN task IN %(tasks)s THEN 1 ELSE 0 END
                    ORDER BY inserted_at DESC, update_id DESC
                ) AS place
            FROM "etl"."table_updates"
            WHERE target_table IN %(tables)s
                AND task IN %(tasks)s
        ) AS ranked
        WHERE place = 1
        ORDER BY target_table
    """)
    assert statement.parameters == {"tables": ("www.a", "www.b"), "tasks": marker.FILLING}


def test_the_markers_of_lost_rows_are_deleted_under_every_prefix():
    statement = content.delete_contents("etl", [TableName("www", "b"), TableName("www", "a")])

    assert statement.text == sql("""
        DELETE FROM "etl"."table_updates"
        WHERE target_table IN %(tables)s
            AND task IN %(tasks)s
    """)
    assert statement.parameters == {"tables": ("www.a", "www.b"), "tasks": marker.FILLING}


def test_the_newest_marker_of_checks_is_read_beside_that_of_the_rows():
    """It is ranked by itself: the rank of rows is by their tasks alone."""
    statement = content.select_contents("etl", [TableName("www", "a")], checks=True)

    assert "AND task IN %(read)s\n" in statement.text
    assert "CASE WHEN task IN %(tasks)s THEN 1 ELSE 0 END" in statement.text
    assert statement.parameters["read"] == ("CopyTable", "RefreshCtas", "Checks")
