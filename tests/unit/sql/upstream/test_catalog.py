"""The text of queries on an upstream's catalog; other tests run them on a real server."""

import pytest

from pipeline.designs.drafting.measure import Probe
from pipeline.names import TableName
from pipeline.sql.upstream import catalog as upstream_catalog


def test_one_scan_measures_everything_and_quotes_names():
    probes = [
        Probe("note", width='"note"::text'),
        Probe('a"b', lost="nullif(x, 'NaN')"),
        Probe("both", width='"both"', lost='"both"'),
    ]
    statement = upstream_catalog.measure(TableName("public", 'Gift "1" Cards'), probes)
    assert statement.text == MEASURE
    assert not statement.parameters


MEASURE = """\
SELECT
  pg_catalog.count(*) AS rows,
  pg_catalog.max(pg_catalog.octet_length("note"::text)) AS width_0,
  pg_catalog.count(*) FILTER (WHERE "a""b" IS NOT NULL AND (nullif(x, 'NaN')) IS NULL) AS lost_1,
  pg_catalog.max(pg_catalog.octet_length("both")) AS width_2,
  pg_catalog.count(*) FILTER (WHERE "both" IS NOT NULL AND ("both") IS NULL) AS lost_2
FROM "public"."Gift ""1"" Cards"
""".rstrip()


@pytest.mark.parametrize(
    ("render", "version", "selected"),
    [
        (upstream_catalog.columns, 120000, True),
        (upstream_catalog.columns, 110022, False),
        (upstream_catalog.keys, 110000, True),
        (upstream_catalog.keys, 100023, False),
    ],
)
def test_catalog_columns_that_older_servers_lack_are_not_selected(render, version, selected):
    text = render([1, 2], version).text
    assert ("attgenerated" in text or "indnkeyatts" in text) == selected


@pytest.mark.parametrize(
    "statement",
    [
        upstream_catalog.columns([3, 1], 180000),
        upstream_catalog.keys([3, 1], 180000),
        upstream_catalog.foreign_keys([3, 1]),
    ],
)
def test_relations_are_bound_and_not_shown(statement):
    assert statement.parameters == {"oids": [3, 1]}
    assert "3, 1" not in repr(statement)
