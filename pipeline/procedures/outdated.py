"""Derived relations whose rows are, or will be in this run, older than what their queries read."""

from collections.abc import Callable, Iterable, Mapping

from pipeline.designs.graph import Reading
from pipeline.names import TableName
from pipeline.procedures.content import Content, Contents


def is_stale(found: Contents, name: TableName, read: Iterable[TableName]) -> bool:
    """Return whether a derived table is older than the rows of a table that its query reads."""
    own = found.get(str(name))
    others = (found.get(str(each)) for each in read)
    return own is not None and any(each and each.loaded_at > own.loaded_at for each in others)


def find_outdated(
    found: Contents,
    is_loaded: Callable[[Content], bool],
    dependents: Mapping[TableName, Iterable[TableName]],
    reads: Mapping[TableName, Reading],
) -> set[TableName]:
    """Return what is stale, and what reads, directly or not, something that a run has to load.

    ``is_loaded`` tells whether content is that of the run. ``dependents`` are by dimension the
    relations that hold its surrogate keys, ``reads`` are derived relations in order. A view is
    among them, since Luigi does not look behind what is complete.
    """

    def is_due(name: TableName) -> bool:
        content = found.get(str(name))
        return content is None or not is_loaded(content)

    outdated = {name for key, names in dependents.items() if is_due(key) for name in names}
    for name, read in reads.items():
        waits = any(each in outdated or is_due(each) for each in read.direct)
        if waits or is_stale(found, name, read.rows):
            outdated.add(name)
    return outdated
