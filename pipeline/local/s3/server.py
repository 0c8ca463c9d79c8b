"""The local S3 server: a ministack process on loopback, with its objects on disk."""

import os
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import psutil
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.local.processes.ports import LOOPBACK
from pipeline.local.processes.servers import Server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Run as a file, so that it loads nothing of the pipeline.
PROGRAM = Path(__file__).with_name("process.py")
SIDECAR = ".meta.json"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of a client.

    The access key must not be a number of 12 digits, which ministack reads as the id of another
    account with other buckets.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class S3Server(Server):
    """An S3 server that keeps its objects as files in a directory.

    After a restart, it does not find a key with `//` or `..` in it, or one that is also the folder
    of another key.
    """

    name = "the S3 server"
    word = PROGRAM.name

    credentials: Credentials

    @property
    def objects(self) -> Path:
        """The directory of the objects."""
        return self.directory / "objects"

    @property
    def endpoint_url(self) -> str:
        """The address for AWS_ENDPOINT_URL_S3."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> psutil.Process:
        """Start the server unless it is running."""
        return self.find() or self._start(self._start_once)

    def client(self) -> "S3Client":
        """Return a boto3 client of this server, regardless of the environment."""
        return _client(self.endpoint_url, self.credentials)

    def create_bucket(self, name: str) -> None:
        """Create the bucket unless it exists; the server forgets empty buckets when it stops."""
        self.client().create_bucket(Bucket=name)

    def _start_once(self, port: int) -> psutil.Process | None:
        self.objects.mkdir(exist_ok=True, mode=0o700)
        clear_unfinished_writes(self.objects)
        client = self.client()

        def answer() -> dict[str, Any] | None:
            try:
                return dict(client.list_buckets())
            except (BotoCoreError, ClientError):
                return None

        return self._spawn([sys.executable, "-P", str(PROGRAM)], self._environment(port), answer)

    def _environment(self, port: int) -> dict[str, str]:
        return {
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "SERVICES": "s3",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.objects),
            "MINISTACK_REGION": self.credentials.region,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            # No listeners of other services, and no search for their containers.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent/docker.sock",
            "LOG_LEVEL": "WARNING",
        }


def clear_unfinished_writes(objects: Path) -> None:
    """Remove the unfinished writes of a killed server, which it would serve as objects.

    The server writes `key.tmp`, renames it to `key`, then does the same with `key.meta.json`.
    """
    for path in [path for path in objects.rglob("*") if path.is_file()]:
        if path.name.endswith(SIDECAR):
            continue
        sidecar = path.with_name(path.name + SIDECAR)
        if not sidecar.exists():
            path.unlink()
        elif sidecar.stat().st_mtime_ns < path.stat().st_mtime_ns:
            # A new body with the size and checksum of the old one: the server computes them again.
            sidecar.unlink()


@lru_cache(maxsize=8)
def _client(endpoint_url: str, credentials: Credentials) -> "S3Client":
    """Return the client of a server; to make another one takes 0.1 s of CPU."""
    # Ignore the user's own files and profile.
    nothing = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    session = boto3.Session(
        botocore_session=botocore.session.Session(session_vars=nothing),
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        region_name=credentials.region,
    )
    settings = Config(
        retries={"max_attempts": 1},
        connect_timeout=5,
        s3={"addressing_style": "path"},
        proxies={},
    )
    return session.client("s3", endpoint_url=endpoint_url, config=settings)
