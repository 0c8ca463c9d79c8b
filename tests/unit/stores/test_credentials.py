"""Credentials for S3: what boto3's chain finds, and why it finds none that can be used."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from pipeline.errors import StorageError
from pipeline.runtime import Runtime
from pipeline.settings import Settings, Storage
from pipeline.sql.tables.copy import AccessKeys
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.s3.errors import storage_error

ROLE = "arn:aws:iam::123456789012:role/load"
NOT_OBTAINED = "the credentials for S3 cannot be obtained: "


@pytest.fixture
def profile(tmp_path: Path, monkeypatch) -> Callable[[str], None]:
    """Make a profile of boto3 the only source of credentials."""

    def chosen(text: str) -> None:
        file = tmp_path / "config"
        file.write_text(f"[profile load]\n{text}\n")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        monkeypatch.setenv("AWS_PROFILE", "load")

    return chosen


def helper(folder: Path, lifetime: dt.timedelta) -> str:
    """Return a setting: a program gives other keys each time, which expire after ``lifetime``."""
    expires = (dt.datetime.now(dt.UTC) + lifetime).isoformat()
    answer = {"Version": 1, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expires}
    template, script = json.dumps({**answer, "AccessKeyId": "KEY-%s"}), folder / "helper"
    script.write_text(f"#!/bin/sh\nprintf '{template}' $$\n")
    script.chmod(0o700)
    return f"credential_process = {script}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("credential_process = /bin/echo hello", f"{NOT_OBTAINED}Expecting value"),
        ("credential_process = /no/such/helper", f"{NOT_OBTAINED}.*'/no/such/helper'"),
        (f"role_arn = {ROLE}\nweb_identity_token_file = /no/such", f"{NOT_OBTAINED}.*'/no/such'"),
        ("region = us east", "'us east' doesn't match"),
        ("aws_access_key_id = AKIA EXAMPLE\naws_secret_access_key = s", "hold a blank or a line"),
    ],
)
def test_an_unusable_profile_is_explained(profile, text: str, reason: str) -> None:
    profile(text)
    with pytest.raises(StorageError, match=reason):
        S3Store("b").read("k")


def test_credentials_that_have_expired_already_are_explained(profile, tmp_path: Path) -> None:
    profile(helper(tmp_path, -dt.timedelta(days=1)))
    with pytest.raises(StorageError, match=f"{NOT_OBTAINED}.* are still expired"):
        S3Store("b").read("k")


def test_a_token_with_a_line_break_is_not_shown(profile, monkeypatch) -> None:
    profile("")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "wordless\n")
    with pytest.raises(StorageError, match="hold a blank or a line break") as caught:
        S3Store("b").read("k")
    assert "wordless" not in str(caught.value)


def test_each_copy_gets_the_credentials_of_its_time(profile, tmp_path: Path) -> None:
    """They expire within the minutes in which boto3 renews them."""
    profile(helper(tmp_path, dt.timedelta(minutes=5)))
    runtime = Runtime(Settings(Storage("b", "p"), ()))
    first, second = runtime.authorization, runtime.authorization
    assert isinstance(first, AccessKeys)
    assert first != second


def test_a_role_that_cannot_be_assumed_is_not_a_permission_on_the_bucket() -> None:
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": "No."}}, "AssumeRole")
    assert str(storage_error(error, "s3://b/k")).endswith(
        "No. [AccessDenied] (the role cannot be assumed: check its trust policy, and"
        " sts:AssumeRole of its user)"
    )
