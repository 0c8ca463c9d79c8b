"""The local S3 server: a ministack process on loopback, with its objects on disk."""

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import psutil
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.local.errors import LocalStackError
from pipeline.local.ports import LOOPBACK, choose_port, read_port, was_taken
from pipeline.local.processes import (
    end,
    end_strays,
    last_lines,
    launched,
    processes_in,
    spawn,
    wait_until_ready,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

START_ATTEMPTS = 3
START_SECONDS = 60.0
# Run as a file, so that it loads nothing of the pipeline.
PROGRAM = Path(__file__).with_name("process.py")
SIDECAR = ".meta.json"
UNFINISHED = ".tmp"


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
class S3Server:
    """An S3 server that keeps its objects as files in a directory.

    After a restart, it does not find a key with `//` or `..` in it, or one that is also the folder
    of another key. With ``throw_away``, it ends with the process that starts it.
    """

    directory: Path
    credentials: Credentials
    throw_away: bool = False

    @property
    def objects(self) -> Path:
        """The directory of the objects."""
        return self.directory / "objects"

    @property
    def log(self) -> Path:
        """The log of the server."""
        return self.directory / "s3.log"

    @property
    def endpoint_url(self) -> str:
        """The address for AWS_ENDPOINT_URL_S3."""
        port = read_port(self.directory / "port")
        if port is None:
            raise LocalStackError(
                "the S3 server was never started; start it: python -m pipeline.local up"
            )
        return f"http://{LOOPBACK}:{port}"

    def start(self) -> psutil.Process:
        """Start the server unless it is running."""
        running = self.find()
        if running:
            return running
        end_strays(self.directory, PROGRAM.name)
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.objects.mkdir(exist_ok=True, mode=0o700)
        clear_unfinished_writes(self.objects)
        for _ in range(START_ATTEMPTS):
            started = self._start_once()
            if started:
                return started
            if not was_taken(self.directory / "port"):
                break
        raise LocalStackError(
            f"the S3 server does not start; the end of {self.log}:\n{last_lines(self.log)}"
        )

    def find(self) -> psutil.Process | None:
        """Return the process of the server, or None if it is not running."""
        running = processes_in(self.directory, PROGRAM.name)
        return running[0] if running else None

    def stop(self) -> None:
        """Stop the server; its objects stay on disk."""
        running = self.find()
        if running:
            end(running, (signal.SIGTERM, 10.0))

    def client(self) -> "S3Client":
        """Return a boto3 client of this server, regardless of the environment."""
        settings = Config(
            retries={"max_attempts": 1},
            connect_timeout=5,
            s3={"addressing_style": "path"},
            proxies={},
        )
        return self._session().client("s3", endpoint_url=self.endpoint_url, config=settings)

    def create_bucket(self, name: str) -> None:
        """Create the bucket unless it exists; the server forgets empty buckets when it stops."""
        self.client().create_bucket(Bucket=name)

    def _session(self) -> boto3.Session:
        # Ignore the user's own files and profile.
        nothing = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        return boto3.Session(
            botocore_session=botocore.session.Session(session_vars=nothing),
            aws_access_key_id=self.credentials.access_key_id,
            aws_secret_access_key=self.credentials.secret_access_key,
            region_name=self.credentials.region,
        )

    def _start_once(self) -> psutil.Process | None:
        port = choose_port(self.directory / "port")
        command = [sys.executable, "-P", str(PROGRAM)]
        child = spawn(
            launched(command, parent_death=signal.SIGTERM if self.throw_away else None),
            directory=self.directory,
            log=self.log,
            environment=self._environment(port),
        )
        client = self.client()

        def answer() -> dict[str, Any] | None:
            try:
                return dict(client.list_buckets())
            except (BotoCoreError, ClientError):
                return None

        if wait_until_ready(child, answer, seconds=START_SECONDS):
            return child
        end(child, (signal.SIGTERM, 5.0))
        return None

    def _environment(self, port: int) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
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
