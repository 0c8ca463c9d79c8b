"""Unfinished uploads are found by their age, only below their folder."""

import datetime as dt

import pytest

from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.s3.unfinished import abort, unfinished

NOW, LATER = dt.timedelta(0), dt.timedelta(hours=6)


@pytest.fixture
def store(store: S3Store) -> S3Store:
    for key in ("mine/data/a", "mine/data/b", "yours/data/c"):
        store.client.create_multipart_upload(Bucket=store.bucket, Key=key)
    return store


def test_only_the_uploads_of_a_folder_are_found(store: S3Store) -> None:
    found = unfinished(store, "mine/", older_than=NOW)
    assert sorted(upload.key for upload in found) == ["mine/data/a", "mine/data/b"]


def test_recent_uploads_are_not_found(store: S3Store) -> None:
    assert list(unfinished(store, "mine/", older_than=LATER)) == []


def test_aborted_uploads_no_longer_exist(store: S3Store) -> None:
    assert abort(store, list(unfinished(store, "mine/", older_than=NOW))) == 2
    assert list(unfinished(store, "mine/", older_than=NOW)) == []
    assert [each.key for each in unfinished(store, "", older_than=NOW)] == ["yours/data/c"]
