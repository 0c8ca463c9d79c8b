"""Configuration parameters: those of Redshift, and no others.

https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
"""

import re
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.tokens import literal, quoted, split
from redshift_emulator.language.words import words
from redshift_emulator.session import emulator_parameters as own
from redshift_emulator.session.login import SERVER_VERSION
from redshift_emulator.session.session import Session

_COMPOSITES = "interval_forbid_composite_literals"
"""A parameter that PostgreSQL stores as ``rs.name``, for the functions of 8_intervals.sql."""
# Parameters that have the same meaning in PostgreSQL, which stores them.
_BACKEND = frozenset(
    {"application_name", "datestyle", "extra_float_digits", "intervalstyle", "search_path"}
    | {"statement_timeout", "timezone", _COMPOSITES}
)
_NUMBERS = {"1": "on", "0": "off"}
_BOOLEANS = frozenset({"on", "off", "true", "false", *_NUMBERS})
_THRESHOLD = "analyze_threshold_percent"
LOG_LEVEL = "stored_proc_log_min_messages"
LOG_LEVELS = frozenset({"log", "info", "notice", "warning", "exception"})
# Parameters that are stored and shown without effect, except case sensitivity, the threshold and
# ``readonly``, which Amazon's driver for Java sets: the default, and the values (None: all).
_STORED: dict[str, tuple[str, frozenset[str] | None]] = {
    _THRESHOLD: ("10", None),
    "auto_analyze": ("on", _BOOLEANS),
    "cast_super_null_on_error": ("on", _BOOLEANS),
    "datashare_break_glass_session_var": ("", None),
    "default_geometry_encoding": ("1", None),
    "describe_field_name_in_uppercase": ("off", _BOOLEANS),
    "downcase_delimited_identifier": ("on", _BOOLEANS),
    "enable_case_sensitive_identifier": ("off", _BOOLEANS),
    "enable_case_sensitive_super_attribute": ("off", _BOOLEANS),
    "enable_numeric_rounding": ("off", _BOOLEANS),
    "enable_result_cache_for_session": ("on", _BOOLEANS),
    "enable_spectrum_oid": ("on", _BOOLEANS),
    "enable_vacuum_boost": ("off", _BOOLEANS),
    "error_on_nondeterministic_update": ("off", _BOOLEANS),
    _COMPOSITES: ("true", _BOOLEANS),
    "json_parse_dedup_attributes": ("off", _BOOLEANS),
    "json_parse_truncate_strings": ("off", _BOOLEANS),
    "json_serialization_enable": ("off", _BOOLEANS),
    "json_serialization_parse_nested_strings": ("off", _BOOLEANS),
    "mv_enable_aqmv_for_session": ("on", _BOOLEANS),
    "navigate_super_null_on_error": ("on", _BOOLEANS),
    "parse_super_null_on_error": ("off", _BOOLEANS),
    "pg_federation_repeatable_read": ("on", _BOOLEANS),
    "query_group": ("", None),
    "readonly": ("off", _BOOLEANS),
    "seed": ("0", None),
    "spectrum_enable_pseudo_columns": ("on", _BOOLEANS),
    "spectrum_query_maxerror": ("-1", None),
    LOG_LEVEL: ("log", LOG_LEVELS),
    "use_fips_ssl": ("off", _BOOLEANS),
    "wlm_json_configuration": ("", None),
    "wlm_query_slot_count": ("1", None),
}
# Parameters of SUPER whose other value would change results.
_FIXED = frozenset({"cast_super_null_on_error", "navigate_super_null_on_error"}) | {
    "json_parse_dedup_attributes",
    "json_parse_truncate_strings",
    "parse_super_null_on_error",
}
_READ_ONLY = {
    "server_version": SERVER_VERSION,
    "server_encoding": "UNICODE",
    "client_encoding": "UNICODE",
    "max_identifier_length": "127",
    "stv_blocklist": "",
}
# Redshift's parameters that the emulator does not have.
_NOT_HERE = words(
    """
    accelerate_mv max_concurrency_scaling_clusters max_cursor_result_set_size
    session_authorization
    """
)
_ISOLATION = frozenset({"transaction_isolation", "default_transaction_isolation"})
MOST_SLOTS = 5
_ENCODINGS = frozenset({"unicode", "utf8", "utf-8"})
_ROWS = "SELECT name::text, setting::text FROM (VALUES {rows:sql}) AS p (name, setting)"
# ALTER USER saves a parameter of Redshift's as PostgreSQL's "rs.query_group=etl" of the role.
_USER_VARIABLES = """
SELECT substr(split_part(setting, '=', 1), 4), substr(setting, strpos(setting, '=') + 1)
FROM (
    SELECT unnest(rolconfig) AS setting FROM pg_catalog.pg_roles WHERE rolname = current_user
) AS s
WHERE setting LIKE 'rs.%'"""


