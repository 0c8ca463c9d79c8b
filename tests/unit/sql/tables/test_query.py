import subprocess
import sys
from dataclasses import replace

import pytest

from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.sql.tables.ddl import create_view
from pipeline.sql.tables.query import embedded
from pipeline.sql.tables.refresh import explain, insert_from_query
from tests.support.paths import ROOT
from tests.support.values.warehouse_samples import RECENT


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
def test_only_the_final_semicolon_is_removed(query, expected):
    assert embedded(replace(RECENT, query=query)) == expected


@pytest.mark.parametrize("query", [None, "", "  \n", ";", "-- nothing here", "/* nor here */ ;"])
def test_a_derived_relation_must_have_a_query(query):
    with pytest.raises(DesignError, match=r"has no query; add it to analytics/recent_orders\.sql"):
        embedded(replace(RECENT, query=query))


@pytest.mark.parametrize("query", ["SELECT 1; DROP TABLE x", "SELECT 1; ; SELECT 2;", ";SELECT 1"])
def test_a_second_statement_is_rejected(query):
    with pytest.raises(DesignError):
        embedded(replace(RECENT, query=query))


@pytest.mark.parametrize("query", ["SELECT 'open", 'SELECT 1 AS "open', "SELECT 1 /* open"])
def test_an_unclosed_quote_or_comment_is_rejected(query):
    with pytest.raises(DesignError, match="has an unclosed"):
        embedded(replace(RECENT, query=query))


WRITTEN = "\n -- ü\n\n  SELECT id,\n    wrong AS x -- 😀\n  FROM www.orders\n;\n"
STATEMENTS = {
    "INSERT": lambda design: insert_from_query(design, TableName("analytics", "t$next$1")),
    "VIEW": create_view,
    "EXPLAIN": explain,
}


@pytest.mark.parametrize("render", STATEMENTS.values(), ids=STATEMENTS)
@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("-- ü", (2, 2, "-- ü")),
        ("SELECT id", (4, 3, "SELECT id,")),
        ("wrong", (5, 5, "wrong AS x -- 😀")),
        ("www", (6, 8, "FROM www.orders")),
    ],
)
def test_a_position_in_a_statement_maps_to_a_line_of_the_query_file(render, word, expected):
    statement = render(replace(RECENT, query=WRITTEN))
    assert statement.origin.file == "analytics/recent_orders.sql"
    assert statement.origin.place(statement.text.index(word) + 1) == expected


@pytest.mark.parametrize("render", STATEMENTS.values(), ids=STATEMENTS)
def test_a_position_outside_the_query_has_no_line_in_its_file(render):
    statement = render(replace(RECENT, query=WRITTEN))
    end = statement.text.index("FROM www.orders") + len("FROM www.orders") + 1
    assert statement.origin.place(1) is None
    assert statement.origin.place(end) == (6, 18, "FROM www.orders")
    assert statement.origin.place(end + 1) is None


def test_a_query_is_embedded_without_the_parser():
    code = (
        "import sys; from tests.support.values.warehouse_samples import RECENT;"
        " from pipeline.sql.tables.refresh import explain; explain(RECENT);"
        " assert 'sqlglot' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
