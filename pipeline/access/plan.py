"""What to say to a warehouse so that it becomes what is configured: only the difference.

Nothing is ever dropped or taken away that the pipeline did not give, but for PUBLIC's rights to
create temporary tables and objects in the schema ``public``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.access.current import CurrentState, DefaultGrant
from pipeline.errors import ConfigError
from pipeline.settings import DeclaredUser, Groups, Settings
from pipeline.sql.access import privileges, users
from pipeline.sql.access.acl import Grant
from pipeline.sql.access.privileges import PUBLIC, Grantee
from pipeline.sql.markers import history, marker
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl

READ_AND_WRITE = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
"""What must be there for ALL to count as granted; the further rights differ between versions."""


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What a warehouse should look like; ``schemas`` in the order of the configuration."""

    owner: str
    groups: Groups
    schemas: tuple[str, ...]
    marker_schema: str
    users: tuple[DeclaredUser, ...] = ()
    create_users: bool = True
    """Whether groups and users are made and changed here; else they must be there."""

    @property
    def reading_path(self) -> tuple[str, ...]:
        """Return the search path of users: their own schema, then those of the sources."""
        return (users.OWN_SCHEMA, *self.schemas)


def desired(settings: Settings) -> DesiredState:
    """Return what the configuration asks for; nothing of users where they are to be skipped."""
    warehouse = settings.warehouse
    return DesiredState(
        owner=warehouse.owner,
        groups=warehouse.groups,
        schemas=tuple(dict.fromkeys(source.name for source in settings.sources)),
        marker_schema=warehouse.marker_schema,
        users=() if warehouse.skip_user_creation else warehouse.users,
        create_users=not warehouse.skip_user_creation,
    )


