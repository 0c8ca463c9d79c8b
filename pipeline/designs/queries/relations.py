"""Relations that SQL reads and that no design describes."""

from pipeline.designs.queries.columns import Known
from pipeline.names import TableName, did_you_mean


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
