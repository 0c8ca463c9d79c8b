"""The local S3 server: true to S3 where the pipeline relies on it, and crash-safe."""

import hashlib
import os
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from pipeline.local.s3.server import Credentials, S3Server
from tests.support.processes import command_lines, kill, listening

MEGABYTE = 1 << 20


@pytest.fixture
def server(tmp_path):
    """A server that a test may kill."""
    server = S3Server(tmp_path / "s3", Credentials("local", "a secret"), throw_away=True)
    server.start()
    server.create_bucket("bucket")
    yield server
    server.stop()


def code(error) -> str:
    return error.value.response["Error"]["Code"]


def keys(client, bucket: str, **options) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, **options)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def upload_parts(client, bucket: str, key: str, bodies: list[bytes]) -> tuple[str, list[dict]]:
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts = []
    for number, body in enumerate(bodies, start=1):
        answer = client.upload_part(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=body
        )
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    return upload, parts


def test_it_listens_on_loopback_only(s3_server):
    process = s3_server.find()
    assert listening([process, *process.children(recursive=True)]) == {"127.0.0.1"}


def test_objects_and_their_metadata_survive_a_stop(server):
    server.client().put_object(
        Bucket="bucket",
        Key="a/b.csv.zst",
        Body=b"rows",
        Metadata={"rows": "1"},
        ContentType="text/csv",
    )
    before = server.client().head_object(Bucket="bucket", Key="a/b.csv.zst")
    server.stop()
    server.start()
    after = server.client().get_object(Bucket="bucket", Key="a/b.csv.zst")
    assert after["Body"].read() == b"rows"
    for name in ("ETag", "ContentLength", "ContentType", "Metadata", "LastModified"):
        assert after[name] == before[name]


def test_objects_survive_a_kill_of_the_server(server):
    server.client().put_object(Bucket="bucket", Key="kept", Body=b"rows")
    kill(server.find())
    server.start()
    assert server.client().get_object(Bucket="bucket", Key="kept")["Body"].read() == b"rows"


def test_the_address_survives_a_restart(server):
    address = server.endpoint_url
    server.stop()
    server.start()
    assert server.endpoint_url == address


def test_a_second_start_finds_the_server_of_the_first(server):
    assert server.start().pid == server.start().pid


def test_unfinished_writes_of_a_killed_server_leave_no_object(server):
    client = server.client()
    client.put_object(Bucket="bucket", Key="whole", Body=b"rows")
    client.put_object(
        Bucket="bucket", Key="mine.tmp", Body=b"an object that only looks unfinished"
    )
    kill(server.find())
    folder = next(server.objects.glob("*/bucket"))
    (folder / "half.tmp").write_bytes(b"ro")
    (folder / "without-sidecar").write_bytes(b"rows")
    server.start()
    assert keys(client, "bucket") == ["mine.tmp", "whole"]


def test_an_overwrite_interrupted_by_a_kill_has_the_checksum_of_its_content(server):
    client = server.client()
    client.put_object(Bucket="bucket", Key="key", Body=b"old")
    kill(server.find())
    path = next(server.objects.glob("*/bucket/key"))
    path.write_bytes(b"the new content")
    server.start()
    answer = client.get_object(Bucket="bucket", Key="key")
    assert answer["ContentLength"] == len(b"the new content")
    assert answer["ETag"].strip('"') == hashlib.md5(b"the new content").hexdigest()
    assert answer["Body"].read() == b"the new content"


