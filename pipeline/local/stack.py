"""The local stack: PostgreSQL with sample databases, S3, and the Redshift emulator."""

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.local.emulator import Emulator
from pipeline.local.errors import LocalStackError
from pipeline.local.postgres import databases
from pipeline.local.postgres.server import SUPERUSER, Postgres, Running
from pipeline.local.processes.locks import exclusive
from pipeline.local.processes.ports import LOOPBACK
from pipeline.local.processes.servers import package_root
from pipeline.local.s3.server import Credentials, S3Server
from pipeline.local.samples import loading as samples
from pipeline.local.state import State, generate_state, read_state, write_private, write_state

logger = logging.getLogger(__name__)

DEFAULT_HOME = Path(".local")
DEFAULT_SCALE = 1.0
BUCKET = "warehouse-local"
WAREHOUSE = "warehouse"
ADMIN = "admin"
ETL_USER = "dw"
IAM_ROLE = "arn:aws:iam::000000000000:role/local-redshift-copy"
SLICES = 2
# The sample databases and the variables with their URLs. The reader has the database's name.
UPSTREAMS = {"www": "DATABASE_PRODUCTION", "hyppo": "DATABASE_HYPPO"}

# Everything a stack creates in its home; the secrets last, so that a removal can be repeated.
FOLDERS = ("postgres", "s3", "redshift")
FILES = ("pgpass", "transient", "users", ".gitignore", "lock", "state.json")


@dataclass(frozen=True, slots=True)
class Service:
    """One server of the stack, with its process and address if it is running.

    ``lacks`` names a server that it requires and that is not running.
    """

    name: str
    pid: int | None
    address: str
    lacks: str = ""


