"""Formats of dates and times that PostgreSQL has added.

https://docs.aws.amazon.com/redshift/latest/dg/r_FORMAT_strings.html
"""

import re
from collections.abc import Sequence

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.queries.text.scan import Call
from redshift_emulator.language.tokens import Kind, Token

_FUNCTIONS = frozenset({"to_char", "to_date", "to_timestamp"})
_QUOTED = re.compile(r'"[^"]*"')
_NEWER = re.compile(r"FF[1-6]|TZ[HM]|SSSSS?|TM(?=[A-Z])", re.IGNORECASE)


def refuse_format(tokens: Sequence[Token], call: Call) -> None:
    """Refuse a format that Amazon does not document, such as ``FF3`` of milliseconds."""
    if call.name not in _FUNCTIONS or len(call.arguments) != 2:
        return
    first, last = call.arguments[1]
    if last != first + 1 or tokens[first].kind is not Kind.STRING:
        return
    found = _NEWER.search(_QUOTED.sub("", tokens[first].value))
    if found:
        raise NotSupportedError(f'{call.name}: the format "{found.group()}" is not supported')
