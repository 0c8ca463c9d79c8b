"""Explain why a COPY failed: which value of which file, or which files it was loading."""

import logging
from dataclasses import dataclass
from itertools import compress
from urllib.parse import unquote

from pipeline.errors import WarehouseError
from pipeline.figures import count
from pipeline.manifest import Manifest
from pipeline.names import RunDate, TableName
from pipeline.procedures.advice import forget
from pipeline.procedures.load.monitor import Session
from pipeline.sql.tables import copy
from pipeline.stores.warehouse import Row, Warehouse

logger = logging.getLogger(__name__)

SHOWN = 3
"""Load errors, and files, that are shown; the others are counted."""

OF_FILES = "XX"
"""The class of SQLSTATEs of what the cluster says about files that it cannot read."""


@dataclass(frozen=True, slots=True)
class FailedCopy:
    """A COPY that failed: of which manifest into which table, in a run of which date."""

    name: TableName
    date: RunDate | None
    manifest: Manifest

    @property
    def headline(self) -> str:
        """What failed, in a line."""
        return f"COPY into {self.name} failed; the table keeps its old rows."

    def explain(self, error: WarehouseError, warehouse: Warehouse, session: Session) -> str:
        """Return what the warehouse and the manifest know of an error; empty if no more than it.

        Of files that it cannot read, the warehouse often names none.
        """
        details = load_errors(warehouse, session, self.manifest)
        if details:
            return self.render(details)
        if not (error.sqlstate or "").startswith(OF_FILES):
            return ""
        return "\n".join((self.headline, str(error), *self._files()))

    def render(self, rows: tuple[Row, ...]) -> str:
        """Render load errors: file, line, column, value and reason of each; and what to do."""
        lines = [self.headline]
        for row in rows[:SHOWN]:
            value = row["field_value"]
            lines += [
                f"file:   {row['file_name']}",
                f"line:   {row['line_number']}",
                f"column: {row['column_name']} {_type(row)}",
                f"value:  {'(see stl_load_errors)' if value is None else value}",
                f"reason: {row['reason']} (code {row['code']})",
            ]
        if len(rows) > SHOWN:
            lines.append(f"and {len(rows) - SHOWN} more")
        return "\n".join((*lines, self._fix_values()))

    def _fix_values(self) -> str:
        """Return what to do about values that do not fit; external files are loaded unchanged."""
        if self.manifest.files is not None:
            return (
                f"Fix the file, upload it again{self._start_again}; or change the column's"
                " sql_type in the design."
            )
        return (
            f"Fix the value upstream and run '{forget(self.name, self.date)}', so that the rows"
            " are dumped again; or change the column's sql_type or expression in the design;"
            " too_long can shorten texts."
        )

    @property
    def _start_again(self) -> str:
        """How to go on with other files: a source that appends looks for them by itself."""
        if self.manifest.increment is not None:
            return ", and start again"
        return f", run '{forget(self.name, self.date)}', and start again"

    def _files(self) -> tuple[str, ...]:
        """Return which external files were loaded, and what to do."""
        form, urls = self.manifest.files, [part.url for part in self.manifest.parts]
        if form is None:
            return ()
        kind = (
            form.type if form.type == "parquet" else f"{form.type}, compression {form.compression}"
        )
        such = ", such as" if len(urls) > SHOWN else ":"
        number = f"{count(len(urls), 'file')} (s3_format: {kind}){such}"
        return (
            f"It was loading {number} {', '.join(urls[:SHOWN])}",
            f"If a file is damaged, replace or remove it{self._start_again}.",
        )


def load_errors(warehouse: Warehouse, session: Session, manifest: Manifest) -> tuple[Row, ...]:
    """Read the load errors of a manifest's files; none if neither of the two views holds any.

    The older view is read first, because it shows the value; serverless clusters lack it. The
    session may have failed to load another table shortly before.
    """
    urls = [unquote(part.url) for part in manifest.parts]
    for view in ("stl_load_errors", "sys_load_error_detail"):
        try:
            rows = warehouse.query(copy.load_errors(view, session.number, session.milliseconds))
        except WarehouseError as error:
            logger.debug("load errors cannot be read: %s", error)
            continue
        names = [unquote(row["file_name"] or "") for row in rows]
        own = (any(url.startswith(name) for url in urls) for name in names)  # perhaps cut off
        if found := tuple(compress(rows, own)):
            return found
    return ()


def _type(row: Row) -> str:
    name, length = str(row["column_type"]), (row["column_length"] or "").strip()
    return name if length in {"", "0"} else f"{name}({length})"
