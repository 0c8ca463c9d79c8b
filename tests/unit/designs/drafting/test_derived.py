"""Designs of derived tables, drafted from the columns that the warehouse names."""

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.drafting.derived import (
    LONG_NOTE,
    UNKNOWN_NOTE,
    UNSIZED_NOTE,
    QueryColumn,
    draft_derived,
)
from pipeline.designs.drafting.files.render import render
from pipeline.designs.model.design import Constraints
from pipeline.designs.queries.keys import Proof
from pipeline.names import TableName
from tests.support.values.statements import sql

NAME = TableName("dw", "totals")


def draft(*columns, proof=None):
    found = (QueryColumn(*column) for column in columns)
    return draft_derived(NAME, "dw/totals", found, proof or Proof())


def test_the_file_has_names_types_keys_and_what_is_left_to_do():
    proof = Proof(Constraints(unique=(("status",),)), frozenset({"orders"}))
    columns = (("status", "character varying(63)"), ("orders", "bigint"), ("total", "numeric"))
    text = render(draft(*columns, proof=proof))
    assert text == (
        sql("""
            name: dw.totals
            source_name: CTAS
            description: 'TODO: what a row is'
            columns:
              - name: status
                sql_type: varchar(63)
              - name: orders
                sql_type: bigint
                not_null: true
              # The emulator does not know the precision; choose numeric(p,s).
              - name: total
                sql_type: numeric(38,10)
            constraints:
              - unique: [status]
            attributes:
              # Redshift chooses; for joins of large tables, name the column that they join on.
              distribution: auto
        """)
        + "\n"
    )
    query = "SELECT 'a' AS status, COUNT(*) AS orders, SUM(1.5) AS total"
    Catalog.parse({"dw/totals.yaml": text, "dw/totals.sql": query})


@pytest.mark.parametrize(
    ("found", "sql_type", "note"),
    [
        ("numeric(38,4)", "numeric(38,4)", None),
        ("character(3)", "char(3)", None),
        ("timestamp without time zone", "timestamp", None),
        ("character varying(65535)", "varchar(65535)", LONG_NOTE),
        ("numeric", "numeric(38,10)", UNSIZED_NOTE),
        ("unknown", "varchar(65535)", UNKNOWN_NOTE.format("unknown")),
    ],
)
def test_a_type_is_named_as_in_designs(found, sql_type, note):
    drafted = draft(("c", found))
    assert drafted.design.columns[0].sql_type == sql_type
    assert drafted.notes.get("c") == note
