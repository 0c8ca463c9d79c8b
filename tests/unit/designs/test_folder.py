"""A folder of designs is examined file by file."""

import pytest

from pipeline.designs.folder import examine_folder, of_source
from pipeline.names import TableName

WRONG = '{"name": "www.x", "columns": [{"name": "a", "sql_type": "uuid"}]}'
GOOD = (
    "name: www.orders\nsource_name: www.public.orders\ncolumns: [{name: id, sql_type: integer}]\n"
)


def test_good_and_faulty_designs_are_examined_but_queries_and_hidden_files_are_not():
    files = {
        "www/public-orders.yaml": GOOD,
        "www/public-bad.yml": "columns: [",
        "www/public-wrong.json": WRONG,
        "www/.hidden.yaml": GOOD,
        ".git/x.yaml": GOOD,
        "dw/alone.sql": "SELECT 1",
    }
    found = {file.path: file for file in examine_folder(files)}
    assert list(found) == ["www/public-bad.yml", "www/public-orders.yaml", "www/public-wrong.json"]
    assert found["www/public-orders.yaml"].faults == ()
    assert found["www/public-bad.yml"].design is None
    assert found["www/public-wrong.json"].design is not None
    assert len(found["www/public-wrong.json"].faults) == 2


def test_a_query_is_examined_with_its_design():
    design = "name: dw.a\nsource_name: CTAS\ncolumns: [{name: id, sql_type: integer}]\n"
    (file,) = examine_folder({"dw/a.yaml": design, "dw/a.sql": "SELECT id FROM www.orders"})
    assert file.faults == ()
    assert file.design.reads == (TableName("www", "orders"),)


@pytest.mark.parametrize(
    ("path", "text", "relation", "source"),
    [
        ("www/public-orders.yaml", GOOD, "www.orders", ("www", "public.orders")),
        ("www/public-orders.yaml", "[", "www.orders", ("www", "public.orders")),
        ("WWW/public-Gift%20Cards.yaml", "[", "www.gift cards", ("www", "public.Gift Cards")),
        ("dw/totals.yaml", "[", "dw.totals", ("dw", None)),
    ],
)
def test_relation_and_table_come_from_the_file_name_if_the_text_has_none(
    path, text, relation, source
):
    (file,) = examine_folder({path: text})
    assert str(file.relation) == relation
    assert (file.source[0], file.source[1] and str(file.source[1])) == source


def test_files_of_a_source_are_found_by_upstream_table():
    files = examine_folder(
        {"www/public-orders.yaml": GOOD, "hyppo/public-orders.yaml": "[", "www/x.yaml": "["}
    )
    assert {str(table): file.path for table, file in of_source(files, "www").items()} == {
        "public.orders": "www/public-orders.yaml"
    }
