"""The columns that an expression mentions."""

import pytest

from pipeline.designs.drift.compare import mentioned


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('"note"::text', {"note"}),
        ('"text"::text', {"text"}),
        ("Total * 2", {"total"}),
        ('"Total" * 2', {"Total"}),
        ('"a""b" || c', {'a"b', "c"}),
        ("left(note, 10)", {"note"}),
        ("CASE WHEN \"day\" BETWEEN '0001-01-01' AND '9999-12-31' THEN \"day\" END", {"day"}),
        ("CAST(a AS double precision)", {"a"}),
        ("a::timestamp with time zone + b", {"a", "b"}),
        ("date '2026-11-22' - a", {"a"}),
        (r"E'it\'s b' || a", {"a"}),
        ("'b' || $$c$$ || a -- d", {"a"}),
        ("a1 + _b + c$ + 1e5", {"a1", "_b", "c$"}),
        ("größe + 1", {"größe"}),
        ("", set()),
    ],
)
def test_columns_are_distinguished_from_functions_types_and_keywords(expression, expected):
    assert mentioned(expression) == expected
