"""What an incremental load changed in its table."""

from dataclasses import dataclass
from typing import Self

from pipeline.stores.warehouse import Row


@dataclass(frozen=True, slots=True)
class Changes:
    """What a load changed in a table, its rows afterwards, and what was proved of it.

    New files only add rows; ``touched`` is what somebody did to the others.
    """

    rows: int
    added: int
    changed: int | None
    deleted: int | None
    proved: str
    touched: str = ""

    @classmethod
    def of_marker(cls, row: Row) -> Self:
        """Return what the load changed that wrote a row of the marker table."""
        if row["load_kind"] == "whole":
            return cls(row["row_count"], row["row_count"], None, None, row["proved"])
        figures = ("row_count", "rows_added", "rows_changed", "rows_deleted", "proved")
        return cls(*(row[each] for each in figures))

    @property
    def any(self) -> bool:
        """Whether rows were added, changed or deleted."""
        return any((self.added, self.changed, self.deleted))

    def __str__(self) -> str:
        parts = (self.added, "added"), (self.changed, "changed"), (self.deleted, "deleted")
        text = ", ".join(f"{number:,} {what}" for number, what in parts if number is not None)
        return f"{text}; {self.touched}" if self.touched else text