def user_variables(session: Session, initial: MutableMapping[str, str]) -> ChainMap[str, str]:
    """Return the parameters of a new session: its own, those of its startup, of its user."""
    rows = session.query(_USER_VARIABLES)
    return ChainMap({}, initial, {name or "": value or "" for name, value in rows})


@dataclass(frozen=True, slots=True)
class InitialParameters:
    """Parameters from a startup message, to which RESET returns, by who stores them."""

    backend: MutableMapping[str, str]
    stored: MutableMapping[str, str]


_PLAIN = re.compile("[a-z_][a-z0-9_]*")
"""A name that PostgreSQL shows without quotation marks."""


def initial_parameters(settings: Mapping[str, str]) -> InitialParameters:
    """Check the parameters of a startup message."""
    initial = InitialParameters({}, {})
    for given, value in settings.items():
        name = given.lower()
        if _is_of_backend(name):
            initial.backend[_in_backend(name)] = _initial_value(name, value)
        elif name in _STORED:
            initial.stored[name] = _checked(name, value)
        elif name in _READ_ONLY or name in _ISOLATION:
            raise _unchangeable(name)
        else:
            raise _unknown(given)
    return initial


def _initial_value(name: str, value: str) -> str:
    if name == "search_path":
        tokens = (token for each in split(value) for token in each.tokens if token.is_name)
        names = (NAMES.short(token.value) for token in tokens)
        return ", ".join(each if _PLAIN.fullmatch(each) else quoted(each) for each in names)
    return _value(name, value)


def set_parameter(session: Session, name: str, values: list[str], *, local: bool = False) -> None:
    """Set a parameter; the single value ``default`` restores its default."""
    default = values == ["default"]
    if name.startswith(own.PREFIX):
        own.set_parameter(session, name, [] if default else values)
    elif _is_of_backend(name):
        shown = "DEFAULT" if default else ", ".join(_argument(name, value) for value in values)
        session.relay(f"SET {'LOCAL ' if local else ''}{_in_backend(name)} = {shown}")
    elif name in _STORED:
        if default:
            session.variables.pop(name, None)
        else:
            session.variables[name] = _checked(name, " ".join(values))
    elif name == "client_encoding":
        if values[0].lower() not in _ENCODINGS:
            message = f"client_encoding {values[0]}: the emulator supports UTF-8 only"
            raise NotSupportedError(message)
    elif name in _READ_ONLY or name in _ISOLATION:
        raise _unchangeable(name)
    else:
        raise _unknown(name)


def reset_all(session: Session) -> None:
    """Restore the defaults of all parameters, and forget the variables of the session."""
    session.variables.clear()
    session.relay("RESET ALL")


def show_parameter(session: Session, name: str) -> str:
    """Send a parameter's value to the client; return the command tag."""
    if name.startswith(own.PREFIX):
        return own.show(session, name)
    if _is_of_backend(name) and name != _COMPOSITES:
        return session.relay(f"SHOW {_in_backend(name)}")
    if name in _ISOLATION:
        level = session.query("SHOW transaction_isolation")[0][0]
        value = "SERIALIZABLE" if level == "serializable" else "SNAPSHOT"
    elif name == _COMPOSITES:
        value = session.query(f"SELECT pg_internal.current_setting('{name}')")[0][0] or ""
    elif name in _STORED:
        value = stored(session)[name]
    elif name in _READ_ONLY:
        value = _READ_ONLY[name]
    else:
        raise _unknown(name)
    return session.relay(f"SELECT {literal(value)}::text AS {quoted(name)}").replace(
        "SELECT 1", "SHOW"
    )


def show_all(session: Session) -> str:
    """Send the names and values of the parameters that the emulator has; return the command tag.

    https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW.html
    """
    known = {**stored(session), **_READ_ONLY}
    values = {name: literal(value) for name, value in known.items()}
    values |= {name: f"current_setting({literal(name)})" for name in _BACKEND - {_COMPOSITES}}
    values[_COMPOSITES] = f"pg_internal.current_setting({literal(_COMPOSITES)})"
    rows = ", ".join(f"({literal(name)}, {values[name]})" for name in sorted(values))
    session.relay(fill(_ROWS, rows=rows))
    return "SHOW"


