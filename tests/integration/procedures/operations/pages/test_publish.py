"""Pages in a bucket: only what changed is uploaded, and only own objects are deleted."""

import pytest

from pipeline.errors import UsageError
from pipeline.procedures.operations.pages.publish import Published, publish
from pipeline.stores.s3.bucket import S3Store

FILES = {"index.html": b"i", "relation/a.b.html": b"1", "assets/pages.css": b"c"}


def keys(store: S3Store) -> list[str]:
    return [item.key for item in store.list("")]


def test_only_what_changed_is_uploaded_and_what_is_gone_is_deleted(store: S3Store):
    store.write("docs/relation/other.txt", b"of somebody else")
    assert publish(store, "docs/", FILES) == Published(3, 3, 0)
    before = {item.key: item.modified for item in store.list("docs/")}
    assert publish(store, "docs/", FILES) == Published(3, 0, 0)
    assert {item.key: item.modified for item in store.list("docs/")} == before

    changed = {"index.html": b"i", "relation/a.c.html": b"2", "assets/pages.css": b"d"}
    assert publish(store, "docs/", changed) == Published(3, 2, 1)

    assert keys(store) == [
        *("docs/assets/pages.css", "docs/index.html", "docs/pages.json"),
        *("docs/relation/a.c.html", "docs/relation/other.txt"),
    ]
    assert store.read("docs/assets/pages.css") == b"d"
    head = store.client.head_object(Bucket=store.bucket, Key="docs/index.html")
    assert (head["ContentType"], head["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")


def test_an_object_that_somebody_replaced_or_deleted_is_uploaded_again(store: S3Store):
    publish(store, "", FILES)
    store.write("index.html", b"replaced")
    store.delete(["relation/a.b.html"])

    assert publish(store, "", FILES) == Published(3, 2, 0)
    assert store.read("index.html") == b"i"


def test_a_folder_of_another_site_is_refused(store: S3Store):
    store.write("www/index.html", b"another site")

    with pytest.raises(UsageError, match=r"holds index\.html, which 'pipeline docs'"):
        publish(store, "www/", FILES)
    assert keys(store) == ["www/index.html"]


def test_a_list_that_is_not_ours_deletes_nothing(store: S3Store):
    store.write("precious", b"data")
    store.write(
        "docs/pages.json", b'{"../precious": ["x", "y"], "relation/../../precious": ["x", "y"]}'
    )

    assert publish(store, "docs/", FILES) == Published(3, 3, 0)
    assert store.read("precious") == b"data"
