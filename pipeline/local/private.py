"""An emulator for tests of queries: that of the running stack, else a private one."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.local.commands.local import StackFault
from pipeline.local.commands.run import ending_on_signals
from pipeline.local.emulator import Emulator
from pipeline.local.errors import LocalStackError
from pipeline.local.postgres import databases
from pipeline.local.postgres.server import SUPERUSER, Postgres
from pipeline.local.processes.ports import LOOPBACK
from pipeline.local.stack import ADMIN, DEFAULT_HOME, SLICES, WAREHOUSE, Stack
from pipeline.local.state import generate_password

NO_S3 = {
    "endpoint_url": f"http://{LOOPBACK}:9",
    "region": "us-east-1",
    "access_key_id": "none",
    "secret_access_key": "none",
}
"""The emulator's access to S3, which no query needs; port 9 discards what it receives."""


@contextmanager
def running_emulator() -> Iterator[str]:
    """Yield the URL, with the administrator's login, of the running stack's emulator.

    If it does not run, an emulator and PostgreSQL are started for the block, without S3.
    """
    stack = Stack(DEFAULT_HOME)
    services = {each.name: each for each in stack.status()}
    if services["redshift"].pid and services["postgres"].pid:
        yield stack.emulator.url(WAREHOUSE, ADMIN, stack.state().admin_password)
        return
    with tempfile.TemporaryDirectory(prefix="pipeline-test-") as folder:
        # Others can enter but not list it: a server under another account runs inside.
        Path(folder).chmod(0o711)
        with _private_emulator(Path(folder)) as found:
            yield found


@contextmanager
def running_emulator_of_command() -> Iterator[str]:
    """Do the same for a command: SIGTERM and SIGHUP end it in order, errors are messages."""
    try:
        with ending_on_signals(), running_emulator() as found:
            yield found
    except LocalStackError as error:
        raise StackFault(str(error)) from error


@contextmanager
def _private_emulator(home: Path) -> Iterator[str]:
    postgres = Postgres(home / "postgres", secrets.token_urlsafe(24), throw_away=True)
    emulator = Emulator(home / "redshift", throw_away=True)
    password = generate_password()
    try:
        server = postgres.start()
        databases.ensure_database(postgres.dsn("postgres"), WAREHOUSE)
        backend = {
            "host": LOOPBACK,
            "port": server.port,
            "database": WAREHOUSE,
            "superuser": SUPERUSER,
            "password": postgres.password,
        }
        admin = {"user": ADMIN, "password": password}
        emulator.start({"backend": backend, "admin": admin, "s3": NO_S3, "slices": SLICES})
        yield emulator.url(WAREHOUSE, ADMIN, password)
    finally:
        emulator.stop()
        postgres.stop()
