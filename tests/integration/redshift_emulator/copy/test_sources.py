"""Authorization, manifests, prefixes, regions and compression, against a real S3 server."""

import bz2
import gzip

import pytest
import zstandard

from redshift_emulator.copy.session import LoadFailedError
from redshift_emulator.language.errors import RedshiftError
from tests.support.copy_session import ROLE

SECRET = "distinctive-secret"


def ids(loader):
    return sorted(int(row[0]) for row in loader.rows("t"))


def refused(loader, sql_tail, source="s3://b/k"):
    """Return the error of a COPY that never began."""
    loads = loader.session.loads
    with pytest.raises(RedshiftError) as error:
        loader.execute(f"COPY t FROM '{source}' {sql_tail}")
    assert not isinstance(error.value, LoadFailedError)
    assert loader.session.loads == loads
    return error.value


def test_a_prefix_loads_all_objects_that_begin_with_it(table):
    for key in ("data", "data.bak", "data_1/part", "data/part", "dat"):
        table.put(key, f"{len(key)}\n")
    table.copy("t", f"s3://{table.bucket.name}/data")
    assert ids(table) == [4, 8, 9, 11]


def test_a_manifest_loads_exactly_its_files(table):
    one, two = table.put("data", "1\n"), table.put("data.2", "2\n")
    table.put("data.bak", "3\n")
    url = table.manifest(
        "m",
        {"url": one, "mandatory": True, "meta": {"content_length": 2, "other": 1}},
        {"url": two, "mandatory": True, "rows": 1},
    )
    result = table.copy("t", url, "CSV MANIFEST")
    assert ids(table) == [1, 2]
    assert result.rows == 2


def test_a_file_that_is_listed_twice_is_loaded_twice(table):
    one = {"url": table.put("data", "1\n")}
    table.copy("t", table.manifest("m", one, one), "CSV MANIFEST")
    assert ids(table) == [1, 1]


def test_without_manifest_a_manifest_is_data(table):
    url = table.manifest("m", {"url": table.put("data", "1\n")})
    with pytest.raises(LoadFailedError):
        table.copy("t", url)
    assert table.errors("trim(filename), line_number") == [(url, "1")]


def test_a_missing_file_is_skipped_unless_it_is_mandatory(table):
    there = {"url": table.put("data", "1\n")}
    gone = {"url": f"s3://{table.bucket.name}/gone"}
    table.copy("t", table.manifest("m", there, gone), "CSV MANIFEST")
    assert ids(table) == [1]
    url = table.manifest("m2", there, gone | {"mandatory": True})
    error = refused(table, f"IAM_ROLE '{ROLE}' CSV MANIFEST", url)
    assert error.message == "Mandatory url is not present in manifest file."
    assert error.code == 8001
    assert error.context == f"Manifest file location={url} url={gone['url']}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"entries": []}', "No file of the manifest was found"),
        ('{"entries": [{"url": "s3://BUCKET/gone"}]}', "No file of the manifest was found"),
        ('{"entries": {}}', "no list of entries"),
        ('{"files": []}', "no list of entries"),
        ("[]", "no list of entries"),
        ("1\n", "no list of entries"),
        ("not json", "not in correct json format"),
        ('{"entries": [{"mandatory": true}]}', "needs a url"),
        ('{"entries": [{"url": "s3://BUCKET/data", "mandatory": "yes"}]}', "needs a url"),
        ('{"entries": [{"url": "s3://BUCKET"}]}', "not a full path"),
        ('{"entries": [{"url": "/data"}]}', "not a full path"),
        ('{"entries": [{"url": "s3://BUCKET/data", "meta": {"content_length": 3}}]}',
         "content_length of the manifest is 3, the object has 2 bytes"),
    ],
)  # fmt: skip
def test_manifests_that_are_refused(table, content, message):
    table.put("data", "1\n")
    url = table.put("m", content.replace("BUCKET", table.bucket.name))
    assert message in refused(table, f"IAM_ROLE '{ROLE}' CSV MANIFEST", url).message


def test_a_manifest_needs_the_full_path_of_an_object(table):
    table.put("folder/m", "{}")
    error = refused(table, f"IAM_ROLE '{ROLE}' MANIFEST", f"s3://{table.bucket.name}/folder/")
    assert "requires full path" in error.message
    error = refused(table, f"IAM_ROLE '{ROLE}' MANIFEST", f"s3://{table.bucket.name}/fold")
    assert "does not exist" in error.message


