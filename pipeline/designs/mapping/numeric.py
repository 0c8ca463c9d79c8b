"""Map numeric: by its precision and scale, or by the digits of its values.

https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html
"""

from pipeline.designs.mapping.mapped_type import MappedType
from pipeline.designs.model.types import MAX_PRECISION, MAX_SCALE
from pipeline.designs.model.upstream import Digits, UpstreamType
from pipeline.figures import count

LEAST = Digits(10, 4)
"""The fewest digits of a column without precision."""

LEAST_OF_FEW = Digits(20, 18)
"""Likewise, if there are too few values to predict those to come."""


def map_numeric(upstream: UpstreamType) -> MappedType | str:
    """Map a numeric type; return the reason if its values must be kept as text."""
    if upstream.typmod >= 4:
        return _declared(*_digits(upstream.typmod))
    found = upstream.digits
    if found is None:
        return "no precision upstream, no values measured: kept as text"
    if found.infinite:
        return f"no precision upstream, infinity in {count(found.infinite, 'row')}: kept as text"
    digits = f"up to {count(found.whole, 'digit')} and {count(found.decimals, 'decimal')}"
    if found.whole + found.decimals > MAX_PRECISION or found.decimals > MAX_SCALE:
        return (
            f"no precision upstream, {digits}: exceeds numeric({MAX_PRECISION},{MAX_SCALE}),"
            " kept as text"
        )
    room = _with_room(found)
    note = f"no precision upstream, {digits} found; NaN becomes NULL"
    return measured(room.whole + room.decimals, room.decimals, note)


def measured(precision: int, scale: int, note: str | None = None) -> MappedType:
    """Map a numeric without precision to these sizes.

    COPY truncates decimals beyond the scale, so the expression fails for a value that has them.
    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html#copy-roundec
    """
    expression = (
        f"CASE WHEN %s = trunc(%s, {scale}) THEN NULLIF(%s, 'NaN')"
        f" ELSE ('more than {scale} decimals: ' || %s)::numeric END"
    )
    return MappedType(_type(precision, scale), expression, note)


def _declared(precision: int, scale: int) -> MappedType | str:
    if scale < 0:
        precision, scale = precision - scale, 0
    precision = max(precision, scale)
    if precision > MAX_PRECISION or scale > MAX_SCALE:
        return f"exceeds numeric({MAX_PRECISION},{MAX_SCALE}): kept as text"
    return MappedType(_type(precision, scale), "NULLIF(%s, 'NaN')", "NaN becomes NULL")


def _type(precision: int, scale: int) -> str:
    """Write the type; 19 digits become 20: Redshift stores 19 in 8 bytes, at most 2^63 - 1."""
    return f"numeric({20 if precision == 19 else precision},{scale})"


def _digits(typmod: int) -> tuple[int, int]:
    """Decode precision and scale; the scale is an 11-bit signed integer."""
    packed = typmod - 4
    return (packed >> 16) & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024


def _with_room(found: Digits) -> Digits:
    """Double the digits on both sides of the point, as far as the largest numeric has room."""
    least = LEAST_OF_FEW if found.few else LEAST
    whole = max(2 * found.whole, least.whole)
    decimals = max(2 * found.decimals, least.decimals)
    excess = max(0, whole + decimals - MAX_PRECISION)
    spare = decimals - found.decimals
    less = excess * spare // (whole - found.whole + spare) if excess else 0
    return Digits(whole - (excess - less), decimals - less)
