"""The types of decimals and text that are computed from others.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from dataclasses import dataclass

LONGEST_TEXT = 65535
MOST_DIGITS = 38
SMALLEST_SCALE = 4
"""Of a quotient."""


@dataclass(frozen=True, slots=True)
class Decimal:
    """DECIMAL(precision, scale)."""

    precision: int
    scale: int


@dataclass(frozen=True, slots=True)
class Text:
    """VARCHAR(width); ``width`` is in bytes."""

    width: int


NULL = Text(0)
"""Of NULL without a type."""
CAST_NULL = Text(1)
"""Of ``NULL::varchar``: https://github.com/snowplow/dbt-snowplow-web/issues/70 and
https://github.com/brooklyn-data/dbt_artifacts/issues/60 report VARCHAR(1)."""
Computed = Decimal | Text | None
"""A type, None if it is unknown, or none of the two."""


def shown(kind: Computed) -> Computed:
    """Return the type of a value as text: of a number the longest text that its type has.

    Examples: INTEGER is VARCHAR(11), DECIMAL(8,2) is VARCHAR(10).
    """
    if not isinstance(kind, Decimal):
        return kind
    return Text(1 + kind.precision + (kind.scale > 0))


def quotient(a: Decimal, b: Decimal) -> Decimal:
    """Return the type of a quotient.

    Example: DECIMAL(8,2) divided by DECIMAL(8,2) is DECIMAL(17,9).
    """
    scale = max(SMALLEST_SCALE, a.scale + b.precision - b.scale + 1)
    precision = a.precision - a.scale + b.scale + scale
    if precision <= MOST_DIGITS:
        return Decimal(precision, scale)
    return Decimal(MOST_DIGITS, max(MOST_DIGITS + scale - precision, SMALLEST_SCALE))


def product(a: Decimal, b: Decimal) -> Decimal:
    """Return the type of a product."""
    return _limited(a.precision + b.precision + 1, a.scale + b.scale)


def total(a: Decimal, b: Decimal) -> Decimal:
    """Return the type of a sum or a difference."""
    return _limited(_common_integers(a, b) + max(a.scale, b.scale) + 1, max(a.scale, b.scale))


def common(a: Decimal, b: Decimal) -> Decimal:
    """Return the type of a column that holds both, as of CASE and COALESCE."""
    return _limited(_common_integers(a, b) + max(a.scale, b.scale), max(a.scale, b.scale))


def _common_integers(a: Decimal, b: Decimal) -> int:
    return max(a.precision - a.scale, b.precision - b.scale)


def _limited(precision: int, scale: int) -> Decimal:
    return Decimal(min(precision, MOST_DIGITS), min(scale, MOST_DIGITS - 1))
