"""Passwords of warehouse users: Redshift's rules, the hash that is sent instead, suggestions.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

import hashlib
import secrets
import string

from pipeline.access.words import WORDS
from pipeline.errors import ConfigError

MINIMUM, MAXIMUM = 8, 64
FORBIDDEN = frozenset("'\"\\/@")
ALLOWED = frozenset(map(chr, range(33, 127))) - FORBIDDEN


def broken_rules(password: str) -> tuple[str, ...]:
    """Return the rules that a password breaks, each fit to follow "it must", and never itself.

    Redshift cannot check them: it is only given the hash.
    """
    rules = (
        (MINIMUM <= len(password) <= MAXIMUM, f"have {MINIMUM} to {MAXIMUM} characters"),
        (_has(password, string.ascii_uppercase), "have an uppercase letter"),
        (_has(password, string.ascii_lowercase), "have a lowercase letter"),
        (_has(password, string.digits), "have a digit"),
        (
            set(password) <= ALLOWED,
            "consist of printable ASCII characters other than ' \" \\ / @ and space",
        ),
    )
    return tuple(rule for kept, rule in rules if not kept)


def _has(password: str, characters: str) -> bool:
    return not set(password).isdisjoint(characters)


def password_hash(user: str, password: str) -> str:
    """Return the hash that CREATE USER takes instead of a password, so that no server logs it.

    It covers the user's name, case included: renaming a user clears the password. MD5 rather than
    SHA-256, because libpq cannot log in to a user with a SHA-256 password.
    """
    digest = hashlib.md5(f"{password}{user}".encode(), usedforsecurity=False).hexdigest()
    return f"md5{digest}"


def checked_hash(user: str, password: str, origin: str) -> str:
    """Return the hash of a password found at ``origin``; ConfigError if it breaks a rule."""
    broken = broken_rules(password)
    if broken:
        raise ConfigError(
            f"Redshift rejects the password of '{user}' in {origin}: it must"
            f" {', '.join(broken)}; 'pipeline password' suggests one"
        )
    return password_hash(user, password)


def suggest(words: int = 6) -> str:
    """Return a new password that is long, memorable and valid: ``Acorn-mango-…-river-07``.

    Six words out of 730 and two digits have 63 bits of entropy.
    """
    chosen = [secrets.choice(WORDS) for _ in range(words)]
    number = f"{secrets.randbelow(100):02}"
    return "-".join([chosen[0].capitalize(), *chosen[1:], number])
