import re

import pytest

from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.upstream.extract import Extract
from pipeline.sql.upstream.replaced import replaced

COLUMNS = Column("id"), Column("label", expression="upper(note)")
TABLE, OTHER = Extract(TableName("s'", "t"), COLUMNS, "code > 0"), TableName("a", "b%")


def test_the_table_and_what_its_plan_reads_are_bound_and_not_shown():
    statement = replaced(TABLE, {OTHER}, 180000)
    assert statement.parameters == {
        "schema": "s'",
        "table": "t",
        "every": False,
        "schemas": ["a", "s'"],
        "tables": ["b%", "t"],
        "columns": ["code", "id", "note"],
    }
    assert set(re.findall(r"%.", statement.template)) == {"%("}


@pytest.mark.parametrize(
    ("word", "since"),
    [
        ("pg_partition_root", 120000),
        ("pg_partition_ancestors", 120000),
        ("inhdetachpending", 140000),
    ],
)
def test_what_older_servers_lack_is_not_used(word, since):
    assert word in replaced(TABLE, (), since).text
    assert word not in replaced(TABLE, (), since - 1).text
