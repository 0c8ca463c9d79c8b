"""Catalogs of databases in other encodings, with texts that are not valid."""

import pytest

from pipeline.errors import UpstreamError
from pipeline.names import TableName
from pipeline.stores.upstream.catalog import read_catalog, read_columns
from pipeline.stores.upstream.database import Upstream
from tests.support.database import execute

SETUP = r"""
SET client_encoding = 'SQL_ASCII';
CREATE TABLE good (id int PRIMARY KEY, v varchar(3));
COMMENT ON TABLE good IS E'gr\xc3\xb6\xc3\x9fe';
CREATE TABLE commented (id int PRIMARY KEY, v text);
COMMENT ON TABLE commented IS E'caf\xe9';
COMMENT ON COLUMN commented.v IS E'\xe9t\xe9';
DO $$ BEGIN
EXECUTE E'CREATE TABLE column_name (id int, "caf\xe9" text UNIQUE)';
EXECUTE E'CREATE TABLE "caf\xe9" (id int)';
EXECUTE E'CREATE TYPE "t\xe9" AS ENUM (''a'')';
EXECUTE E'CREATE TABLE type_name (id int, v "t\xe9")';
EXECUTE E'CREATE TABLE child ("\xe9" int) INHERITS (good)';
EXECUTE E'CREATE TABLE "gr\xc3\xb6\xc3\x9fe" ("\xc3\xa4" int)';
END $$;
"""


OMITTED = "the comment of {} is not valid text ({}): omitted until it is corrected upstream"


def name(table):
    return TableName("public", table)


@pytest.fixture
def upstream(new_database):
    dsn = new_database("SQL_ASCII")
    execute(dsn, SETUP)
    return Upstream("www", dsn)


def test_a_comment_that_is_not_valid_is_omitted_and_reported(catalog):
    commented = catalog.tables[name("commented")]
    assert (commented.comment, commented.columns[1].comment) == (None, None)
    assert commented.primary_key == ("id",)
    assert commented.remarks == (
        OMITTED.format("the table", r"caf\xe9"),
        OMITTED.format("v", r"\xe9t\xe9"),
    )


def test_a_name_that_is_not_valid_concerns_its_table_alone(catalog):
    assert {str(table) for table in catalog.tables} == {
        "public.good", "public.commented", "public.größe",
    }  # fmt: skip
    assert catalog.tables[name("good")].comment == "größe"
    assert [column.name for column in catalog.tables[name("größe")].columns] == ["ä"]
    assert {
        str(table): reason.partition(" is not")[0] for table, reason in catalog.broken.items()
    } == {
        "public.child": r"the name \xe9 of a column of public.child",
        "public.column_name": r"the name caf\xe9 of a column of public.column_name",
        "public.type_name": r'the type "t\xe9" of a column of public.type_name',
    }
    (unnamed,) = catalog.unnamed
    assert unnamed == r"public.caf\xe9: its name is not valid text; to load it, rename it"


def test_a_dump_reads_only_the_columns_of_its_own_table(upstream):
    with upstream.snapshot() as session:
        assert [column.name for column in read_columns(session, name("größe"))] == ["ä"]
        assert [column.comment for column in read_columns(session, name("commented"))] == [
            None
        ] * 2
        with pytest.raises(UpstreamError, match=r"the name caf\\xe9 of a column of public.column"):
            read_columns(session, name("column_name"))


def test_bytes_without_a_character_concern_their_table_alone_in_other_encodings(new_database):
    dsn = new_database("WIN1252")
    comment = b"COMMENT ON TABLE other IS 'a\x81'".hex()
    execute(
        dsn,
        f"""
        CREATE TABLE "größe" (id int PRIMARY KEY, v text);
        CREATE TABLE other (id int PRIMARY KEY);
        COMMENT ON COLUMN "größe".v IS '€';
        DO $$ BEGIN EXECUTE convert_from('\\x{comment}', 'WIN1252'); END $$
        """,
    )
    with Upstream("www", dsn).snapshot() as session:
        found = read_catalog(session, lambda _: True)
    assert [str(table) for table in found.tables] == ["public.größe", "public.other"]
    assert found.tables[name("größe")].columns[1].comment == "€"
    assert found.tables[name("other")].remarks == (OMITTED.format("the table", r"a\x81"),)
