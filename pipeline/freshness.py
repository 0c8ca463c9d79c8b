"""How old the rows of a relation may become: ``freshness`` of a design or of a source."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.figures import read_duration, write_duration
from pipeline.names import fold


@dataclass(frozen=True, slots=True)
class Freshness:
    """The ages of which to warn, and which are an error; at least one is not None.

    ``column``, in lower case, is the one whose newest value counts; None for the last load.
    """

    column: str | None = None
    warn_after: dt.timedelta | None = None
    error_after: dt.timedelta | None = None

    def __str__(self) -> str:
        """Describe it: ``warning after 26 hours, error after 50 hours, by updated_at``."""
        ages = (("warning", self.warn_after), ("error", self.error_after))
        limits = [f"{word} after {write_duration(age)}" for word, age in ages if age is not None]
        return ", ".join((*limits, f"by {self.column}" if self.column else "by the last load"))

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield keys and problems."""
        warn, error = self.warn_after, self.error_after
        if warn is not None and error is not None and warn >= error:
            expected = f"less than error_after ({write_duration(error)})"
            yield "warn_after", f"found {write_duration(warn)}, expected {expected}"


def read_freshness(raw: Mapping[str, Any] | None) -> Freshness | None:
    """Read a mapping that the schema accepts: ``{column: updated_at, error_after: 26 hours}``."""
    if raw is None:
        return None
    ages = {key: read_duration(raw[key]) for key in ("warn_after", "error_after") if key in raw}
    return Freshness(fold(raw["column"]) if "column" in raw else None, **ages)