@dataclass(frozen=True, slots=True)
class Planner:
    """Compares wanted with present; ``passwords`` holds hashes by user."""

    desired: DesiredState
    current: CurrentState
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    def statements(self) -> Iterator[Statement]:
        """Yield the difference, in the order in which it can be executed."""
        yield from self._groups()
        yield from self._owner()
        yield from self._database()
        for schema in self.desired.schemas:
            yield from self._schema(schema)
        yield from self._marker_schema()
        yield from self._search_path(self.desired.owner, self.desired.schemas)
        for user in self.desired.users:
            yield from self.user(user)

    def _groups(self) -> Iterator[Statement]:
        for name in (self.desired.groups.etl, self.desired.groups.users):
            if name in self.current.groups:
                continue
            if not self.desired.create_users:
                raise ConfigError(
                    f"the group '{name}' does not exist, and users and groups are not to be"
                    " created (skip_user_creation)"
                )
            yield users.create_group(name)

    def _owner(self) -> Iterator[Statement]:
        owner = self.desired.owner
        if owner in self.current.search_paths:
            yield from self._membership(owner, self.desired.groups.etl)
            return
        if not self.desired.create_users:
            raise ConfigError(
                f"the owner '{owner}' does not exist, and users and groups are not to be"
                " created (skip_user_creation)"
            )
        if owner not in self.passwords:
            raise ConfigError(
                f"the owner '{owner}' does not exist and there is no password for it;"
                " put one into the connection string of the ETL user or into ~/.pgpass"
            )
        yield users.create_user(owner, self.passwords[owner], (self.desired.groups.etl,))

    def _membership(self, user: str, group: str) -> Iterator[Statement]:
        if self.desired.create_users and (group, user) not in self.current.members:
            yield users.add_to_group(group, user)

    def _database(self) -> Iterator[Statement]:
        current = self.current
        if current.database_owner != self.desired.owner:
            yield privileges.alter_database_owner(current.database, self.desired.owner)
        if current.open_by_default or self._may_use_temp(PUBLIC):
            yield privileges.revoke_temp(current.database, PUBLIC)
        etl = Grantee("group", self.desired.groups.etl)
        if not self._may_use_temp(etl):
            yield privileges.grant_temp(current.database, etl)
        if any(
            grant.on == "public" and grant.grantee == PUBLIC for grant in current.schema_grants
        ):
            yield privileges.revoke_schema("public", PUBLIC)

    def _may_use_temp(self, grantee: Grantee) -> bool:
        return Grant(self.current.database, "TEMP", grantee) in self.current.database_grants

    def _schema(self, schema: str) -> Iterator[Statement]:
        """Yield what makes a schema the owner's, with rights on what is in it and what will be."""
        yield from self._owned_schema(schema)
        readers = Grantee("group", self.desired.groups.users)
        if Grant(schema, "USAGE", readers) not in self.current.schema_grants:
            yield privileges.grant_usage(schema, readers)
        if not self._promised(schema, readers, frozenset({"SELECT"})):
            yield privileges.default_grant_select(self.desired.owner, schema, readers)

    def _owned_schema(self, schema: str) -> Iterator[Statement]:
        owner, etl = self.desired.owner, Grantee("group", self.desired.groups.etl)
        if schema not in self.current.schema_owners:
            yield ddl.create_schema(schema, owner=owner)
        elif self.current.schema_owners[schema] != owner:
            yield privileges.alter_schema_owner(schema, owner)
        if (
            not {Grant(schema, name, etl) for name in ("USAGE", "CREATE")}
            <= self.current.schema_grants
        ):
            yield privileges.grant_schema(schema, etl)
        if not self._promised(schema, etl, READ_AND_WRITE):
            yield privileges.default_grant_all(owner, schema, etl)

    def _promised(self, schema: str, grantee: Grantee, names: frozenset[str]) -> bool:
        found = {DefaultGrant(self.desired.owner, schema, name, grantee) for name in names}
        return found <= self.current.default_grants

    def _marker_schema(self) -> Iterator[Statement]:
        """Yield what makes the marker tables, for the ETL group and nobody else."""
        schema = self.desired.marker_schema
        if schema not in self.desired.schemas:
            yield from self._owned_schema(schema)
        for name, create in (
            (marker.marker_table(schema), marker.create_marker_table(schema)),
            (history.history_table(schema), history.create_history_table(schema)),
        ):
            if name not in self.current.tables:
                yield create
                yield ddl.alter_owner(name, self.desired.owner)
                yield privileges.grant_table(name, Grantee("group", self.desired.groups.etl))

    def _search_path(self, user: str, schemas: tuple[str, ...]) -> Iterator[Statement]:
        if self.desired.create_users and self.current.search_paths.get(user) != schemas:
            yield users.alter_search_path(user, schemas)

    def user(self, user: DeclaredUser) -> Iterator[Statement]:
        """Yield the difference for one user; a new one without a password logs in by IAM only."""
        groups = self.desired.groups
        belongs = (groups.users, groups.etl) if user.etl else (groups.users,)
        if not self.desired.create_users:
            return
        if user.name in self.current.search_paths:
            for group in belongs:
                yield from self._membership(user.name, group)
        else:
            yield users.create_user(user.name, self.passwords.get(user.name), belongs)
        if user.schema:
            yield from self._own_schema(user.name)
        yield from self._search_path(user.name, self.desired.reading_path)

    def _own_schema(self, name: str) -> Iterator[Statement]:
        """Yield what gives a user a schema to work in, which both groups may look into."""
        owner = self.current.schema_owners.get(name)
        if owner is None:
            yield ddl.create_schema(name, owner=name)
        elif owner != name:
            raise ConfigError(f"the schema '{name}' exists and belongs to '{owner}'")
        for group in (self.desired.groups.etl, self.desired.groups.users):
            grantee = Grantee("group", group)
            if Grant(name, "USAGE", grantee) not in self.current.schema_grants:
                yield privileges.grant_usage(name, grantee)


def plan(
    desired: DesiredState, current: CurrentState, passwords: Mapping[str, str] | None = None
) -> tuple[Statement, ...]:
    """Return the statements that make ``current`` what is wanted; none where nothing differs.

    ``passwords`` are hashes by user. ConfigError where the owner is absent and cannot be created.
    """
    return tuple(Planner(desired, current, passwords or {}).statements())


def plan_user(
    desired: DesiredState, current: CurrentState, user: DeclaredUser, password: str | None = None
) -> tuple[Statement, ...]:
    """Return the statements that create a user or bring one up to date, a new password included.

    ``password`` is a hash. ConfigError where a schema of the user's name belongs to somebody else.
    """
    exists = user.name in current.search_paths
    passwords = {} if password is None else {user.name: password}
    change = (users.alter_password(user.name, password),) if exists and password else ()
    return (*change, *Planner(desired, current, passwords).user(user))
