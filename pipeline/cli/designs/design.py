"""``pipeline design``: write designs for upstream tables and queries, and update existing ones."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from pipeline.cli.arguments import PATTERNS
from pipeline.cli.unprepared import naming_bootstrap
from pipeline.designs.selection import Pattern, as_text, parse_patterns
from pipeline.errors import DesignError
from pipeline.figures import count
from pipeline.procedures.operations.designs.design import (
    Decision,
    Outcome,
    checked,
    decide,
    joined,
    write,
)
from pipeline.procedures.operations.designs.query_designs import (
    QueryJob,
    draft_queries,
    select_queries,
    without_design,
)
from pipeline.procedures.operations.designs.survey import SurveyJob, survey
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
    """Write designs for upstream tables and for queries.

    PATTERN selects tables: www, 'www.orders*', '!www.tmp*'. Existing files are kept. With
    --update, upstream changes are merged into them, and manual changes in them are kept.

    The name of a derived table, dw.totals, selects the query dw/totals.sql that has no design yet:
    the warehouse is asked which columns it returns, and does not run it.
    """
    runtime = current()
    files = runtime.project.files if runtime.project.design_folder.exists() else {}
    of_queries, rest = _divided(runtime, files, patterns)
    decisions = []
    if of_queries:
        decisions.append(_from_queries(runtime, files, of_queries))
    if rest or not of_queries:
        decisions.append(_from_upstream(runtime, files, rest, update=update, measure=measure))
    decision = joined(decisions)
    if not dry_run:
        decision = write(decision, runtime.project.design_folder)
    for outcome in decision.outcomes:
        _show(outcome, runtime.project.design_folder, dry_run=dry_run)
    click.echo(_summary(decision, DRY_WORDS if dry_run else WORDS))
    faults = [fault for outcome in decision.outcomes for fault in outcome.faults]
    if faults or decision.elsewhere:
        raise DesignError([*faults, *decision.elsewhere])


def _divided(
    runtime: Runtime, files: Mapping[str, str], patterns: tuple[str, ...]
) -> tuple[list[Pattern], tuple[str, ...]]:
    """Return the patterns of derived relations, and the others, which select upstream tables."""
    derived = {source.name for source in runtime.settings.sources if not source.has_tables}
    parsed = parse_patterns(patterns, without_design(files))
    of_queries = [
        each for each in parsed if not each.exclude and each.glob.partition(".")[0] in derived
    ]
    if not of_queries:
        return [], patterns
    excluded = [each for each in parsed if each.exclude]
    rest = [each for each in parsed if each not in of_queries]
    if len(rest) == len(excluded):  # these alone would select everything else upstream
        rest = []
    return [*of_queries, *excluded], (as_text(rest),) if rest else ()


def _from_queries(runtime: Runtime, files: Mapping[str, str], patterns: list[Pattern]) -> Decision:
    job = QueryJob(files, lambda: runtime.warehouse)
    chosen = select_queries(files, patterns)
    with naming_bootstrap():
        return checked(list(draft_queries(job, chosen)), files)


def _from_upstream(
    runtime: Runtime,
    files: Mapping[str, str],
    patterns: tuple[str, ...],
    *,
    update: bool,
    measure: bool,
) -> Decision:
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
    for source, glob in found.unmatched:
        click.echo(f"{source}: include_tables: nothing upstream matches '{glob}'", err=True)
    for source, report in found.unnamed:
        click.echo(f"{source}: {report}", err=True)
    return decide(found.candidates, files, type_maps, merge=update)


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
