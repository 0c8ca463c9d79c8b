"""``pipeline verify``: compare relations with their sources, value by value."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TextIO

import click

from pipeline.cli.arguments import PATTERNS
from pipeline.cli.output import AS_JSON, instant, show_json
from pipeline.cli.tables import moment, number, show
from pipeline.designs.model.design import Design
from pipeline.designs.selection import as_text, parse_patterns
from pipeline.errors import PipelineError
from pipeline.figures import count
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.options import warehouse
from pipeline.procedures.content import Content
from pipeline.procedures.files import describe_lost
from pipeline.procedures.operations.forget import ForgetJob, forget
from pipeline.procedures.operations.verify import Comparison, compare_derived, compare_table
from pipeline.runtime import Runtime, current
from pipeline.sql.markers.content import select_contents
from pipeline.sql.tables.difference import EXPECTED, FOUND
from pipeline.stores.warehouse import Row
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.parameters import today
from pipeline.tasks.refresh import RefreshCtas

DIFFERENT = 5
"""Exit code if a relation differs from its source."""

HEADINGS = ("relation", "loaded (UTC)", "rows", "changed", "missing", "surplus", "state")
SPARE = ("loaded (UTC)",)


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of one relation: a comparison, or why there is none."""

    name: TableName
    loaded: dt.datetime | None = None
    comparison: Comparison | None = None
    omitted: str | None = None
    error: PipelineError | None = None

    @property
    def state(self) -> str:
        """Return the result in words."""
        if self.error is not None:
            return "failed"
        if self.comparison is None:
            return f"not compared: {self.omitted}"
        return "DIFFERENT" if self.comparison.differs else "equal"


@click.command()
@PATTERNS
@click.option("--repair", is_flag=True, help="Load what differs, and what depends on it, again.")
@AS_JSON
def verify(patterns: tuple[str, ...], *, repair: bool, as_json: bool) -> None:
    """Compare all values in the warehouse with upstream, in both directions.

    PATTERN selects relations: www, 'www.orders*', '!www.tmp*'. Tables are dumped again under a new
    snapshot, queries of derived tables run again; nothing in the warehouse changes. Changes
    upstream since the last load are differences, too, as are the deleted rows that 'deletes:
    ignore' keeps. Exit code 5: a relation differs.
    """
    runtime = current()
    found = []
    for design in runtime.project.select(patterns):
        click.echo(f"{design} ...", err=True)
        found.append(_verify(runtime, runtime.project.catalog[design]))
    if as_json:
        show_json([record(each) for each in found])
    else:
        show(HEADINGS, map(line, found), spare=SPARE)
        for text in details(found):
            click.echo(text)
    different = [each.name for each in found if each.comparison and each.comparison.differs]
    if different and repair:
        _repair(runtime, different, out=sys.stderr if as_json else None)
    _exit(found, different, repaired=repair)


def _exit(found: Sequence[Verified], different: Sequence[TableName], *, repaired: bool) -> None:
    errors = [each.error for each in found if each.error is not None]
    if errors:
        sys.exit(errors[0].exit_code)
    if different and not repaired:
        sys.exit(DIFFERENT)


def _verify(runtime: Runtime, design: Design) -> Verified:
    if design.kind == "VIEW":
        return Verified(design.name, omitted="a view has no rows of its own")
    try:
        schema = runtime.settings.warehouse.marker_schema
        markers = runtime.markers.query(select_contents(schema, [design.name]))
        if not markers:
            return Verified(design.name, omitted="it has not been loaded")
        row = markers[0]
        if Fingerprint.parse(row["fingerprint"]).is_partial:
            return Verified(design.name, omitted="it holds a part of the rows (--limit)")
        if lost := _lost(design, row):
            omitted = f"{lost}, cannot be found any more"
            return Verified(design.name, row["inserted_at"], omitted=omitted)
        return Verified(design.name, row["inserted_at"], _compare(runtime, design, row))
    except PipelineError as error:
        return Verified(design.name, error=error)


def _lost(design: Design, row: Row) -> str:
    """Return which files were loaded and are gone; empty if there are none."""
    if design.kind != "TABLE":
        return ""
    files = DumpTable(table=design.name, date=Content.of(row).run_date).files()
    return describe_lost(files) if files else ""