def test_an_empty_prefix_is_an_error(table):
    error = refused(table, f"IAM_ROLE '{ROLE}' CSV", f"s3://{table.bucket.name}/nothing")
    assert error.message == "The specified S3 prefix 'nothing' does not exist"
    assert error.code == 8001


def test_a_nonexistent_bucket_is_an_s3_error(table):
    error = refused(table, f"IAM_ROLE '{ROLE}' CSV", "s3://no-such-bucket-here/x")
    assert error.message.startswith("S3ServiceException:")
    assert "Status 404,Error NoSuchBucket" in error.message


def test_a_bucket_of_another_region_needs_region(table):
    name = f"{table.bucket.name}-eu"
    table.client.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    table.client.put_object(Bucket=name, Key="data", Body=b"1\n")
    error = refused(table, f"IAM_ROLE '{ROLE}' CSV", f"s3://{name}/data")
    assert "Status 301,Error PermanentRedirect" in error.message
    table.copy("t", f"s3://{name}/data", "CSV REGION AS 'eu-west-1'")
    assert ids(table) == [1]
    here = table.put("data", "1\n")
    error = refused(table, f"IAM_ROLE '{ROLE}' CSV REGION 'eu-west-1'", here)
    assert "PermanentRedirect" in error.message


def test_a_role_must_be_attached(table):
    other = "arn:aws:iam::123456789012:role/other"
    error = refused(table, f"IAM_ROLE '{other}' CSV")
    assert error.message == f"Not authorized to get credentials of role {other}"
    error = refused(table, f"IAM_ROLE '{ROLE},{other}' CSV")
    assert error.message == f"Not authorized to get credentials of role {other}"


@pytest.mark.parametrize(
    "clause", ["IAM_ROLE default", f"CREDENTIALS 'aws_iam_role={ROLE}'", f"IAM_ROLE '{ROLE}'"]
)
def test_attached_roles_read_with_the_clusters_credentials(table, clause):
    url = table.put("data", "1\n")
    assert table.execute(f"COPY t FROM '{url}' {clause} CSV").rows == 1


def test_without_any_role_there_is_no_default(table):
    table.session.settings.iam_roles = ()
    assert "No default IAM role" in refused(table, "IAM_ROLE default CSV").message


def test_keys_are_used_and_never_shown(table):
    url = table.put("data", "1\n")
    access = table.session.settings.s3
    key, secret = access.access_key_id, access.secret_access_key
    for clause in (
        f"ACCESS_KEY_ID '{key}' SECRET_ACCESS_KEY '{secret}'",
        f"CREDENTIALS 'aws_access_key_id={key};aws_secret_access_key={secret}'",
    ):
        assert table.execute(f"COPY t FROM '{url}' {clause} CSV").rows == 1
    error = refused(table, f"ACCESS_KEY_ID '{key}' SECRET_ACCESS_KEY '{SECRET}' CSV", url)
    assert "Status 403,Error SignatureDoesNotMatch" in error.message
    assert SECRET not in f"{error!r} {error.message} {error.context}"


COMPRESS = {"GZIP": gzip.compress, "BZIP2": bz2.compress, "ZSTD": zstandard.compress}


@pytest.mark.parametrize("option", COMPRESS)
def test_files_are_decompressed_by_the_option_of_the_statement(table, option):
    table.put("p/1.csv", COMPRESS[option](b"1\n2\n"))
    table.put("p/2.txt", COMPRESS[option](b"3"))
    table.put("p/empty", b"")
    table.copy("t", f"s3://{table.bucket.name}/p/", f"CSV {option}")
    assert ids(table) == [1, 2, 3]


@pytest.mark.parametrize("option", COMPRESS)
def test_a_wrong_compression_option_is_an_error(table, option):
    table.put("p/1", COMPRESS[option](b"1\n"))
    plain = table.put("p/2", b"2\n")
    with pytest.raises(LoadFailedError, match=option):
        table.copy("t", f"s3://{table.bucket.name}/p/", f"CSV {option}")
    with pytest.raises(LoadFailedError, match="Load into table"):
        table.copy("t", f"s3://{table.bucket.name}/p/1", "CSV")
    table.copy("t", plain, "CSV")
    assert ids(table) == [2]


def test_keys_with_spaces_and_unicode(table):
    url = table.put("a b/ü+%41.csv", "1\n")
    table.copy("t", table.manifest("m", {"url": url}), "CSV MANIFEST")
    assert ids(table) == [1]
