from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.upstream import diagnosis
from pipeline.sql.upstream.extract import Extract, PageRange


def test_one_column_is_evaluated_for_the_same_rows():
    pages = PageRange(TableName("s", "t"), None, 3)
    extract = Extract(TableName("s", "t"), (Column("a"), Column("b")), condition="c")
    assert diagnosis.count_values(extract, Column("b", expression="1/x"), pages).text == (
        'SELECT pg_catalog.count("b") AS values\nFROM (\nSELECT\n  (1/x) AS "b"\n'
        'FROM ONLY "s"."t"\nWHERE (c)\n  AND ctid < \'(3,0)\'::tid\n) AS one'
    )


def test_a_column_is_converted_to_utf8_for_the_same_rows():
    extract = Extract(TableName("s", "t"), (Column("a"), Column("b")), condition="c")
    column = Column("b", expression="lower(x) -- why")
    assert diagnosis.count_in_utf8(extract, column).text == (
        'SELECT pg_catalog.count("b") AS values\nFROM (\nSELECT\n'
        "  (pg_catalog.convert_to((lower(x) -- why\n)::text, 'UTF8')\n  ) AS \"b\"\n"
        'FROM "s"."t"\nWHERE (c)\n) AS one'
    )


def test_columns_are_fetched_in_the_bytes_of_the_database():
    extract = Extract(TableName("s", "t"), ())
    columns = [Column("a", source_name='A "%"'), Column("b", expression="x % 2")]
    encoding = "pg_catalog.getdatabaseencoding()"
    assert diagnosis.declare_bytes(extract, columns).text == (
        "DECLARE redshift_pipeline NO SCROLL CURSOR FOR\nSELECT\n"
        f'  (pg_catalog.convert_to(("A ""%""")::text, {encoding})) AS "value_0",\n'
        f'  (pg_catalog.convert_to((x % 2)::text, {encoding})) AS "value_1"\n'
        'FROM "s"."t"'
    )
    assert diagnosis.fetch_bytes(100).text == "FETCH 100 FROM redshift_pipeline"


def test_the_bytes_of_a_text_are_those_before_it_is_cut():
    extract = Extract(TableName("s", "t"), ())
    note = Column("note", "varchar(4)", too_long="truncate")
    assert "substring" not in diagnosis.declare_bytes(extract, [note]).text
    assert "substring" not in diagnosis.count_in_utf8(extract, note).text
