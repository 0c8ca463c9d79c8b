"""Parse one design or fail with its faults, and columns upstream."""

from pipeline.designs.model.design import Design
from pipeline.designs.model.upstream import UpstreamColumn, UpstreamType
from pipeline.designs.parse import examine
from pipeline.errors import DesignError


def parse_design(path: str, text: str, query: str | None = None) -> Design:
    """Return a design without faults; DesignError holds those of both files."""
    design, faults = examine(path, text, query)
    if design is None or faults:
        raise DesignError(faults)
    return design


def upstream_columns(text: str) -> tuple[UpstreamColumn, ...]:
    """Parse ``id bigint!; note text``, where ``!`` means NOT NULL."""
    parts = (part.strip().partition(" ") for part in text.split(";"))
    return tuple(
        UpstreamColumn(name, UpstreamType.parse(kind.rstrip("!")), kind.endswith("!"))
        for name, _, kind in parts
    )
