"""PostgreSQL's errors in Redshift's words, and errors as messages of the protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.local.redshift.backend import BackendError
from pipeline.local.redshift.errors import RedshiftError

RULE = "-----------------------------------------------"
_ROLE = re.compile(r'role "(group:)?([^"]*)"')
_CONSTRAINT = re.compile(r"^rs_\d+_(?P<kind>[a-z]+)(?:_(?P<length>\d+))?$")
_TOO_LONG = re.compile(r"value too long for type (?P<type>.+)")
# Messages of the database that Redshift gives as its own engine's, by SQLSTATE.
_SERIALIZATION = frozenset({"40001", "40P01"})


def to_redshift(error: BackendError) -> RedshiftError:
    """Put a backend's error into Redshift's shape."""
    message = _named(error.message)
    if error.sqlstate in _SERIALIZATION:
        return _conflict(error)
    if error.sqlstate == "23514" and "n" in error.fields:
        found = _check_violation(error)
        if found is not None:
            return found
    if error.sqlstate == "23502":
        column = error.fields.get("c", "")
        message = f"Cannot insert a NULL value into column {column}"
        return RedshiftError(message, code=8007, context="query execution")
    if error.sqlstate == "22001" and _TOO_LONG.search(message):
        return too_long(_TOO_LONG.search(message).group("type"))  # type: ignore[union-attr]
    if error.sqlstate == "22003" and message.startswith("numeric field overflow"):
        message = "Numeric data overflow (result precision)"
        return RedshiftError(message, code=8001, context="64 bit overflow")
    if error.sqlstate == "428C9":
        return RedshiftError("cannot set an identity column to a value", sqlstate="0A000")
    return RedshiftError(
        message,
        sqlstate=error.sqlstate,
        hint=error.hint,
        detail=_named(error.detail),
    )


def _named(text: str) -> str:
    """Speak of users and groups where PostgreSQL speaks of roles."""
    return _ROLE.sub(lambda found: f'{"group" if found[1] else "user"} "{found[2]}"', text)


def too_long(type_name: str) -> RedshiftError:
    """Build the error about a string that does not fit."""
    return RedshiftError(
        f"value too long for type {type_name}",
        code=8001,
        context=f"Value too long for type {type_name}",
    )


def _conflict(error: BackendError) -> RedshiftError:
    """Redshift names a table's number and the transactions; PostgreSQL does not tell them."""
    detail = (
        "Serializable isolation violation on table - 0, transactions forming the cycle are: 0, 0"
    )
    return RedshiftError("1023", detail=f"{detail} ({error.message})")


def _check_violation(error: BackendError) -> RedshiftError | None:
    found = _CONSTRAINT.match(error.fields["n"])
    if found is None:
        return None
    match found["kind"]:
        case "varchar":
            return too_long(f"character varying({found['length']})")
        case "varbyte":
            return too_long(f"binary varying({found['length']})")
        case "char":
            message = "CHAR string contains invalid ASCII character"
            return RedshiftError(message, code=8001, context="Multibyte character not supported")
        case "finite":
            message = "infinite dates and timestamps are not supported"
            return RedshiftError(message, code=8001, context="conservative: undocumented")
        case _:
            message = "Numeric data overflow (result precision)"
            return RedshiftError(message, code=8001, context="64 bit overflow")


def error_message_fields(error: RedshiftError, *, query: int, process: int) -> dict[str, str]:
    """Lay an error out as the fields of an ErrorResponse."""
    fields = {"S": "ERROR", "C": error.sqlstate, "M": error.message}
    detail = error.detail
    if error.code is not None and not detail:
        detail = _block(error, query=query, process=process)
    for code, text in (("D", detail), ("H", error.hint)):
        if text:
            fields[code] = text
    if error.position:
        fields["P"] = str(error.position)
    return fields


def _block(error: RedshiftError, *, query: int, process: int) -> str:
    lines = (
        RULE,
        f"error:  {error.message}",
        f"code:      {error.code}",
        f"context:   {error.context}",
        f"query:     {query}",
        "location:  stand-in",
        f"process:   stand-in [pid={process}]",
        RULE,
    )
    return "\n" + "".join(f"  {line}\n" for line in lines)


def notice_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Keep of PostgreSQL's notice what Redshift would send."""
    kept = {code: fields[code] for code in "SCMDH" if code in fields}
    kept["M"] = _named(kept.get("M", ""))
    return kept
