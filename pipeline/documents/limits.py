"""Limits of documents, and of texts in messages."""

from pipeline.errors import Fault

MAX_DEPTH = 40
MAX_NODES = 50_000
"""Limits of a document: nesting, and nodes, with each alias written out.

The largest design, of 1,600 columns, has about half as many nodes. libyaml's composer and Python's
JSON reader are recursive: without limits, 100 kB end the process, and 1 kB of aliases fills the
memory.
"""


def limit_fault(file: str, depth: int, line: int | None = None) -> Fault:
    """Return the fault of a document that is too deep or too large."""
    what = "is nested too deeply" if depth > MAX_DEPTH else "is too large"
    limits = f"expected at most {MAX_DEPTH} levels and {MAX_NODES:,} values, aliases written out"
    return Fault(file, "", f"{what}: {limits}", line)


def shorten(text: str) -> str:
    """Truncate a long text for a message."""
    return text if len(text) <= 60 else f"{text[:57]}..."
