"""Precision and scale of computed decimals, by Redshift's rules.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

import pytest

from redshift_emulator.language.computed.decimals import (
    Decimal,
    Text,
    common,
    product,
    quotient,
    shown,
    total,
)

RULES = [
    (quotient, (8, 2), (8, 2), (17, 9)),
    (quotient, (8, 2), (5, 0), (14, 8)),
    (quotient, (10, 0), (2, 1), (15, 4)),
    (quotient, (19, 0), (19, 0), (38, 19)),
    (quotient, (19, 2), (38, 19), (38, 4)),
    (quotient, (38, 2), (19, 0), (38, 4)),
    (product, (8, 2), (5, 0), (14, 2)),
    (product, (19, 2), (38, 19), (38, 21)),
    (product, (38, 30), (38, 30), (38, 37)),
    (total, (8, 2), (10, 0), (13, 2)),
    (total, (38, 2), (8, 4), (38, 4)),
    (common, (7, 2), (15, 3), (15, 3)),
    (common, (8, 2), (4, 3), (9, 3)),
]


@pytest.mark.parametrize(("rule", "a", "b", "expected"), RULES)
def test_precision_and_scale(rule, a, b, expected):
    assert rule(Decimal(*a), Decimal(*b)) == Decimal(*expected)


@pytest.mark.parametrize(
    ("kind", "width"), [((5, 0), 6), ((10, 0), 11), ((19, 0), 20), ((8, 2), 10), ((38, 37), 40)]
)
def test_a_number_as_text_is_as_wide_as_its_longest_value(kind, width):
    assert shown(Decimal(*kind)) == Text(width)
    assert shown(Text(7)) == Text(7)
    assert shown(None) is None
