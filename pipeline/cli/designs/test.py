"""``pipeline test``: run the tests of queries."""

import sys
import time
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

import click

from pipeline.cli.arguments import complete_relations
from pipeline.designs.cases.model import Case
from pipeline.designs.cases.parse import parse_cases
from pipeline.errors import UsageError, visible
from pipeline.figures import count
from pipeline.local.extra import emulator_of_command
from pipeline.names import did_you_mean
from pipeline.procedures.operations.designs.test import (
    Bench,
    Result,
    open_bench,
    open_emulator_bench,
)
from pipeline.project import Project
from pipeline.runtime import current
from pipeline.screen import PIPE, stdout

FAILED = 7
"""Exit code if a case failed."""

OF_CASE = "::"
"""Precedes the name of a case in a pattern: ``analytics.dim_order::a cart*``."""


@click.command()
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...", shell_complete=complete_relations)
@click.option(
    "--warehouse",
    "on_warehouse",
    is_flag=True,
    help="Run them in the configured warehouse instead, in schemas of their own.",
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the results to this file, too, as JUnit's XML.",
)
def test(patterns: tuple[str, ...], junit: Path | None, *, on_warehouse: bool) -> None:
    """Run the tests beside the designs of derived relations, such as dim_order.tests.yaml.

    PATTERN selects relations: analytics, 'analytics.dim*', '!analytics.old*'; or cases of one:
    'analytics.dim_order::a cart*'. They run on the emulator of the running local stack, else on a
    private one; everything is rolled back. Exit code 7: a case failed.
    """
    started = time.monotonic()
    if junit is not None and not junit.parent.is_dir():
        raise UsageError(f"--junit: there is no folder {junit.parent}; create it first")
    cases = select_cases(current().project, patterns)
    with _bench(on_warehouse=on_warehouse) as bench:
        results = [_report(bench.run(case)) for case in cases]
    if junit is not None:
        junit.write_text(render_junit(results), encoding="utf-8")
    failed = sum(not each.passed for each in results)
    ended = f"{failed} FAILED" if failed else "all passed"
    seconds = time.monotonic() - started
    relations = count(len({case.relation for case in cases}), "relation")
    click.echo(f"{count(len(cases), 'case')} of {relations}: {ended} ({seconds:.1f} s).")
    if failed:
        sys.exit(FAILED)


def select_cases(project: Project, patterns: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases that patterns select; UsageError if there are none."""
    cases = parse_cases(project.files, project.catalog.designs)
    whole = [pattern for pattern in patterns if OF_CASE not in pattern]
    names = project.select(whole) if whole or not patterns else ()
    chosen = {str(case) for case in cases if case.relation in names}
    for pattern in patterns:
        if pattern not in whole:
            chosen |= _matching(project, pattern, cases)
    if not chosen:
        raise UsageError(
            "the selected relations have no tests; they belong in a file beside the design, such"
            " as analytics/dim_order.tests.yaml"
        )
    return tuple(case for case in cases if str(case) in chosen)


def _matching(project: Project, pattern: str, cases: Collection[Case]) -> set[str]:
    left, _, glob = pattern.partition(OF_CASE)
    relations = project.select([left])
    known = [case for case in cases if case.relation in relations]
    found = {str(case) for case in known if case.name == glob or fnmatchcase(case.name, glob)}
    if not found:
        hint = did_you_mean(glob, [case.name for case in known])
        raise UsageError(f"no case matches '{pattern}'{hint}")
    return found


def _bench(*, on_warehouse: bool) -> AbstractContextManager[Bench]:
    if on_warehouse:
        return open_bench(current().warehouse, own_names=True)
    return open_emulator_bench(emulator_of_command())


def _report(result: Result) -> Result:
    """Print the result of a case that failed."""
    if not result.passed:
        click.echo(f"FAILED {result.headline}\n{result.details(stdout())}\n")
    return result


def render_junit(results: Sequence[Result]) -> str:
    """Render results as JUnit's XML, a suite for each relation.

    https://github.com/testmoapp/junitxml
    """
    root = ET.Element("testsuites")
    for relation, each in groupby(results, key=lambda result: str(result.case.relation)):
        suite = ET.SubElement(root, "testsuite", name=visible(relation))
        found = list(each)
        suite.attrib |= {
            "tests": str(len(found)),
            "failures": str(sum(bool(result.differences) for result in found)),
            "errors": str(sum(bool(result.error) for result in found)),
            "time": f"{sum(result.seconds for result in found):.3f}",
        }
        for result in found:
            _add_case(suite, result)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return f"{text.decode('utf-8')}\n"


def _add_case(suite: ET.Element, result: Result) -> None:
    case = ET.SubElement(suite, "testcase")
    case.attrib |= {
        "classname": visible(str(result.case.relation)),
        "name": visible(result.case.name),
        "file": visible(result.case.file),
        "line": str(result.case.line),
        "time": f"{result.seconds:.3f}",
    }
    if not result.passed:
        what = "error" if result.error else "failure"
        failure = ET.SubElement(case, what, message=visible(result.headline))
        failure.text = "\n".join(map(visible, result.details(PIPE).splitlines()))
