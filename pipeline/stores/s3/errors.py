"""Errors of S3: which object, which action fixes them, whether a retry may help.

Credentials are never shown. Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from botocore import exceptions as botocore
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.errors import StorageError

ADVICE = {
    "NoSuchBucket": "the bucket does not exist: create it, or fix s3.bucket_name in sources.json",
    "NoSuchKey": "the object does not exist",
    "404": "the bucket or the object does not exist",
    "AccessDenied": "the credentials lack a permission: s3:GetObject, PutObject, DeleteObject,"
    " ListBucket, ListBucketMultipartUploads, AbortMultipartUpload, and kms:GenerateDataKey and"
    " Decrypt if a key is set",
    "403": "the credentials lack a permission on the bucket, or are wrong",
    "InvalidAccessKeyId": "the access key is unknown: check AWS_ACCESS_KEY_ID or the profile",
    "SignatureDoesNotMatch": "the secret key is wrong: check AWS_SECRET_ACCESS_KEY or the profile",
    "ExpiredToken": "the session token has expired: sign in again",
    "PermanentRedirect": "the bucket is in another region: set s3.region",
    "AuthorizationHeaderMalformed": "the bucket is in another region: set s3.region",
    "301": "the bucket is in another region: set s3.region",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
    "NoSuchUpload": "the upload was aborted",
}

ASSUMED = "the role cannot be assumed: check its trust policy, and sts:AssumeRole of its user"

RETRYABLE = frozenset(
    {"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "502", "503"}
)

CLIENT_ADVICE: tuple[tuple[type[BotoCoreError], str, bool], ...] = (
    (
        botocore.NoCredentialsError,
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile or role",
        False,
    ),
    (botocore.PartialCredentialsError, "set both the access key and the secret key", False),
    (botocore.ProfileNotFound, "check AWS_PROFILE", False),
    (botocore.NoRegionError, "set AWS_DEFAULT_REGION, or region in the profile", False),
    (botocore.ParamValidationError, "check s3.bucket_name in sources.json", False),
    (
        botocore.EndpointConnectionError,
        "check AWS_ENDPOINT_URL_S3, the region and the network",
        True,
    ),
    (botocore.SSLError, "check the certificates of the endpoint and of proxies", False),
    (botocore.HTTPClientError, "the connection failed; try again", True),
)


Answer = TypeVar("Answer")


def code_of(error: ClientError) -> str:
    """Return S3's code of an error, for example ``NoSuchBucket``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def storage_error(error: ClientError | BotoCoreError, where: str) -> StorageError:
    """Explain an error about ``where``, an ``s3://`` address."""
    if isinstance(error, ClientError):
        code = code_of(error)
        message = error.response.get("Error", {}).get("Message") or code
        advice = ADVICE.get(code, "see the KMS key's policy" if code.startswith("KMS") else "")
        if error.operation_name.startswith("AssumeRole"):
            advice = ASSUMED
        more = f" ({advice})" if advice else ""
        return StorageError(f"{where}: {message} [{code}]{more}", retryable=code in RETRYABLE)
    for kind, advice, retryable in CLIENT_ADVICE:
        if isinstance(error, kind):
            return StorageError(f"{where}: {_one_line(error)} ({advice})", retryable=retryable)
    return StorageError(f"{where}: {_one_line(error)}")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Translate botocore's errors."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise storage_error(error, where) from error


def ask(where: str, request: Callable[[], Answer], *, unless: Collection[str]) -> Answer | None:
    """Return the answer to a request, None if S3 refuses it with one of these codes."""
    with translated(where):
        try:
            return request()
        except ClientError as error:
            if code_of(error) not in unless:
                raise
            return None


def _one_line(error: BotoCoreError) -> str:
    text = " ".join(str(error).split())
    return re.sub(r"//[^/@\s]*@", "//***@", text)  # the endpoint is shown, not who logs in there
