"""The configuration parameters of a session: SET, RESET and SHOW.

https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
"""

from collections import ChainMap
from collections.abc import MutableMapping

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.tokens import literal, quoted
from redshift_emulator.session import emulator_parameters as own
from redshift_emulator.session.known_parameters import (
    BACKEND,
    ENCODINGS,
    ISOLATION,
    OF_FUNCTIONS,
    READ_ONLY,
    STORED,
    THRESHOLD,
    argument,
    checked,
    in_backend,
    is_of_backend,
    unchangeable,
    unknown,
)
from redshift_emulator.session.session import Session

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


def set_parameter(session: Session, name: str, values: list[str], *, local: bool = False) -> None:
    """Set a parameter; the single value ``default`` restores its default."""
    default = values == ["default"]
    if name.startswith(own.PREFIX):
        own.set_parameter(session, name, [] if default else values)
    elif is_of_backend(name):
        shown = "DEFAULT" if default else ", ".join(argument(name, value) for value in values)
        session.relay(f"SET {'LOCAL ' if local else ''}{in_backend(name)} = {shown}")
    elif name in STORED:
        if default:
            session.variables.pop(name, None)
        else:
            session.variables[name] = checked(name, " ".join(values))
    elif name == "client_encoding":
        if values[0].lower() not in ENCODINGS:
            message = f"client_encoding {values[0]}: the emulator supports UTF-8 only"
            raise NotSupportedError(message)
    elif name in READ_ONLY or name in ISOLATION:
        raise unchangeable(name)
    else:
        raise unknown(name)


def reset_all(session: Session) -> None:
    """Restore the defaults of all parameters, and forget the variables of the session."""
    session.variables.clear()
    session.relay("RESET ALL")


def show_parameter(session: Session, name: str) -> str:
    """Send a parameter's value to the client; return the command tag."""
    if name.startswith(own.PREFIX):
        return own.show(session, name)
    if is_of_backend(name) and name not in OF_FUNCTIONS:
        return session.relay(f"SHOW {in_backend(name)}")
    if name in ISOLATION:
        level = session.query("SHOW transaction_isolation")[0][0]
        value = "SERIALIZABLE" if level == "serializable" else "SNAPSHOT"
    elif name in OF_FUNCTIONS:
        value = session.query(f"SELECT pg_internal.current_setting('{name}')")[0][0] or ""
    elif name in STORED:
        value = stored(session)[name]
    elif name in READ_ONLY:
        value = READ_ONLY[name]
    else:
        raise unknown(name)
    return session.relay(f"SELECT {literal(value)}::text AS {quoted(name)}").replace(
        "SELECT 1", "SHOW"
    )


def show_all(session: Session) -> str:
    """Send the names and values of the parameters that the emulator has; return the command tag.

    https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW.html
    """
    known = {**stored(session), **READ_ONLY}
    values = {name: literal(value) for name, value in known.items()}
    values |= {name: f"current_setting({literal(name)})" for name in BACKEND - OF_FUNCTIONS}
    values |= {name: f"pg_internal.current_setting({literal(name)})" for name in OF_FUNCTIONS}
    rows = ", ".join(f"({literal(name)}, {values[name]})" for name in sorted(values))
    session.relay(fill(_ROWS, rows=rows))
    return "SHOW"


def stored(session: Session) -> dict[str, str]:
    """Return the values of the parameters that the emulator stores; an empty one is ``unset``."""
    return {
        name: session.variables.get(name, default) or "unset"
        for name, (default, _) in STORED.items()
        if name not in OF_FUNCTIONS
    }


def analyze_threshold(session: Session) -> str:
    """Return the percentage of rows that must have changed since the last ANALYZE, ``10``."""
    return session.variables.get(THRESHOLD, STORED[THRESHOLD][0])
