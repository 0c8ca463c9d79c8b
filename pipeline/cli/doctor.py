"""``pipeline doctor``: everything that a run needs, checked, with what to do about each fault."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version

import click
from luigi.configuration import get_config

from pipeline.cli.examination import Examination, each_fault
from pipeline.cli.tables import show
from pipeline.errors import ConfigError
from pipeline.figures import count, size
from pipeline.procedures.operations.doctor import Finding, worst
from pipeline.runtime import Runtime, current
from pipeline.stores import luigid
from pipeline.tasks.run.exit_codes import CODES

HEADINGS = ("check", "state", "found", "what to do")

PYTHON = (3, 11)
LUIGI = (3, 8)

ROOM = 100 * 1000 * 1000
"""Bytes; dumps need no disk, so this is for journals and logs."""


@click.command()
def doctor() -> None:
    """Check everything that a run needs, and say what to do about each fault.

    Writes an object into the bucket and deletes it, loads a row into a table of the warehouse and
    rolls it back. Exit code: 0 nothing is in the way of a run, 3 configuration or designs, 4 a
    database or S3.
    """
    findings = [*machine(), *luigi()]
    runtime = _runtime(findings)
    if runtime is not None:
        findings += Examination(runtime).all()
    show(HEADINGS, (line(finding) for finding in findings))
    code = worst(findings)
    faults = sum(finding.verdict == "fault" for finding in findings)
    click.echo(f"{count(len(findings), 'check')}, {count(faults, 'fault')}.")
    if code:
        click.get_current_context().exit(code)


def line(finding: Finding) -> tuple[str, ...]:
    """Render a finding; nothing that was found is left out."""
    return (finding.what, finding.verdict, finding.found, finding.advice)


def machine() -> Iterator[Finding]:
    """Look at the machine that this runs on."""
    yield _version("Python", sys.version_info[:2], PYTHON)
    found = tuple(int(part) for part in version("luigi").split(".")[:2])
    yield _version("Luigi", found, LUIGI)
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    said = f"{size(free)} free in {folder}"
    if free < ROOM:
        yield Finding("disk", "fault", said, "make room there, or set TMPDIR", 4)
    else:
        yield Finding("disk", "ok", said)


def _version(what: str, found: tuple[int, ...], needed: tuple[int, ...]) -> Finding:
    said, least = (".".join(map(str, each)) for each in (found, needed))
    if found >= needed:
        return Finding(what, "ok", said)
    return Finding(what, "fault", said, f"install {what} {least} or newer", 3)


def luigi() -> Iterator[Finding]:
    """Look at Luigi's own settings."""
    config = get_config()
    if config.getint("retcode", "task_failed", CODES["task_failed"]):
        yield Finding("luigi.cfg", "ok", "a failed task makes luigi's exit code not 0")
    else:
        advice = "export LUIGI_CONFIG_PATH=config/luigi.cfg, or set [retcode] as in that file"
        yield Finding("luigi.cfg", "warning", "luigi exits 0 after a failed task", advice)
    url = config.get("core", "scheduler_url", "http://localhost:8082")
    if luigid.is_running(url):
        yield Finding("scheduler", "ok", f"luigid answers at {url}")
    else:
        advice = "start luigid, or run luigi with --local-scheduler"
        yield Finding("scheduler", "warning", f"no luigid answers at {url}", advice)


def _runtime(findings: list[Finding]) -> Runtime | None:
    """Read the configuration; None where it has faults, each of which is a finding."""
    try:
        runtime = current()
    except ConfigError as error:
        findings += each_fault("configuration", error)
        return None
    sources = count(len(runtime.settings.sources), "source")
    findings.append(Finding("configuration", "ok", sources))
    return runtime
