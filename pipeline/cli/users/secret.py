"""How commands come by a password: a variable, the password file, or typed twice; never argv."""

from __future__ import annotations

import getpass
import os
import re

import click

from pipeline.access import passwords
from pipeline.errors import UsageError
from pipeline.names import fold
from pipeline.procedures.operations.users import find_password
from pipeline.runtime import Runtime

ATTEMPTS = 3

PASSWORD_VARIABLE = click.option(
    "--password-variable",
    metavar="VARIABLE",
    help="Take the password from this environment variable.",
)
DRY_RUN = click.option(
    "-n", "--dry-run", is_flag=True, help="Show the statements, values hidden; change nothing."
)


class UserName(click.ParamType[str]):
    """The name of a warehouse user, folded as Redshift folds it."""

    name = "name"
    form = re.compile(r"(?![0-9])[\w$.@-]+")

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the name; a usage error says what is expected."""
        name = fold(value)
        if not self.form.fullmatch(name) or name[0] in "$.@-" or name == "public":
            self.fail(f"{value!r} is no name of a user; write one such as tom", param, ctx)
        return name


def known_hash(runtime: Runtime, user: str, variable: str | None = None) -> str | None:
    """Return the hash of a user's password where a variable or the password file holds it."""
    password, origin = find_password(runtime.administration, user, variable, os.environ)
    if password is None:
        return None
    click.echo(f"The password of '{user}' is the one in {origin}.", err=True)
    return passwords.checked_hash(user, password, origin)


def new_hash(runtime: Runtime, user: str, variable: str | None) -> str:
    """Return the hash of a new password, which is asked for where it does not stand anywhere."""
    return known_hash(runtime, user, variable) or passwords.password_hash(user, _ask(user))


def _ask(user: str) -> str:
    """Have a password typed twice, and again while it breaks a rule."""
    _check_terminal(user)
    for _ in range(ATTEMPTS):
        password = getpass.getpass(f"Password for {user}: ")
        broken = passwords.broken_rules(password)
        if broken:
            click.echo(f"A password {', '.join(broken)}.", err=True)
        elif getpass.getpass("The same again: ") == password:
            return password
        else:
            click.echo("These were not the same.", err=True)
    raise UsageError("no password was chosen; 'pipeline password' suggests one")


def _check_terminal(user: str) -> None:
    """UsageError where nobody can be asked: what is typed blindly must not come from a pipe."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        raise UsageError(
            f"there is no terminal to ask for the password of '{user}': put it into ~/.pgpass,"
            " or into an environment variable that --password-variable names"
        ) from None
