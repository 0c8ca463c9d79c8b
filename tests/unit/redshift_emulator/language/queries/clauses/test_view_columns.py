"""PG_GET_LATE_BINDING_VIEW_COLS, and the only view that its query asks for."""

import pytest

from redshift_emulator.language.queries.clauses.view_columns import find_view_columns
from redshift_emulator.language.tokens import split

CALL = "SELECT c FROM pg_get_late_binding_view_cols() x (s name, v name, c name, t varchar, n int)"


@pytest.mark.parametrize(
    ("condition", "view"),
    [
        ("WHERE v = 'a' AND s = 'b'", "a"),
        ("WHERE v = 'a' AND (n = 1 OR n = 2)", "a"),
        ("WHERE v = 'a' AND s = 'b' OR n = 1", None),
        ("WHERE v = 'a' || 'b'", None),
        ("WHERE v = 'a' OR n = 1", None),
        ("WHERE s = 'a' AND v = 'b'", None),
        ("WHERE v <> 'a' AND n = 1", None),
        ("WHERE v = c AND n = 1", None),
        ("ORDER BY 1", None),
        ("", None),
    ],
)
def test_other_views_need_no_analysis_where_one_is_named(condition, view):
    (statement,) = split(f"{CALL} {condition}")
    assert find_view_columns(statement, 0).view == view
    (statement,) = split(f"SELECT * FROM ({CALL} {condition}) WHERE 1 = 1 OR 2 = 2")
    assert find_view_columns(statement, 0).view == view


def test_a_condition_may_end_with_the_query():
    (statement,) = split(f"SELECT 1 FROM ({CALL} WHERE v = 'a') WHERE 1 = 1 OR 2 = 2")
    assert find_view_columns(statement, 0).view == "a"
