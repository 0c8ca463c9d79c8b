"""The text of queries on an upstream's catalog; other tests run them on a real server."""

import pytest

from pipeline.sql.statement import Statement
from pipeline.sql.upstream import catalog as upstream_catalog
from pipeline.sql.upstream import guarantees


@pytest.mark.parametrize(("version", "selected"), [(110000, True), (100023, False)])
def test_catalog_columns_that_older_servers_lack_are_not_selected(version, selected):
    assert ("indnkeyatts" in upstream_catalog.keys([1, 2], version).text) == selected


@pytest.mark.parametrize(
    "statement",
    [
        upstream_catalog.columns([3, 1]),
        upstream_catalog.keys([3, 1], 180000),
        upstream_catalog.foreign_keys([3, 1]),
        guarantees.labels([3, 1]),
        guarantees.conditions([3, 1]),
        guarantees.domain_conditions([3, 1]),
        upstream_catalog.in_bytes(upstream_catalog.columns([3, 1])),
    ],
)
def test_relations_are_bound_and_not_shown(statement):
    assert statement.parameters == {"oids": [3, 1]}
    assert "3, 1" not in repr(statement)


@pytest.mark.parametrize(("version", "zero"), [(140000, False), (130022, True)])
def test_no_rows_on_no_pages_is_no_estimate_of_older_servers(version, zero):
    assert ("c.reltuples + c.relpages <= 0" in upstream_catalog.relations(version).text) == zero


def test_rows_are_sent_in_the_bytes_of_the_database():
    statement = upstream_catalog.in_bytes(Statement("SELECT %(a)s AS a", {"a": 1}))
    assert statement.parameters == {"a": 1}
    assert statement.text == (
        "SELECT pg_catalog.convert_to(\n"
        "  pg_catalog.row_to_json(q)::text, pg_catalog.getdatabaseencoding()\n"
        ") AS row\nFROM (\nSELECT %(a)s AS a\n) AS q"
    )
