"""Parameters of the emulator, not of Redshift: ``SET emulator.latency_ms TO 50``.

They apply to all sessions at once, whatever becomes of the transaction, until the emulator ends.
"""

from collections.abc import Sequence

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import sql_value
from redshift_emulator.language.tokens import quoted
from redshift_emulator.protocol.conditions import CONDITIONS
from redshift_emulator.session.session import Session

_ROWS = "SELECT * FROM (VALUES {values}) AS t ({names}) WHERE {some}"
PREFIX = "emulator."
TRAFFIC = "traffic"


def set_parameter(session: Session, name: str, values: list[str]) -> None:
    """Set a condition of the cluster, as a superuser; restore the configured one if no value."""
    _require_superuser(session, name)
    cluster, key = session.meter.cluster, name.removeprefix(PREFIX)
    if key not in CONDITIONS:
        raise _unknown(name)
    if not values:
        configured = getattr(cluster.settings.conditions, key)
        values = [str(each) for each in configured] if key == "faults" else [str(configured)]
    try:
        cluster.conditions = cluster.conditions.changed(key, values)
    except ValueError as error:
        raise RedshiftError(f"{PREFIX}{error}", sqlstate="22023") from error


def show(session: Session, name: str) -> str:
    """Send a condition, the faults or the traffic, a row for each; return the command tag."""
    cluster, key = session.meter.cluster, name.removeprefix(PREFIX)
    if key == TRAFFIC:
        columns = ("application_name", "in_lock", "command", "statements", "round_trips")
        rows = [
            (work.application, work.in_lock, work.command, statements, trips)
            for work, statements, trips in cluster.traffic()
        ]
        return _send(session, columns, rows)
    if key == "faults":
        faults = [(str(each), cluster.reached(each)) for each in cluster.conditions.faults]
        return _send(session, ("fault", "events"), faults)
    if key not in CONDITIONS:
        raise _unknown(name)
    return _send(session, (name,), [(str(getattr(cluster.conditions, key)).lower(),)])


def _send(session: Session, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> str:
    values = ", ".join("(" + ", ".join(map(sql_value, row)) + ")" for row in rows)
    if not rows:
        values = "(" + ", ".join(["''"] * len(columns)) + ")"
    names = ", ".join(map(quoted, columns))
    session.relay(_ROWS.format(values=values, names=names, some=bool(rows)))
    return "SHOW"


def _require_superuser(session: Session, name: str) -> None:
    if session.query("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")[0][0] != "t":
        message = f'permission denied to set parameter "{name}"'
        hint = "It applies to all sessions; set it as a superuser."
        raise RedshiftError(message, sqlstate="42501", hint=hint)


def _unknown(name: str) -> RedshiftError:
    found = ", ".join(PREFIX + each for each in (*CONDITIONS, TRAFFIC))
    message = f'unrecognized configuration parameter "{name}"'
    return RedshiftError(message, sqlstate="42704", hint=f"The emulator's own are {found}.")