def test_the_etag_of_a_multipart_upload_is_computed_as_by_s3(bucket):
    client = bucket.client()
    bodies = [os.urandom(5 * MEGABYTE), os.urandom(5 * MEGABYTE), b"the rest"]
    upload, parts = upload_parts(client, bucket.name, "key", bodies)
    client.complete_multipart_upload(
        Bucket=bucket.name, Key="key", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    answer = client.get_object(Bucket=bucket.name, Key="key")
    digest = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest()
    assert answer["ETag"] == f'"{digest}-3"'
    assert answer["Body"].read() == b"".join(bodies)


def test_an_unfinished_multipart_upload_is_no_object(bucket):
    upload_parts(bucket.client(), bucket.name, "key", [b"a part"])
    assert keys(bucket.client(), bucket.name) == []


def test_if_none_match_does_not_overwrite_an_existing_key(bucket):
    client = bucket.client()
    client.put_object(Bucket=bucket.name, Key="key", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError) as single:
        client.put_object(Bucket=bucket.name, Key="key", Body=b"second", IfNoneMatch="*")
    upload, parts = upload_parts(client, bucket.name, "key", [b"third"])
    with pytest.raises(ClientError) as multipart:
        client.complete_multipart_upload(
            Bucket=bucket.name,
            Key="key",
            UploadId=upload,
            MultipartUpload={"Parts": parts},
            IfNoneMatch="*",
        )
    assert (code(single), code(multipart)) == ("PreconditionFailed", "PreconditionFailed")
    assert client.get_object(Bucket=bucket.name, Key="key")["Body"].read() == b"first"


def test_a_list_is_sorted_complete_and_limited_to_its_prefix(bucket):
    client = bucket.client()
    for number in range(25):
        client.put_object(Bucket=bucket.name, Key=f"data/{number * 7 % 25:02}", Body=b"")
    client.put_object(Bucket=bucket.name, Key="database", Body=b"")
    found = keys(client, bucket.name, Prefix="data/", PaginationConfig={"PageSize": 10})
    assert found == [f"data/{number:02}" for number in range(25)]


def test_a_range_of_an_object_can_be_read(bucket):
    client = bucket.client()
    client.put_object(Bucket=bucket.name, Key="key", Body=b"0123456789")
    answer = client.get_object(Bucket=bucket.name, Key="key", Range="bytes=3-5")
    assert (answer["Body"].read(), answer["ContentRange"]) == (b"345", "bytes 3-5/10")


def test_an_absent_key_has_the_error_code_of_s3(bucket):
    with pytest.raises(ClientError) as error:
        bucket.client().get_object(Bucket=bucket.name, Key="absent")
    assert code(error) == "NoSuchKey"


@pytest.mark.parametrize("key", ["a b+c%d/ä€/$&=?#~'()*!", "x" * 200])
def test_every_key_can_be_signed_written_listed_and_read(bucket, key):
    client = bucket.client()
    client.put_object(Bucket=bucket.name, Key=key, Body=b"rows")
    assert keys(client, bucket.name) == [key]
    assert client.get_object(Bucket=bucket.name, Key=key)["Body"].read() == b"rows"


@pytest.mark.parametrize(
    ("access_key", "secret", "expected"),
    [
        ("test", None, "InvalidAccessKeyId"),
        ("123456789012", None, "InvalidAccessKeyId"),
        (None, "wrong", "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_key_is_rejected_as_by_s3(bucket, access_key, secret, expected):
    right = bucket.server.credentials
    wrong = Credentials(access_key or right.access_key_id, secret or right.secret_access_key)
    client = S3Server(bucket.server.directory, wrong).client()
    with pytest.raises(ClientError) as error:
        client.put_object(Bucket=bucket.name, Key="key", Body=b"rows" * MEGABYTE)
    assert code(error) == expected
    assert keys(bucket.client(), bucket.name) == []


@pytest.mark.parametrize("path", ["/", "/_ministack/reset", "/_ministack/health", "/{bucket}/key"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_unsigned_requests_are_rejected(bucket, method, path):
    url = bucket.server.endpoint_url + path.format(bucket=bucket.name)
    with pytest.raises(HTTPError) as error, urlopen(Request(url, method=method)):
        pass
    assert error.value.code == 403
    assert b"AccessDenied" in error.value.read()
    error.value.close()


def test_the_secret_key_is_in_no_command_line(s3_server):
    secret = s3_server.credentials.secret_access_key
    assert not any(secret in word for word in command_lines())
    assert secret not in repr(s3_server)
