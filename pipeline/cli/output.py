"""JSON for programs: its option, its format of times, and its schema. What messages lack.

``output.schema.json`` describes what each command prints; docs/json.md explains it.
"""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import click

from pipeline.procedures.advice import prefix_note

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; see docs/json.md.")


def show_json(value: Any) -> None:
    """Print a value as JSON; nothing else may be printed on stdout."""
    click.echo(json.dumps(value, indent=2))


def instant(value: dt.datetime | None) -> str | None:
    """Format a time of the warehouse, which is UTC: ``2026-11-22T03:14:59.5Z``."""
    return None if value is None else f"{value.isoformat()}Z"


def seconds(value: dt.timedelta | None) -> int | None:
    """Return the whole seconds of a duration."""
    return None if value is None else int(value.total_seconds())


def tell_prefix(texts: Iterable[str]) -> None:
    """Tell on stderr what the commands in texts lack, if the command line has a prefix."""
    root = click.get_current_context().find_root()
    if note := prefix_note(texts, root.params.get("prefix") or ""):
        click.echo(f"{note[0].upper()}{note[1:]}.", err=True)
