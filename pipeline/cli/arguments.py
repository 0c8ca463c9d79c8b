"""Arguments and options that several commands share."""

import os
import re
from contextlib import suppress
from pathlib import Path

import click

from pipeline.designs.folder import is_design, is_query
from pipeline.designs.parse import stem_of
from pipeline.designs.rules.design import allowed_names
from pipeline.errors import PipelineError, UsageError
from pipeline.names import RunDate, fold, split_stem
from pipeline.options import choose, configured


def complete_relations(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the relations and schemas that begin with what is typed, ``!`` and ``+`` included.

    The names of the design files are read, not the files. Nothing if there is no configuration.
    """
    operator = incomplete[: len(incomplete) - len(incomplete.lstrip("!+"))]
    options = {name: value for name, value in ctx.find_root().params.items() if name in CHOSEN}
    with suppress(PipelineError, OSError):
        choose({name: value for name, value in options.items() if value})
        folder = Path(configured(os.environ).design_dir)
        paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
        stems = {stem_of(path) for path in paths if is_design(path) or is_query(path)}
        names = {allowed_names(stem, derived=split_stem(stem)[1] is None)[0] for stem in stems}
        found = sorted({*names, *(name.partition(".")[0] for name in names)})
        return [
            f"{operator}{each}" for each in found if f"{operator}{each}".startswith(incomplete)
        ]
    return []


DATE_HELP = "The run's date, or an hour of it in UTC: 2026-11-28T14 (default: today in UTC)."

NO_DESIGNS = "There are no designs yet; to draft them: pipeline design"

CHOSEN = ("config", "designs", "prefix")
"""Options of ``pipeline`` itself."""

PATTERNS = click.argument(
    "patterns", nargs=-1, metavar="[PATTERN]...", shell_complete=complete_relations
)
RELATION = click.argument("relation", shell_complete=complete_relations)

PASSWORD_VARIABLE = click.option(
    "--password-variable",
    metavar="VARIABLE",
    help="Take the password from this environment variable.",
)
DRY_RUN = click.option(
    "-n", "--dry-run", is_flag=True, help="Show the statements, values hidden; execute none."
)


class Date(click.ParamType[RunDate]):
    """The date of a run: ``2026-11-21``, or an hour of it, ``2026-11-21T14``."""

    name = "date"

    def convert(
        self, value: str | RunDate, param: click.Parameter | None, ctx: click.Context | None
    ) -> RunDate:
        """Parse the date; anything else is a usage error."""
        if isinstance(value, RunDate):
            return value
        try:
            return RunDate.parse(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class UserName(click.ParamType[str]):
    """The name of a warehouse user, folded to lower case as Redshift does: ``tom``, ``j.doe``."""

    name = "name"
    form = re.compile(r"(?![0-9])[\w$.@-]+")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Fold and check the name; an invalid one is a usage error."""
        name = fold(value)
        if not self.form.fullmatch(name) or name[0] in "$.@-" or name == "public":
            self.fail(f"{value!r} is not a valid user name; use one such as tom", param, ctx)
        return name
