"""PostgreSQL's errors in Redshift's words, and the fields of ErrorResponse and NoticeResponse."""

import re
from collections.abc import Callable, Mapping

from redshift_emulator.language.errors import UNKNOWN_SCALE, UNKNOWN_SCALE_HINT, RedshiftError
from redshift_emulator.language.tokens import NUL_IN_TEXT, SYNTAX_ERROR, syntax_error, word_at
from redshift_emulator.language.utf8 import invalid_utf8
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.older_words import CASTS, older_hint, older_message, with_table

RULE = "-----------------------------------------------"
_ROLE = re.compile(r'role "(?:(group|role):)?([^"]*)"')
_CONSTRAINT = re.compile(r"^rs_(?P<number>\d+)_(?P<kind>[a-z]+)(?:_(?P<length>\d+))?$")
_DUPLICATE = re.compile(r"=\(\"?([^,)\"]+)")
_CATALOG = {
    "pg_class_relname_nsp_index": ("relation", "42P07"),
    "pg_type_typname_nsp_index": ("relation", "42P07"),
    "pg_namespace_nspname_index": ("schema", "42P06"),
    "pg_authid_rolname_index": ("user or group", "42710"),
}
_INTERNAL = re.compile(r"\bpg_internal\.(?:(bytes|ascii|rounded|cut|whole)\b)?")
_LONG_VIEW = re.compile(r"(?<=for view )long_(?=pg_|stl_|stv_|svl_|svv_|sys_)")
_CASTS = {
    "bytes": "character varying",
    "ascii": "character",
    "rounded": "numeric",
    "cut": "numeric",
    "whole": "integer",
}
# PostgreSQL's types that store Redshift's; a relation or column of this name is quoted.
_TYPES = {"bytea": "binary varying", "json": "super", "jsonb": "super"}
_TYPE = re.compile(rf'(?<!["\w.])(?:{"|".join(_TYPES)})(?!["\w])')
_NO_SUPER = re.compile(r"function to_super\((?P<type>.+)\) does not exist")
_NO_SERIES = re.compile(r"^set-returning functions are not allowed in (\w+)$")
"""GENERATE_SERIES may stand in CASE in PostgreSQL 8.0, where Amazon's drivers have it."""
# Own functions with other names or arguments than those that they stand for.
_OTHER_NAMES = {
    "attribute(": "object(",
    "extract_part(": "date_part(",
    "super_value(": "super(",
}
_OTHER_NAME = re.compile("|".join(map(re.escape, _OTHER_NAMES)))
_SORTED = re.compile(r"(?P<name>median|percentile_(?:cont|disc))\((?P<type>[^[)]+)\[\][^)]*\)")
_NO_PATH = re.compile(
    r"function (?:member|element|elements|elements_at|attributes|attribute_values)"
    r"\((?P<type>[^,)]+).*\) does not exist"
)
# What the client's text says where a call of an own function stands.
_NO_CALL = ("navigation needs a super", "cannot cast type")
_CAST = f"Could not choose a best candidate operator. {CASTS}"
_SHELL = "operator is only a shell: "
_QUOTIENT = re.compile(r"operator is not unique: (?:pg_internal\.)?dividend / ")
_TOO_LONG = re.compile(r"value too long for type (?P<type>.+)")
_NO_INTEGER = re.compile(r"invalid input syntax for type (?:smallint|integer|bigint)(?=: )")
_NO_OID = re.compile(r'column (?:"oid"|\S+\.oid) does not exist')
_NOT_UTF8 = re.compile(r'invalid byte sequence for encoding "UTF8": (?P<bytes>(?:0x\w\w ?)+)')


def to_redshift(error: BackendError) -> RedshiftError:
    """Translate PostgreSQL's error into Redshift's; most keep their SQLSTATE and message."""
    message = _with_redshifts_names(error.message)
    same = RedshiftError(
        older_message(message, error.sqlstate),
        sqlstate=error.sqlstate,
        hint="" if message.startswith(_NO_CALL) else older_hint(error.hint),
        detail=older_hint(_with_redshifts_names(error.detail)),
    )
    change = _CHANGED.get(error.sqlstate)
    return (change(error) if change is not None else None) or same


