"""Parse libpq's two forms of connection string by its own rules; no message shows them.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

SCHEMES = ("postgresql://", "postgres://", "redshift://")
REDSHIFT_PORT = "5439"

KEYWORDS = frozenset(
    {
        "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "require_auth",
        "channel_binding", "connect_timeout", "client_encoding", "options", "application_name",
        "fallback_application_name", "keepalives", "keepalives_idle", "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "replication", "gssencmode", "sslmode",
        "requiressl", "sslnegotiation", "sslcompression", "sslcert", "sslkey", "sslkeylogfile",
        "sslpassword", "sslcertmode", "sslrootcert", "sslcrl", "sslcrldir", "sslsni",
        "requirepeer", "ssl_min_protocol_version", "ssl_max_protocol_version",
        "min_protocol_version", "max_protocol_version", "krbsrvname", "gsslib", "gssdelegation",
        "scram_client_key", "scram_server_key", "service", "target_session_attrs",
        "load_balance_hosts", "oauth_issuer", "oauth_client_id", "oauth_client_secret",
        "oauth_scope",
    }
)  # fmt: skip
_SSLMODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_HOST = re.compile(r"(?:\[(?P<ipv6>[^\]]*)\]|(?P<name>[^:]*))(?::(?P<port>.*))?")
_WORD = re.compile(
    r"\s*([^\s=]+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*|)(?=\s|$)", re.DOTALL
)


class MalformedError(ValueError):
    """The text is not a connection string; the message gives the reason without any part of it."""


def parse(text: str) -> dict[str, str]:
    """Return the parameters of a connection string."""
    text = text.strip()
    scheme = next((scheme for scheme in SCHEMES if text.startswith(scheme)), None)
    if scheme is not None:
        parameters = _url(text.removeprefix(scheme))
        if scheme == "redshift://" and "port" not in parameters:
            parameters["port"] = REDSHIFT_PORT
    elif re.match(r"\w[\w+.:-]*://", text):
        raise MalformedError("it begins with a scheme other than postgresql://")
    else:
        parameters = _words(text)
    _check(parameters)
    return parameters


def _url(rest: str) -> dict[str, str]:
    """Parse ``[user[:password]@][host[:port],...][/database][?options]``."""
    found = {}
    credentials = re.match(r"[^@/]*@", rest)
    if credentials is not None:
        user, colon, password = credentials[0][:-1].partition(":")
        found.update({"user": _decode(user)} if user else {})
        found.update({"password": _decode(password)} if colon and password else {})
        rest = rest[credentials.end() :]
    rest, _, options = rest.partition("?")
    hosts, _, database = rest.partition("/")
    found.update(_hosts(hosts))
    if database:
        found["dbname"] = _decode(database)
    return {**found, **dict(_options(options))}


def _hosts(text: str) -> dict[str, str]:
    hosts, ports = [], []
    for each in text.split(","):
        match = _HOST.fullmatch(each)
        if match is None:
            raise MalformedError("its host and port cannot be distinguished")
        hosts.append(match["ipv6"] if match["ipv6"] is not None else _decode(match["name"]))
        ports.append(match["port"] or "")
    found = {"host": ",".join(hosts), "port": ",".join(ports)}
    return {key: value for key, value in found.items() if value.strip(",")}


def _options(text: str) -> Iterator[tuple[str, str]]:
    for option in filter(None, text.split("&")):
        key, equals, value = option.partition("=")
        if not equals or "=" in value:
            raise MalformedError("an option after the ? does not have the form key=value")
        if (key, value) == ("ssl", "true"):
            key, value = "sslmode", "require"
        yield _decode(key), _decode(value)


def _decode(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})|%00", text):
        raise MalformedError(
            "a % is not followed by two hex digits; write %25 for the character itself"
        )
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise MalformedError("its percent-encoded characters are not UTF-8") from None


def _words(text: str) -> dict[str, str]:
    """Parse ``key=value key='va lue'``; a backslash escapes the next character."""
    found = {}
    position = 0
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            raise MalformedError("it is neither a URL nor a list of key=value")
        value = match[2]
        quoted = value[1:-1] if value.startswith("'") else value
        found[match[1]] = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        position = match.end()
    return {key: value for key, value in found.items() if value}


_PLACE = frozenset({"host", "hostaddr", "port", "dbname", "service"})

_FREE = frozenset({"password", "sslpassword", "options", "oauth_client_secret"})
"""Values that may contain anything."""

_NEXT = re.compile(r"[;,&\s]\s*\w+\s*=")


def _check_separators(parameters: dict[str, str]) -> None:
    """Refuse values that swallowed others, ``h;password=…``: messages would show them."""
    for key, value in parameters.items():
        if ("=" in value and key in _PLACE) or (key not in _FREE and _NEXT.search(value)):
            raise MalformedError(
                "a separator in it is wrong; write blanks between key=value, and in a URL ? before"
                " the first option and & before the others"
            )


def _check(parameters: dict[str, str]) -> None:
    _check_separators(parameters)
    if "@" in parameters.get("host", "") or "@" in parameters.get("dbname", ""):
        raise MalformedError(
            "an @ in it is not percent-encoded; write %40 for the character itself"
        )
    for port in filter(None, parameters.get("port", "").split(",")):
        if not port.isdecimal() or not 1 <= int(port) <= 65535:
            raise MalformedError(
                "its port is not a number from 1 to 65535, "
                "or a character before the @ is not percent-encoded"
            )
    if parameters.get("sslmode", "prefer") not in _SSLMODES:
        raise MalformedError(f"its sslmode is not one of {', '.join(sorted(_SSLMODES))}")
