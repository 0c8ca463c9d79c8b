"""Plans that create, update and drop a user other than the owner."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.access.current import CurrentState, Holdings
from pipeline.access.desired import DesiredState
from pipeline.access.difference import plan_user
from pipeline.errors import UsageError
from pipeline.names import did_you_mean
from pipeline.settings import DeclaredUser
from pipeline.sql.access import privileges, users
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a user; ``etl`` None keeps the ETL group unchanged, ``password`` is a hash."""

    name: str
    etl: bool | None = None
    schema: bool = False
    password: str | None = field(default=None, repr=False)


def plan_create(
    desired: DesiredState, current: CurrentState, user: DeclaredUser, password: str | None
) -> tuple[Statement, ...]:
    """Return the statements that create a user; ``password`` is a hash, None for IAM logins only.

    UsageError if the user exists already, or the warehouse is not bootstrapped.
    """
    if user.name == desired.owner:
        raise UsageError(f"'{user.name}' owns the warehouse; BootstrapWarehouse creates this user")
    if user.name in current.search_paths:
        raise UsageError(
            f"the user '{user.name}' exists already; 'pipeline update-user {user.name}' changes it"
        )
    _check_groups(desired, current)
    _check_schema(desired, user)
    return plan_user(_including_users(desired), current, user, password)


def plan_update(
    desired: DesiredState, current: CurrentState, change: Change
) -> tuple[Statement, ...]:
    """Return the statements that update a user: password, ETL group, schema, search path.

    UsageError if the user does not exist, or the configuration declares something else.
    """
    _check_exists(current, change.name)
    if change.name == desired.owner:
        return _update_owner(change)
    _check_groups(desired, current)
    declared = next((user for user in desired.users if user.name == change.name), None)
    if declared is not None and change.etl not in {None, declared.etl}:
        raise UsageError(
            f"the configuration declares '{change.name}' with etl: {str(declared.etl).lower()};"
            " change it there, then run BootstrapWarehouse"
        )
    is_member = (desired.groups.etl, change.name) in current.members
    user = DeclaredUser(
        change.name, etl=is_member if change.etl is None else change.etl, schema=change.schema
    )
    _check_schema(desired, user)
    removal = (users.remove_from_group(desired.groups.etl, user.name),)
    return (
        *(removal if is_member and not user.etl else ()),
        *plan_user(_including_users(desired), current, user, change.password),
    )


def plan_drop(
    desired: DesiredState, current: CurrentState, holdings: Holdings, user: str, *, new_owner: str
) -> tuple[Statement, ...]:
    """Return the statements that transfer what a user owns to ``new_owner`` and drop the user.

    Redshift has neither DROP OWNED nor REASSIGN OWNED. Only the current database is considered:
    what the user owns in others stays there without an owner. UsageError if the user cannot be
    dropped, or the next bootstrap would create the user again.
    https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_USER.html
    """
    _check_drop(desired, current, holdings, user, new_owner)
    return (
        *_transfers(current, holdings, user, new_owner),
        *_revocations(current, holdings, Grantee("user", user)),
        *_default_revocations(current, user),
        *(
            users.remove_from_group(group, member)
            for group, member in sorted(current.members)
            if member == user
        ),
        users.drop_user(user),
    )


def _check_drop(
    desired: DesiredState, current: CurrentState, holdings: Holdings, user: str, new_owner: str
) -> None:
    _check_exists(current, user)
    _check_exists(current, new_owner)
    if user == desired.owner:
        raise UsageError(f"'{user}' owns the warehouse and cannot be dropped")
    if user == new_owner:
        raise UsageError(f"'{user}' is the user to be dropped; name another one as --new-owner")
    if any(declared.name == user for declared in desired.users):
        raise UsageError(
            f"the configuration declares '{user}', so BootstrapWarehouse would create this user"
            " again; remove it from data_warehouse.users first"
        )
    owned = [f"the routine {name}" for name in holdings.routines]
    owned += [f"the database {name}" for name in holdings.databases]
    if owned:
        raise UsageError(
            f"'{user}' owns {', '.join(owned)}; drop what is listed, or change its owner first"
        )


def _transfers(
    current: CurrentState, holdings: Holdings, user: str, new_owner: str
) -> Iterator[Statement]:
    for schema in sorted(current.schema_owners):
        if current.schema_owners[schema] == user:
            yield privileges.alter_schema_owner(schema, new_owner)
    for name in holdings.relations:
        yield ddl.alter_owner(name, new_owner)


def _revocations(current: CurrentState, holdings: Holdings, user: Grantee) -> Iterator[Statement]:
    for name in holdings.granted:
        yield privileges.revoke_table(name, user)
    for name, columns in holdings.columns.items():
        yield privileges.revoke_columns(name, columns, user)
    for routine in holdings.callable:
        yield privileges.revoke_routine(routine, user)
    for schema in sorted({grant.on for grant in current.schema_grants if grant.grantee == user}):
        yield privileges.revoke_schema(schema, user)
    if any(grant.grantee == user for grant in current.database_grants):
        yield privileges.revoke_database(current.database, user)


def _default_revocations(current: CurrentState, user: str) -> Iterator[Statement]:
    """Yield statements that revoke the default privileges the user granted or received."""
    found = {
        (grant.owner, grant.schema or "", grant.grantee, grant.objects)
        for grant in current.default_grants
        if grant.owner == user or grant.grantee == Grantee("user", user)
    }
    for owner, schema, grantee, objects in sorted(found):
        yield privileges.default_revoke(owner, schema or None, grantee, objects)


def _update_owner(change: Change) -> tuple[Statement, ...]:
    if change.etl is not None or change.schema:
        raise UsageError(
            f"'{change.name}' owns the warehouse; only its password can be changed here"
        )
    return (users.alter_password(change.name, change.password),) if change.password else ()


def _including_users(desired: DesiredState) -> DesiredState:
    """Return the state with ``create_users``, which holds for a user named on the command line."""
    return replace(desired, create_users=True)


def _check_exists(current: CurrentState, name: str) -> None:
    if name not in current.search_paths:
        hint = did_you_mean(name, current.search_paths)
        raise UsageError(f"there is no user '{name}'{hint}")


def _check_groups(desired: DesiredState, current: CurrentState) -> None:
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
