from dataclasses import replace

import pytest
from warehouse_samples import RECENT

from pipeline.errors import DesignError
from pipeline.sql.query import embedded


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT 1", "SELECT 1"),
        ("\n  SELECT 1 ;\n\n", "SELECT 1"),
        ("SELECT 1;;", "SELECT 1"),
        ("SELECT 1 -- one; or two", "SELECT 1 -- one; or two"),
        ("SELECT 1 -- one\n; -- the end", "SELECT 1 -- one"),
        ("SELECT ';' AS a /* ; */ ;", "SELECT ';' AS a /* ; */"),
        ('SELECT 1 AS "a;b";', 'SELECT 1 AS "a;b"'),
        ("SELECT 'it\\'s; it' AS a;", "SELECT 'it\\'s; it' AS a"),
        ("SELECT 'é€😀' AS a; -- ü", "SELECT 'é€😀' AS a"),
        ("-- first\nSELECT 1", "-- first\nSELECT 1"),
    ],
)
def test_only_the_semicolon_that_ends_the_query_goes(query, expected):
    assert embedded(replace(RECENT, query=query)) == expected


@pytest.mark.parametrize("query", [None, "", "  \n", ";", "-- nothing here", "/* nor here */ ;"])
def test_a_derived_relation_must_have_a_query(query):
    with pytest.raises(
        DesignError, match=r"has no query; write it into analytics/recent_orders\.sql"
    ):
        embedded(replace(RECENT, query=query))


@pytest.mark.parametrize("query", ["SELECT 1; DROP TABLE x", "SELECT 1; ; SELECT 2;", ";SELECT 1"])
def test_a_second_statement_is_refused(query):
    with pytest.raises(DesignError):
        embedded(replace(RECENT, query=query))


@pytest.mark.parametrize("query", ["SELECT 'open", 'SELECT 1 AS "open', "SELECT 1 /* open"])
def test_what_stays_open_would_swallow_what_follows_and_is_refused(query):
    with pytest.raises(DesignError, match="never closed"):
        embedded(replace(RECENT, query=query))
