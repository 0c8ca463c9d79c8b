"""Records loads in the system tables; the rows survive the client's rollback.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_HISTORY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_COMMITS.html
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from redshift_emulator.copy.conversion.faults import LoadFault
from redshift_emulator.copy.session import CopySession
from redshift_emulator.copy.statement import CopyStatement, FileFormat
from redshift_emulator.copy.target import Target
from redshift_emulator.language.fill import fill, sql_value
from redshift_emulator.language.moments import microseconds, now
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.tokens import quoted
from redshift_emulator.language.types import TableColumn

Value = str | int
_BATCH = 500
_REPLACEMENTS_PER_SLICE = 100
_REPLACEMENT_COLUMNS = (
    "userid", "query", "slice", "tbl", "starttime", "session", "filename", "line_number",
    "colname", "raw_line",
)  # fmt: skip
_INSERT = "INSERT INTO {table:sql} ({columns:sql}) VALUES {values:sql}"
_UPDATE = (
    "UPDATE {table:sql} SET {changes:sql}"
    " WHERE query_id = {query_id} AND session_id = {session_id} AND start_time = {started}"
)
_TYPE_NAMES = {
    "smallint": "int2", "integer": "int4", "bigint": "int8", "decimal": "numeric",
    "real": "float4", "double precision": "float8", "boolean": "bool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that was read completely."""

    url: str
    slice: int
    lines: int
    size: int


