"""The door to S3: the objects of one bucket. No other module imports boto3."""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import StorageError
from pipeline.stores.s3.errors import code_of, storage_error, translated
from pipeline.stores.s3.uploads import Uploads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 6},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=16,
    tcp_keepalive=True,
)

BATCH = 1000
"""Objects that one DeleteObjects request takes."""

CONFLICT_ATTEMPTS = 3

OVERTAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "NoSuchKey"})
"""Somebody else wrote or deleted an object since it was read."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as a listing shows it; ``size`` in bytes."""

    key: str
    size: int
    etag: str
    modified: dt.datetime


@dataclass(frozen=True, slots=True)
class Content:
    """What an object held when it was read, and the tag that tells whether it still does."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys that COPY may use where no role is configured."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)


class S3Store:
    """One bucket, by way of boto3's own chain of credentials and endpoints.

    Threads may share a store. A forked process makes a client of its own; what is pickled is the
    configuration alone.
    """

    def __init__(
        self,
        bucket: str,
        *,
        region: str | None = None,
        kms_key_id: str | None = None,
        client: S3Client | None = None,
    ) -> None:
        self.bucket = bucket
        self.region = region
        self.kms_key_id = kms_key_id
        self._given = client
        self._session: boto3.session.Session | None = None
        self._client: S3Client | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"S3Store({self.bucket!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._given is not None:
            raise TypeError("a store with a client of its own cannot go to another process")
        return _store, (self.bucket, self.region, self.kms_key_id)

    @property
    def client(self) -> S3Client:
        """This process's client, made when it is first needed."""
        if self._given is not None:
            return self._given
        with self._lock:
            if self._client is None or self._owner != os.getpid():
                with translated(self.url("")):
                    self._client = self._boto3().client(
                        "s3", region_name=self.region, config=CONFIG
                    )
                self._owner = os.getpid()
            return self._client

    def url(self, key: str) -> str:
        """Return an object's ``s3://`` address."""
        return f"s3://{self.bucket}/{key}"

    def read(self, key: str) -> bytes:
        """Return an object's content."""
        with translated(self.url(key)):
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def read_if_there(self, key: str) -> Content | None:
        """Return an object's content and tag, None where there is no such object."""
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=key)
            return Content(found["Body"].read(), found["ETag"])
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchKey"}:
                return None
            raise storage_error(error, self.url(key)) from error
        except BotoCoreError as error:
            raise storage_error(error, self.url(key)) from error

    def write_over(self, key: str, body: bytes, found: Content | None) -> bool:
        """Write an object in the place of what ``read_if_there`` found; False where that is gone.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        condition = {"IfNoneMatch": "*"} if found is None else {"IfMatch": found.etag}
        options: dict[str, Any] = {**self._encryption(), **condition}
        try:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body, **options)
        except ClientError as error:
            if code_of(error) in OVERTAKEN:
                return False
            raise storage_error(error, self.url(key)) from error
        except BotoCoreError as error:
            raise storage_error(error, self.url(key)) from error
        return True

    def write(
        self,
        key: str,
        body: bytes,
        *,
        if_absent: bool = False,
        content_type: str = "application/octet-stream",
    ) -> bool:
        """Write an object; with ``if_absent`` return False and change nothing where one is there.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        options: dict[str, Any] = {**self._encryption(), "ContentType": content_type}
        if if_absent:
            options["IfNoneMatch"] = "*"
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                self.client.put_object(Bucket=self.bucket, Key=key, Body=body, **options)
            except ClientError as error:
                if if_absent and code_of(error) in {"PreconditionFailed", "412"}:
                    return False
                # Somebody deletes or writes the same key at this moment.
                if code_of(error) != "ConditionalRequestConflict" or attempt == CONFLICT_ATTEMPTS:
                    raise storage_error(error, self.url(key)) from error
            except BotoCoreError as error:
                raise storage_error(error, self.url(key)) from error
            else:
                break
        return True

    def exists(self, key: str) -> bool:
        """Tell whether an object is there."""
        try:
            self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchKey"}:
                return False
            raise storage_error(error, self.url(key)) from error
        except BotoCoreError as error:
            raise storage_error(error, self.url(key)) from error
        return True

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """List a folder's objects by their keys; ``prefix`` ends with ``/``: no neighbours."""
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
        """Return what time it is there, to the second; StorageError when there is no bucket."""
        with translated(self.url("")):
            answer = self.client.head_bucket(Bucket=self.bucket)
        return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])

    def folders(self, prefix: str) -> Iterator[str]:
        """List the folders directly below a folder, by their whole prefix, ``/`` at the end."""
        pages = self.client.get_paginator("list_objects_v2")
        with translated(self.url(prefix)):
            for page in pages.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/"):
                for found in page.get("CommonPrefixes", ()):
                    yield found["Prefix"]

    def delete(self, keys: Iterable[str]) -> int:
        """Delete objects, absent ones too; return how many; StorageError names what remains."""
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
        """Begin streaming uploads, a context: ``open(key)``, ``write``, ``finish``."""
        return Uploads(lambda: self.client, self.bucket, self._encryption())

    def abort_abandoned_uploads(
        self, prefix: str, *, older_than: dt.timedelta = dt.timedelta(days=1)
    ) -> int:
        """Abort unfinished multipart uploads below a prefix; return how many.

        They cost storage and show in no listing. ``older_than`` spares uploads under way; use 0
        for a folder that is nobody else's.
        """
        before = dt.datetime.now(dt.UTC) - older_than
        pages = self.client.get_paginator("list_multipart_uploads")
        with translated(self.url(prefix)):
            found = [
                (upload["Key"], upload["UploadId"])
                for page in pages.paginate(Bucket=self.bucket, Prefix=prefix)
                for upload in page.get("Uploads", ())
                if upload["Initiated"] <= before
            ]
            for key, upload_id in found:
                self.client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        return len(found)

    def copy_credentials(self) -> Credentials:
        """Return the credentials that boto3 uses now; StorageError when there are none."""
        with translated(self.url("")):
            found = self._boto3().get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            raise StorageError(
                "no AWS credentials for COPY: configure data_warehouse.iam_role, or"
                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"
            )
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def _boto3(self) -> boto3.session.Session:
        if self._session is None:
            self._session = boto3.session.Session()
        return self._session

    def _encryption(self) -> dict[str, Any]:
        if self.kms_key_id is None:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key_id}


def _store(bucket: str, region: str | None, kms_key_id: str | None) -> S3Store:
    return S3Store(bucket, region=region, kms_key_id=kms_key_id)
