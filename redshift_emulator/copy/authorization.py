"""COPY's authorization: exactly one of a role and keys; secrets never appear in a message.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html
"""

import re

from redshift_emulator.copy.statement import Authorization, KeyAuthorization, RoleAuthorization
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.protocol.configuration import Settings

# An account has 12 digits, but 13 in Amazon's examples.
_ARN = re.compile(r"arn:aws(?:-cn|-us-gov)?:iam::\d{12,13}:role/[\w+=,.@/-]{1,512}")
_CREDENTIAL_KEYS = frozenset(
    ("aws_iam_role", "aws_access_key_id", "aws_secret_access_key", "token", "master_symmetric_key")
)


class Authorizations:
    """Collects the authorization clauses of a statement, which must be of exactly one kind."""

    def __init__(self, need: str = "COPY needs {} to read Amazon S3") -> None:
        self._need = need
        self._roles: list[RoleAuthorization] = []
        self._credentials: list[Authorization] = []
        self._keys: dict[str, str] = {}

    def read(self, parser: Parser) -> bool:
        """Read a clause if the next word begins one; return whether it does."""
        word = parser.accept_any("iam_role", "with", "credentials", *_KEY_WORDS)
        match word:
            case None:
                return False
            case "iam_role":
                self._roles.append(_role(parser))
            case "with" | "credentials":
                if word == "with":
                    parser.expect("credentials")
                parser.accept("as")
                self._credentials.append(parse_credentials(parser.take_string()))
            case _:
                if word in self._keys:
                    raise _error(f"{word.upper()} appears twice")
                self._keys[word] = parser.take_string()
        return True

    @property
    def has_credentials(self) -> bool:
        """Whether the clause CREDENTIALS was read."""
        return bool(self._credentials)

    def chosen(self) -> Authorization:
        """Return the statement's authorization."""
        found: list[Authorization] = [*self._roles, *self._credentials]
        if self._keys:
            found.append(self._key_pair())
        if not found:
            raise _error(self._need.format("IAM_ROLE, CREDENTIALS or ACCESS_KEY_ID"))
        if len(found) > 1:
            raise _error("IAM_ROLE, CREDENTIALS and ACCESS_KEY_ID exclude each other")
        return found[0]

    def _key_pair(self) -> KeyAuthorization:
        try:
            return KeyAuthorization(
                self._keys["access_key_id"],
                self._keys["secret_access_key"],
                self._keys.get("session_token"),
            )
        except KeyError as error:
            raise _error(f"{str(error.args[0]).upper()} is missing") from None


_KEY_WORDS = ("access_key_id", "secret_access_key", "session_token")


def _error(message: str) -> RedshiftError:
    return RedshiftError(message, sqlstate="42601")


def _role(parser: Parser) -> RoleAuthorization:
    if parser.accept("default"):
        return RoleAuthorization()
    return RoleAuthorization(_arns(parser.take_string()))


def _arns(text: str) -> tuple[str, ...]:
    arns = tuple(text.split(","))
    for arn in arns:
        if not _ARN.fullmatch(arn):
            raise RedshiftError("Invalid IAM role ARN", code=8001, context=f"IAM_ROLE '{arn}'")
    return arns


def parse_credentials(text: str) -> Authorization:
    """Parse ``key=value;key=value``; error messages never contain a value."""
    pairs: dict[str, str] = {}
    for part in text.split(";"):
        key, separator, value = part.partition("=")
        if key not in _CREDENTIAL_KEYS or not separator or not value or key in pairs:
            raise RedshiftError(
                "Invalid credentials. Must be of the format: credentials 'aws_iam_role=...' or "
                "'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'",
                code=8001,
            )
        pairs[key] = value
    return _authorization(pairs)


def _authorization(pairs: dict[str, str]) -> Authorization:
    if "master_symmetric_key" in pairs:
        raise NotSupportedError("client-side encrypted files: not supported by the emulator")
    if "aws_iam_role" in pairs:
        if len(pairs) > 1:
            raise _error("aws_iam_role and access keys exclude each other")
        return RoleAuthorization(_arns(pairs["aws_iam_role"]))
    try:
        return KeyAuthorization(
            pairs["aws_access_key_id"], pairs["aws_secret_access_key"], pairs.get("token")
        )
    except KeyError as error:
        raise _error(f"{error.args[0]} is missing in CREDENTIALS") from None


def role_keys(role: RoleAuthorization, settings: Settings) -> KeyAuthorization:
    """Return a role's keys; every role of the chain must be attached to the cluster."""
    if not role.arns and not settings.iam_roles:
        raise RedshiftError("No default IAM role is attached to the cluster", code=30000)
    for arn in role.arns:
        if arn not in settings.iam_roles:
            raise RedshiftError(f"Not authorized to get credentials of role {arn}", code=30000)
    return KeyAuthorization(settings.s3.access_key_id, settings.s3.secret_access_key)
