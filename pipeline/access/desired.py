"""Desired state of a warehouse: the groups, users and schemas of the configuration."""

from dataclasses import dataclass

from pipeline.settings import DeclaredUser, Groups, Settings
from pipeline.sql.access import users


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What the bootstrap establishes; ``schemas`` in the order of the configuration."""

    owner: str
    groups: Groups
    schemas: tuple[str, ...]
    marker_schema: str
    users: tuple[DeclaredUser, ...] = ()
    create_users: bool = True
    """Whether groups and users are created and changed; if not, they must already exist."""

    @property
    def reading_path(self) -> tuple[str, ...]:
        """The search path of users: their own schema, then those of the sources."""
        return (users.OWN_SCHEMA, *self.schemas)


def desired_state(settings: Settings) -> DesiredState:
    """Return the desired state; without users if the configuration skips them."""
    warehouse = settings.warehouse
    return DesiredState(
        owner=warehouse.owner,
        groups=warehouse.groups,
        schemas=tuple(dict.fromkeys(source.name for source in settings.sources)),
        marker_schema=warehouse.marker_schema,
        users=() if warehouse.skip_user_creation else warehouse.users,
        create_users=not warehouse.skip_user_creation,
    )
