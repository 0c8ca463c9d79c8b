"""``pipeline doctor``: check everything that a run needs, and report a fix for each fault."""

from collections.abc import Iterator

import click
from luigi.configuration import get_config

from pipeline.cli.output import tell_prefix
from pipeline.cli.tables import show
from pipeline.errors import ConfigError
from pipeline.figures import count
from pipeline.procedures.operations.doctor.examination import DoctorJob, examine
from pipeline.procedures.operations.doctor.finding import Finding, each_fault, exit_code
from pipeline.procedures.operations.doctor.machine import luigi, machine
from pipeline.runtime import Runtime, current
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.run.command.exit_codes import CODES
from pipeline.tasks.run.command.resources import check_resources
from pipeline.tasks.run.outside.examine import examine_receivers

HEADINGS = ("check", "state", "found", "what to do")


@click.command()
def doctor() -> None:
    """Check everything that a run needs.

    Each fault is reported with its fix. The doctor writes an object into the bucket and
    deletes it, and loads a row into a table of the warehouse and rolls back. Exit codes: 0 a run
    can start, 3 configuration or designs, 4 a database or S3.
    """
    config = get_config()
    findings = [
        *machine(),
        *luigi(
            task_failed=config.getint("retcode", "task_failed", CODES["task_failed"]),
            scheduler_url=config.get("core", "scheduler_url", "http://localhost:8082"),
        ),
        *_resources(),
        *_configured(),
        *examine_receivers(),
    ]
    show(HEADINGS, ((each.what, each.verdict, each.found, each.advice) for each in findings))
    faults = sum(finding.verdict == "fault" for finding in findings)
    click.echo(f"{count(len(findings), 'check')}, {count(faults, 'fault')}.")
    tell_prefix(each.advice for each in findings)
    if code := exit_code(findings):
        click.get_current_context().exit(code)


def _resources() -> Iterator[Finding]:
    """Check that a run does not wait for workers and resources for ever."""
    try:
        check_resources()
    except ConfigError as error:
        yield from each_fault("luigi.cfg", error)


def _configured() -> list[Finding]:
    """Check the configuration, and what it names if it has no faults."""
    try:
        runtime = current()
    except ConfigError as error:
        return [*each_fault("configuration", error)]
    sources = count(len(runtime.settings.sources), "source")
    return [Finding("configuration", "ok", sources), *examine(_job(runtime))]


def _job(runtime: Runtime) -> DoctorJob:
    return DoctorJob(
        settings=runtime.settings,
        catalog=lambda: runtime.project.catalog,
        optional=lambda: runtime.project.optional,
        upstream=runtime.upstream,
        s3=lambda: runtime.s3,
        warehouse=lambda: runtime.warehouse,
        administration=runtime.administration,
        authorization=lambda: runtime.authorization,
        bootstrap=BootstrapWarehouse().job,
        markers=runtime.markers.newest,
        inventory=runtime.markers.inventory,
    )
