"""The local S3 server: ministack as a process of its own on loopback, with its objects on disk."""

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
from pipeline.local.ports import LOOPBACK, choose_port, remembered_port, was_taken
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
# Run as a file, so that the process loads nothing of the pipeline.
PROGRAM = Path(__file__).with_name("process.py")
SIDECAR = ".meta.json"
UNFINISHED = ".tmp"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs to sign its requests.

    The access key must not be a number of 12 digits: ministack takes such a key for an account of
    its own, whose buckets nobody else sees.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3 server that keeps its objects as files in a directory.

    So a key with `//` or `..` in it, or one that is also the folder of another key, is not found
    again after a restart.
    """

    directory: Path
    credentials: Credentials
    throw_away: bool = False

    @property
    def objects(self) -> Path:
        """Where the objects are."""
        return self.directory / "objects"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.directory / "s3.log"

    @property
    def endpoint_url(self) -> str:
        """The address for AWS_ENDPOINT_URL_S3."""
        port = remembered_port(self.directory / "port")
        if port is None:
            raise LocalStackError("the S3 server was never started: python -m pipeline.local up")
        return f"http://{LOOPBACK}:{port}"

    def start(self) -> psutil.Process:
        """Start the server, unless it runs."""
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
        """Return the server's process if it runs."""
        running = processes_in(self.directory, PROGRAM.name)
        return running[0] if running else None

    def stop(self) -> None:
        """Stop the server; its objects stay on disk."""
        running = self.find()
        if running:
            end(running, (signal.SIGTERM, 10.0))

    def client(self) -> "S3Client":
        """Return a boto3 client of this server, whatever the environment says."""
        settings = Config(
            retries={"max_attempts": 1},
            connect_timeout=5,
            s3={"addressing_style": "path"},
            proxies={},
        )
        return self._session().client("s3", endpoint_url=self.endpoint_url, config=settings)

    def create_bucket(self, name: str) -> None:
        """Create the bucket unless it exists; an empty one is forgotten when the server ends."""
        self.client().create_bucket(Bucket=name)

    def _session(self) -> boto3.Session:
        # The user's own files stay out, and a profile that may not even be in them.
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
            # The listeners of other services, and the search for containers of theirs, stay off.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent/docker.sock",
            "LOG_LEVEL": "WARNING",
        }


def clear_unfinished_writes(objects: Path) -> None:
    """Remove what a killed server left of unanswered writes, or it would serve them as objects.

    The server writes `key.tmp`, renames it to `key`, then does the same with `key.meta.json`.
    """
    for path in [path for path in objects.rglob("*") if path.is_file()]:
        if path.name.endswith(SIDECAR):
            continue
        sidecar = path.with_name(path.name + SIDECAR)
        if not sidecar.exists():
            path.unlink()
        elif sidecar.stat().st_mtime_ns < path.stat().st_mtime_ns:
            # A new body with the old object's size and checksum: the server computes them afresh.
            sidecar.unlink()
