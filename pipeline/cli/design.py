"""``pipeline design``: write designs for upstream tables, and update existing ones."""

from collections import Counter
from pathlib import Path

import click

from pipeline.cli.arguments import PATTERNS
from pipeline.errors import DesignError
from pipeline.figures import count
from pipeline.procedures.operations.design import Decision, Outcome, decide, write
from pipeline.procedures.operations.survey import Survey, SurveyJob, survey
from pipeline.runtime import Runtime, current

WORDS = {"new": "written", "gone": "not upstream"}
DRY_WORDS = {"new": "would be written", "changed": "would be changed"}


@click.command()
@PATTERNS
@click.option("--update", is_flag=True, help="Merge upstream changes into existing files.")
@click.option(
    "--measure/--no-measure",
    default=True,
    show_default=True,
    help="Scan the tables for the width of texts and for values outside Redshift's range.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be written; write nothing.")
def design(patterns: tuple[str, ...], *, update: bool, measure: bool, dry_run: bool) -> None:
    """Write designs for upstream tables.

    PATTERN selects tables: www, 'www.orders*', '!www.tmp*'. Existing files are kept. With
    --update, upstream changes are merged into them, and manual changes in them are kept.
    """
    runtime = current()
    found, decision = _survey(runtime, patterns, update=update, measure=measure)
    if not dry_run:
        decision = write(decision, runtime.project.design_folder)
    for outcome in decision.outcomes:
        _show(outcome, runtime.project.design_folder, dry_run=dry_run)
    for source, glob in found.unmatched:
        click.echo(f"{source}: include_tables: nothing upstream matches '{glob}'", err=True)
    for source, report in found.unnamed:
        click.echo(f"{source}: {report}", err=True)
    click.echo(_summary(decision, DRY_WORDS if dry_run else WORDS))
    faults = [fault for outcome in decision.outcomes for fault in outcome.faults]
    if faults or decision.elsewhere:
        raise DesignError([*faults, *decision.elsewhere])


def _survey(
    runtime: Runtime, patterns: tuple[str, ...], *, update: bool, measure: bool
) -> tuple[Survey, Decision]:
    files = runtime.project.files if runtime.project.design_folder.exists() else {}
    type_maps = runtime.settings.type_maps
    job = SurveyJob(
        sources=runtime.settings.sources,
        upstream=runtime.upstream,
        files=files,
        patterns=patterns,
        type_maps=type_maps,
        update=update,
        measure=measure,
    )
    found = survey(job)
    return found, decide(found.candidates, files, type_maps, merge=update)


def _show(outcome: Outcome, folder: Path, *, dry_run: bool) -> None:
    word = (DRY_WORDS if dry_run else WORDS).get(outcome.action, outcome.action)
    click.echo(f"{folder / outcome.file}: {word}")
    for remark in outcome.remarks:
        click.echo(f"    {remark}")
    if outcome.difference:
        click.echo(outcome.difference, nl=False)
    elif dry_run and outcome.action == "new":
        click.echo(outcome.text, nl=False)


def _summary(decision: Decision, words: dict[str, str]) -> str:
    counts = Counter(outcome.action for outcome in decision.outcomes)
    parts = (f"{count} {words.get(action, action)}" for action, count in counts.items())
    return f"{count(len(decision.outcomes), 'table')}: {', '.join(parts)}."
