"""The connection to S3: the objects of one bucket."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import StorageError
from pipeline.stores.s3.clients import SILENCE, Clients, Credentials
from pipeline.stores.s3.errors import ask, code_of, storage_error, translated
from pipeline.stores.s3.uploads import Uploads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BATCH = 1000
"""Maximum of keys in one DeleteObjects request."""

CONFLICT_ATTEMPTS = 3

BLOCK = 1 << 20

ABSENT = frozenset({"404", "NoSuchKey"})

OVERTAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "NoSuchKey"})
"""Another client wrote or deleted the object since it was read."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it; ``size`` in bytes."""

    key: str
    size: int
    etag: str
    modified: dt.datetime


@dataclass(frozen=True, slots=True)
class Content:
    """An object's content, its ETag, which changes with the content, and when it was stored."""

    body: bytes
    etag: str
    modified: dt.datetime


class S3Store:
    """One bucket, with boto3's own chain of credentials and endpoints.

    Threads may share a store. A forked process has a client of its own, because connections cannot
    be shared; only the configuration is pickled.
    """

    def __init__(
        self,
        bucket: str,
        *,
        region: str | None = None,
        kms_key_id: str | None = None,
        silence: float = SILENCE,
    ) -> None:
        self.bucket = bucket
        self.region = region
        self.kms_key_id = kms_key_id
        self.silence = silence
        self._clients = Clients(region, silence)

    def __repr__(self) -> str:
        return f"S3Store({self.bucket!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _store, (self.bucket, self.region, self.kms_key_id, self.silence)

    @property
    def client(self) -> S3Client:
        """This process's client, made on first use."""
        with translated(self.url("")):
            return self._clients.own()

    def url(self, key: str) -> str:
        """Return an object's ``s3://`` address."""
        return f"s3://{self.bucket}/{key}"

    def read(self, key: str) -> bytes:
        """Return an object's content."""
        with translated(self.url(key)):
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def read_if_there(self, key: str) -> Content | None:
        """Return an object's content and ETag, None if there is no such object."""

        def request() -> Content:
            found = self.client.get_object(Bucket=self.bucket, Key=key)
            return Content(found["Body"].read(), found["ETag"], found["LastModified"])

        return ask(self.url(key), request, unless=ABSENT)

    def sha256(self, key: str) -> str | None:
        """Return the SHA-256 of an object's content as hexadecimal digits, None if absent."""

        def request() -> str:
            digest = hashlib.sha256()
            body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            for block in body.iter_chunks(BLOCK):
                digest.update(block)
            return digest.hexdigest()

        return ask(self.url(key), request, unless=ABSENT)

    def write_over(self, key: str, body: bytes, found: Content | None) -> bool:
        """Replace what ``read_if_there`` found; False if the object has changed since."""
        condition = {"IfNoneMatch": "*"} if found is None else {"IfMatch": found.etag}
        options: dict[str, Any] = {**self._encryption(), **condition}
        answer = ask(
            self.url(key),
            lambda: self.client.put_object(Bucket=self.bucket, Key=key, Body=body, **options),
            unless=OVERTAKEN,
        )
        return answer is not None or self._holds(key, body)

    def write(self, key: str, body: bytes, *, if_absent: bool = False) -> bool:
        """Write an object; with ``if_absent``, return False and change nothing if another exists.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        options: dict[str, Any] = self._encryption() | {"ContentType": "application/octet-stream"}
        if if_absent:
            options["IfNoneMatch"] = "*"
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                self.client.put_object(Bucket=self.bucket, Key=key, Body=body, **options)
            except ClientError as error:
                if if_absent and code_of(error) in {"PreconditionFailed", "412"}:
                    return self._holds(key, body)
                # Another request on the same key is under way; S3 asks for a retry.
                if code_of(error) != "ConditionalRequestConflict" or attempt == CONFLICT_ATTEMPTS:
                    raise storage_error(error, self.url(key)) from error
            except BotoCoreError as error:
                raise storage_error(error, self.url(key)) from error
            else:
                break
        return True

    def write_page(self, key: str, body: bytes, content_type: str) -> str:
        """Write an object for browsers, which ask for it again each time; return its ETag."""
        options: dict[str, Any] = self._encryption() | {"ContentType": content_type}
        with translated(self.url(key)):
            answer = self.client.put_object(
                Bucket=self.bucket, Key=key, Body=body, CacheControl="no-cache", **options
            )
        return answer["ETag"].strip('"')

    def _holds(self, key: str, body: bytes) -> bool:
        """Return whether an object has this content: then the refused write was stored before.

        If S3's answer is lost, boto3 sends the request again, and the condition no longer holds.
        """
        found = self.read_if_there(key)
        return found is not None and found.body == body

    def delete_unchanged(self, key: str, found: Content) -> bool:
        """Delete what ``read_if_there`` found; False if another content was stored since.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
        """
        answer = ask(
            self.url(key),
            lambda: self.client.delete_object(Bucket=self.bucket, Key=key, IfMatch=found.etag),
            unless=OVERTAKEN,
        )
        return answer is not None

    def exists(self, key: str) -> bool:
        """Return whether an object exists."""
        return self.find(key) is not None

    def find(self, key: str) -> StoredObject | None:
        """Return an object as a listing shows it, None if it is absent."""

        def request() -> StoredObject:
            found = self.client.head_object(Bucket=self.bucket, Key=key)
            etag = found["ETag"].strip('"')
            return StoredObject(key, found["ContentLength"], etag, found["LastModified"])

        return ask(self.url(key), request, unless=ABSENT)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List a folder's objects by key; ``prefix`` ends with ``/``, which excludes neighbors.

        Example: ``data/a/`` lists ``data/a/1`` and neither ``data/ab/1`` nor ``data/a``.
        """
        if prefix and not prefix.endswith("/"):
            raise ValueError(f"{prefix!r} is not a folder: it must end with '/'")
        pages = self.client.get_paginator("list_objects_v2")
        with translated(self.url(prefix)):
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix):
                for found in page.get("Contents", ()):
                    yield StoredObject(
                        found["Key"],
                        found["Size"],
                        found["ETag"].strip('"'),
                        found["LastModified"],
                    )

    def clock(self) -> dt.datetime:
        """Return S3's time, to the second; StorageError if there is no bucket."""
        with translated(self.url("")):
            answer = self.client.head_bucket(Bucket=self.bucket)
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def folders(self, prefix: str) -> Iterator[str]:
        """List the folders directly below a folder, as whole prefixes that end with ``/``."""
        pages = self.client.get_paginator("list_objects_v2")
        with translated(self.url(prefix)):
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/"):
                for found in page.get("CommonPrefixes", ()):
                    yield found["Prefix"]

    def delete(self, keys: Iterable[str]) -> int:
        """Delete objects, existing or not; return how many. StorageError names what remains."""
        remaining = iter(keys)
        failures: list[str] = []
        count = 0
        while batch := list(islice(remaining, BATCH)):
            with translated(self.url(batch[0])):
                answer = self.client.delete_objects(
                    Bucket=self.bucket,
                    Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
                )
            failures += [f"{self.url(e['Key'])}: {e['Code']}" for e in answer.get("Errors", ())]
            count += len(batch)
        if failures:
            raise StorageError(f"{len(failures)} objects not deleted: " + "; ".join(failures[:10]))
        return count

    def uploads(self) -> Uploads:
        """Return a context for streaming uploads: ``open(key)``, ``write``, ``finish``."""
        return Uploads(lambda: self.client, self.bucket, self._encryption())

    def copy_credentials(self) -> Credentials:
        """Return boto3's current credentials; StorageError if there are none."""
        with translated(self.url("")):
            found = self._clients.credentials()
        if found is None:
            raise StorageError(
                "no AWS credentials for COPY: configure data_warehouse.iam_role, or"
                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"
            )
        return found

    def _encryption(self) -> dict[str, Any]:
        if self.kms_key_id is None:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key_id}


def _store(bucket: str, region: str | None, kms_key_id: str | None, silence: float) -> S3Store:
    return S3Store(bucket, region=region, kms_key_id=kms_key_id, silence=silence)
