"""The configuration parameters: those of Redshift, their values, and who stores them.

https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
"""

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.tokens import literal, quoted, split
from redshift_emulator.language.words import words
from redshift_emulator.session.login import SERVER_VERSION

OF_FUNCTIONS = frozenset(
    {"default_array_search_null_handling", "interval_forbid_composite_literals"}
)
"""Parameters that PostgreSQL stores as ``rs.name``, since functions in SQL read them."""
# Parameters that have the same meaning in PostgreSQL, which stores them.
BACKEND = frozenset(
    {"application_name", "datestyle", "extra_float_digits", "intervalstyle", "search_path"}
    | {"statement_timeout", "timezone"}
    | OF_FUNCTIONS
)
_NUMBERS = {"1": "on", "0": "off"}
_BOOLEANS = frozenset({"on", "off", "true", "false", *_NUMBERS})
THRESHOLD = "analyze_threshold_percent"
LOG_LEVEL = "stored_proc_log_min_messages"
LOG_LEVELS = frozenset({"log", "info", "notice", "warning", "exception"})
# Parameters that are stored and shown without effect, except case sensitivity, the threshold and
# ``readonly``, which Amazon's driver for Java sets: the default, and the values (None: all).
STORED: dict[str, tuple[str, frozenset[str] | None]] = {
    THRESHOLD: ("10", None),
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
    **dict.fromkeys(OF_FUNCTIONS, ("true", _BOOLEANS)),
    "json_parse_dedup_attributes": ("off", _BOOLEANS),
    "json_parse_truncate_strings": ("off", _BOOLEANS),
    "json_serialization_enable": ("off", _BOOLEANS),
    "json_serialization_parse_nested_strings": ("off", _BOOLEANS),
    "mv_enable_aqmv_for_session": ("on", _BOOLEANS),
    "navigate_super_null_on_error": ("on", _BOOLEANS),
    "parse_super_null_on_error": ("off", _BOOLEANS),
    "pg_federation_repeatable_read": ("on", _BOOLEANS),
    "query_group": ("default", None),
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
READ_ONLY = {
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
ISOLATION = frozenset({"transaction_isolation", "default_transaction_isolation"})
MOST_SLOTS = 5
ENCODINGS = frozenset({"unicode", "utf8", "utf-8"})


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
        if is_of_backend(name):
            initial.backend[in_backend(name)] = _initial_value(name, value)
        elif name in STORED:
            initial.stored[name] = checked(name, value)
        elif name in READ_ONLY or name in ISOLATION:
            raise unchangeable(name)
        else:
            raise unknown(given)
    return initial


def _initial_value(name: str, value: str) -> str:
    if name == "search_path":
        tokens = (token for each in split(value) for token in each.tokens if token.is_name)
        names = (NAMES.short(token.value) for token in tokens)
        return ", ".join(each if _PLAIN.fullmatch(each) else quoted(each) for each in names)
    return _value(name, value)


def role_parameter(name: str) -> str:
    """Return the name of PostgreSQL's parameter that holds a user's value: ``rs.query_group``."""
    return f"rs.{name}" if name in STORED else quoted(name)


def role_setting(name: str, values: list[str]) -> str:
    """Render a parameter for ``ALTER ROLE ... SET``, such as ``search_path = "etl", "public"``."""
    if name not in BACKEND and name not in STORED:
        raise unknown(name)
    if values == ["default"]:
        return f"{role_parameter(name)} TO DEFAULT"
    if name in STORED:
        return f"{role_parameter(name)} = {literal(checked(name, ' '.join(values)))}"
    return f"{name} = {', '.join(argument(name, value) for value in values)}"


def is_of_backend(name: str) -> bool:
    """Return whether PostgreSQL has a parameter: the same, or a client's own, APP.name."""
    return name in BACKEND or re.fullmatch(r"app(_context)?\.[a-z_]\w{0,57}", name) is not None


def in_backend(name: str) -> str:
    """Return a parameter's name in SQL: ``app_context."user"``, since USER is a reserved word."""
    if name in OF_FUNCTIONS:
        return f"rs.{name}"
    prefix, dot, own_name = name.partition(".")
    return f"{prefix}.{quoted(own_name)}" if dot else name


def argument(name: str, value: str) -> str:
    """Return a value of PostgreSQL's parameter in SQL; RedshiftError as for Redshift."""
    return quoted(NAMES.short(value)) if name == "search_path" else literal(_value(name, value))


def _value(name: str, value: str) -> str:
    """Return a value as PostgreSQL reads it; RedshiftError if Redshift does not accept it."""
    if name == "intervalstyle" and value.lower() == "iso_8601":  # PostgreSQL has added it
        message = f'invalid value for parameter "IntervalStyle": "{value}"'
        raise RedshiftError(message, sqlstate="22023")
    if name == "statement_timeout" and not re.fullmatch(r"[+-]?\d+", value):  # no units
        message = f'parameter "{name}" requires an integer value'
        raise RedshiftError(message, sqlstate="22023")
    if name in OF_FUNCTIONS:
        return "true" if _is_on(checked(name, value)) else "false"
    return value


def checked(name: str, value: str) -> str:
    """Return a value as it is stored; RedshiftError if the parameter cannot have it."""
    allowed = STORED[name][1]
    if allowed is not None and value.lower() not in allowed:
        message = f'parameter "{name}" requires a Boolean value'
        if allowed is not _BOOLEANS:
            message = f'invalid value for parameter "{name}": "{value}"'
        raise RedshiftError(message, sqlstate="22023")
    if name in _FIXED and _is_on(value) != _is_on(STORED[name][0]):
        raise NotSupportedError(f"{name} {value.lower()}: not supported by the emulator")
    if name == "wlm_query_slot_count" and not (value.isdigit() and 1 <= int(value) <= MOST_SLOTS):
        message = f"{value} is outside the valid range for parameter {name} (1 .. {MOST_SLOTS})"
        raise RedshiftError(message, sqlstate="22023")
    if name == THRESHOLD and not re.fullmatch(r"(\d{1,2}(\.\d+)?|100(\.0+)?)", value):
        message = f"{value} is outside the valid range for parameter {name} (0 .. 100)"
        raise RedshiftError(message, sqlstate="22023")
    if allowed is _BOOLEANS:
        return _NUMBERS.get(value, value.lower())
    return value.lower() if allowed is not None else value


def _is_on(value: str) -> bool:
    return value.lower() in {"on", "true", "1"}


def unchangeable(name: str) -> RedshiftError:
    """Build the error about a parameter that no session can set."""
    return RedshiftError(f'parameter "{name}" cannot be changed', sqlstate="55P02")


def unknown(name: str) -> RedshiftError:
    """Build the error about a parameter that the emulator does not have."""
    if name in _NOT_HERE:
        return NotSupportedError(f"parameter {name}: not supported by the emulator")
    return RedshiftError(f'unrecognized configuration parameter "{name}"', sqlstate="42704")
