"""boto3's client for S3, one for each process; only the local stack has others."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from pipeline.errors import StorageError
from pipeline.garbage import uncollected

if TYPE_CHECKING:
    import boto3
    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_s3 import S3Client

SILENCE = 300.0
"""Seconds for which a request waits for an answer, over all of its attempts."""

ATTEMPTS = 5

UNREADABLE = (ValueError, OSError, RuntimeError, EOFError)
"""What boto3 raises if a profile, a helper or a file does not give valid credentials."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys for COPY if no role is configured."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)


class Clients:
    """The client of this process; a forked one has its own, as connections cannot be shared.

    boto3's chain finds credentials and endpoint.
    """

    def __init__(self, region: str | None, silence: float) -> None:
        self._region = region
        self._silence = silence
        self._client: S3Client | None = None
        self._for_fork: S3Client | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def own(self) -> S3Client:
        """Return this process's client, made on first use."""
        with self._lock:
            if self._client is None:
                # The second one, which this process never uses, saves each forked task 20 ms.
                self._client, self._for_fork = self._new(), self._new()
            elif self._owner != os.getpid():
                self._client, self._for_fork = self._for_fork or self._new(), None
            self._owner = os.getpid()
            return self._client

    def credentials(self) -> Credentials | None:
        """Return the current credentials, None if there are none."""
        found = self._read()
        if found is None or not found.access_key or not found.secret_key:
            return None
        return Credentials(found.access_key, found.secret_key, found.token)

    def _read(self) -> ReadOnlyCredentials | None:
        """Return what boto3's chain finds; StorageError if that cannot be used.

        A line break would be refused later, in a message that shows the token.
        """
        try:
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except BotoCoreError:
            raise
        except UNREADABLE as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise StorageError(
                f"the credentials for S3 cannot be obtained: {reason} (check AWS_PROFILE and what"
                " it names: credential_process, the file of a token, mfa_serial)"
            ) from None
        if any(part and part.split() != [part] for part in frozen or ()):
            raise StorageError(
                "the credentials for S3 hold a blank or a line break (they are not shown): check"
                " AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the profile"
            )
        return frozen

    @cached_property
    def _session(self) -> boto3.session.Session:
        import boto3  # noqa: PLC0415  (many commands use no bucket)

        return boto3.session.Session()

    def _new(self) -> S3Client:
        """Make a client whose requests end after ``silence`` seconds without an answer."""
        from botocore.config import Config  # noqa: PLC0415

        each = self._silence / ATTEMPTS
        config = Config(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=min(10.0, each),
            read_timeout=each,
            max_pool_connections=16,
            tcp_keepalive=True,
        )
        self._read()
        with uncollected():  # which saves half of the time: the model of S3 is large
            try:
                return self._session.client("s3", region_name=self._region, config=config)
            except BotoCoreError:
                raise
            except ValueError:
                raise StorageError(
                    "the endpoint of S3 is not a URL (it is not shown): check AWS_ENDPOINT_URL_S3"
                ) from None
