"""Every user of the warehouse, with groups, schemas and privileges."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.access.acl import Grant
from pipeline.access.current import CurrentState
from pipeline.access.desired import DesiredState
from pipeline.sql.access.privileges import Grantee


@dataclass(frozen=True, slots=True)
class User:
    """A user who exists in the warehouse, is declared in the configuration, or both."""

    name: str
    groups: tuple[str, ...]
    schemas: tuple[str, ...]
    """Schemas that the user owns."""
    rights: tuple[str, ...]
    declared: bool
    present: bool


def list_users(desired: DesiredState, current: CurrentState) -> tuple[User, ...]:
    """Return all existing and declared users, sorted by name."""
    declared = {user.name for user in desired.users}
    return tuple(
        User(
            name=name,
            groups=tuple(sorted(group for group, member in current.members if member == name)),
            schemas=tuple(
                sorted(s for s, owner in current.schema_owners.items() if owner == name)
            ),
            rights=tuple(_rights(desired, current, name)),
            declared=name in declared,
            present=name in current.search_paths,
        )
        for name in sorted({*current.search_paths, *declared})
    )


def _rights(desired: DesiredState, current: CurrentState, name: str) -> Iterator[str]:
    groups = desired.groups
    if name in current.superusers:
        yield "everything (superuser)"
    if name == desired.owner:
        yield "owns the warehouse; reads and writes all sources"
    elif (groups.etl, name) in current.members:
        yield f"reads and writes {_sources(desired, current, groups.etl)}"
    elif (groups.users, name) in current.members:
        yield f"reads {_sources(desired, current, groups.users)}"
    granted: dict[str, list[str]] = {}
    for grant in current.schema_grants:
        if grant.grantee == Grantee("user", name) and current.schema_owners[grant.on] != name:
            granted.setdefault(grant.on, []).append(grant.privilege)
    for schema in sorted(granted):
        yield f"{', '.join(sorted(granted[schema]))} on {schema}"


def _sources(desired: DesiredState, current: CurrentState, group: str) -> str:
    """Name the sources that a group may use; a grant of the bootstrap may have been revoked."""
    grantee = Grantee("group", group)
    closed = [
        schema
        for schema in desired.schemas
        if Grant(schema, "USAGE", grantee) not in current.schema_grants
    ]
    return f"all sources but {', '.join(closed)}" if closed else "all sources"
