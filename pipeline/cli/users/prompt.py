"""Obtain a password from a variable, the password file or the terminal; never from argv."""

import getpass
import os

import click

from pipeline.access import passwords
from pipeline.errors import UsageError
from pipeline.procedures.operations.users import find_password
from pipeline.runtime import Runtime

ATTEMPTS = 3


def known_hash(runtime: Runtime, user: str, variable: str | None = None) -> str | None:
    """Return the hash of the password in a variable or the password file, None without one."""
    password, origin = find_password(runtime.administration, user, variable, os.environ)
    if password is None:
        return None
    click.echo(f"Using the password of '{user}' from {origin}.", err=True)
    return passwords.checked_hash(user, password, origin)


def new_hash(runtime: Runtime, user: str, variable: str | None) -> str:
    """Return the hash of a password; prompt for it if no variable or file holds one."""
    return known_hash(runtime, user, variable) or passwords.password_hash(user, _prompt(user))


def _prompt(user: str) -> str:
    """Prompt for a password twice, and again while it breaks a rule."""
    _check_terminal(user)
    for _ in range(ATTEMPTS):
        password = getpass.getpass(f"Password for {user}: ")
        broken = passwords.broken_rules(password)
        if broken:
            click.echo(f"The password must {', '.join(broken)}.", err=True)
        elif getpass.getpass("Repeat the password: ") == password:
            return password
        else:
            click.echo("The passwords do not match.", err=True)
    raise UsageError("no password was chosen; 'pipeline password' suggests one")


def _check_terminal(user: str) -> None:
    """UsageError without a terminal: a password that is typed unseen must not come from a pipe."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        raise UsageError(
            f"there is no terminal to prompt for the password of '{user}': put it into ~/.pgpass,"
            " or into an environment variable that --password-variable names"
        ) from None
