"""Which queries are analyzed, because a row may be a value; an analysis takes milliseconds."""

import pytest

from redshift_emulator.language.computed.whole_rows import may_have_rows
from redshift_emulator.language.queries.text.scan import scan
from redshift_emulator.language.tokens import split


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT count(t) FROM t", True),
        ("SELECT u FROM s.t AS u", True),
        ("SELECT count(d) FROM (SELECT 1 AS n) d", True),
        ("SELECT count(j) FROM (a JOIN b ON a.n = b.n) AS j", True),
        ("SELECT count(j) FROM t, (a JOIN b ON a.n = b.n) AS j", True),
        ("SELECT count(t.*) FROM t", True),
        ("WITH c AS (SELECT 1 AS n) SELECT max(c) FROM c", True),
        ("SELECT t.to_json FROM t", True),
        ("SELECT s.t.to_json FROM s.t", True),
        ("SELECT t.* FROM t", False),
        ("SELECT count(t.n) FROM t", False),
        ("SELECT max(n) AS n FROM t", False),
        ("SELECT a, max(n) AS n FROM t GROUP BY a ORDER BY n", False),
        ("SELECT (a + b) AS n, n FROM t", False),
        ("SELECT *, row_number() OVER (PARTITION BY a) AS place FROM t WHERE place = 1", False),
    ],
)
def test_only_names_of_tables_where_values_stand_may_be_rows(query, expected):
    [statement] = split(query)
    assert may_have_rows(statement, scan(statement), 0) == expected
