"""Functions that take or return the names of objects, in a database that has long ones."""

from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.queries.calls.site import Site
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.words import words

_RETURNING = frozenset({"current_schema", "current_schemas"})
_TAKING = words(
    """
    has_column_privilege has_database_privilege has_function_privilege has_schema_privilege
    to_regclass
    """
)


def edit_names(site: Site) -> None:
    """Edit a call of such a function: PostgreSQL has short names instead of the long ones."""
    if not NAMES.in_catalog:
        return
    if site.call.name in _RETURNING:
        site.rename(f"{INTERNAL}.{site.call.name}")
    elif site.call.name in _TAKING:
        for number in range(len(site.call.arguments)):
            site.enclose(number, f"{INTERNAL}.short_names(", ")")
