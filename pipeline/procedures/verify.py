"""Check new rows before they are published."""

from pipeline.designs.model import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.sql.tables import checks
from pipeline.stores.warehouse import Row, Transaction


def verify(transaction: Transaction, design: Design, staging: TableName, rows: int) -> None:
    """Check the number of rows, the NOT NULL columns and the uniqueness of keys.

    WarehouseError lists every fault, with examples of duplicate keys.
    """
    found = checks.read_counts(design, transaction.query(checks.counts(design, staging))[0])
    faults = []
    if found.rows != rows:
        faults.append(f"the table holds {found.rows:,} rows, {rows:,} were expected")
    faults += [f"column {column} is NULL in {count:,} rows" for column, count in found.nulls]
    for key in checks.keys(design):
        duplicates = transaction.query(checks.duplicates(staging, key))
        if duplicates:
            kind = "primary key" if key.primary else "key"
            faults.append(
                f"{kind} ({', '.join(key.columns)}) is not unique: {_examples(duplicates)}"
            )
    if faults:
        raise WarehouseError(
            f"{design.name}: the new rows violate the design; the table keeps its old rows.\n"
            + "\n".join(faults)
            + "\nFix the rows upstream, or change the constraints in the design."
        )


def _examples(rows: list[Row]) -> str:
    return "; ".join(
        f"({', '.join(str(value) for name, value in row.items() if name != checks.OCCURRENCES)})"
        f" {row[checks.OCCURRENCES]} times"
        for row in rows
    )