def placed(error: RedshiftError, text: str, position: int) -> RedshiftError:
    """Set the position of an error in the client's text, whose word the parser's errors name."""
    error.position = position + 1
    is_of_parser = error.sqlstate == SYNTAX_ERROR and " at or near " in error.message
    if is_of_parser and position < len(text):
        error.message = syntax_error(word_at(text, position)).message
    error.message = with_table(error.message, text, position)
    return error


def _with_redshifts_names(text: str) -> str:
    """Name users, groups and roles: ``role "group:etl"`` is ``group "etl"``; hide own names."""
    text = _INTERNAL.sub(lambda found: _CASTS.get(found[1] or "", ""), _LONG_VIEW.sub("", text))
    text = _OTHER_NAME.sub(lambda found: _OTHER_NAMES[found[0]], text)
    text = _SORTED.sub(r"\g<name>(\g<type>)", text)
    text = _NO_PATH.sub(r"navigation needs a super, not the type \g<type>", text)
    text = _TYPE.sub(lambda found: _TYPES[found[0]], text)
    text = _NO_SUPER.sub(r"cannot cast type \g<type> to super", text)
    text = _NO_SERIES.sub(r"GENERATE_SERIES in \1: not supported by the emulator", text)
    return _ROLE.sub(lambda found: f'{found[1] or "user"} "{found[2]}"', text)


def too_long(type_name: str) -> RedshiftError:
    """Build the error about a string that does not fit."""
    return RedshiftError(
        f"value too long for type {type_name}",
        code=8001,
        context=f"Value too long for type {type_name}",
    )


def _conflict(error: BackendError) -> RedshiftError:
    """Build error 1023. PostgreSQL does not report the table and the transactions: they are 0."""
    cycle = (
        "Serializable isolation violation on table - 0, transactions forming the cycle are: 0, 0"
    )
    return RedshiftError("1023", detail=f"{cycle} ({error.message})")


def _null(error: BackendError) -> RedshiftError:
    message = f"Cannot insert a NULL value into column {error.fields.get('c', '')}"
    return RedshiftError(message, code=8007, context="query execution")


def _string_too_long(error: BackendError) -> RedshiftError | None:
    found = _TOO_LONG.search(error.message)
    return too_long(found["type"]) if found else None


def _invalid_text(error: BackendError) -> RedshiftError | None:
    """Translate PostgreSQL's error about bytes that are no text, such as those of a VARBYTE."""
    found = _NOT_UTF8.search(error.message)
    if found is None:
        return None
    sequence = bytes.fromhex(found["bytes"].replace("0x", ""))
    if sequence == b"\0":
        return RedshiftError(NUL_IN_TEXT, sqlstate=error.sqlstate)
    return RedshiftError(invalid_utf8(sequence), code=8001, context="Invalid UTF8 codepoints")


def _no_oid(error: BackendError) -> RedshiftError | None:
    """Name the numbers of rows, which tables of clusters have, as what the emulator lacks.

    https://github.com/aws-samples/amazon-redshift-ivm-fk-optimization-queries
    """
    if _NO_OID.fullmatch(error.message) is None:
        return None
    return RedshiftError("column OID: not supported by the emulator", sqlstate="0A000")


def _invalid_integer(error: BackendError) -> RedshiftError | None:
    """Translate the error about a text that is no integer, to whose type PostgreSQL 8.0 has none.

    A cast of a table's value passes through BIGINT, whatever its type is.
    """
    message, found = _NO_INTEGER.subn("invalid input syntax for integer", error.message)
    return RedshiftError(message, sqlstate=error.sqlstate) if found else None


def _invalid_json(error: BackendError) -> RedshiftError:
    """Build the error of the functions of JSON, whose detail is the context."""
    return RedshiftError(error.message, code=8001, context=error.detail)


def _overflow(error: BackendError) -> RedshiftError | None:
    return numeric_overflow() if error.message.startswith("numeric field overflow") else None


def numeric_overflow() -> RedshiftError:
    """Build the error about a number that does not fit."""
    message = "Numeric data overflow (result precision)"
    return RedshiftError(message, code=8001, context="64 bit overflow")


