"""Passwords: Redshift's rules, and the forms in which they can be given.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.protocol.backend import md5_digest

_MD5 = re.compile(r"md5([0-9a-fA-F]{32})")
_SHA256 = re.compile(r"sha256\|([0-9a-fA-F]{64})\|([0-9a-fA-F]{64})")
_REFUSED = frozenset("'\"\\/@")
SHORTEST, LONGEST = 8, 64


@dataclass(frozen=True, slots=True)
class Secret:
    """A password as it is stored: ``kind`` is md5, sha256, or disabled, which prevents a login."""

    kind: str
    digest: str
    salt: str = ""


DISABLED = Secret("disabled", "")


def parse_password(given: str, user: str) -> Secret:
    """Parse a password in any of its forms; cleartext must follow Redshift's rules.

    The forms are ``Secret1pw``, ``md5<digest>``, ``sha256|Secret1pw`` and
    ``sha256|<digest>|<salt>``, with digest and salt in hexadecimal.
    """
    hashed = _MD5.fullmatch(given)
    if hashed:
        return Secret("md5", hashed.group(1).lower())
    hashed = _SHA256.fullmatch(given)
    if hashed:
        return Secret("sha256", hashed.group(1).lower(), hashed.group(2).lower())
    if given.startswith("sha256|"):
        clear = given.removeprefix("sha256|")
        check_password(clear)
        salt = secrets.token_bytes(32)
        digest = hashlib.sha256(clear.encode("ascii") + salt).hexdigest()
        return Secret("sha256", digest, salt.hex())
    check_password(given)
    return Secret("md5", md5_digest(user, given))


def check_password(clear: str) -> None:
    """Refuse a cleartext password that Redshift refuses; the message does not contain it."""
    rules = (
        (SHORTEST <= len(clear) <= LONGEST, f"must be {SHORTEST} to {LONGEST} characters long"),
        (any("A" <= c <= "Z" for c in clear), "must contain an uppercase letter"),
        (any("a" <= c <= "z" for c in clear), "must contain a lowercase letter"),
        (any("0" <= c <= "9" for c in clear), "must contain a number"),
        (all("!" <= c <= "~" for c in clear), "must contain only ASCII characters 33 to 126"),
        (not _REFUSED & set(clear), "must not contain any of ' \" \\ / @"),
    )
    for followed, rule in rules:
        if not followed:
            raise RedshiftError(f"Password {rule}", sqlstate="22023")
