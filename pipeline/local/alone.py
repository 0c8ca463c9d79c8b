"""A Redshift emulator by itself, with PostgreSQL and S3, for programs other than the pipeline."""

import logging
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from pipeline.local.commands.local import StackFault
from pipeline.local.commands.run import ending_on_signals, running_stack
from pipeline.local.errors import LocalStackError
from pipeline.local.processes.ports import LOOPBACK, is_free
from pipeline.local.stack import ADMIN, BUCKET, IAM_ROLE, WAREHOUSE, Stack

PORT = 5439
READY = """\
Redshift  host={host} port={port} dbname={database} user={user} passfile={pgpass}
          certificate of TLS: {certificate}
S3        {endpoint}, bucket {bucket}; COPY and UNLOAD reach it with IAM_ROLE default
ready {host}:{port}"""


@dataclass(frozen=True, slots=True)
class Redshift:
    """A running emulator: the URL of its database, with the login of a superuser.

    ``s3`` holds the arguments of ``boto3.client("s3", ...)`` for its object store, which has
    ``bucket``; ``iam_role`` is the role of COPY and UNLOAD, also known as ``default``.
    """

    url: str = field(repr=False)
    bucket: str
    iam_role: str
    s3: Mapping[str, str] = field(repr=False)


@contextmanager
def running_redshift(
    home: Path, *, port: int | None = None, throw_away: bool = False
) -> Iterator[Redshift]:
    """Run the servers for the block, with their data in ``home``; ``port`` None: any port."""
    stack = Stack(home, throw_away=throw_away, samples=False)
    if port is not None:
        _claim(stack, port)
    with running_stack(stack, None):
        if port not in {None, stack.emulator.port}:
            raise LocalStackError(_taken(port or 0))
        state = stack.state()
        server = stack.s3(state)
        yield Redshift(
            stack.emulator.url(WAREHOUSE, ADMIN, state.admin_password),
            BUCKET,
            IAM_ROLE,
            {
                "endpoint_url": server.endpoint_url,
                "region_name": server.credentials.region,
                "aws_access_key_id": server.credentials.access_key_id,
                "aws_secret_access_key": server.credentials.secret_access_key,
            },
        )


def _claim(stack: Stack, port: int) -> None:
    """Let the next start of the emulator use a port, which must be free."""
    if stack.emulator.find():
        raise LocalStackError(f"an emulator already runs on the data in {stack.home}")
    if not is_free(port):
        raise LocalStackError(_taken(port))
    stack.home.mkdir(mode=0o711, parents=True, exist_ok=True)
    stack.emulator.directory.mkdir(mode=0o700, exist_ok=True)
    (stack.emulator.directory / "port").write_text(str(port), encoding="ascii")


def _taken(port: int) -> str:
    return f"another program uses port {port}; choose one: redshift-emulator --port N"


@click.command("redshift-emulator")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=PORT,
    show_default=True,
    help="Port on 127.0.0.1.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".redshift"),
    show_default=True,
    help="Folder of data, logs, passwords and the certificate.",
)
def redshift_emulator(port: int, data: Path) -> None:
    """Emulate an Amazon Redshift cluster, with PostgreSQL and S3, until Ctrl-C or SIGTERM."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    try:
        with ending_on_signals(), running_redshift(data, port=port) as redshift:
            stack = Stack(data, samples=False)
            click.echo(
                READY.format(
                    host=LOOPBACK,
                    port=port,
                    database=WAREHOUSE,
                    user=ADMIN,
                    pgpass=stack.pgpass,
                    certificate=stack.emulator.directory / "server.crt",
                    endpoint=redshift.s3["endpoint_url"],
                    bucket=redshift.bucket,
                )
            )
            with suppress(KeyboardInterrupt, SystemExit):
                signal.pause()
    except LocalStackError as error:
        raise StackFault(str(error)) from error
