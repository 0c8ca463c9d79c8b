"""Compare the columns that a query returns with those of its design, by position."""

from collections.abc import Sequence

NAMELESS = ""
"""A column that Redshift names, such as ``COUNT(*)`` without AS."""


def difference(expected: Sequence[str], returned: Sequence[str]) -> str | None:
    """Return how a query differs from its design, or None: rows are inserted by position.

    NAMELESS is any one column.
    """
    if len(expected) == len(returned) and all(
        found in {NAMELESS, name} for name, found in zip(expected, returned, strict=True)
    ):
        return None
    missing = [name for name in expected if name not in returned]
    extra = [name for name in returned if name not in (*expected, NAMELESS)]
    parts = []
    if missing and NAMELESS not in returned:
        parts.append(f"the query does not return {', '.join(missing)}")
    if extra:
        parts.append(f"the design does not have {', '.join(extra)}")
    if not parts:
        found = ", ".join(name or "(without a name)" for name in returned)
        parts.append(f"found the columns {found}, expected {', '.join(expected)}")
    return f"query and design differ: {'; '.join(parts)}"
