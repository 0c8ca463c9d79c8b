"""Checks of the bucket, with objects that are deleted afterwards."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pipeline.errors import PipelineError, StorageError
from pipeline.figures import count
from pipeline.procedures.operations.doctor.finding import Finding, clock, now
from pipeline.stores.designs.uploaded import InvalidIndexError, read_index
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.s3.unfinished import abort, unfinished
from pipeline.stores.s3.uploads import PART_BYTES


def access(store: S3Store, prefix: str) -> Finding:
    """Write, read and delete an object, and check that a conditional write does not replace it."""
    what, content = "S3 bucket", uuid.uuid4().hex.encode()
    with probes(store, prefix) as folder:
        key = f"{folder}object"
        first = store.write(key, content, if_absent=True)
        second = store.write(key, b"another", if_absent=True)
        if not first or store.read(key) != (b"another" if second else content):
            raise StorageError(f"{store.url(key)} does not hold what was written to it")
        _upload_in_parts(store, folder)
    if second:
        return Finding(
            what,
            "warning",
            f"{store.url(prefix)}/: writable, but If-None-Match is ignored",
            "do not dump one table twice at the same time, or use a store that supports it",
        )
    return Finding(what, "ok", f"{store.url(prefix)}/: write, read, delete, conditional write")


def _upload_in_parts(store: S3Store, folder: str) -> None:
    """Begin an upload in parts, end it unfinished, and see that nothing of it is left."""
    with store.uploads() as uploads:
        uploads.open(f"{folder}parts").write(bytes(PART_BYTES))
    abort(store, unfinished(store, folder, older_than=dt.timedelta(0)))


def index(store: S3Store, folder: str) -> Finding:
    """Read the index of uploaded designs, which a folder of designs in S3 needs."""
    what = "uploaded designs"
    try:
        found = read_index(store, folder)
    except InvalidIndexError as error:
        text, _, advice = str(error).partition("; ")
        return Finding(what, "warning", text, advice)
    return Finding(what, "ok", "none" if found is None else count(len(found), "file"))


def server_clock(store: S3Store) -> Finding:
    """Compare the clock of S3 with this machine's."""
    before = now()
    return clock("S3 clock", store.clock().replace(tzinfo=None), before, now())


@contextmanager
def probes(store: S3Store, prefix: str) -> Iterator[str]:
    """Yield a folder for the body's objects; delete them at the end, also after an error.

    ``PREFIX/doctor/0f3a…/``
    """
    folder = f"{prefix}/doctor/{uuid.uuid4().hex}/"
    try:
        yield folder
    except (PipelineError, KeyboardInterrupt):
        with suppress(StorageError):  # the first error is the one to report
            store.delete([item.key for item in store.list(folder)])
        raise
    store.delete([item.key for item in store.list(folder)])
