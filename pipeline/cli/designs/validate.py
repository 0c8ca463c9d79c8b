"""``pipeline validate``: all faults of all designs, in one report."""

from dataclasses import replace
from typing import Any

import click

from pipeline import options
from pipeline.cli.arguments import NO_DESIGNS, PATTERNS
from pipeline.cli.output import AS_JSON, show_json
from pipeline.errors import ConfigError, DesignError, Fault, UpstreamError
from pipeline.figures import count
from pipeline.procedures.operations.designs.validate import Report, ValidateJob
from pipeline.procedures.operations.designs.validate import validate as check
from pipeline.runtime import Runtime, current


@click.command()
@PATTERNS
@click.option(
    "--offline", is_flag=True, help="Check files only; do not connect to upstream databases."
)
@AS_JSON
def validate(patterns: tuple[str, ...], *, offline: bool, as_json: bool) -> None:
    """Check configuration, designs and queries.

    PATTERN selects relations: www, 'www.orders*', '!www.tmp*'. Without --offline, designs are also
    compared with the upstream tables.
    """
    runtime = _configured(as_json=as_json)
    job = ValidateJob(
        files=runtime.project.files,
        sources=runtime.settings.sources,
        patterns=patterns,
        external=runtime.settings.warehouse.external,
        required=runtime.settings.warehouse.required_for_success,
        upstream=None if offline else runtime.upstream,
    )
    report = check(job)
    of_options = (Fault("luigi.cfg", key, message) for key, message in options.faults())
    report = replace(report, faults=(*of_options, *report.faults))
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        show_json(record(report, offline=offline))
    _fail(report)
    if as_json:
        return
    against = "" if offline else f", {count(report.compared, 'table')} against upstream"
    click.echo(f"{count(report.relations, 'relation')} checked{against}: no faults.")
    if not report.relations:
        click.echo(NO_DESIGNS)
    if runtime.project.left_out_note:
        click.echo(f"{runtime.project.left_out_note}.")


def _configured(*, as_json: bool) -> Runtime:
    """Return the runtime; faults of the configuration are in the JSON, too."""
    try:
        return current()
    except ConfigError as error:
        if as_json:
            report = Report(0, faults=error.faults or (Fault("", "", str(error)),))
            show_json(record(report, offline=True) | {"relations": None})
        raise


def record(report: Report, *, offline: bool) -> dict[str, Any]:
    """Return the JSON object of a report."""
    return {
        "relations": report.relations,
        "compared": None if offline else report.compared,
        "faults": list(map(_fault, report.faults)),
        "warnings": list(map(_fault, report.warnings)),
        "not_compared": list(map(str, report.troubles)),
    }


def _fault(found: Fault) -> dict[str, Any]:
    return {
        "file": found.file or None,
        "line": found.line,
        "key": found.key or None,
        "message": found.message,
    }


def _fail(report: Report) -> None:
    """Raise the faults; if a source could not be compared, print them and raise that."""
    faults = DesignError(report.faults) if report.faults else None
    if not report.troubles:
        if faults:
            raise faults
        return
    if faults:
        click.echo(f"Error: {faults}", err=True)
    message = "\n".join(f"not compared with upstream: {error}" for error in report.troubles)
    if all(isinstance(error, ConfigError) for error in report.troubles):
        raise ConfigError(message)
    raise UpstreamError(message)
