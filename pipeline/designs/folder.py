"""The files of a design folder, each examined by itself.

``www/public-orders.yaml`` is a design, ``analytics/dim_order.sql`` the query of the design
``analytics/dim_order.yaml``. ``analytics/dim_order.tests.yaml`` holds the tests of that
query. Hidden files and folders are ignored.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.designs.model.design import Design
from pipeline.designs.parse import examine, stem_of
from pipeline.designs.rules.design import allowed_names
from pipeline.errors import Fault
from pipeline.names import TableName, fold, split_stem

DESIGN_SUFFIXES = (".yaml", ".yml", ".json")
QUERY_SUFFIX = ".sql"
TESTS_SUFFIX = ".tests"


def is_design(path: str) -> bool:
    """Return whether the file at a path is a design."""
    return path.endswith(DESIGN_SUFFIXES) and not is_tests(path) and not _is_hidden(path)


def is_tests(path: str) -> bool:
    """Return whether the file at a path holds tests: ``analytics/dim_order.tests.yaml``."""
    is_yaml = path.endswith(DESIGN_SUFFIXES) and not _is_hidden(path)
    return is_yaml and stem_of(path).endswith(TESTS_SUFFIX)


def is_query(path: str) -> bool:
    """Return whether the file at a path is a query."""
    return path.endswith(QUERY_SUFFIX) and not _is_hidden(path)


def query_path(path: str) -> str:
    """Return the path of a design's query."""
    return stem_of(path) + QUERY_SUFFIX


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


@dataclass(frozen=True, slots=True)
class File:
    """The file of a design; ``design`` is None if the text is not readable as one."""

    path: str
    text: str
    design: Design | None
    faults: tuple[Fault, ...]

    @property
    def relation(self) -> TableName:
        """Return the relation's name: the design's, or the usual one for a file of this name."""
        if self.design is not None:
            return self.design.name
        return TableName.parse(allowed_names(stem_of(self.path), derived=False)[0])

    @property
    def source(self) -> tuple[str, TableName | None]:
        """Return the source and, if the file name has one, the upstream table."""
        folder, schema, table = split_stem(stem_of(self.path))
        return fold(folder), TableName(schema, table) if schema else None


def examine_folder(files: Mapping[str, str]) -> tuple[File, ...]:
    """Examine each design of a folder, sorted by path; rules between designs are not applied."""
    return tuple(_examine(path, files) for path in sorted(filter(is_design, files)))


def _examine(path: str, files: Mapping[str, str]) -> File:
    design, faults = examine(path, files[path], files.get(query_path(path)))
    return File(path, files[path], design, tuple(faults))


def of_source(files: Iterable[File], source: str) -> dict[TableName, File]:
    """Return the files of a source by upstream table."""
    found = ((file.source, file) for file in files)
    return {table: file for (name, table), file in found if name == source and table}
