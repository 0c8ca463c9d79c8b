"""Executes COPY: authorize, find the files, stream them into PostgreSQL, record the load."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from redshift_emulator.copy.authorization import role_keys
from redshift_emulator.copy.conversion.faults import UNKNOWN, LoadFault
from redshift_emulator.copy.load_history import LoadedFile, LoadHistory
from redshift_emulator.copy.reading.columnar import avro_stream, check_names, columnar_stream
from redshift_emulator.copy.reading.decompress import DamagedFileError, decompressed
from redshift_emulator.copy.reading.json_paths import selector
from redshift_emulator.copy.reading.json_stream import JsonStream
from redshift_emulator.copy.reading.objects import Objects
from redshift_emulator.copy.reading.sources import read_object, source_files
from redshift_emulator.copy.reading.stream import (
    FaultLog,
    FileProgress,
    RowStream,
    Stream,
    TooManyFaultsError,
)
from redshift_emulator.copy.session import (
    ClientGoneError,
    CopyResult,
    CopySession,
    LoadFailedError,
)
from redshift_emulator.copy.statement import CopyStatement, RoleAuthorization
from redshift_emulator.copy.target import Target, find_target
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.protocol.backend import BackendError

if TYPE_CHECKING:
    from redshift_emulator.copy.reading.s3 import Storage, StoredObject

PROGRESS_SECONDS = 0.5
"""Seconds between two records of the load's progress."""

_DATA_ERRORS = ("22", "23")


def execute(statement: CopyStatement, session: CopySession) -> CopyResult:
    """Execute a COPY statement.

    Raises RedshiftError if nothing was loaded, LoadFailedError if the load had begun. Passes on
    BackendErrors that are not about the data, such as a lock timeout or a cancel request.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
    """
    target = find_target(statement, session)
    storage = _storage(statement, session)
    files = source_files(statement, storage)
    if statement.file_format.columnar is not None:
        check_names(statement.file_format.columnar, [file.url for file in files])
    ((user_id,),) = session.backend.query(
        "SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user"
    )
    history = LoadHistory(session, statement, target, session.begin_load(), int(user_id or 0))
    return _Load(history, storage, files).run()


def _storage(statement: CopyStatement, session: CopySession) -> Storage:
    """Open the storage; import boto3 on demand."""
    from redshift_emulator.copy.reading.s3 import Storage  # noqa: PLC0415

    authorization = statement.authorization
    if isinstance(authorization, RoleAuthorization):
        authorization = role_keys(authorization, session.settings)
    return Storage(session.settings.s3, authorization, statement.region, session.wait_for_s3)


