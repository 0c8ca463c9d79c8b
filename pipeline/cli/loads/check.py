"""``pipeline check``: run the checks of designs on the rows that the warehouse holds now."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import click

from pipeline.cli.arguments import PATTERNS
from pipeline.cli.output import AS_JSON, show_json, tell_prefix
from pipeline.cli.tables import number, show
from pipeline.designs.model.checks import Check
from pipeline.errors import PipelineError
from pipeline.figures import count
from pipeline.names import TableName
from pipeline.procedures.checks.checking import ChecksFailedError, write_results
from pipeline.procedures.checks.checking import as_json as row_as_json
from pipeline.procedures.checks.run import Result
from pipeline.procedures.checks.wording import describe, label
from pipeline.procedures.content import Content
from pipeline.procedures.operations.check import NotLoadedError, check_rows_now
from pipeline.runtime import Runtime, current
from pipeline.sql.markers.content import select_contents
from pipeline.tasks.parameters import today
from pipeline.tasks.rows import filling_task

FAILED = 5
"""Exit code if a check failed that prevents rows from being published."""

HEADINGS = ("relation", "check", "severity", "wrong rows", "state")
SPARE = ("severity",)


@dataclass(frozen=True, slots=True)
class Checked:
    """The results of one relation, or why there are none."""

    name: TableName
    results: tuple[Result, ...] = ()
    error: PipelineError | None = None


@click.command()
@PATTERNS
@AS_JSON
def check(patterns: tuple[str, ...], *, as_json: bool) -> None:
    """Run the checks of designs on the rows that the warehouse holds.

    PATTERN selects relations: www, 'www.orders*', '!www.tmp*'. No row changes; the results are
    recorded as those of a load. Exit code 5: a check failed whose severity is not 'warn'.
    """
    runtime = current()
    project = runtime.project
    names = [name for name in project.select(patterns) if project.catalog[name].checks]
    found = []
    for name in names:
        click.echo(f"{name} ...", err=True)
        found.append(_check(runtime, name))
    if as_json:
        show_json([record for each in found for record in records_of(each)])
    else:
        show(HEADINGS, (line for each in found for line in lines(each)), spare=SPARE)
        for text in details(found):
            click.echo(text)
    tell_prefix(str(each.error) for each in found if each.error is not None)
    _exit(found)


def _exit(found: Sequence[Checked]) -> None:
    errors = [each.error for each in found if each.error is not None]
    if errors:
        sys.exit(errors[0].exit_code)
    if any(result.failed for each in found for result in each.results):
        sys.exit(FAILED)


def _check(runtime: Runtime, name: TableName) -> Checked:
    try:
        return Checked(name, _run(runtime, name))
    except PipelineError as error:
        return Checked(name, error=error)


def _run(runtime: Runtime, name: TableName) -> tuple[Result, ...]:
    """Run the checks as those of the rows' date, and write the results."""
    schema = runtime.settings.warehouse.marker_schema
    rows = runtime.markers.query(select_contents(schema, [name]))
    content = Content.of(rows[0]) if rows else None
    date = content.run_date if content is not None else today()
    publication = filling_task(name, date).publication(runtime.place)
    assert publication.checking is not None
    checking = replace(publication.checking, task="check")
    try:
        with suppress(ChecksFailedError):  # the results say more
            check_rows_now(replace(publication, checking=checking), content)
    except NotLoadedError:
        return tuple(_not_run(each) for each in publication.design.checks)
    write_results(runtime.warehouse, [checking])
    return checking.results


def _not_run(check: Check) -> Result:
    return Result(check, None, "published", found="not run: the relation has not been loaded")


def state(result: Result) -> str:
    """Return the result in words."""
    if result.passed is None:
        return result.found
    word = "passed" if result.passed else "FAILED" if result.failed else "warning"
    return f"{word}: {result.found}" if result.found else word


def lines(each: Checked) -> Iterator[tuple[str, ...]]:
    """Yield a table row for each check of a relation."""
    if each.error is not None:
        yield (str(each.name), "", "", "", "failed")
    for result in each.results:
        wrong = number(result.wrong) if result.wrong else ""
        yield (str(each.name), label(result), result.check.severity, wrong, state(result))


def records_of(each: Checked) -> Iterator[dict[str, Any]]:
    """Yield the JSON object of each check; of a relation that failed, one with the error."""
    nothing = dict.fromkeys(
        ("check", "kind", "severity", "passed", "wrong_rows", "found", "rows", "error")
    )
    empty = {"relation": str(each.name), **nothing}
    if each.error is not None:
        yield empty | {"error": str(each.error)}
    for result in each.results:
        yield empty | {
            "check": result.check.name,
            "kind": result.check.rule.kind,
            "severity": result.check.severity,
            "passed": result.passed,
            "wrong_rows": result.wrong,
            "found": result.found or None,
            "rows": [json.loads(row_as_json(row)) for row in result.rows],
        }


def details(found: Sequence[Checked]) -> Iterator[str]:
    """Yield lines about what failed, with some wrong rows, and the number of results."""
    for each in found:
        if each.error is not None:
            yield f"{each.name}: {each.error}"
        for result in each.results:
            if result.passed is False and result.wrong:
                yield f"{each.name}: {label(result)}: {describe(result)}"
    results = [result for each in found for result in each.results]
    numbers = (
        (sum(each.passed is True for each in results), "passed"),
        (sum(each.failed for each in results), "FAILED"),
        (sum(each.warned for each in results), "with a warning"),
        (sum(each.passed is None for each in results), "not run"),
    )
    words = ", ".join(f"{many:,} {word}" for many, word in numbers if many)
    checks = f"{count(len(results), 'check')} of {count(len(found), 'relation')}"
    yield f"{checks}: {words}." if words else f"{checks}."
