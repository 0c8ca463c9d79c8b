"""Relations that SQL reads: those that are known, and those that no design describes."""

from collections.abc import Callable, Mapping

from pipeline.designs.model.design import Design
from pipeline.errors import Fault
from pipeline.names import TableName, did_you_mean

Known = Mapping[TableName, Design | None]
"""Designs by name; None, for a faulty design, or no entry: the columns are not known."""

CheckColumns = Callable[[Design, Known], list[Fault]]
"""See ``columns.check_columns``."""


def unread(name: TableName, known: Known) -> str:
    """Return why a query cannot read a relation; its table has a dot if it names a database."""
    declare = "if others maintain it, declare it in data_warehouse.external"
    if "." in name.table:
        return f"'{name}' has three parts; write schema.table, without the database, or {declare}"
    unknown = undesigned(name, known)
    return unknown if unknown.endswith("?") else f"{unknown}; {declare}"


def undesigned(name: TableName, known: Known) -> str:
    """Return that a relation has no design, with similar names."""
    return f"there is no design for '{name}'{did_you_mean(str(name), map(str, known))}"
