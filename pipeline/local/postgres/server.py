"""The embedded PostgreSQL server: create its cluster, start, find and stop it.

It listens on 127.0.0.1 and on a socket in its own directory, and always requires a password.
"""

import signal
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from pipeline.local.errors import LocalStackError
from pipeline.local.postgres.account import Account, plain_environment, unprivileged_account
from pipeline.local.postgres.binaries import Binaries, find_binaries
from pipeline.local.processes.ports import LOOPBACK
from pipeline.local.processes.servers import (
    end,
    end_strays,
    launched,
    process_in,
    processes_in,
    spawn,
    start_repeatedly,
    wait_until_ended,
    wait_until_ready,
)

SUPERUSER = "postgres"
START_SECONDS = 120.0
ORPHAN_SECONDS = 3.0
# A socket address holds 104 bytes on macOS, 108 on Linux.
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
    # Then a table that is loaded in the transaction that creates it needs no write-ahead log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_prepared_transactions": "10",
    # Parallel queries share memory; of /dev/shm, the default, a container has 64 MB.
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    # An autovacuum that blocks a statement is canceled after this time.
    "deadlock_timeout": "100ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests: data need not survive a crash of the machine. Commits stay synchronous: otherwise, a
# kill -9 of the server loses the commits of up to three times wal_writer_delay.
# https://www.postgresql.org/docs/current/wal-async-commit.html
THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "max_prepared_transactions": "8"}


@dataclass(frozen=True, slots=True)
class Running:
    """A running server: its process, port and socket directory."""

    process: psutil.Process
    port: int
    socket_directory: Path


@dataclass(frozen=True, slots=True)
class Postgres:
    """A PostgreSQL cluster in a directory, with the superuser `postgres`.

    With ``throw_away``, it writes without fsync and ends with the process that starts it.
    """

    directory: Path
    password: str = field(repr=False)
    throw_away: bool = False

    @property
    def data(self) -> Path:
        """The cluster's data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """The log of the server."""
        return self.directory / "postgres.log"

    def start(self) -> Running:
        """Start the server unless it is running; create its cluster before the first start."""
        starting = self._postmaster()
        running = starting and wait_until_ready(starting, self._answer, seconds=START_SECONDS)
        if running:
            return running
        binaries = find_binaries()
        end_strays(self.data, "postgres")
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        account = unprivileged_account(self.directory, binaries.path("postgres"))
        if not self.data.exists():
            self._create_cluster(binaries, account)
        self._clear_after_crash()
        return start_repeatedly(
            "PostgreSQL",
            lambda port: self._start_once(binaries, account, port),
            self.directory / "port",
            self.log,
        )

    def find(self) -> Running | None:
        """Return the server, or None if it does not accept connections."""
        # The pid file: pid, data directory, start time, port, socket directory, address, shared
        # memory, status. https://www.postgresql.org/docs/current/storage-file-layout.html
        lines = _lines(self.data / "postmaster.pid")
        process = self._postmaster()
        if not process or len(lines) < 8 or lines[7].strip() != "ready":
            return None
        return Running(process, int(lines[3]), Path(lines[4]))

    def stop(self) -> None:
        """Stop the server: disconnect clients, and keep what is committed."""
        running = self.find()
        postmaster = self._postmaster()
        if postmaster:
            end(postmaster, (signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
        if running:
            _remove_socket_directory(running.socket_directory, self.directory)

    def dsn(self, database: str, user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the URL of a database, by default with the superuser's login."""
        running = self.find()
        if not running:
            raise LocalStackError(
                "PostgreSQL is not running; start the stack: python -m pipeline.local up"
            )
        return url(running.port, database, user, self.password if password is None else password)

    def _postmaster(self) -> psutil.Process | None:
        pid = next(iter(_lines(self.data / "postmaster.pid")), "").strip()
        return process_in(self.data, "postgres", int(pid)) if pid.isdecimal() else None

    def _create_cluster(self, binaries: Binaries, account: Account) -> None:
        # In another directory, so that an interrupted start leaves no partial cluster.
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
        """Wait for the backends of a killed server to end, then remove its lock file."""
        # Backends end when they notice that it has ended; one in a long computation does not.
        orphans = processes_in(self.data, "postgres")
        if not wait_until_ended(orphans, seconds=ORPHAN_SECONDS):
            for orphan in processes_in(self.data, "postgres"):
                end(orphan)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _start_once(self, binaries: Binaries, account: Account, port: int) -> Running | None:
        sockets = _socket_directory(self.directory, account)
        settings = {
            **SETTINGS,
            **(THROW_AWAY if self.throw_away else {}),
            "port": str(port),
            "unix_socket_directories": str(sockets),
            **({"md5_password_warnings": "off"} if binaries.version >= 18 else {}),
        }
        command = [
            *account.prefix,
            binaries.path("postgres"),
            *("-D", str(self.data)),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ]
        child = spawn(
            launched(
                command,
                parent_death=signal.SIGQUIT if self.throw_away else None,
                identity=account.identity,
            ),
            directory=self.data,
            log=self.log,
            environment=plain_environment(),
        )
        ready = wait_until_ready(child, self._answer, seconds=START_SECONDS)
        if not ready:
            end(child, (signal.SIGQUIT, 10.0))
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
                    f"the password of the cluster in {self.directory} is not the one in the state"
                    " file; remove the cluster: python -m pipeline.local destroy"
                ) from None
            return None
        return running


def url(port: int, database: str, user: str, password: str) -> str:
    """Return the connection URL of a database on loopback."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"postgresql://{login}@{LOOPBACK}:{port}/{quote(database, safe='')}"


def _locale_provider(version: int) -> tuple[str, ...]:
    # PostgreSQL 17 and newer map the case of all letters without the system's locales.
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
