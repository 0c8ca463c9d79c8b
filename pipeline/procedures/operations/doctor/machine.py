"""Checks of the machine and of Luigi's settings."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version

from pipeline.figures import size
from pipeline.procedures.operations.doctor.finding import Finding
from pipeline.stores.sender import answers

PYTHON = (3, 11)
LUIGI = (3, 8)

MINIMUM_FREE = 100 * 1000 * 1000
"""Bytes, for journals and logs; dumps are streamed and need no disk."""


def machine() -> Iterator[Finding]:
    """Check versions and disk space."""
    yield _version("Python", sys.version_info[:2], PYTHON)
    found = tuple(int(part) for part in version("luigi").split(".")[:2])
    yield _version("Luigi", found, LUIGI)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    text = f"{size(free)} free in {folder}"
    if free < MINIMUM_FREE:
        yield Finding("disk", "fault", text, "free up space there, or set TMPDIR", 4)
    else:
        yield Finding("disk", "ok", text)


def _version(what: str, found: tuple[int, ...], minimum: tuple[int, ...]) -> Finding:
    text, least = (".".join(map(str, each)) for each in (found, minimum))
    if found >= minimum:
        return Finding(what, "ok", text)
    return Finding(what, "fault", text, f"install {what} {least} or newer", 3)


def luigi(*, task_failed: int, scheduler_url: str) -> Iterator[Finding]:
    """Check Luigi's exit code ``task_failed`` of section [retcode], and its scheduler."""
    if task_failed:
        yield Finding("luigi.cfg", "ok", "luigi exits with an error code after a failed task")
    else:
        advice = "export LUIGI_CONFIG_PATH=config/luigi.cfg, or set [retcode] as in that file"
        yield Finding("luigi.cfg", "warning", "luigi exits 0 after a failed task", advice)
    if scheduler_url.startswith(("http://", "https://")) and answers(scheduler_url):
        yield Finding("scheduler", "ok", f"luigid answers at {scheduler_url}")
    else:
        advice = "start luigid, or run luigi with --local-scheduler"
        yield Finding("scheduler", "warning", f"no luigid answers at {scheduler_url}", advice)
