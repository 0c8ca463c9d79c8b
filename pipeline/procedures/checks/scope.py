"""The rows that checks are run on, and what is known of them."""

from dataclasses import dataclass
from typing import Literal

from pipeline.designs.model.design import Design
from pipeline.procedures.content import Contents
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables.data_checks import Rows

Place = Literal["staging", "delta", "published"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a relation as they would be published, or as they are."""

    rows: Rows
    place: Place
    delta: Rows | None = None
    """The new rows; the others have passed the same rules about single rows before."""
    before: int | None = None
    """The number of rows of the last load; None if there is none to compare with."""
    is_partial: bool = False
    """Whether these are a part of the rows (``--limit``)."""


def scope_of(
    design: Design, marker: Marker, rows: Rows, seen: Contents, delta: Rows | None = None
) -> Scope:
    """Return the rows that a load would publish; ``seen`` is what its relation held before.

    The row that the pipeline adds to a dimension counts neither now nor then.
    """
    content = seen.get(str(design.name))
    before = content.rows if content is not None and content.is_whole else None
    if before is not None and design.identity is not None:
        before = max(0, before - 1)
    return Scope(rows, "staging", delta, before, marker.fingerprint.is_partial)
