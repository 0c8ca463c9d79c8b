"""External files instead of a dump: find them and write the manifest that COPY reads."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.designs.model.design import Design
from pipeline.designs.model.types import parse_type
from pipeline.errors import DesignError, Fault, StorageError, UsageError
from pipeline.figures import count, size
from pipeline.manifest import VERSION, FileFormat, Increment, Manifest, Part, timestamp
from pipeline.procedures.dump.proof import ExpectedFiles, read_manifest
from pipeline.procedures.incremental.append import Append
from pipeline.settings.file_path import HOUR, FilePattern
from pipeline.stores.s3.bucket import S3Store, StoredObject

logger = logging.getLogger(__name__)

SUFFIXES = {".gz": "gzip", ".zst": "zstd", ".bz2": "bzip2", ".snappy": "snappy"}
PARQUET_TYPES = frozenset(
    (
        "smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean",
        "char", "varchar", "date", "timestamp", "varbyte",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilesJob:
    """The files of a table, their format, their bucket, and the key of their manifest."""

    design: Design
    pattern: FilePattern
    form: FileFormat
    files: S3Store
    s3: S3Store
    manifest_key: str
    limit: int | None = None
    append: Append | None = None
    """Set if new files are added to those that were loaded."""

    @property
    def expected(self) -> ExpectedFiles:
        """What a manifest of these files must say of them."""
        appends = self.append is not None
        return ExpectedFiles(self.files, self.pattern.path, self.form, appends)


def gather(job: FilesJob) -> Manifest:
    """Find a table's files and return their manifest, which is then stored in S3; read no row.

    StorageError if there are none, or if one's compression differs from the configured one.
    """
    if job.limit is not None:
        raise UsageError(f"{job.design.name}: files are loaded whole; omit --limit")
    if HOUR in job.pattern.path:
        raise UsageError(
            f"{job.design.name}: {job.pattern.path} needs the hour of a run; add one to its date,"
            " as in --date 2026-11-28T14"
        )
    if faults := design_faults(job.design, job.form, appends=job.append is not None):
        raise DesignError(faults)
    started = timestamp()
    found, increment = find_files(job), None
    if job.append is not None:
        found, increment = job.append.choose(found)
    if not found and not (increment and increment.base):
        kind = "files" if job.append is None else "files with rows"
        raise StorageError(
            f"{job.design.name}: there are no {kind} at {job.pattern.path};"
            " upload them, or fix s3_path in the configuration"
        )
    _check_compression(job, found)
    manifest = _manifest(job, found, increment, started)
    if not job.s3.write(job.manifest_key, manifest.to_json().encode(), if_absent=True):
        logger.info("%s: another run found its files", job.design.name)
        return read_manifest(job.s3, job.manifest_key)
    logger.info("%s: %s, %s", job.design.name, count(len(found), "file"), size(manifest.bytes))
    return manifest


def find_files(job: FilesJob) -> tuple[Part, ...]:
    """Return all files of a table, by key."""
    found = (item for item in job.files.list(job.pattern.folder) if _is_file(job, item))
    return tuple(
        Part(job.files.url(item.key), None, item.size, None, None, item.etag)
        for item in sorted(found, key=lambda item: item.key)
    )


def _is_file(job: FilesJob, item: StoredObject) -> bool:
    """Return whether an object is one of the files.

    Consoles of S3 show an object such as ``in/`` as a folder. A source that appends takes an empty
    object once it has a content, which would otherwise change after the file had been loaded.
    """
    if item.key.endswith("/") or not job.pattern.matches(item.key):
        return False
    return bool(item.size) or job.append is None


def describe_lost(job: FilesJob) -> str:
    """Return which files were loaded and are gone, so that their rows exist only in the table.

    Empty if there are none, or if the source does not append.
    """
    if job.append is None:
        return ""
    record = job.append.record()
    gone = record.find_gone(find_files(job))
    return record.describe_gone(gone) if gone else ""


def design_faults(design: Design, form: FileFormat, *, appends: bool = False) -> list[Fault]:
    """Return the faults of a design that needs an upstream database or another file format."""
    faults = [
        Fault(design.stem, f"columns[{column.name}].expression", "files are loaded unchanged")
        for column in design.data_columns
        if column.expression is not None
    ]
    faults += [
        Fault(design.stem, f"columns[{column.name}].too_long", "files are loaded unchanged")
        for column in design.data_columns
        if column.too_long is not None
    ]
    if design.extract.condition is not None:
        faults.append(Fault(design.stem, "extract_settings", "files are loaded unchanged"))
    if design.extract.incremental is not None:
        place = "extract_settings.incremental"
        message = "only tables of a database have a cursor; for files, see s3_mode"
        faults.append(Fault(design.stem, place, message))
    if appends and design.identity is not None:
        place = f"columns[{design.identity.name}].identity"
        faults.append(Fault(design.stem, place, "files of a source that appends fill no such key"))
    if form.type == "parquet":
        faults += _parquet_faults(design)
    return faults


def _parquet_faults(design: Design) -> Iterator[Fault]:
    """Yield the columns that COPY is not documented to load from Parquet.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
    """
    for column in design.loaded_columns:
        if column.identity:
            message = "a Parquet file must have all columns of the table, including this one"
            yield Fault(design.stem, f"columns[{column.name}].identity", message)
            continue
        base = parse_type(column.sql_type).base
        if base not in PARQUET_TYPES:
            message = f"COPY is not documented to load {base} from Parquet"
            yield Fault(design.stem, f"columns[{column.name}].sql_type", message)


def _check_compression(job: FilesJob, found: Iterable[Part]) -> None:
    for item in found:
        suggested = next((form for end, form in SUFFIXES.items() if item.url.endswith(end)), None)
        if suggested is not None and job.form.type == "parquet":
            raise StorageError(
                f"{item.url} looks like {suggested}, but s3_format.type is parquet,"
                " which is compressed internally; fix the configuration or rename the file"
            )
        if suggested is not None and suggested != job.form.compression:
            raise StorageError(
                f"{item.url} looks like {suggested}, but s3_format.compression is"
                f" {job.form.compression}; fix the configuration or rename the file"
            )


def _manifest(
    job: FilesJob, found: tuple[Part, ...], increment: Increment | None, started: str
) -> Manifest:
    return Manifest(
        relation=str(job.design.name),
        parts=found,
        columns=tuple(column.name for column in job.design.data_columns),
        query=job.pattern.path,
        null_as=job.form.null_as,
        compression=None,
        database=f"s3://{job.pattern.bucket}",
        snapshot="",
        started=started,
        finished=timestamp(),
        files=job.form,
        key=job.manifest_key,
        version=2 if increment is None else VERSION,
        increment=increment,
    )
