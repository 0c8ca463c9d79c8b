"""Access to Amazon S3, with the error messages of Redshift."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from redshift_emulator.copy.statement import KeyAuthorization
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.protocol.configuration import S3Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READ_SIZE = 256 * 1024
_SESSIONS = threading.Lock()


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in S3 and its size in bytes."""

    bucket: str
    key: str
    size: int

    @property
    def url(self) -> str:
        """The object's URL: ``s3://bucket/key``."""
        return f"s3://{self.bucket}/{self.key}"


class Storage:
    """Reads and writes buckets of one region with one set of credentials.

    ``pause`` is called before each request.
    """

    def __init__(
        self,
        access: S3Settings,
        keys: KeyAuthorization,
        region: str | None,
        pause: Callable[[], None],
    ) -> None:
        if _has_wrong_secret(access, keys):
            raise s3_error("SignatureDoesNotMatch", "The request signature does not match", 403)
        self._region = region or access.region
        self._client = _client(access.endpoint_url, self._region, keys)
        self._checked: set[str] = set()
        self._pause = pause

    def read(self, bucket: str, key: str) -> bytes:
        """Return the content of a small object."""
        self._check_region(bucket)
        with self._request(f"Reading object={key} bucket={bucket}"):
            return self._client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def find(self, bucket: str, key: str) -> StoredObject | None:
        """Return the object, or None if it does not exist."""
        self._check_region(bucket)
        with self._request(f"Reading object={key} bucket={bucket}"):
            try:
                size = self._client.head_object(Bucket=bucket, Key=key)["ContentLength"]
            except ClientError as error:
                if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                    return None
                raise
        return StoredObject(bucket, key, size)

    def list(self, bucket: str, prefix: str) -> tuple[StoredObject, ...]:
        """Return all objects whose keys begin with the prefix, ordered by key."""
        self._check_region(bucket)
        found: list[StoredObject] = []
        with self._request(f"Listing bucket={bucket} prefix={prefix}"):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=prefix):
                found += [
                    StoredObject(bucket, item["Key"], item["Size"])
                    for item in page.get("Contents", ())
                ]
        return tuple(found)

    def chunks(self, stored: StoredObject) -> Iterator[bytes]:
        """Yield the object's content; a truncated response is an error."""
        with self._request(f"Reading object={stored.key} bucket={stored.bucket}"):
            body = self._client.get_object(Bucket=stored.bucket, Key=stored.key)["Body"]
            with body:
                while chunk := body.read(READ_SIZE):
                    yield chunk

    def write(self, bucket: str, key: str, content: bytes, kms_key: str | None) -> None:
        """Write a small object; S3 encrypts it with a key of AWS KMS, unless that is None."""
        self._check_region(bucket)
        with self._request(f"Writing object={key} bucket={bucket}"):
            self._client.put_object(Bucket=bucket, Key=key, Body=content, **_encryption(kms_key))

    def upload(self, bucket: str, key: str, content: IO[bytes], kms_key: str | None) -> None:
        """Write an object of any size, encrypted like those of ``write``."""
        self._check_region(bucket)
        with self._request(f"Writing object={key} bucket={bucket}"):
            self._client.upload_fileobj(content, bucket, key, ExtraArgs=_encryption(kms_key))

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object."""
        self._check_region(bucket)
        with self._request(f"Deleting object={key} bucket={bucket}"):
            self._client.delete_object(Bucket=bucket, Key=key)

    def _request(self, context: str) -> _S3Errors:
        self._pause()
        return _S3Errors(context)

    def _check_region(self, bucket: str) -> None:
        """Refuse a bucket outside of the cluster's region, or of the region in REGION."""
        if bucket in self._checked:
            return
        with self._request(f"Listing bucket={bucket}"):
            region = self._client.head_bucket(Bucket=bucket).get("BucketRegion", self._region)
        if region != self._region:
            raise s3_error(
                "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified "
                f"endpoint: it is in {region}, the statement names {self._region}",
                301,
            )
        self._checked.add(bucket)


def s3_error(code: str, message: str, status: int, *, context: str = "") -> RedshiftError:
    """Return an S3 error as Redshift reports it."""
    return RedshiftError(
        f"S3ServiceException:{message},Status {status},Error {code}", code=8001, context=context
    )


def _encryption(kms_key: str | None) -> dict[str, Any]:
    """Return the arguments of a request whose object is encrypted with a key of AWS KMS."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}


class _S3Errors:
    """Translates boto3's exceptions into Redshift's error, without the signed request."""

    def __init__(self, context: str) -> None:
        self._context = context

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, ClientError):
            raise self._service_error(error) from None
        if isinstance(error, BotoCoreError | OSError):
            raise RedshiftError(
                f"S3 cannot be reached: {type(error).__name__}", code=8001, context=self._context
            ) from error

    def _service_error(self, error: ClientError) -> RedshiftError:
        found = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = found.get("Code", "Unknown")
        if code == "404":
            code = "NoSuchBucket"
        return s3_error(code, found.get("Message", ""), status, context=self._context)


def _has_wrong_secret(access: S3Settings, keys: KeyAuthorization) -> bool:
    """Return whether a known key has a wrong secret, which not every S3 server checks."""
    return (
        keys.access_key_id == access.access_key_id
        and keys.session_token is None
        and keys.secret_access_key != access.secret_access_key
    )


@lru_cache(maxsize=32)
def _client(endpoint_url: str | None, region: str, keys: KeyAuthorization) -> S3Client:
    settings = Config(
        s3={"addressing_style": "path"} if endpoint_url else {},
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=32,
    )
    with _SESSIONS:
        session = boto3.Session(
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            aws_session_token=keys.session_token,
            region_name=region,
        )
        return session.client("s3", endpoint_url=endpoint_url, config=settings)
