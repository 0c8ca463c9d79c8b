"""Errors, grouped by who must act; the command line turns each into an exit code."""

from collections.abc import Iterable
from dataclasses import dataclass


class PipelineError(Exception):
    """Root of all errors raised on purpose; the message states problem, object and next step."""

    exit_code = 4


class UsageError(PipelineError):
    """The command line is invalid: the caller corrects it."""

    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault in a file: its line and key, what was found and expected."""

    file: str
    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return visible(": ".join(part for part in (place, self.key, self.message) if part))


def visible(text: str) -> str:
    r"""Escape line breaks and other characters that are not seen: ``a\xa0b``; keep spaces."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class FaultsError(PipelineError):
    """All faults that were found, in one report."""

    exit_code = 3

    def __init__(self, faults: Iterable[Fault] | str) -> None:
        listed = () if isinstance(faults, str) else faults
        self.faults = tuple(sorted(listed, key=lambda each: (each.file, each.line or 0, each)))
        super().__init__(faults if isinstance(faults, str) else "\n".join(map(str, self.faults)))


class ConfigError(FaultsError):
    """The configuration has to be fixed: sources.json, luigi.cfg or a connection variable."""


class DesignError(FaultsError):
    """A design or its query has to be fixed."""


class StoreError(PipelineError):
    """Something outside failed; ``retryable`` if a second attempt may succeed."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class UpstreamError(StoreError):
    """An upstream database refused or failed."""


class StorageError(StoreError):
    """S3 refused or failed."""


class WarehouseError(StoreError):
    """The warehouse refused or failed; ``sqlstate`` is the server's code, if it sent one."""

    def __init__(
        self, message: str, *, retryable: bool = False, sqlstate: str | None = None
    ) -> None:
        super().__init__(message, retryable=retryable)
        self.sqlstate = sqlstate
