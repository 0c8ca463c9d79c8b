"""Unfinished multipart uploads: they cost storage and are not in the list of objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.s3.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import MultipartUploadTypeDef


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that was started and neither completed nor aborted."""

    key: str
    upload_id: str
    begun: dt.datetime


def unfinished(store: S3Store, folder: str, *, older_than: dt.timedelta) -> Iterator[Unfinished]:
    """List the unfinished uploads below a folder that are at least this old, by S3's clock."""
    now: dt.datetime | None = None
    for upload in _uploads(store, folder):
        if older_than:
            now = now or store.clock()
            if upload["Initiated"] > now - older_than:
                continue
        yield Unfinished(upload["Key"], upload["UploadId"], upload["Initiated"])


def _uploads(store: S3Store, folder: str) -> Iterator[MultipartUploadTypeDef]:
    pages = store.client.get_paginator("list_multipart_uploads")
    with translated(store.url(folder)):
        for page in pages.paginate(Bucket=store.bucket, Prefix=folder):
            yield from page.get("Uploads", ())


def abort(store: S3Store, uploads: Iterable[Unfinished]) -> int:
    """Abort unfinished uploads; return how many."""
    count = 0
    for upload in uploads:
        with translated(store.url(upload.key)):
            store.client.abort_multipart_upload(
                Bucket=store.bucket, Key=upload.key, UploadId=upload.upload_id
            )
        count += 1
    return count
