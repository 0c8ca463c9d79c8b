"""The text of the scan that measures an upstream table."""

from pipeline.designs.model.upstream import Probe
from pipeline.names import TableName
from pipeline.sql.upstream.measure import measure


def test_one_scan_measures_everything_and_quotes_names():
    probes = [
        Probe("note", width='"note"::text'),
        Probe('a"b', lost="nullif(x, 'NaN')"),
        Probe("both", width='"both"', lost='"both"'),
    ]
    statement = measure(TableName("public", 'Gift "1" Cards'), probes, 180000)
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


def items(probe, version=180000, **options):
    text = measure(TableName("public", "t"), [probe], version, **options).text
    return [line.strip(" ,") for line in text.splitlines()[2:-1]]


def test_texts_are_converted_to_utf8_before_their_bytes_are_counted():
    (width,) = items(Probe("a", width='"a"::text'), in_utf8=False)
    assert "octet_length(pg_catalog.convert_to(\"a\"::text, 'UTF8'))) AS width_0" in width
    assert items(Probe("a", width='"a"', binary=True), in_utf8=False) == [
        'pg_catalog.max(pg_catalog.octet_length("a")) AS width_0'
    ]


def test_digits_are_counted_before_and_after_the_point_without_special_values():
    whole, decimals, infinite = items(Probe("a", digits='"a"'))
    assert whole == (
        'pg_catalog.max(pg_catalog.length(pg_catalog.trunc(pg_catalog.abs("a"))::text))'
        " FILTER (WHERE \"a\"::text NOT IN ('NaN', 'Infinity', '-Infinity')) AS whole_0"
    )
    assert decimals == 'pg_catalog.max(pg_catalog.min_scale("a")) AS decimals_0'
    infinity = "\"a\"::text IN ('Infinity', '-Infinity')"
    assert infinite == f"pg_catalog.count(*) FILTER (WHERE {infinity}) AS infinite_0"
    assert "pg_catalog.scale" in items(Probe("a", digits='"a"'), version=120000)[1]
