"""Streaming uploads: two threads send parts while more is written; memory is bounded.

Parts are sent by ``upload_part``: boto3's ``upload_file`` costs more than twice the CPU.
"""

from __future__ import annotations

import hashlib
import logging
import queue
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.stores.s3.errors import code_of, storage_error, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

logger = logging.getLogger(__name__)

PART_BYTES = 8 * 1024 * 1024
"""S3 requires at least 5 MiB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""

THREADS = 2
BUFFERS = THREADS + 1
"""Parts in memory per ``Uploads``: those being sent, and the one being filled."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An object that is complete in S3; ``etag`` is from S3's answer."""

    key: str
    size: int
    sha256: str
    etag: str


class Uploads:
    """Uploads of successive objects; the end of one overlaps the start of the next.

    Leaving the context aborts unfinished uploads, so that nothing of them remains.
    """

    def __init__(
        self, client: Callable[[], S3Client], bucket: str, options: dict[str, Any]
    ) -> None:
        self.client = client
        self.bucket = bucket
        self.options = options
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="upload")
        self._open: list[ObjectWriter] = []
        self._free: queue.LifoQueue[bytearray] = queue.LifoQueue()
        self._buffers = 0

    def open(self, key: str) -> ObjectWriter:
        """Start an object."""
        writer = ObjectWriter(self, key)
        self._open = [other for other in self._open if not other.complete]
        self._open.append(writer)
        return writer

    def buffer(self) -> bytearray:
        """Return a buffer for a part; wait while all are in use, so that memory is bounded.

        Buffers are reused: freed blocks of this size would fragment the heap.
        """
        if self._free.empty() and self._buffers < BUFFERS:
            self._buffers += 1
            return bytearray(PART_BYTES)
        return self._free.get()

    def give_back(self, buffer: bytearray) -> None:
        """Return a buffer after it was sent."""
        buffer.extend(bytes(PART_BYTES - len(buffer)))
        self._free.put(buffer)

    def url(self, key: str) -> str:
        """Return an object's address."""
        return f"s3://{self.bucket}/{key}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pool.shutdown(wait=True, cancel_futures=error is not None)
        for writer in self._open:
            writer.abort()


@dataclass(slots=True, eq=False)
class ObjectWriter:
    """One object being written; one smaller than a part is sent in a single request."""

    uploads: Uploads
    key: str
    size: int = 0
    complete: bool = False
    _buffer: bytearray | None = None
    _filled: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)
    _upload: Future[str] | None = None
    _parts: list[Future[str]] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        """Write the next bytes; StorageError if an earlier part could not be sent."""
        rest = memoryview(data)
        while rest:
            if self._buffer is None:
                self._buffer = self.uploads.buffer()
            taken = min(len(rest), PART_BYTES - self._filled)
            self._buffer[self._filled : self._filled + taken] = rest[:taken]
            self._filled += taken
            rest = rest[taken:]
            if self._filled == PART_BYTES:
                self._send_part()
        self.size += len(data)

    def finish(self) -> Future[Sent]:
        """End the object; the future is done when it is complete in S3."""
        if self._upload is None:
            return self.uploads.pool.submit(self._put, self._take())
        if self._filled:
            self._send_part()
        return self.uploads.pool.submit(self._complete, self._upload)

    def abort(self) -> None:
        """Abort the upload unless it is complete; called when no thread is sending."""
        if self.complete or self._upload is None or self._upload.cancelled():
            return
        if self._upload.exception() is not None:
            return
        try:
            self.uploads.client().abort_multipart_upload(**self._names(self._upload.result()))
        except (ClientError, BotoCoreError) as error:
            logger.warning("upload not aborted: %s", storage_error(error, self._url()))

    def _send_part(self) -> None:
        for part in self._parts:
            if part.done():
                part.result()
        pool = self.uploads.pool
        if self._upload is None:
            self._upload = pool.submit(self._create)
        number = len(self._parts) + 1
        self._parts.append(pool.submit(self._part, self._upload, number, self._take()))

    def _take(self) -> bytearray:
        body = self.uploads.buffer() if self._buffer is None else self._buffer
        del body[self._filled :]
        self._buffer = None
        self._filled = 0
        self._hash.update(body)
        return body

    def _create(self) -> str:
        with translated(self._url()):
            answer = self.uploads.client().create_multipart_upload(
                Bucket=self.uploads.bucket, Key=self.key, **self.uploads.options
            )
        return answer["UploadId"]

    # botocore copies bytes, but sends a bytearray as it is; its stubs allow only bytes.
    def _part(self, upload: Future[str], number: int, body: bytearray) -> str:
        try:
            with translated(self._url()):
                answer = self.uploads.client().upload_part(
                    **self._names(upload.result()), PartNumber=number, Body=cast("bytes", body)
                )
        finally:
            self.uploads.give_back(body)
        return answer["ETag"]

    def _complete(self, upload: Future[str]) -> Sent:
        # All earlier tasks of the pool have started when this one does, so waiting for them ends.
        tags = [part.result() for part in self._parts]
        parts: list[CompletedPartTypeDef] = [
            {"ETag": tag, "PartNumber": n} for n, tag in enumerate(tags, start=1)
        ]
        try:
            answer = self.uploads.client().complete_multipart_upload(
                **self._names(upload.result()), MultipartUpload={"Parts": parts}
            )
        except ClientError as error:
            return self._sent(self._completed_before(error))
        except BotoCoreError as error:
            raise storage_error(error, self._url()) from error
        return self._sent(answer["ETag"])

    def _completed_before(self, error: ClientError) -> str:
        """Return the ETag of the object if S3 had completed it, and its answer was lost.

        boto3 then sends the request again, and S3 may no longer know the upload. Only this writer
        uses the key, so an object of this size is the one that it wrote.
        """
        with translated(self._url()):
            if code_of(error) != "NoSuchUpload":
                raise error
            try:
                found = self.uploads.client().head_object(Bucket=self.uploads.bucket, Key=self.key)
            except ClientError:
                raise error from None
            if found["ContentLength"] != self.size:
                raise error
        return found["ETag"]

    def _put(self, body: bytearray) -> Sent:
        try:
            with translated(self._url()):
                answer = self.uploads.client().put_object(
                    Bucket=self.uploads.bucket,
                    Key=self.key,
                    Body=cast("bytes", body),
                    **self.uploads.options,
                )
        finally:
            self.uploads.give_back(body)
        return self._sent(answer["ETag"])

    def _sent(self, etag: str) -> Sent:
        self.complete = True
        return Sent(self.key, self.size, self._hash.hexdigest(), etag.strip('"'))

    def _names(self, upload: str) -> dict[str, Any]:
        return {"Bucket": self.uploads.bucket, "Key": self.key, "UploadId": upload}

    def _url(self) -> str:
        return self.uploads.url(self.key)
