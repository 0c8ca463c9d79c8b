"""A folder of designs, each file by itself: what can be read, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipeline.designs.catalog import DESIGN_SUFFIXES, QUERY_SUFFIX
from pipeline.designs.model import Design
from pipeline.designs.parse import examine
from pipeline.designs.rules import allowed_names
from pipeline.errors import Fault
from pipeline.names import TableName, fold, split_stem


@dataclass(frozen=True, slots=True)
class File:
    """The file of a design; ``design`` is None where the text has not even the form of one."""

    path: str
    text: str
    design: Design | None
    faults: tuple[Fault, ...]

    @property
    def relation(self) -> TableName:
        """Return the relation that is described, where that cannot be read the usual one."""
        if self.design is not None:
            return self.design.name
        return TableName.parse(allowed_names(self._stem, derived=False)[0])

    @property
    def source(self) -> tuple[str, TableName | None]:
        """Return the source and, where the file's name tells one, the table upstream."""
        folder, schema, table = split_stem(self._stem)
        return fold(folder), TableName(schema, table) if schema else None

    @property
    def _stem(self) -> str:
        return str(PurePosixPath(self.path).with_suffix(""))


def examine_folder(files: Mapping[str, str]) -> tuple[File, ...]:
    """Examine each design of a folder, sorted by path; rules between designs are not applied."""
    paths = sorted(path for path in files if path.endswith(DESIGN_SUFFIXES))
    visible = (path for path in paths if not any(p.startswith(".") for p in path.split("/")))
    return tuple(_examine(path, files) for path in visible)


def _examine(path: str, files: Mapping[str, str]) -> File:
    query = files.get(str(PurePosixPath(path).with_suffix(QUERY_SUFFIX)))
    design, faults = examine(path, files[path], query)
    return File(path, files[path], design, tuple(faults))


def of_source(files: Iterable[File], source: str) -> dict[TableName, File]:
    """Return the files of a source by the table upstream that they are about."""
    found = ((file.source, file) for file in files)
    return {table: file for (name, table), file in found if name == source and table}