def _ambiguous(error: BackendError) -> RedshiftError | None:
    """Translate the error about ``+`` of two literals, or about the quotient of one.

    The first has an operator without a function, the second a type of the emulator's.
    """
    if _QUOTIENT.match(error.message):
        return RedshiftError(UNKNOWN_SCALE, sqlstate="0A000", hint=UNKNOWN_SCALE_HINT)
    if not error.message.startswith(_SHELL):
        return None
    message = older_message(error.message.replace(_SHELL, "operator is not unique: "), "42725")
    return RedshiftError(message, sqlstate="42725", hint=_CAST)


def _distinct_order(error: BackendError) -> RedshiftError | None:
    """Refuse by name what PostgreSQL cannot order: LISTAGG of distinct values, by other ones."""
    if not error.message.startswith("in an aggregate with DISTINCT"):
        return None
    what = "LISTAGG(DISTINCT ...) WITHIN GROUP (ORDER BY another expression)"
    return RedshiftError(f"{what}: not supported by the emulator", sqlstate="0A000")


def _identity(_error: BackendError) -> RedshiftError:
    return RedshiftError("cannot set an identity column to a value", sqlstate="0A000")


def _duplicate_object(error: BackendError) -> RedshiftError | None:
    """Translate a unique violation in the catalog: two sessions have created the same object."""
    found = _DUPLICATE.search(error.detail)
    what, sqlstate = _CATALOG.get(error.fields.get("n", ""), ("", ""))
    if found is None or not what:
        return None
    return RedshiftError(f'{what} "{found[1]}" already exists', sqlstate=sqlstate)


def _catalog_conflict(error: BackendError) -> RedshiftError | None:
    if not error.message.startswith("tuple concurrently"):
        return None
    return RedshiftError("could not complete because of conflict with concurrent transaction")


def _check_violation(error: BackendError) -> RedshiftError | None:
    found = _CONSTRAINT.match(error.fields.get("n", ""))
    if found is None:
        return None
    match found["kind"]:
        case "varchar" | "varbyte" as kind:
            name = "character" if kind == "varchar" else "binary"
            return too_long(f"{name} varying({found['length']})")
        case "computed":
            return _unknown_width(found, error.fields.get("t", ""))
        case "char":
            message = "CHAR string contains invalid ASCII character"
            return RedshiftError(message, code=8001, context="Multibyte character not supported")
        case "finite":
            message = "dates end in the year 294276; infinite ones are not documented for Redshift"
            return RedshiftError(message, code=8001, context="refused by the emulator")
        case _:
            return numeric_overflow()


def _unknown_width(check: re.Match[str], table: str) -> RedshiftError:
    """Build the refusal of a text that may not fit into a column that CREATE TABLE AS computed."""
    return RedshiftError(
        f'more than {check["length"]} bytes in column {check["number"]} of "{table}", whose width'
        " CREATE TABLE AS computed: not supported by the emulator",
        sqlstate="0A000",
        hint="Cast the column to VARCHAR(n) in the query of CREATE TABLE AS.",
    )


_CHANGED: dict[str, Callable[[BackendError], RedshiftError | None]] = {
    "40001": _conflict,
    "40P01": _conflict,
    "22001": _string_too_long,
    "22003": _overflow,
    "22021": _invalid_text,
    "22032": _invalid_json,
    "22P02": _invalid_integer,
    "23502": _null,
    "23505": _duplicate_object,
    "23514": _check_violation,
    "42703": _no_oid,
    "42725": _ambiguous,
    "42883": _ambiguous,
    "42P10": _distinct_order,
    "428C9": _identity,
    "XX000": _catalog_conflict,
}


def error_message_fields(error: RedshiftError, *, query: int, process: int) -> dict[str, str]:
    """Return the fields of an ErrorResponse."""
    fields = {"S": "ERROR", "C": error.sqlstate, "M": error.message}
    detail = error.detail
    if error.code is not None and not detail:
        detail = _block(error, query=query, process=process)
    fields |= {code: text for code, text in (("D", detail), ("H", error.hint)) if text}
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
        "location:  emulator",
        f"process:   emulator [pid={process}]",
        RULE,
    )
    return "\n" + "".join(f"  {line}\n" for line in lines)


def notice_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of PostgreSQL's NoticeResponse that Redshift would send."""
    kept = {code: fields[code] for code in "SCMDH" if code in fields}
    kept["M"] = _with_redshifts_names(kept.get("M", ""))
    return kept
