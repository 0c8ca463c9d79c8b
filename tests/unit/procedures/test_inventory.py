"""What the bootstrap created and is gone, in words."""

from pipeline.names import TableName
from pipeline.procedures.inventory import Inventory, own_tables


def row(schema, relation=None, object_id=None, column=None):
    return {
        "schema_name": schema,
        "relation_name": relation,
        "object_id": object_id,
        "column_name": column,
    }


def own_rows(without=None):
    return [
        row("etl", own.name.table, number, column.name)
        for number, own in enumerate(own_tables("etl"), start=1)
        for column in own.columns
        if column.name != without
    ]


def test_rows_are_read_as_schemas_relations_and_columns():
    found = Inventory.of([row("www"), row("a", "b", 7), row("etl", "table_updates", 8, "task")])

    assert found.schemas == {"www", "a", "etl"}
    assert found.relations == {TableName("a", "b"): 7, TableName("etl", "table_updates"): 8}
    assert found.columns == {TableName("etl", "table_updates"): {"task"}}


def test_what_is_gone_is_named():
    whole = Inventory.of([row("www"), *own_rows()])
    assert list(whole.missing(("www",), "etl")) == []
    assert list(whole.missing(("www", "a"), "etl")) == ["the schema a"]
    assert list(Inventory.of([row("www")]).missing(("www",), "etl")) == ["the schema etl"]
    assert list(Inventory.of([row("etl")]).missing((), "etl")) == [
        "the table etl.table_updates",
        "the table etl.task_history",
        "the table etl.loaded_files",
        "the table etl.check_results",
        "the table etl.check_failures",
    ]
    lacking = Inventory.of(own_rows(without="object_id"))
    assert list(lacking.missing((), "etl")) == ["the column object_id of etl.table_updates"]
