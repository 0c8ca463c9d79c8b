"""What checks found, in words: for errors, warnings, summaries and tables."""

from collections.abc import Collection, Iterable, Iterator

from pipeline.designs.checking.read import columns_of
from pipeline.designs.model.design import Design
from pipeline.figures import count
from pipeline.names import RunDate
from pipeline.procedures.advice import fix_rows
from pipeline.procedures.checks.run import CHANGED, Result
from pipeline.sql.markers.check_results import failures_table
from pipeline.stores.warehouse import Row

SHOWN = 3
"""Wrong rows that a message shows; the others are in the table of wrong rows."""

VALUE, ROW = 40, 160
"""Characters of a value and of a row that a message shows."""


def describe(result: Result) -> str:
    """Describe what a check found, with some wrong rows: ``2 wrong rows, such as (id = 7)``."""
    if result.wrong is None:
        return result.found
    first = columns_of(result.check.rule)
    rows = "; ".join(shortened(_ordered(row, first)) for row in result.rows[:SHOWN])
    return f"{count(result.wrong, 'wrong row')}{f', such as {rows}' if rows else ''}"


def _ordered(row: Row, checked: Collection[str]) -> Row:
    """Move the columns that a rule is about behind the first one, which often is the key."""
    first = next(iter(row), "")
    return dict(
        sorted(row.items(), key=lambda item: 0 if item[0] == first else 2 - (item[0] in checked))
    )


def shortened(row: Row) -> str:
    """Return a row in one line, long values and rows cut: ``(id = 7, note = a long te…)``."""
    values = ", ".join(f"{name} = {_cut(_value(value), VALUE)}" for name, value in row.items())
    return f"({_cut(values, ROW)})"


def _value(value: object) -> str:
    return "NULL" if value is None else " ".join(str(value).split())


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def failure(
    design: Design,
    results: Iterable[Result],
    schema: str,
    date: RunDate | None,
    *,
    appends: bool = False,
) -> str:
    """Return the message of rows that do not pass: which checks, what is wrong, what to do."""
    failed = [each for each in results if each.failed]
    is_published = any(each.place == "published" for each in failed)
    kept = "view stays as it was" if design.kind == "VIEW" else "table keeps its old rows"
    then = "what reads them waits" if is_published else f"the {kept}"
    found = "the rows in the warehouse do not pass" if is_published else "the new rows do not pass"
    lines = [f"{design.name}: {found} {count(len(failed), 'check')}; {then}."]
    lines += (f"{label(each)}: {describe(each)}" for each in failed)
    fix = fix_rows(design, date, appends=appends)
    lines.append(f"{fix}; or change the checks in {design.stem}.yaml.")
    if any(CHANGED in each.found for each in failed):
        lines.append(
            f"If the number of rows is right, run 'pipeline forget {design.name.argument}"
            " --all-dates' and start again: there is then no last load to compare with."
        )
    if any(each.rows for each in failed):
        lines.append(f"Wrong rows, up to 100 of each check, are in {failures_table(schema)}.")
    return "\n".join(lines)


def label(result: Result) -> str:
    """Return the name of a check, with its rule unless that is part of the name."""
    name, kind = result.check.name, result.check.rule.kind
    return name if kind in name else f"{name} ({kind})"


def warnings(results: Iterable[Result]) -> Iterator[str]:
    """Yield a text for each warning."""
    for each in results:
        if each.warned:
            yield f"warning: {label(each)}: {describe(each)}"


def summary(results: Iterable[Result]) -> str:
    """Count the checks that passed, and those that were not run: ``5 checks passed``."""
    outcomes = [each.passed for each in results]
    numbers = ((outcomes.count(True), "passed"), (outcomes.count(None), "not run"))
    return ", ".join(f"{count(many, 'check')} {what}" for many, what in numbers if many)