class _Load:
    """One load of some files into one table."""

    def __init__(
        self, history: LoadHistory, storage: Storage, files: Sequence[StoredObject]
    ) -> None:
        self._history = history
        self._session = history.session
        self._statement: CopyStatement = history.statement
        self._target: Target = history.target
        self._storage = storage
        self._files = files
        self._select = None
        if (argument := self._statement.file_format.json) is not None:
            read = partial(read_object, storage, what="JSONPaths file")
            self._select = selector(argument, self._target.columns, read)
        self._log = FaultLog(self._statement.max_error)
        self._loaded: list[LoadedFile] = []
        self._complete = False
        self._bytes = 0
        self._recorded_at = 0.0

    def run(self) -> CopyResult:
        """Load all files or none; record the start and the end for other sessions."""
        self._history.record_start([file.size for file in self._files])
        try:
            return self._load()
        except BaseException:
            with suppress(BackendError):  # the next start of the server marks the load as aborted
                self._history.record_abort()
            raise

    def _load(self) -> CopyResult:
        try:
            rows = self._copy()
        except TooManyFaultsError:
            raise self._failure() from None
        except DamagedFileError as error:
            raise self._stopped(str(error)) from error
        except BackendError as error:
            if error.sqlstate[:2] not in _DATA_ERRORS:
                raise
            self._log.faults += self._search() or [self._unexplained(error)]
            raise self._failure() from error
        except ClientGoneError:
            raise
        except RedshiftError as error:
            raise self._stopped(error.message, code=error.code, context=error.context) from error
        self._history.record_errors(self._log.faults)
        self._history.record_replacements(self._log.replacements)
        self._history.record_success(self._loaded, rows, len(self._log.faults))
        return CopyResult(rows, self._history.query_id, self._notices(rows))

    def _copy(self) -> int:
        rows = self._rows(self._stream(self._log))
        if self._statement.no_load:
            for _ in rows:
                pass
            return 0
        count = self._session.backend.copy_in(self._target.copy_statement(self._statement), rows)
        if not self._complete:
            raise RedshiftError("PostgreSQL ended the load before all rows were sent")
        if self._statement.update_statistics:
            self._session.backend.execute(f"ANALYZE {self._target.sql_name}")
        return count

    def _stream(self, log: FaultLog, *, trusting: bool = True) -> Stream:
        if self._statement.file_format.columnar is not None:
            return columnar_stream(self._statement, self._target.columns, log)
        if self._select is not None:
            objects = Objects(self._statement, self._target.columns, self._select, log)
            is_avro = self._statement.file_format.avro
            return avro_stream(objects) if is_avro else JsonStream(objects)
        return RowStream(self._statement, self._target.columns, log, trusting=trusting)

    def _rows(self, stream: Stream) -> Iterator[bytes]:
        """Yield the rows of all files, file by file."""
        for number, file in enumerate(self._files):
            progress = FileProgress(file.url, number % max(self._session.settings.slices, 1))
            chunks = self._scanned(self._storage.chunks(file))
            content = decompressed(chunks, self._statement.compression)
            for rows in stream.rows(progress, content):
                self._check_client()
                yield rows
            self._loaded.append(LoadedFile(file.url, progress.slice, progress.lines, file.size))
        self._complete = True

    def _scanned(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Count the bytes read from S3 and record the progress at intervals."""
        for chunk in chunks:
            self._bytes += len(chunk)
            if time.monotonic() - self._recorded_at > PROGRESS_SECONDS:
                self._history.record_progress(len(self._loaded), self._bytes)
                self._recorded_at = time.monotonic()
            yield chunk

    def _check_client(self) -> None:
        """Stop if the client has disconnected in a block; an autocommitted COPY continues."""
        if self._session.in_block and self._session.client_gone():
            raise ClientGoneError("connection to client lost", copy_id=self._history.query_id)

    def _search(self) -> list[LoadFault]:
        """Find the row that PostgreSQL rejected, by checking every field in Python.

        A load that skips rejected rows has already checked all of them. An error in a file that
        the load did not reach is not the reason.
        """
        log = FaultLog(0)
        if self._statement.max_error not in {0, 1}:
            return []
        try:
            for _ in self._rows(self._stream(log, trusting=False)):
                pass
        except ClientGoneError:
            raise
        except (TooManyFaultsError, DamagedFileError, RedshiftError):
            return log.faults
        return []

    def _unexplained(self, error: BackendError) -> LoadFault:
        reason = f"The emulator's PostgreSQL rejected a row: {error.message}"
        raw_line = error.context.encode("utf-8")
        return LoadFault(UNKNOWN, reason, 0, self._files[0].url, 0, -1, 0, -1, raw_line, b"")

    def _failure(self) -> LoadFailedError:
        """Record the rejected rows and return the error that refers to them."""
        self._history.record_errors(self._log.faults)
        return self._stopped(
            f"Load into table '{self._target.table}' failed.  "
            "Check 'stl_load_errors' system table for details."
        )

    def _stopped(
        self, message: str, *, code: int | None = None, context: str = ""
    ) -> LoadFailedError:
        return LoadFailedError(
            message, copy_id=self._history.query_id, code=code or 8001, context=context
        )

    def _notices(self, rows: int) -> tuple[str, ...]:
        table = self._target.table
        notices = [f"Load into table '{table}' completed, {rows} record(s) loaded successfully."]
        if self._log.faults:
            notices.append(
                f"Load into table '{table}' completed, {len(self._log.faults)} record(s) could "
                "not be loaded.  Check 'stl_load_errors' system table for details."
            )
        if self._log.replacements:
            notices.append(
                f"Load into table '{table}' completed, {len(self._log.replacements)} record(s) "
                "were loaded with replacements made for ACCEPTINVCHARS.  "
                "Check 'stl_replacements' system table for details."
            )
        return tuple(notices)
