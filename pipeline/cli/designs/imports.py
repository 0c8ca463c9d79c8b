"""``pipeline import``: checks from the files of other tools."""

from pathlib import Path

import click

from pipeline.designs.drafting.files.checks import check_lines
from pipeline.errors import DesignError, UsageError
from pipeline.figures import count
from pipeline.procedures.operations.designs.design import write
from pipeline.procedures.operations.designs.import_dbt import Imported, import_dbt
from pipeline.runtime import current

WIDTH = 96


@click.group("import")
def imports() -> None:
    """Import checks from the files of other tools."""


@imports.command("dbt-schema")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("-n", "--dry-run", is_flag=True, help="Show what would change; write nothing.")
def dbt_schema(files: tuple[str, ...], *, dry_run: bool) -> None:
    """Add the tests of dbt's schema.yml files to designs, as checks.

    Comments and the order of the designs' files are kept. Checks of models without a design are
    printed. Each test without a counterpart is reported, and the exit code is then 3.
    """
    project = current().project
    found = import_dbt({name: _text(name) for name in files}, project.files)
    decision = found.decision if dry_run else write(found.decision, project.design_folder)
    refused = [fault for outcome in decision.outcomes for fault in outcome.faults]
    for outcome in decision.outcomes:
        word = "would be changed" if dry_run and outcome.action == "changed" else outcome.action
        click.echo(f"{project.design_folder / outcome.file}: {word}")
        if outcome.action == "changed":
            click.echo(outcome.difference, nl=False)
    for model, checks in found.without_design.items():
        click.echo(f"{model} has no design; to check it, add to its design:\nchecks:")
        click.echo("\n".join(line for each in checks for line in check_lines(each, WIDTH)))
    click.echo(_summary(found))
    if found.rest or refused or decision.elsewhere:
        raise DesignError([*found.rest, *refused, *decision.elsewhere])


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {name}: {error}") from error


def _summary(found: Imported) -> str:
    unplaced = sum(map(len, found.without_design.values()))
    parts = {
        "translated": found.added,
        "in the designs already": found.kept,
        "without a design": unplaced,
        "not imported": len(found.rest),
    }
    shown = ", ".join(f"{number} {word}" for word, number in parts.items() if number)
    return f"{count(sum(parts.values()), 'test')}{shown and f': {shown}'}."