class Stack:
    """A local stack with its data, logs and secrets in one directory.

    The servers of a ``throw_away`` stack write without fsync and end with the process that starts
    them, even by SIGKILL; other stacks run until ``down``. ``samples``: with sample databases.
    """

    def __init__(
        self, home: Path = DEFAULT_HOME, *, throw_away: bool = False, samples: bool = True
    ) -> None:
        self.home = home.resolve()
        self.emulator = Emulator(self.home / "redshift", throw_away=throw_away)
        self._throw_away = throw_away
        self._upstreams = UPSTREAMS if samples else {}
        self._state_file = self.home / "state.json"

    def up(self, scale: float | None = None) -> None:
        """Start the servers that are not running; load the samples at the first start."""
        with self.locked():
            self.transient.unlink(missing_ok=True)
            self.start(scale)

    def down(self) -> None:
        """Stop all servers and keep the data."""
        if self._state_file.exists():
            with self.locked():
                self.stop()

    def destroy(self) -> None:
        """Stop all servers and remove the data."""
        if not self._state_file.exists():
            raise LocalStackError(f"{self.home} is not the home of a local stack: nothing removed")
        with self.locked():
            self.stop()
            for name in (*FOLDERS, *FILES):
                _remove(self.home / name)
        if not any(self.home.iterdir()):
            self.home.rmdir()

    def status(self) -> tuple[Service, ...]:
        """Return the servers of the stack, running or not."""
        if not self._state_file.exists():
            return tuple(Service(name, None, "") for name in ("postgres", "s3", "redshift"))
        state = self.state()
        s3, postgres = self.s3(state), self.postgres(state).find()
        objects, warehouse = s3.find(), self.emulator.find()
        lacks = "" if postgres else "postgres"
        return (
            Service("postgres", postgres.process.pid, f"{LOOPBACK}:{postgres.port}")
            if postgres
            else Service("postgres", None, ""),
            Service("s3", objects.pid, s3.endpoint_url) if objects else Service("s3", None, ""),
            Service("redshift", warehouse.pid, f"{LOOPBACK}:{self.emulator.port}", lacks)
            if warehouse
            else Service("redshift", None, ""),
        )

    def is_running(self) -> bool:
        """Return whether all servers are running."""
        return all(service.pid for service in self.status())

    def environment(self) -> dict[str, str]:
        """Return the variables by which the pipeline and boto3 find the running stack."""
        stopped = [service.name for service in self.status() if not service.pid]
        if stopped:
            raise LocalStackError(
                f"the local stack is not running (stopped: {', '.join(stopped)}); start it:"
                " python -m pipeline.local up"
            )
        state = self.state()
        postgres, s3 = self.postgres(state), self.s3(state)
        upstreams = {
            variable: postgres.dsn(name, name, state.upstream_passwords[name])
            for name, variable in self._upstreams.items()
        }
        return {
            **upstreams,
            "DATA_WAREHOUSE_ADMIN": self.emulator.url(WAREHOUSE, ADMIN, state.admin_password),
            "DATA_WAREHOUSE_ETL": self.emulator.url(WAREHOUSE, ETL_USER, state.etl_password),
            "AWS_ACCESS_KEY_ID": s3.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": s3.credentials.secret_access_key,
            "AWS_DEFAULT_REGION": s3.credentials.region,
            "AWS_ENDPOINT_URL_S3": s3.endpoint_url,
            **_configuration(),
            **_no_proxy(),
        }

    def state(self) -> State:
        """Return the state of the stack; generate that of a new stack."""
        state = read_state(self._state_file)
        if not state:
            state = generate_state(tuple(self._upstreams))
            write_state(self._state_file, state)
        return state

    def postgres(self, state: State) -> Postgres:
        """Return the PostgreSQL server."""
        directory = self.home / "postgres"
        return Postgres(directory, state.postgres_password, throw_away=self._throw_away)

    def s3(self, state: State) -> S3Server:
        """Return the S3 server."""
        credentials = Credentials(state.access_key_id, state.secret_access_key)
        return S3Server(self.home / "s3", credentials, throw_away=self._throw_away)

    @property
    def pgpass(self) -> Path:
        """The password file for psql, with the logins of all databases of the stack."""
        return self.home / "pgpass"

    @property
    def transient(self) -> Path:
        """The file that marks a stack that was started for a command and stops after it."""
        return self.home / "transient"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the stack for the block; other commands wait."""
        # Others can enter but not list it: a server under another account runs inside.
        self.home.mkdir(mode=0o711, parents=True, exist_ok=True)
        with exclusive(self.home / "lock"):
            yield

    def start(self, scale: float | None) -> None:
        """Start the servers that are not running; the caller holds the lock."""
        state = self.state()
        (self.home / ".gitignore").write_text("*\n", encoding="ascii")
        _check_scale(state, scale)
        s3 = self.s3(state)
        if not s3.find():
            logger.info("Starting S3")
        s3.start()
        s3.create_bucket(BUCKET)
        postgres = self._start_postgres(state)
        self._load_samples(state, DEFAULT_SCALE if scale is None else scale)
        databases.ensure_database(self.postgres(state).dsn("postgres"), WAREHOUSE)
        if not self.emulator.find():
            logger.info("Starting the Redshift emulator")
        self.emulator.start(self._emulator_settings(state, postgres, s3))
        self._write_pgpass(state, postgres)

    def stop(self) -> None:
        """Stop all servers; the caller holds the lock."""
        state = self.state()
        self.emulator.stop()
        self.s3(state).stop()
        self.postgres(state).stop()

    def _start_postgres(self, state: State) -> Running:
        postgres = self.postgres(state)
        if not postgres.find():
            logger.info("Starting PostgreSQL")
        return postgres.start()

    def _load_samples(self, state: State, scale: float) -> None:
        postgres = self.postgres(state)
        for name in self._upstreams:
            if name in state.samples:
                continue
            logger.info("Creating the sample database %s", name)
            databases.recreate_database(postgres.dsn("postgres"), name)
            samples.load(name, postgres.dsn(name), scale)
            password = state.upstream_passwords[name]
            databases.grant_reader(postgres.dsn(name), database=name, user=name, password=password)
            # Last: a start that is interrupted before this creates the sample again.
            state = state.with_sample(name, scale)
            write_state(self._state_file, state)

    def _emulator_settings(self, state: State, postgres: Running, s3: S3Server) -> dict[str, Any]:
        return {
            "backend": {
                "host": LOOPBACK,
                "port": postgres.port,
                "database": WAREHOUSE,
                "superuser": SUPERUSER,
                "password": state.postgres_password,
            },
            "admin": {"user": ADMIN, "password": state.admin_password},
            "s3": {
                "endpoint_url": s3.endpoint_url,
                "region": s3.credentials.region,
                "access_key_id": s3.credentials.access_key_id,
                "secret_access_key": s3.credentials.secret_access_key,
            },
            "iam_roles": [IAM_ROLE],
            "slices": SLICES,
        }

    def _write_pgpass(self, state: State, postgres: Running) -> None:
        # host:port:database:user:password; https://www.postgresql.org/docs/current/libpq-pgpass.html
        warehouse = f"{LOOPBACK}:{self.emulator.port}:*"
        lines = [
            f"{warehouse}:{ADMIN}:{state.admin_password}",
            f"{warehouse}:{ETL_USER}:{state.etl_password}",
            *(
                f"{LOOPBACK}:{postgres.port}:{name}:{name}:{state.upstream_passwords[name]}"
                for name in self._upstreams
            ),
        ]
        write_private(self.pgpass, "".join(f"{line}\n" for line in lines))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _configuration() -> dict[str, str]:
    """Return the configuration of the folder the user is in, or else of this checkout."""
    name, file = "DATA_WAREHOUSE_CONFIG", Path("config") / "sources.json"
    places = [root / file for root in (Path.cwd(), package_root()) if (root / file).exists()]
    return {name: str(places[0])} if places and name not in os.environ else {}


def _no_proxy() -> dict[str, str]:
    # Only if there is a proxy: requests to loopback must not use it.
    proxies = [name for name in os.environ if name.lower() in ("http_proxy", "all_proxy")]
    excluded = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    return {"no_proxy": f"{excluded},{LOOPBACK}" if excluded else LOOPBACK} if proxies else {}


def _check_scale(state: State, scale: float | None) -> None:
    differing = {name: found for name, found in state.samples.items() if found != scale}
    if scale is not None and differing:
        listed = ", ".join(f"{name} at scale {found:g}" for name, found in differing.items())
        raise LocalStackError(
            f"the sample data already exists: {listed}, not {scale:g}. To replace it:"
            " python -m pipeline.local destroy, then up with the new scale"
        )
