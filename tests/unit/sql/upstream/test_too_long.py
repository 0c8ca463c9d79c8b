from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.upstream.extract import Extract, count_too_long, select
from tests.support.values.statements import sql

NULLED = Column("a%", "varchar(10)", too_long="set_null")
CUT = Column("b", "varchar(64)", expression="note || '%'", too_long="truncate")
PLAIN = Column("c", "varchar(64)")
EXTRACT = Extract(TableName("s", "t"), (NULLED, CUT, PLAIN), condition="id > 0")


A = """pg_catalog.convert_to((computed."a%")::text, 'UTF8')"""
B = """pg_catalog.convert_to((computed."b")::text, 'UTF8')"""
END = (
    "CASE WHEN pg_catalog.get_byte(bytes.utf8, 64) & 192 <> 128 THEN 64"
    " WHEN pg_catalog.get_byte(bytes.utf8, 63) & 192 <> 128 THEN 63"
    " WHEN pg_catalog.get_byte(bytes.utf8, 62) & 192 <> 128 THEN 62 ELSE 61 END"
)


def test_a_long_value_becomes_null_or_is_cut_between_characters():
    assert select(EXTRACT).text == sql(f"""
        SELECT
          CASE WHEN NOT pg_catalog.octet_length({A}) > 10 THEN computed."a%" END AS "a%",
          (
            SELECT CASE
              WHEN pg_catalog.octet_length(bytes.utf8) > 64
              THEN pg_catalog.convert_from(pg_catalog.substring(bytes.utf8, 1, {END}), 'UTF8')
              ELSE (computed."b")::text
            END
            FROM (SELECT {B} AS utf8) AS bytes
          ) AS "b",
          computed."c" AS "c"
        FROM (
        SELECT
          "a%" AS "a%",
          (note || '%') AS "b",
          "c" AS "c"
        FROM "s"."t"
        WHERE (id > 0)
        ) AS computed
    """)


def test_changed_values_are_counted_in_one_scan():
    counting = count_too_long(EXTRACT)
    assert counting is not None
    assert counting.text == sql(f"""
        SELECT
          pg_catalog.count(*) FILTER (WHERE pg_catalog.octet_length({A}) > 10) AS "a%",
          pg_catalog.count(*) FILTER (WHERE pg_catalog.octet_length({B}) > 64) AS "b"
        FROM (
        SELECT
          "a%" AS "a%",
          (note || '%') AS "b"
        FROM "s"."t"
        WHERE (id > 0)
        ) AS computed
    """)
    assert count_too_long(Extract(TableName("s", "t"), (PLAIN,))) is None
