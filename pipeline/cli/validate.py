"""``pipeline validate``: all faults of all designs, in one report."""

import click

from pipeline.cli.arguments import NO_DESIGNS, PATTERNS
from pipeline.errors import ConfigError, DesignError, UpstreamError
from pipeline.figures import count
from pipeline.procedures.operations.validate import Report, ValidateJob
from pipeline.procedures.operations.validate import validate as check
from pipeline.runtime import current


@click.command()
@PATTERNS
@click.option(
    "--offline", is_flag=True, help="Check files only; do not connect to upstream databases."
)
def validate(patterns: tuple[str, ...], *, offline: bool) -> None:
    """Check configuration, designs and queries.

    PATTERN selects relations: www, 'www.orders*', '!www.tmp*'. Without --offline, designs are also
    compared with the upstream tables.
    """
    runtime = current()
    job = ValidateJob(
        files=runtime.project.files,
        sources=runtime.settings.sources,
        patterns=patterns,
        external=runtime.settings.warehouse.external,
        upstream=None if offline else runtime.upstream,
    )
    report = check(job)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    _fail(report)
    against = "" if offline else f", {count(report.compared, 'table')} against upstream"
    click.echo(f"{count(report.relations, 'relation')} checked{against}: no faults.")
    if not report.relations:
        click.echo(NO_DESIGNS)
    if runtime.project.left_out_note:
        click.echo(f"{runtime.project.left_out_note}.")


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
