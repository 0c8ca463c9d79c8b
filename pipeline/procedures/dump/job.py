"""Dump one table: clear away what dead attempts left, stream the rows, write the manifest last."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.designs.drift.check import Policy
from pipeline.designs.model import Design
from pipeline.figures import count
from pipeline.manifest import Manifest
from pipeline.procedures.drift import check_before_dump
from pipeline.procedures.dump import DumpRequest, Progress, dump_table
from pipeline.settings import Dump
from pipeline.stores.s3.bucket import S3Store, StoredObject
from pipeline.stores.upstream.database import Upstream

logger = logging.getLogger(__name__)

SILENT = dt.timedelta(hours=6)
"""An attempt on another machine that wrote nothing for so long is taken for dead."""


@dataclass(frozen=True, slots=True)
class DumpJob:
    """Everything that a dump needs to know.

    ``folder`` holds all attempts at it, ``manifest_key`` proves one. ``snapshot`` is the name of
    an exported one that several dumps share.
    """

    design: Design
    upstream: Upstream
    s3: S3Store
    settings: Dump
    folder: str
    manifest_key: str
    limit: int | None = None
    new_columns: Policy = "fail"
    snapshot: str | None = None


def dump(job: DumpJob, report: Callable[[Progress], None]) -> Manifest:
    """Dump one table and return its manifest, which then lies in S3.

    Where another run wrote its manifest first, that one counts, and this attempt's parts are
    deleted.
    """
    dead = dead_attempts(job.s3, job.folder)
    if job.s3.exists(job.manifest_key):
        # Looked for after the dead: who ended without dying wrote the manifest before.
        return _written(job)
    clear(job.s3, job.folder, dead)
    folder = f"{job.folder}{attempt_name()}/"
    manifest = dump_table(request(job, folder), job.upstream, job.s3, report)
    if not job.s3.write(job.manifest_key, manifest.to_json().encode(), if_absent=True):
        job.s3.delete(item.key for item in job.s3.list(folder))
        return _written(job)
    return manifest


def _written(job: DumpJob) -> Manifest:
    logger.info("%s: another run dumped it", job.design.name)
    return Manifest.from_json(job.s3.read(job.manifest_key).decode())


def request(job: DumpJob, folder: str) -> DumpRequest:
    """Return what an attempt that writes into ``folder`` asks for."""
    return DumpRequest(
        job.design,
        folder,
        job.settings,
        limit=job.limit,
        snapshot=job.snapshot,
        check=lambda columns: check_before_dump(job.design, columns, job.new_columns),
    )


def attempt_name() -> str:
    """Return a name that tells when, where and by which process an attempt was begun."""
    now = dt.datetime.now(dt.UTC)
    return f"{now:%Y%m%dT%H%M%S}-{_machine()}-{os.getpid()}-{secrets.token_hex(2)}"


def dead_attempts(s3: S3Store, folder: str) -> list[str]:
    """Return the keys of what killed attempts left below a dump's folder."""
    attempts: dict[str, list[StoredObject]] = {}
    for item in s3.list(folder):
        attempts.setdefault(item.key.removeprefix(folder).partition("/")[0], []).append(item)
    return [item.key for name, items in attempts.items() if is_dead(name, items) for item in items]


def clear(s3: S3Store, folder: str, keys: list[str]) -> None:
    """Delete what dead attempts left; no manifest names it."""
    if keys:
        logger.info("%s: deleting %s that no manifest names", folder, count(len(keys), "object"))
        s3.delete(keys)
    s3.abort_abandoned_uploads(folder, older_than=SILENT)


def is_dead(name: str, items: Iterable[StoredObject]) -> bool:
    """Tell whether an attempt is over: its process is gone, or it wrote nothing for long."""
    match name.split("-"):
        case [_, machine, pid, _] if machine == _machine() and pid.isdecimal():
            if not _alive(int(pid)):
                return True
    newest = max(item.modified for item in items)
    return dt.datetime.now(dt.UTC) - newest > SILENT


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _machine() -> str:
    """Return a short name of this machine; the hash keeps host names out of the bucket."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
