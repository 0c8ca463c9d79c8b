"""Parse one design, or fail with its faults."""

from pipeline.designs.model import Design
from pipeline.designs.parse import examine
from pipeline.errors import DesignError


def parse_design(path: str, text: str, query: str | None = None) -> Design:
    """Return a design without faults; DesignError holds those of both files."""
    design, faults = examine(path, text, query)
    if design is None or faults:
        raise DesignError(faults)
    return design
