"""Prove, before a load, that a dump is the expected one, and that S3 still holds all its parts.

No part is read whose size and ETag are the recorded ones: S3 changes the ETag with the content,
whichever way an object was uploaded and encrypted. One LIST answers for a thousand parts. Where
the ETag is another one, or was not recorded, the SHA-256 of the part's content decides.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
"""

import datetime as dt
import logging
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.errors import StorageError
from pipeline.figures import count
from pipeline.manifest import FORMAT_VERSION, FileFormat, Manifest, Part
from pipeline.names import RunDate, TableName
from pipeline.procedures.advice import forget
from pipeline.stores.s3.bucket import Content, S3Store, StoredObject

logger = logging.getLogger(__name__)

KEYS = "keys"
"""The folder, in that of an attempt, of the dump of all keys."""

KEYS_MANIFEST = "keys.manifest"
"""The manifest of all keys, in the folder of an attempt."""

SHOWN = 3
"""Parts that an error names; the others are counted."""

CHANGED_SINCE = "The manifest has changed since: start again"

VERSION_1_ATTEMPT = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}-[0-9]+-[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class ExpectedFiles:
    """The external files of a table: their bucket, path and format.

    If the source ``appends``, files that were loaded before need not be listed.
    """

    store: S3Store
    path: str
    form: FileFormat
    appends: bool = False


@dataclass(frozen=True, slots=True)
class ProofJob:
    """The dump that a load expects: ``folder`` holds its attempts.

    ``files`` is set if its parts are external files.
    """

    relation: TableName
    date: RunDate
    s3: S3Store
    manifest_key: str
    folder: str
    files: ExpectedFiles | None = None

    @property
    def url(self) -> str:
        """The address of the manifest."""
        return self.s3.url(self.manifest_key)

    @property
    def appends(self) -> bool:
        """Whether these are files of a source that appends."""
        return self.files is not None and self.files.appends

    @property
    def forget(self) -> str:
        """The command that removes the manifest."""
        return forget(self.relation, self.date)


class DamagedDumpError(StorageError):
    """The manifest or a part is not what the dump wrote."""


class ChangedFilesError(StorageError):
    """An external file is not the one that the manifest lists."""


class OutdatedListError(ChangedFilesError):
    """The manifest does not list the files that a source that appends has now; withdraw it."""


def read_manifest(s3: S3Store, key: str) -> Manifest:
    """Read a manifest; StorageError if it is absent, DamagedDumpError if it is not valid."""
    return _parse(s3.url(key), s3.read(key))


def prove(job: ProofJob) -> Manifest:
    """Return the manifest of a dump whose parts are all there.

    StorageError otherwise. A manifest that is proved wrong is withdrawn, so that the next run
    dumps the table again; not one that cannot be read, and not one of external files that changed.
    """
    found = job.s3.read_if_there(job.manifest_key)
    if found is None:
        raise StorageError(
            f"{job.url} does not exist any more; the next run dumps {job.relation} again"
        )
    try:
        manifest = _parse(job.url, found.body)
        _check_identity(job, manifest)
        _check_parts(job, manifest, found)
    except ChangedFilesError as error:
        raise _changed_files(job, error) from error
    except DamagedDumpError as error:
        raise DamagedDumpError(f"{job.relation}: {error}. {_withdraw(job, found)}") from error
    return manifest


def withdraw(job: ProofJob) -> None:
    """Delete an outdated manifest, so that the files are found, or the table is read, again."""
    if found := job.s3.read_if_there(job.manifest_key):
        job.s3.delete_unchanged(job.manifest_key, found)


def confirm(job: ProofJob, manifest: Manifest) -> None:
    """Check, after COPY has read them, that the manifest and its external files are unchanged.

    ChangedFilesError otherwise: COPY may have loaded others than those that the manifest lists.
    """
    found = job.s3.read_if_there(job.manifest_key)
    if found is None or _parse(job.url, found.body) != manifest:
        kind = OutdatedListError if job.appends else ChangedFilesError
        raise kind(f"{job.relation}: {job.url} was replaced during the load")
    try:
        _check_parts(job, manifest, found)
    except ChangedFilesError as error:
        raise _changed_files(job, error) from error


def prove_keys(job: ProofJob, manifest: Manifest) -> Manifest:
    """Return the manifest of all keys that belongs to a proved manifest, with all parts there.

    DamagedDumpError if it is missing or not that of the same attempt and snapshot; the manifest
    of the dump is then withdrawn.
    """
    try:
        return _prove_keys(job, manifest)
    except DamagedDumpError as error:
        found = job.s3.read_if_there(job.manifest_key)
        is_same = found is not None and _parse(job.url, found.body) == manifest
        action = _withdraw(job, found) if found and is_same else CHANGED_SINCE
        raise DamagedDumpError(f"{job.relation}: {error}. {action}") from error


def _prove_keys(job: ProofJob, manifest: Manifest) -> Manifest:
    key = manifest.increment.keys_manifest if manifest.increment else None
    if key is None:
        raise ValueError(f"{job.url} has no keys")
    folder = job.s3.url(key).removesuffix(KEYS_MANIFEST)
    if not all(part.url.startswith(folder) for part in manifest.parts):
        raise DamagedDumpError(f"{job.url} names {job.s3.url(key)}, which is of another attempt")
    keys = replace(job, manifest_key=key, folder=f"{key.removesuffix(KEYS_MANIFEST)}{KEYS}/")
    found = job.s3.read_if_there(key)
    if found is None:
        raise DamagedDumpError(f"{keys.url} is missing")
    proved = _parse(keys.url, found.body)
    _check_identity(keys, proved)
    if (proved.snapshot, proved.increment) != (manifest.snapshot, None):
        raise DamagedDumpError(f"{keys.url} is of another snapshot")
    _check_parts(keys, proved, found)
    return proved


def _changed_files(job: ProofJob, error: ChangedFilesError) -> ChangedFilesError:
    """Return the error of files that are not those of the manifest, with what to do about it."""
    if job.appends:
        return OutdatedListError(f"{job.relation}: {error}")
    return ChangedFilesError(
        f"{job.relation}: {error}. Upload the file again, or, to load the files as they are"
        f" now, run '{job.forget}' before the next run"
    )


def _parse(url: str, body: bytes) -> Manifest:
    try:
        return Manifest.from_json(body.decode("utf-8"))
    except StorageError as error:
        raise StorageError(f"{url}: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise DamagedDumpError(f"{url} is not a valid manifest: {reason}") from error


def _check_identity(job: ProofJob, manifest: Manifest) -> None:
    """Check that the manifest is of this relation, date and content, and stored at its place."""
    if manifest.version > 1 and manifest.key != job.manifest_key:
        raise DamagedDumpError(f"{job.url} is the manifest of {job.s3.url(manifest.key)}")
    expected: dict[str, object] = {
        "relation": str(job.relation),
        "format_version": FORMAT_VERSION,
        "files": job.files.form if job.files else None,
    }
    if job.files:
        expected["query"] = job.files.path
    for name, value in expected.items():
        if (found := getattr(manifest, name)) != value:
            raise DamagedDumpError(f"{job.url} is of another dump: {name} is {found!r}")
    if job.files is None:
        for part in manifest.parts:
            _check_place(job, manifest, part)


def _check_place(job: ProofJob, manifest: Manifest, part: Part) -> None:
    """Check that a part is in an attempt's folder of this dump, as its version named attempts."""
    folder = job.s3.url(job.folder)
    attempt = part.url.removeprefix(folder).partition("/")[0]
    is_old = VERSION_1_ATTEMPT.fullmatch(attempt) is not None
    if not part.url.startswith(folder) or (manifest.version == 1 and not is_old):
        raise DamagedDumpError(f"{job.url} lists {part.url}, which is of another dump")


def _check_parts(job: ProofJob, manifest: Manifest, found: Content) -> None:
    if not manifest.parts and job.appends and manifest.increment and manifest.increment.base:
        return
    if not manifest.parts:
        raise DamagedDumpError(f"{job.url} lists no part")
    store = job.files.store if job.files else job.s3
    faults = list(_part_faults(store, manifest.parts, found.modified))
    if not faults:
        return
    more = [f"and {count(len(faults) - SHOWN, 'more part')}"] if len(faults) > SHOWN else []
    kind = ChangedFilesError if job.files else DamagedDumpError
    raise kind("; ".join([*faults[:SHOWN], *more]))


def _part_faults(store: S3Store, parts: tuple[Part, ...], written: dt.datetime) -> Iterator[str]:
    """Yield what is wrong with the parts of a manifest that was stored at a time."""
    keys = [part.url.removeprefix(store.url("")) for part in parts]
    folder, slash, _ = posixpath.commonprefix(keys).rpartition("/")
    stored = {item.key: item for item in store.list(folder + slash)}
    for key, part in zip(keys, parts, strict=True):
        if not _is_same(part, stored.get(key), written):
            yield from _examine(store, key, part)


def _is_same(part: Part, item: StoredObject | None, written: dt.datetime) -> bool:
    """Compare a part with what S3 lists; without an ETag, by the time at which it was stored."""
    if item is None or item.size != part.bytes:
        return False
    if part.etag is not None:
        return item.etag == part.etag
    return item.modified.replace(microsecond=0) <= written


def _examine(store: S3Store, key: str, part: Part) -> Iterator[str]:
    """Ask about a single object, and read it if it may have the right content."""
    item = store.find(key)
    if item is None:
        yield f"{part.url} is missing"
    elif item.size != part.bytes:
        yield f"{part.url} was replaced: it has {item.size:,} bytes instead of {part.bytes:,}"
    elif item.etag == part.etag:
        return
    elif part.sha256 is None or store.sha256(key) != part.sha256:
        yield f"{part.url} was replaced: it has another content of the same size"
    else:
        logger.info("%s was stored again, with the same content", part.url)


def _withdraw(job: ProofJob, found: Content) -> str:
    """Delete a manifest that is proved wrong; return what happens next.

    It is read again before, in case that what was wrong is the answer, and deleted only unchanged.
    """
    try:
        again = job.s3.read_if_there(job.manifest_key)
        is_same = again is not None and again.body == found.body
        if is_same and job.s3.delete_unchanged(job.manifest_key, found):
            return f"The manifest was withdrawn: the next run dumps {job.relation} again"
    except StorageError as error:
        return f"Run '{job.forget}', and start again; the manifest was not withdrawn: {error}"
    return CHANGED_SINCE
