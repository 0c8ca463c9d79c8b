"""Arguments and options that several commands share."""

import datetime as dt
import re

import click

from pipeline.names import fold

PATTERNS = click.argument("patterns", nargs=-1, metavar="[PATTERN]...")

PASSWORD_VARIABLE = click.option(
    "--password-variable",
    metavar="VARIABLE",
    help="Take the password from this environment variable.",
)
DRY_RUN = click.option(
    "-n", "--dry-run", is_flag=True, help="Show the statements, values hidden; execute none."
)


class Date(click.ParamType[dt.date]):
    """A date in the form YYYY-MM-DD: ``2026-11-21``."""

    name = "date"

    def convert(
        self, value: str | dt.date, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Parse the date; anything else is a usage error."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-11-21", param, ctx)


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
