"""The results of the checks of relations, the last time that they were run."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from pipeline.figures import count
from pipeline.stores.warehouse import Row


@dataclass(frozen=True, slots=True)
class CheckState:
    """The results of the checks of a relation, the last time that they were run."""

    checked_at: dt.datetime
    published: bool = True
    """Whether these were the rows in the warehouse, not those of a load."""
    passed: int = 0
    failed: int = 0
    warnings: int = 0
    not_run: int = 0

    @classmethod
    def of(cls, rows: Iterable[Row]) -> dict[str, Self]:
        """Read the rows of ``select_latest_results``, by relation."""
        found: dict[str, Self] = {}
        for row in rows:
            published = row["checked"] == "published"
            before = found.get(row["target_table"], cls(row["checked_at"], published))
            found[row["target_table"]] = before.with_result(row)
        return found

    @property
    def failing(self) -> bool:
        """Whether rows in the warehouse do not pass."""
        return self.published and self.failed > 0

    def with_result(self, row: Row) -> Self:
        """Return the same with one result more."""
        is_warning = row["severity"] == "warn"
        name = {True: "passed", False: "warnings" if is_warning else "failed", None: "not_run"}
        which = name[row["passed"]]
        return replace(self, **{which: getattr(self, which) + 1})

    def __str__(self) -> str:
        numbers = (
            f"{self.failed:,} failed" if self.failed else "",
            count(self.warnings, "warning") if self.warnings else "",
            f"{self.passed:,} passed" if self.passed else "",
            f"{self.not_run:,} not run" if self.not_run else "",
        )
        return ", ".join(filter(None, numbers))
