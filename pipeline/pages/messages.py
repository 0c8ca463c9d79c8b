"""Messages of failures without the values of rows, hosts and connection strings."""

import re
from collections.abc import Collection

HIDDEN = "***"

_VALUE = re.compile(r"^(value: +).*?(?=^reason:|\Z)", re.MULTILINE | re.DOTALL)
"""The value in a load error, which may have several lines."""

_EXAMPLES = re.compile(
    r"(is not unique: ).*?"
    r"(?=\n(?:the table holds|column|key|primary key|One of these rows|Fix the rows|Fix the query"
    r"|Fix the files)[ ;,]|\Z)",
    re.DOTALL,
)
"""Keys, which may have several lines, up to the next fault."""

_ROW = re.compile(r"(=|\bcontains )\(.*?\)(?=[ .;]|$)", re.MULTILINE)
"""``Key (id)=(5) already exists``, ``Failing row contains (5, Ann).``"""

_WRONG_ROWS = re.compile(r"(\bsuch as )\(.*$", re.MULTILINE)
"""Rows that do not pass a check, to the end of the line, because values can hold brackets."""

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")

_WORD, _ARGUMENT = re.compile("[a-z-]+"), re.compile(r"--[a-z-]+|\d{4}-\d\d-\d\d(T\d\d)?")

_CONNECTION = re.compile(
    r"\b(?!s3\b)\w+://\S+|\S+@\S+|(?<![\w/])[\w.-]+:[0-9]{2,5}/[\w.-]*|\([0-9a-f.:]{6,}\)"
    r"|(?<=\()[\w.-]+/[\w.-]*(?=\): )|(?<=the warehouse at )[\w.-]+/[\w.-]*"
    r"|\b(?:password|secret|token)\w* ?[=:] ?\S+",
    re.IGNORECASE,
)


def masked(message: str, known: Collection[str]) -> str:
    """Replace what may be a value, a host or a password by ``***``.

    Of texts in quotes, only ``known`` ones stay: names of relations, columns and types, and
    commands with them.
    """
    for pattern in (_VALUE, _EXAMPLES, _WRONG_ROWS, _ROW):
        message = pattern.sub(lambda found: f"{found[1]}{HIDDEN}\n"[: _end(found)], message)
    message = _QUOTED.sub(
        lambda found: (
            found[0]
            if found[0][1:-1] in known or _is_command(found[0][1:-1], known)
            else f"{found[0][0]}{HIDDEN}{found[0][0]}"
        ),
        message,
    )
    return _CONNECTION.sub(HIDDEN, message)


def _is_command(text: str, known: Collection[str]) -> bool:
    """Return whether it is a command about what is known: ``pipeline forget www.orders``."""
    first, *words = text.split() or [""]
    if first != "pipeline" or not words:
        return False
    command, *others = words
    return bool(_WORD.fullmatch(command)) and all(
        each.removeprefix("+") in known or _ARGUMENT.fullmatch(each) for each in others
    )


def _end(found: re.Match[str]) -> int | None:
    """Keep the line break at the end of what is replaced, if it has one."""
    return None if found[0].endswith("\n") else -1
