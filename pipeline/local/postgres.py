"""The embedded PostgreSQL server: create its cluster, start it, find it again, stop it.

It listens on 127.0.0.1 and on a socket in a directory of its own, and asks everybody for a password.
"""

import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from pipeline.local.account import Account, plain_environment, unprivileged_account
from pipeline.local.binaries import Binaries, find_binaries
from pipeline.local.errors import LocalStackError
from pipeline.local.ports import LOOPBACK, choose_port
from pipeline.local.processes import (
    end,
    last_lines,
    processes_in,
    spawn,
    wait_until_ended,
    wait_until_ready,
)

SUPERUSER = "postgres"
START_ATTEMPTS = 3
START_SECONDS = 120.0
ORPHAN_SECONDS = 5.0
# The address of a socket has room for 104 bytes on macOS, 108 on Linux.
LONGEST_SOCKET_PATH = 103

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # A table that is filled in the transaction that created it needs no write-ahead log then.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Parallel queries need /dev/shm, of which a container has 64 MB.
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A crash of the machine may cost the last commits of a local stack, but never leaves a damaged cluster; a kill -9
# of the server costs nothing, since what was written is with the operating system.
DURABLE = {"synchronous_commit": "off"}
# For tests: nothing of the cluster has to outlive the machine, only the server's processes.
THROW_AWAY = {"synchronous_commit": "off", "fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its process, and where it listens."""

    process: psutil.Process
    port: int
    socket_directory: Path


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL cluster in a directory, with the superuser `postgres`."""

    directory: Path
    password: str = field(repr=False)
    throw_away: bool = False

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.directory / "postgres.log"

    def start(self) -> Running:
        """Start the server, unless it runs, and create its cluster before the first start."""
        running = self.find()
        if running:
            return running
        binaries = find_binaries()
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        account = unprivileged_account(self.directory, binaries.path("postgres"))
        if not self.data.exists():
            self._create_cluster(binaries, account)
        self._clear_after_crash()
        for _ in range(START_ATTEMPTS):
            started = self._start_once(binaries, account)
            if started:
                return started
        raise LocalStackError(
            f"PostgreSQL does not start; the end of {self.log}:\n{last_lines(self.log)}"
        )

    def find(self) -> Running | None:
        """Return the server if it runs."""
        # pid, data directory, start time, port, socket directory:
        # https://www.postgresql.org/docs/current/storage-file-layout.html
        lines = _lines(self.data / "postmaster.pid")
        if len(lines) < 5 or not lines[3].isdigit():
            return None
        for process in processes_in(self.data, "postgres"):
            if process.pid == int(lines[0]):
                return Running(process, int(lines[3]), Path(lines[4]))
        return None

    def stop(self) -> None:
        """Stop the server: clients are disconnected, what is committed stays."""
        running = self.find()
        if running:
            end(running.process, (signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
            _remove_socket_directory(running.socket_directory, self.directory)

    def dsn(self, database: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the URL of a database, the superuser's if no other is named."""
        running = self.find()
        if not running:
            raise LocalStackError("PostgreSQL does not run; start the stack: python -m pipeline.local up")
        return url(running.port, database, user, self.password if password is None else password)

    def _create_cluster(self, binaries: Binaries, account: Account) -> None:
        # Under another name until it is complete, so that an interrupted start leaves no half cluster.
        with tempfile.TemporaryDirectory(dir=self.directory, prefix="initdb-") as name:
            workplace = Path(name)
            password_file = workplace / "password"
            password_file.touch(mode=0o600)
            password_file.write_text(self.password, encoding="utf-8")
            account.own(workplace, password_file)
            done = account.run(
                [
                    *(binaries.path("initdb"), "--pgdata", str(workplace / "data")),
                    *("--username", SUPERUSER, "--pwfile", str(password_file)),
                    *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                    *(_locale_provider(binaries.version)),
                    *(("--no-sync",) if self.throw_away else ()),
                    "--no-instructions",
                ],
                workplace,
            )
            if done.returncode:
                raise LocalStackError(f"initdb failed:\n{done.stdout}{done.stderr}")
            (workplace / "data").rename(self.data)

    def _clear_after_crash(self) -> None:
        """Wait for the rest of a killed server to end, then remove the lock that it left."""
        # Its backends end by themselves when they notice; one in a long computation does not notice.
        orphans = processes_in(self.data, "postgres")
        if not wait_until_ended(orphans, seconds=ORPHAN_SECONDS):
            for orphan in processes_in(self.data, "postgres"):
                end(orphan)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _start_once(self, binaries: Binaries, account: Account) -> Running | None:
        port = choose_port(self.directory / "port")
        sockets = _socket_directory(self.directory, account)
        settings = {
            **SETTINGS,
            **(THROW_AWAY if self.throw_away else DURABLE),
            "port": str(port),
            "unix_socket_directories": str(sockets),
            **({"md5_password_warnings": "off"} if binaries.version >= 18 else {}),
        }
        child = spawn(
            [
                *account.prefix,
                binaries.path("postgres"),
                *("-D", str(self.data)),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            directory=self.data,
            log=self.log,
            environment=plain_environment(),
            identity=account.identity,
        )
        return self._wait(child)

    def _wait(self, child: subprocess.Popen[bytes]) -> Running | None:
        ready = wait_until_ready(child, self._answer, seconds=START_SECONDS)
        if not ready and child.poll() is None:
            end(psutil.Process(child.pid), (signal.SIGQUIT, 10.0))
        return ready

    def _answer(self) -> Running | None:
        running = self.find()
        if not running:
            return None
        try:
            psycopg2.connect(url(running.port, "postgres", SUPERUSER, self.password)).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise LocalStackError(
                    f"the cluster in {self.directory} has another password than its state file says;"
                    " make it anew: python -m pipeline.local destroy"
                ) from None
            return None
        return running


def url(port: int, database: str, user: str, password: str) -> str:
    """Return the connection URL of a database on loopback."""
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{LOOPBACK}:{port}/{database}"


def _locale_provider(version: int) -> tuple[str, ...]:
    # From 17 on PostgreSQL knows the case of all letters without the operating system's locales.
    return ("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8") if version >= 17 else ()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _socket_directory(directory: Path, account: Account) -> Path:
    path = directory / "socket"
    if len(str(path / ".s.PGSQL.65535").encode()) > LONGEST_SOCKET_PATH:
        path = Path(tempfile.mkdtemp(prefix="pipeline-pg-"))
    path.mkdir(mode=0o700, exist_ok=True)
    account.own(path)
    return path


def _remove_socket_directory(path: Path, directory: Path) -> None:
    if path.parent != directory and path.is_dir() and not any(path.iterdir()):
        path.rmdir()
