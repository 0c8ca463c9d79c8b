"""Check new rows before they are published."""

from pipeline.designs.model.design import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.sql.tables import checks
from pipeline.stores.warehouse import Row, Transaction


def verify(
    transaction: Transaction,
    design: Design,
    staging: TableName,
    rows: int,
    remedy: str,
    *,
    are_unique: bool = False,
) -> None:
    """Check the number of rows, the NOT NULL columns and the uniqueness of keys.

    The last is omitted with ``are_unique``: something else guarantees it.
    WarehouseError lists every fault, with examples of duplicate keys, and ends with the
    ``remedy`` for wrong rows, a sentence without its full stop.
    """
    keys = () if are_unique else checks.keys(design)
    [row] = transaction.query(checks.counts(design, staging, keys))
    found = checks.read_counts(design, row, keys)
    faults = []
    if found.rows != rows:
        faults.append(f"the table holds {found.rows:,} rows, {rows:,} were expected")
    faults += [f"column {column} is NULL in {count:,} rows" for column, count in found.nulls]
    for key in found.repeated:
        duplicates = transaction.query(checks.duplicates(staging, key))
        kind = "primary key" if key.primary else "key"
        faults.append(f"{kind} ({', '.join(key.columns)}) is not unique: {_examples(duplicates)}")
        if any(row.get(checks.SMALLEST_KEY) == 0 for row in duplicates):
            faults.append(_own_row(design, key))
    if faults:
        raise WarehouseError(
            f"{design.name}: the new rows violate the design; the table keeps its old rows.\n"
            + "\n".join(faults)
            + f"\n{remedy}; or change the constraints in the design."
        )


_COUNTS = frozenset({checks.OCCURRENCES, checks.SMALLEST_KEY})


def _examples(rows: list[Row]) -> str:
    return "; ".join(
        f"({', '.join(str(value) for name, value in row.items() if name not in _COUNTS)})"
        f" {row[checks.OCCURRENCES]} times"
        for row in rows
    )


def _own_row(design: Design, key: checks.Key) -> str:
    """Explain a duplicate of the row with key 0, which the pipeline adds."""
    required = checks.required_columns(design)
    filled = [name for name in key.columns if name in required]
    values = ", ".join(filled or key.columns)
    message = (
        f"One of these rows is the row with key 0, which the pipeline adds for facts without a"
        f" match; it holds such values in {values}, because not_null forbids NULL."
    )
    if key.primary:
        return f"{message} Exclude the other row in the query, or declare another primary key."
    return (
        f"{message} Remove not_null from {values}, so that the added row holds NULL there, or"
        " exclude the other row in the query."
    )
