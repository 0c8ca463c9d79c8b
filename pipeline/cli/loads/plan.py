"""``pipeline plan``: preview the tasks of a run, in order."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click
import luigi

import pipeline
from pipeline.cli.arguments import DATE_HELP, Date, complete_relations
from pipeline.cli.output import AS_JSON, show_json
from pipeline.designs.selection import as_text, parse_patterns
from pipeline.errors import UsageError
from pipeline.names import RunDate
from pipeline.runtime import Runtime, current
from pipeline.tasks.load import Selection
from pipeline.tasks.parameters import today
from pipeline.tasks.preview.dry_run import PreviewRequest, preview_lines, preview_record

BOOTSTRAP = "BootstrapWarehouse"


def _complete_words(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the tasks, for the first word, and relations that begin with what is typed."""
    tasks = [] if ctx.params.get("words") else pipeline.__all__
    found = [task for task in tasks if task.startswith(incomplete)]
    return [*found, *complete_relations(ctx, parameter, incomplete)]


@click.command()
@click.argument("words", nargs=-1, metavar="[TASK] [PATTERN]...", shell_complete=_complete_words)
@click.option("--date", type=Date(), help=DATE_HELP)
@click.option("--limit", type=click.IntRange(1), help="Plan for this many rows of each table.")
@click.option(
    "--tables", metavar="PATTERNS", help="The same as PATTERN, in the form of the tasks' option."
)
@click.option("--sql", is_flag=True, help="Show the statements and requests of each task, too.")
@click.option("--complete", is_flag=True, help="List the complete tasks, too.")
@AS_JSON
def plan(
    words: tuple[str, ...],
    date: RunDate | None,
    limit: int | None,
    tables: str | None,
    *,
    as_json: bool,
    **shown: bool,
) -> None:
    """Show what a task would do, without doing it.

    TASK is LoadAll by default; PATTERN selects relations: 'pipeline plan CopyTable www.orders'.
    Of a table that is loaded incrementally, it shows whether the changes or all rows are read, and
    why. Servers that cannot be reached are named, and what only they know is shown as unknown.
    Values that may be secret are shown as ***.
    """
    runtime, date = current(), date or today()
    name, patterns = split(words)
    patterns += (tables,) if tables else ()
    words = (name, *patterns, *(("--limit", str(limit)) if limit else ()))
    title = f"Plan of {' '.join(words)} for {date}"
    tasks_ = roots(runtime, name, patterns, {"date": date, "limit": limit})
    request = PreviewRequest(title, tasks_, date, limit, **shown)
    if as_json:
        found = {"task": name, "patterns": patterns, "date": str(date), "limit": limit}
        show_json(found | preview_record(runtime, request))
        return
    for line in preview_lines(runtime, request):
        click.echo(line)


def split(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Separate the task's name, if there is one, from patterns; UsageError if it is mistyped.

    ``CopyTable www.orders`` gives ``("CopyTable", ("www.orders",))``, and ``www`` alone gives
    ``("LoadAll", ("www",))``.
    """
    known = pipeline.__all__
    first = words[0] if words else ""
    if first in known:
        return first, tuple(words[1:])
    near = get_close_matches(first, known, n=1, cutoff=0.7)
    if first[:1].isupper() and near:
        raise UsageError(f"there is no task '{first}'; did you mean '{near[0]}'?")
    return "LoadAll", tuple(words)


def roots(
    runtime: Runtime, name: str, patterns: tuple[str, ...], given: Mapping[str, Any]
) -> list[luigi.Task]:
    """Return the requested tasks, with those of the ``given`` parameters that are not None."""
    kind = getattr(pipeline, name)
    values = {key: value for key, value in given.items() if value is not None}
    if "limit" in values and not hasattr(kind, "limit"):
        raise UsageError(f"{name} moves no rows and has no --limit")
    if name == BOOTSTRAP:
        if patterns:
            raise UsageError(f"{BOOTSTRAP} applies to the whole warehouse and takes no pattern")
        return [kind()]
    if issubclass(kind, Selection):
        return [
            kind(
                **values, tables=as_text(parse_patterns(patterns, runtime.project.catalog.designs))
            )
        ]
    catalog = runtime.project.catalog
    choose = catalog.select if name == "UploadDesign" else runtime.project.select
    names = [each for each in choose(patterns) if catalog[each].kind not in kind.unfit]
    if not names:
        raise UsageError(f"{name} applies to none of these relations: {' '.join(patterns)}")
    return [kind(**values, table=each) for each in names]
