"""The new files of a source that appends: those whose rows the table does not hold."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.designs.fingerprint import digest
from pipeline.errors import StorageError
from pipeline.figures import count
from pipeline.manifest import Increment, Part
from pipeline.names import TableName
from pipeline.procedures.incremental.base import FILES, Decision
from pipeline.procedures.publish.loaded_files import Record

Parts = tuple[Part, ...]

ANOTHER_PATH = "the files are at another path"


class FilesGoneError(StorageError):
    """All rows must be loaded, but files that were loaded are gone: their rows would be lost."""


@dataclass(frozen=True, slots=True)
class Append:
    """How the files of a table are chosen: ``record`` reads which of them were loaded."""

    name: TableName
    path: str
    decision: Decision
    record: Callable[[], Record]

    def choose(self, found: Parts) -> tuple[Parts, Increment]:
        """Return the new ones of all files, or all for a reason, and what the manifest says.

        StorageError if a file was replaced that is not loaded again, FilesGoneError if all are
        loaded, but not the files that are gone.
        """
        record, base, reason = self.record(), self.decision.base, self.decision.reason
        source = f"{FILES}{digest(self.path)}"
        if base is not None and base.source != source:
            base, reason = None, ANOTHER_PATH
        if base is None:
            self._check_gone(record, found, reason)
            new, total = found, len(found)
        else:
            self._check_unchanged(record, found)
            new = tuple(part for part in found if part.url not in record.files)
            total = record.number + len(new)
        return new, Increment(
            source=source,
            position=count(total, "file"),
            source_rows=0,
            reason=reason,
            base=base.update_id if base else None,
            base_loaded_at=base.loaded_at if base else None,
            note=_note(len(new), is_new=base is not None),
        )

    def _check_gone(self, record: Record, found: Parts, reason: str) -> None:
        if gone := record.find_gone(found):
            raise FilesGoneError(
                f"{self.name}: all files must be loaded ({reason}), but"
                f" {record.describe_gone(gone)}, cannot be found at {self.path} any more;"
                " the table keeps its rows. Upload them again, or undo the change; to give up"
                f" their rows, run 'pipeline forget {self.name.argument} --accept-loss'"
                " before the next run"
            )

    def _check_unchanged(self, record: Record, found: Parts) -> None:
        changed = [
            part.url
            for part in found
            if part.url in record.files and part.etag != record.files[part.url]["etag"]
        ]
        if changed:
            more = f" (and {count(len(changed) - 1, 'more file')})" if len(changed) > 1 else ""
            loaded_at = record.files[changed[0]]["loaded_at"]
            raise StorageError(
                f"{self.name}: {changed[0]}{more} was replaced after it had been loaded on"
                f" {loaded_at:%Y-%m-%d}; the table keeps its rows. Upload the old content again,"
                " and new rows as a new file; to load all files as they are now, run"
                f" 'pipeline forget {self.name.argument}' before the next run"
            )


def _note(files: int, *, is_new: bool) -> str:
    if not is_new:
        return count(files, "file")
    return count(files, "new file") if files else "no new file"
