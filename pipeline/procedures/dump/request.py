"""What a dump is asked to do, and what it tells while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline.designs.model import Design
from pipeline.settings import Dump
from pipeline.sql.upstream.extract import Extract
from pipeline.stores.upstream.database import UpstreamColumn


@dataclass(frozen=True, slots=True)
class DumpRequest:
    """Dump the table of ``design`` into ``folder``, a prefix with ``/`` at its end.

    The folder is this attempt's alone. ``limit`` takes that many rows only, for a try-out.
    ``snapshot`` names an exported snapshot that several tables share; None is the state of now.
    ``check`` is shown the table's columns first, and raises what speaks against the dump.
    """

    design: Design
    folder: str
    settings: Dump = field(default_factory=Dump)
    limit: int | None = None
    snapshot: str | None = None
    check: Callable[[Sequence[UpstreamColumn]], None] = lambda _: None

    def __post_init__(self) -> None:
        if not self.folder.endswith("/"):
            raise ValueError(f"{self.folder!r} is not a folder: it must end with '/'")

    @property
    def extract(self) -> Extract:
        """What to select upstream."""
        if self.design.source is None:
            raise ValueError(f"{self.design.name} is derived: it has no table upstream")
        return Extract(
            table=self.design.source,
            columns=self.design.data_columns,
            condition=self.design.extract.condition,
            limit=self.limit,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a dump is; ``rows`` are those the server has counted, ``fraction`` is estimated."""

    rows: int
    raw_bytes: int
    bytes: int
    parts: int
    expected_rows: int
    fraction: float | None
