"""The policies of docs/aws.md allow what the package asks of S3, and nothing else."""

import ast
import json
from collections.abc import Iterator
from itertools import chain

import boto3
import pytest

from pipeline.settings import load
from tests.support.pages import blocks, read_page
from tests.support.paths import ROOT

PAGE = read_page("docs/aws.md")
DOCUMENTS = [json.loads(text) for text in blocks(PAGE, "json")]
MACHINE, TRUST, COPY, CONFIGURATION = DOCUMENTS

ACTIONS = {
    "abort_multipart_upload": "s3:AbortMultipartUpload",
    "complete_multipart_upload": "s3:PutObject",
    "create_multipart_upload": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "delete_objects": "s3:DeleteObject",
    "get_object": "s3:GetObject",
    "head_bucket": "s3:ListBucket",
    "head_object": "s3:GetObject",
    "list_multipart_uploads": "s3:ListBucketMultipartUploads",
    "list_objects_v2": "s3:ListBucket",
    "put_object": "s3:PutObject",
    "upload_part": "s3:PutObject",
}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"""

ON_BUCKETS = {"s3:ListBucket", "s3:ListBucketMultipartUploads"}


def words() -> Iterator[str]:
    """Yield the attributes and texts of the package, without its local stack."""
    package = ROOT / "pipeline"
    for path in package.rglob("*.py"):
        if path.is_relative_to(package / "local"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def actions(policy: dict) -> dict[str, set[str]]:
    """Return the actions that a policy allows, by resource."""
    found: dict[str, set[str]] = {}
    for each in policy["Statement"]:
        named = each["Action"]
        found[each["Resource"]] = {named} if isinstance(named, str) else {*named}
    return found


def test_the_machine_may_do_all_that_the_package_asks_for():
    operations = set(boto3.client("s3", region_name="us-east-1").meta.method_to_api_mapping)
    asked = {ACTIONS[word] for word in set(words()) & operations}
    assert set(chain(*actions(MACHINE).values())) == asked


@pytest.mark.parametrize("policy", [MACHINE, COPY])
def test_the_actions_are_on_the_resources_that_they_are_about(policy):
    bucket, objects = sorted(actions(policy))
    assert objects.startswith(f"{bucket}/")
    assert actions(policy)[bucket] <= ON_BUCKETS
    assert not actions(policy)[objects] & ON_BUCKETS


def test_copy_may_only_read():
    assert set(chain(*actions(COPY).values())) == {"s3:GetObject", "s3:ListBucket"}
    services = TRUST["Statement"][0]["Principal"]["Service"]
    assert services == ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]


def test_the_configuration_fits_the_policies():
    storage = load(json.dumps(CONFIGURATION), file="sources.json", user="tom").storage
    assert f"arn:aws:s3:::{storage.bucket}/{storage.prefix}/*" in actions(MACHINE)