def _compare(runtime: Runtime, design: Design, row: Row) -> Comparison:
    date = Content.of(row).run_date
    place = runtime.place
    if design.kind == "CTAS":
        return compare_derived(RefreshCtas(table=design.name, date=date).publication(place))
    dump = DumpTable(table=design.name, date=date)
    load = CopyTable(table=design.name, date=date)
    return compare_table(
        dump.files() or dump.job(),
        lambda manifest, url: load.job(manifest, url, place, runtime.authorization),
    )


def line(each: Verified) -> tuple[str, ...]:
    """Return the table row of a relation."""
    loaded = moment(each.loaded)
    if each.comparison is None:
        return (str(each.name), loaded, "", "", "", "", each.state)
    found = each.comparison.difference
    figures = (each.comparison.rows, found.changed, found.missing, found.surplus)
    shown = ("",) * 4 if each.comparison.altered else map(number, figures)
    return (str(each.name), loaded, *shown, each.state)


def record(each: Verified) -> dict[str, object]:
    """Return the JSON object of a relation; without the values of keys."""
    altered = each.comparison.altered if each.comparison else ""
    compared = None if altered else each.comparison
    return {
        "relation": str(each.name),
        "loaded_at": instant(each.loaded),
        "state": each.state,
        "rows": compared.rows if compared else None,
        "difference": asdict(compared.difference) if compared else None,
        "altered": altered or None,
        "error": str(each.error) if each.error else None,
    }


def details(found: Sequence[Verified]) -> Iterator[str]:
    """Yield lines about what differs, and what failed."""
    for each in found:
        if each.error is not None:
            yield f"{each.name}: {each.error}"
        if each.comparison is None or not each.comparison.differs:
            continue
        if each.comparison.altered:
            yield f"{each.name}: {each.comparison.altered}"
        columns = ", ".join(
            f"{name} in {count(rows, 'row')}" for name, rows in each.comparison.difference.columns
        )
        if columns:
            yield f"{each.name}: different values of {columns}"
        for row in each.comparison.examples:
            yield f"    {_example(row)}"
    equal = sum(each.state == "equal" for each in found)
    yield f"{count(len(found), 'relation')}: {equal} equal to the source."


def _example(row: Row) -> str:
    """Return the key of a row that differs: ``id = 17: missing``."""
    values = ", ".join(
        f"{name} = {value}" for name, value in row.items() if name not in {EXPECTED, FOUND}
    )
    word = "missing" if not row[FOUND] else "changed" if row[EXPECTED] else "surplus"
    return f"{values}: {word}"


def _repair(runtime: Runtime, names: Sequence[TableName], out: TextIO | None) -> None:
    """Forget the relations and what depends on them, then load them again by an ordinary run."""
    catalog = runtime.project.catalog
    chosen = sorted({*names, *catalog.graph.descendants(set(names))})
    date = _newest_date(runtime, {*chosen, *catalog.graph.ancestors(set(chosen))})
    job = ForgetJob(
        designs=[catalog[name] for name in chosen],
        date=date,
        s3=runtime.s3,
        layout=runtime.project.layout,
        warehouse=runtime.warehouse,
        marker_schema=runtime.settings.warehouse.marker_schema,
        incremental=runtime.project.incremental,
    )
    forget(job)
    options = warehouse()
    given = {name: getattr(options, name) for name in ("config", "designs", "prefix")}
    patterns = [each for name in chosen for each in parse_patterns([str(name)], [name])]
    command = [
        *(sys.executable, "-m", "luigi", "--module", "pipeline", "LoadAll", "--local-scheduler"),
        *("--date", str(date), "--tables", as_text(patterns)),
        *(
            word
            for name, value in given.items()
            if value
            for word in (f"--warehouse-{name}", value)
        ),
    ]
    alone = {**os.environ, "LUIGI_RUN": ""}
    done = subprocess.run(command, stdout=out, check=False, env=alone)
    if done.returncode:
        sys.exit(done.returncode)


def _newest_date(runtime: Runtime, names: Collection[TableName]) -> RunDate:
    """Return today, or the newest date of the relations' rows, which an earlier run would keep."""
    schema = runtime.settings.warehouse.marker_schema
    rows = runtime.markers.query(select_contents(schema, names))
    return max([today(), *(Content.of(row).run_date for row in rows)])
