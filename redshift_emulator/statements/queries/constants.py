"""Functions whose values the session knows: about its parameters and its last statements."""

from redshift_emulator.language.tokens import literal
from redshift_emulator.session import parameters
from redshift_emulator.session.session import Session


def constants(session: Session) -> dict[str, str]:
    """Return the values in SQL, by the call: ``current_setting query_group``."""
    return {
        **{
            f"current_setting {name}": f"{literal(value)}::text"
            for name, value in parameters.stored(session).items()
        },
        "pg_last_copy_count": f"{session.last_copy.count}::bigint",
        "pg_last_copy_id": f"{session.last_copy.copy_id}::integer",
        **dict.fromkeys(
            ("last_user_query_id", "pg_last_query_id"), f"{session.last_query_id}::integer"
        ),
        "pg_last_unload_count": f"{session.last_unload.count}::bigint",
        "pg_last_unload_id": f"{session.last_unload.copy_id}::integer",
    }
