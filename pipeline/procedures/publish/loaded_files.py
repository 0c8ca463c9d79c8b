"""The files whose rows a table of an appending source holds, recorded with these rows."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from pipeline.figures import count
from pipeline.manifest import Manifest, Part
from pipeline.names import TableName
from pipeline.procedures.dump.proof import OutdatedListError
from pipeline.sql.markers.loaded_files import (
    LoadedFile,
    delete_loaded_files,
    insert_loaded_files,
    select_loaded_files,
)
from pipeline.sql.markers.marker import Marker
from pipeline.stores.warehouse import Query, Row, Transaction

BATCH = 1000
"""Files that one statement records."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is recorded of each file with rows, by URL, and the number of all recorded files.

    Earlier releases recorded empty objects, too; such a one may be gone, or filled since.
    """

    files: Mapping[str, Row]
    number: int

    def find_gone(self, parts: Iterable[Part]) -> list[str]:
        """Return the recorded files that are not among the parts."""
        return sorted(set(self.files) - {part.url for part in parts})

    def describe_gone(self, gone: Collection[str]) -> str:
        """Return how many files are gone, and one of them."""
        loaded, example = len(self.files), next(iter(gone))
        if loaded == 1:
            return f"the only file that was loaded, {example}"
        all_files = count(loaded, "file")
        number = all_files if len(gone) == loaded else f"{len(gone):,} of {all_files}"
        return f"{number} that were loaded, such as {example}"


def read_record(rows: Collection[Row]) -> Record:
    """Read the rows of ``select_loaded_files``."""
    return Record({row["url"]: row for row in rows if row["byte_count"]}, len(rows))


@dataclass(frozen=True, slots=True)
class LoadedFiles:
    """The files of one load, which replace the record of their table or are added to it.

    A load of all files of a source that does not append records none, and ends the record of a
    time when it did.
    """

    parts: tuple[Part, ...]
    appended: bool

    @property
    def are_recorded(self) -> bool:
        """Whether the source appends: a load of all its files has some."""
        return self.appended or bool(self.parts)

    @classmethod
    def of(cls, manifest: Manifest) -> Self | None:
        """Return the files of a manifest, None if its source is a database."""
        if manifest.files is None:
            return None
        if manifest.increment is None:
            return cls((), appended=False)
        return cls(manifest.parts, appended=manifest.increment.base is not None)

    def check(self, query: Query, schema: str, marker: Marker) -> None:
        """Raise OutdatedListError if all files are to replace more than these.

        The manifest was written before another run loaded the others.
        """
        if self.appended or not self.are_recorded or marker.target_table is None:
            return
        name = TableName.parse(marker.target_table)
        record = read_record(query(select_loaded_files(schema, name)))
        if gone := record.find_gone(self.parts):
            found = record.describe_gone(gone)
            raise OutdatedListError(f"{name}: the manifest of all files does not list {found}")

    def write(self, transaction: Transaction, schema: str, marker: Marker) -> None:
        """Record the files, in the transaction that publishes their rows."""
        name = str(marker.target_table)
        if not self.appended:
            transaction.add(delete_loaded_files(schema, [TableName.parse(name)]))
        now = dt.datetime.now(dt.UTC)
        files = [
            LoadedFile(name, part.url, part.etag or "", part.bytes, marker.update_id, now)
            for part in self.parts
        ]
        for start in range(0, len(files), BATCH):
            transaction.execute(insert_loaded_files(schema, files[start : start + BATCH]))
