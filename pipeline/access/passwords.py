"""Passwords of warehouse users: Redshift's rules, the hash sent in their place, suggestions.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

from __future__ import annotations

import hashlib
import secrets
import string

from pipeline.access.words import WORDS
from pipeline.errors import ConfigError

MINIMUM, MAXIMUM = 8, 64
FORBIDDEN = frozenset("'\"\\/@")
ALLOWED = frozenset(map(chr, range(33, 127))) - FORBIDDEN


def broken_rules(password: str) -> tuple[str, ...]:
    """Return what keeps Redshift from accepting a password; it checks nothing when given a hash.

    The answer never repeats the password.
    """
    rules = (
        (MINIMUM <= len(password) <= MAXIMUM, f"has {MINIMUM} to {MAXIMUM} characters"),
        (_has(password, string.ascii_uppercase), "has an upper case letter"),
        (_has(password, string.ascii_lowercase), "has a lower case letter"),
        (_has(password, string.digits), "has a digit"),
        (
            set(password) <= ALLOWED,
            "is of ASCII letters, digits and signs but ' \" \\ / @ and space",
        ),
    )
    return tuple(rule for kept, rule in rules if not kept)


def _has(password: str, characters: str) -> bool:
    return not set(password).isdisjoint(characters)


def password_hash(user: str, password: str) -> str:
    """Return what stands in for a password in CREATE USER, so that no server logs it.

    The user's name is part of it, as it is spelt: renaming a user clears the password. SHA-256
    would be the stronger form, but libpq cannot log in to a user who has one.
    """
    digest = hashlib.md5(f"{password}{user}".encode(), usedforsecurity=False).hexdigest()
    return f"md5{digest}"


def checked_hash(user: str, password: str, origin: str) -> str:
    """Return the hash of a password found at ``origin``; ConfigError if it breaks a rule."""
    broken = broken_rules(password)
    if broken:
        raise ConfigError(
            f"the password of '{user}' in {origin} is none that Redshift accepts:"
            f" a password {', '.join(broken)}; 'pipeline password' suggests one"
        )
    return password_hash(user, password)


def suggest(words: int = 6) -> str:
    """Return a new password that is long, can be remembered, and keeps the rules.

    Six words of a list of 730 and two digits hold 63 bits.
    """
    chosen = [secrets.choice(WORDS) for _ in range(words)]
    number = f"{secrets.randbelow(100):02}"
    return "-".join([chosen[0].capitalize(), *chosen[1:], number])
