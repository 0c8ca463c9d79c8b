"""Users beside the owner: what is said to make, change and drop one, and who there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.access.current import CurrentState
from pipeline.access.drop_user import Holdings, plan_drop_user
from pipeline.access.plan import DesiredState, plan_user
from pipeline.errors import UsageError
from pipeline.names import did_you_mean
from pipeline.settings import DeclaredUser
from pipeline.sql.access import users
from pipeline.sql.access.acl import Grant
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.statement import Statement


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a user, the password as a hash; ``etl`` None leaves it alone."""

    name: str
    etl: bool | None = None
    schema: bool = False
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class User:
    """A user of the warehouse, or one who is declared and not there yet."""

    name: str
    groups: tuple[str, ...]
    schemas: tuple[str, ...]
    """Those that belong to the user."""
    rights: tuple[str, ...]
    declared: bool
    present: bool


def plan_create(
    desired: DesiredState, current: CurrentState, user: DeclaredUser, password: str | None
) -> tuple[Statement, ...]:
    """Return what creates a user; ``password`` is a hash, None for one who logs in by IAM only.

    UsageError where there is such a user already, or the warehouse is not bootstrapped.
    """
    if user.name == desired.owner:
        raise UsageError(f"'{user.name}' owns the warehouse; BootstrapWarehouse creates this user")
    if user.name in current.search_paths:
        raise UsageError(
            f"there is a user '{user.name}' already; 'pipeline update-user {user.name}' changes it"
        )
    _check_ground(desired, current)
    _check_schema(desired, user)
    return plan_user(_explicit(desired), current, user, password)


def plan_update(
    desired: DesiredState, current: CurrentState, change: Change
) -> tuple[Statement, ...]:
    """Return what brings a user up to date: password, ETL group, schema, search path.

    UsageError where there is no such user, or the configuration declares otherwise.
    """
    _check_there(current, change.name)
    if change.name == desired.owner:
        return _update_owner(change)
    _check_ground(desired, current)
    declared = next((user for user in desired.users if user.name == change.name), None)
    if declared is not None and change.etl not in {None, declared.etl}:
        raise UsageError(
            f"the configuration declares '{change.name}' with etl: {str(declared.etl).lower()};"
            " change it there, then run BootstrapWarehouse"
        )
    belongs = (desired.groups.etl, change.name) in current.members
    user = DeclaredUser(
        change.name, etl=belongs if change.etl is None else change.etl, schema=change.schema
    )
    _check_schema(desired, user)
    leaves = (users.remove_from_group(desired.groups.etl, user.name),)
    return (
        *(leaves if belongs and not user.etl else ()),
        *plan_user(_explicit(desired), current, user, change.password),
    )


def plan_drop(
    desired: DesiredState, current: CurrentState, holdings: Holdings, user: str, *, new_owner: str
) -> tuple[Statement, ...]:
    """Return what gives all that a user owns to ``new_owner`` and drops the user.

    UsageError where that cannot be, or where the next bootstrap would create the user again.
    """
    _check_there(current, user)
    _check_there(current, new_owner)
    if user == desired.owner:
        raise UsageError(f"'{user}' owns the warehouse and cannot be dropped")
    if user == new_owner:
        raise UsageError(f"'{user}' cannot inherit from itself; name another heir")
    if any(declared.name == user for declared in desired.users):
        raise UsageError(
            f"the configuration declares '{user}', so that BootstrapWarehouse would create it"
            " again; take it out of data_warehouse.users first"
        )
    return plan_drop_user(current, holdings, user, new_owner=new_owner)


def people(desired: DesiredState, current: CurrentState) -> tuple[User, ...]:
    """Return everybody who is there or declared, sorted by name."""
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
    """Say what a group may look into: somebody may have revoked what the bootstrap granted."""
    grantee = Grantee("group", group)
    closed = [
        schema
        for schema in desired.schemas
        if Grant(schema, "USAGE", grantee) not in current.schema_grants
    ]
    return f"all sources but {', '.join(closed)}" if closed else "all sources"


def _update_owner(change: Change) -> tuple[Statement, ...]:
    if change.etl is not None or change.schema:
        raise UsageError(
            f"'{change.name}' owns the warehouse; only its password can be changed here"
        )
    return (users.alter_password(change.name, change.password),) if change.password else ()


def _explicit(desired: DesiredState) -> DesiredState:
    """Whoever names a user on the command line wants that user touched, whatever is configured."""
    return replace(desired, create_users=True)


def _check_there(current: CurrentState, name: str) -> None:
    if name not in current.search_paths:
        hint = did_you_mean(name, current.search_paths)
        raise UsageError(f"there is no user '{name}'{hint}")


def _check_ground(desired: DesiredState, current: CurrentState) -> None:
    missing = {desired.groups.etl, desired.groups.users} - current.groups
    if missing:
        names = " and ".join(f"'{name}'" for name in sorted(missing))
        raise UsageError(
            f"there is no group {names} yet; first run"
            " 'luigi --module pipeline BootstrapWarehouse --local-scheduler'"
        )


def _check_schema(desired: DesiredState, user: DeclaredUser) -> None:
    if user.schema and user.name in {*desired.schemas, desired.marker_schema}:
        raise UsageError(f"the schema '{user.name}' belongs to the warehouse, not to a user")
