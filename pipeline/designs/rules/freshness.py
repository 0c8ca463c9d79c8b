"""The rules for ``freshness`` of a design."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.types import MOMENTS, parse_type
from pipeline.designs.rules.keys import Finding
from pipeline.names import did_you_mean


def check_freshness(design: Design, _: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that the rows of a relation have the age that is asked for."""
    freshness = design.freshness
    if freshness is None:
        return
    for key, message in freshness.faults():
        yield ("freshness", key), message
    if freshness.column is not None:
        yield from ((("freshness", "column"), text) for text in _column(design, freshness.column))
    elif design.kind == "VIEW":
        message = (
            "no rows are loaded into a view; name a column, or move it to what the view reads"
        )
        yield ("freshness",), message


def _column(design: Design, name: str) -> Iterator[str]:
    column = find_column(design, name)
    if column is None:
        names = [each.name for each in design.loaded_columns]
        yield f"'{name}' is not a column of '{design.name}'{did_you_mean(name, names)}"
    elif column.skipped:
        yield f"'{name}' is not loaded: it is skipped"
    elif not column.sql_type and design.kind == "VIEW":
        yield f"requires the sql_type of '{name}': date, timestamp or timestamptz"
    elif (found := type_of(column)) not in MOMENTS | {None}:
        yield f"'{name}' is {found}; expected date, timestamp or timestamptz"


def find_column(design: Design, name: str) -> Column | None:
    """Return the column of the warehouse with this name, None if there is none."""
    found = [column for column in design.columns if column.name == name]
    return min(found, key=lambda column: column.skipped, default=None)


def type_of(column: Column) -> str | None:
    """Return Redshift's name of a column's type, None if it has none."""
    try:
        return parse_type(column.sql_type).base
    except ValueError:
        return None  # reported at the column