def stored(session: Session) -> dict[str, str]:
    """Return the values of the parameters that the emulator stores; an empty one is ``unset``."""
    return {
        name: session.variables.get(name, default) or "unset"
        for name, (default, _) in _STORED.items()
        if name != _COMPOSITES
    }


def analyze_threshold(session: Session) -> str:
    """Return the percentage of rows that must have changed since the last ANALYZE, ``10``."""
    return session.variables.get(_THRESHOLD, _STORED[_THRESHOLD][0])


def role_parameter(name: str) -> str:
    """Return the name of PostgreSQL's parameter that holds a user's value: ``rs.query_group``."""
    return f"rs.{name}" if name in _STORED else quoted(name)


def role_setting(name: str, values: list[str]) -> str:
    """Render a parameter for ``ALTER ROLE ... SET``, such as ``search_path = "etl", "public"``."""
    if name not in _BACKEND and name not in _STORED:
        raise _unknown(name)
    if values == ["default"]:
        return f"{role_parameter(name)} TO DEFAULT"
    if name in _STORED:
        return f"{role_parameter(name)} = {literal(_checked(name, ' '.join(values)))}"
    return f"{name} = {', '.join(_argument(name, value) for value in values)}"


def _is_of_backend(name: str) -> bool:
    """Return whether PostgreSQL has a parameter: the same, or a client's own, APP.name."""
    return name in _BACKEND or re.fullmatch(r"app(_context)?\.[a-z_]\w{0,57}", name) is not None


def _in_backend(name: str) -> str:
    """Return a parameter's name in SQL: ``app_context."user"``, since USER is a reserved word."""
    if name == _COMPOSITES:
        return f"rs.{name}"
    prefix, dot, own_name = name.partition(".")
    return f"{prefix}.{quoted(own_name)}" if dot else name


def _argument(name: str, value: str) -> str:
    return quoted(NAMES.short(value)) if name == "search_path" else literal(_value(name, value))


def _value(name: str, value: str) -> str:
    """Return a value as PostgreSQL reads it; RedshiftError if Redshift does not accept it."""
    if name == "intervalstyle" and value.lower() == "iso_8601":  # PostgreSQL has added it
        message = f'invalid value for parameter "IntervalStyle": "{value}"'
        raise RedshiftError(message, sqlstate="22023")
    if name == "statement_timeout" and not re.fullmatch(r"[+-]?\d+", value):  # no units
        message = f'parameter "{name}" requires an integer value'
        raise RedshiftError(message, sqlstate="22023")
    if name == _COMPOSITES:
        return "true" if _is_on(_checked(name, value)) else "false"
    return value


def _checked(name: str, value: str) -> str:
    """Return a value as it is stored; RedshiftError if the parameter cannot have it."""
    allowed = _STORED[name][1]
    if allowed is not None and value.lower() not in allowed:
        message = f'parameter "{name}" requires a Boolean value'
        if allowed is not _BOOLEANS:
            message = f'invalid value for parameter "{name}": "{value}"'
        raise RedshiftError(message, sqlstate="22023")
    if name in _FIXED and _is_on(value) != _is_on(_STORED[name][0]):
        raise NotSupportedError(f"{name} {value.lower()}: not supported by the emulator")
    if name == "wlm_query_slot_count" and not (value.isdigit() and 1 <= int(value) <= MOST_SLOTS):
        message = f"{value} is outside the valid range for parameter {name} (1 .. {MOST_SLOTS})"
        raise RedshiftError(message, sqlstate="22023")
    if name == _THRESHOLD and not re.fullmatch(r"(\d{1,2}(\.\d+)?|100(\.0+)?)", value):
        message = f"{value} is outside the valid range for parameter {name} (0 .. 100)"
        raise RedshiftError(message, sqlstate="22023")
    if allowed is _BOOLEANS:
        return _NUMBERS.get(value, value.lower())
    return value.lower() if allowed is not None else value


def _is_on(value: str) -> bool:
    return value.lower() in {"on", "true", "1"}


def _unchangeable(name: str) -> RedshiftError:
    return RedshiftError(f'parameter "{name}" cannot be changed', sqlstate="55P02")


def _unknown(name: str) -> RedshiftError:
    if name in _NOT_HERE:
        return NotSupportedError(f"parameter {name}: not supported by the emulator")
    return RedshiftError(f'unrecognized configuration parameter "{name}"', sqlstate="42704")