@dataclass(frozen=True, slots=True)
class LoadHistory:
    """Records one COPY in the system tables."""

    session: CopySession
    statement: CopyStatement
    target: Target
    query_id: int
    user_id: int
    started: dt.datetime = field(default_factory=now)

    def record_start(self, sizes: Sequence[int]) -> None:
        """Record the start of a load of files with these sizes in bytes."""
        row = self._history("running") | {
            "source_file_count": len(sizes),
            "source_file_bytes": sum(sizes),
            "file_count_scanned": 0,
            "file_bytes_scanned": 0,
        }
        self._write(sys_load_history_all=[row])

    def record_progress(self, files: int, size: int) -> None:
        """Record the number of complete files, and of bytes read from all files."""
        self._change({"file_count_scanned": files, "file_bytes_scanned": size})

    def record_errors(self, faults: Sequence[LoadFault]) -> None:
        """Record the rejected rows in both error tables."""
        for start in range(0, len(faults), _BATCH):
            batch = faults[start : start + _BATCH]
            self._write(
                stl_load_errors_all=[self._stl_error(fault) for fault in batch],
                sys_load_error_detail_all=[self._sys_error(fault) for fault in batch],
            )

    def record_replacements(self, rows: Sequence[LoadFault]) -> None:
        """Record the rows that ACCEPTINVCHARS changed, at most 100 for each slice."""
        written: Counter[int] = Counter()
        listed = []
        for row in rows:
            written[row.slice] += 1
            if written[row.slice] <= _REPLACEMENTS_PER_SLICE:
                listed.append(self._replacement(row))
        if listed:
            self._write(stl_replacements_all=listed)

    def record_success(self, files: Sequence[LoadedFile], rows: int, rejected: int) -> None:
        """Record a successful load."""
        size = sum(file.size for file in files)
        self._change(
            self._ended("completed")
            | {
                "loaded_rows": rows,
                "loaded_bytes": size,
                "file_count_scanned": len(files),
                "file_bytes_scanned": size,
                "error_count": rejected,
            },
            stl_load_commits_all=[self._commit(file) for file in files],
        )

    def record_abort(self) -> None:
        """Record a failed load."""
        self._change(self._ended("aborted"))

    def _change(
        self, values: Mapping[str, Value], **tables: Sequence[Mapping[str, Value]]
    ) -> None:
        """Update the load's row in the history, and insert rows into system tables."""
        changes = (f"{quoted(name)} = {sql_value(value)}" for name, value in values.items())
        change = fill(
            _UPDATE,
            table=f"{INTERNAL}.sys_load_history_all",
            changes=", ".join(changes),
            query_id=self.query_id,
            session_id=self.session.session_id,
            started=str(self.started),
        )
        inserts = [_insert(name, rows) for name, rows in tables.items()]
        self.session.superuser_backend().execute("; ".join([change, *inserts]))

    def _write(self, **tables: Sequence[Mapping[str, Value]]) -> None:
        """Insert rows into system tables, all or none."""
        statements = [_insert(name, rows) for name, rows in tables.items()]
        self.session.superuser_backend().execute("; ".join(statements))

    def _replacement(self, row: LoadFault) -> dict[str, Value]:
        error = self._stl_error(row)
        return {name: error[name] for name in _REPLACEMENT_COLUMNS}

    def _stl_error(self, fault: LoadFault) -> dict[str, Value]:
        column = self._column(fault)
        return {
            "userid": self.user_id,
            "slice": fault.slice,
            "tbl": self.target.oid,
            "starttime": str(self.started),
            "session": self.session.session_id,
            "query": self.query_id,
            "filename": fault.filename[:256],
            "line_number": fault.line_number,
            "colname": column.name[:127] if column else "",
            "type": _type_name(column)[:10],
            "col_length": _length(column),
            "position": fault.position,
            "raw_line": _shown(fault.raw_line),
            "raw_field_value": _shown(fault.raw_value),
            "err_code": fault.code,
            "err_reason": fault.reason[:100],
            "is_partial": 0,
            "start_offset": fault.start_offset,
        }

    def _sys_error(self, fault: LoadFault) -> dict[str, Value]:
        column = self._column(fault)
        return {
            "user_id": self.user_id,
            "query_id": self.query_id,
            "transaction_id": self.query_id,
            "session_id": self.session.session_id,
            "database_name": self.session.database[:64],
            "table_id": self.target.oid,
            "start_time": str(self.started),
            "file_name": fault.filename[:256],
            "line_number": fault.line_number,
            "column_name": column.name[:127] if column else "",
            "column_type": _type_name(column)[:10],
            "column_length": _length(column),
            "position": fault.position,
            "error_code": fault.code,
            "error_message": fault.reason[:512],
        }

    def _history(self, status: str) -> dict[str, Value]:
        return {
            "user_id": self.user_id,
            "query_id": self.query_id,
            "transaction_id": self.query_id,
            "session_id": self.session.session_id,
            "database_name": self.session.database,
            "status": status,
            "table_name": self.target.table,
            "start_time": str(self.started),
            "data_source": self.statement.source,
            "file_format": _format_name(self.statement.file_format),
        }

    def _ended(self, status: str) -> dict[str, Value]:
        ended = now()
        return {
            "status": status,
            "end_time": str(ended),
            "duration": microseconds(self.started, ended),
        }

    def _commit(self, file: LoadedFile) -> dict[str, Value]:
        return {
            "userid": self.user_id,
            "query": self.query_id,
            "slice": file.slice,
            "name": self.target.table[:256],
            "filename": file.url[:256],
            "byte_offset": 0,
            "lines_scanned": file.lines,
            "errors": -1,
            "curtime": str(now()),
            "status": 1,
            "file_format": _format_name(self.statement.file_format, text="text"),
            "is_partial": 0,
            "start_offset": 0,
            "size": file.size,
        }

    def _column(self, fault: LoadFault) -> TableColumn | None:
        return self.target.columns[fault.column] if fault.column >= 0 else None


def _format_name(form: FileFormat, *, text: str = "") -> str:
    """Return the name of a format; those of text have a common one, or their own."""
    if form.columnar is not None:
        return form.columnar
    if form.json is not None:
        return "avro" if form.avro else "json"
    return text or ("csv" if form.csv else "txt")


def _insert(table: str, rows: Sequence[Mapping[str, Value]]) -> str:
    columns = ", ".join(quoted(name) for name in rows[0])
    values = ", ".join("(" + ", ".join(map(sql_value, row.values())) + ")" for row in rows)
    table = f"{INTERNAL}.{quoted(table)}"
    return fill(_INSERT, table=table, columns=columns, values=values)


def _shown(raw: bytes) -> str:
    """Return at most 1024 characters, with a dot for each multibyte character."""
    text = raw[:4096].decode("utf-8", "replace")
    return re.sub(r"[^\x01-\x7f]", ".", text)[:1024]


def _type_name(column: TableColumn | None) -> str:
    if column is None:
        return ""
    return _TYPE_NAMES.get(column.type.name, column.type.name)


def _length(column: TableColumn | None) -> str:
    if column is None:
        return ""
    if column.type.precision is not None:
        return f"{column.type.precision}, {column.type.scale}"
    return str(column.type.length or 0)
