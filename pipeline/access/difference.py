"""Statements that bring a warehouse to its desired state; none if nothing differs.

They drop nothing, and revoke only two privileges of PUBLIC: to create temporary tables, and all
on the schema ``public``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from pipeline.access.acl import READ_AND_WRITE, Grant
from pipeline.access.current import CurrentState, DefaultGrant
from pipeline.access.desired import DesiredState
from pipeline.errors import ConfigError
from pipeline.names import TableName
from pipeline.settings import DeclaredUser
from pipeline.sql.access import privileges, users
from pipeline.sql.access.privileges import PUBLIC, Grantee
from pipeline.sql.markers import check_results, history, loaded_files, marker
from pipeline.sql.markers.own_table import OwnTable, add_missing_columns, create_own_table
from pipeline.sql.markers.surrogate_keys import key_table
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl


@dataclass(frozen=True, slots=True)
class Planner:
    """Compares desired and current state; ``passwords`` are hashes by user."""

    desired: DesiredState
    current: CurrentState
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    def statements(self) -> Iterator[Statement]:
        """Yield the statements in an order in which they can be executed."""
        yield from self._groups()
        yield from self._owner()
        yield from self._database()
        for schema in self.desired.schemas:
            yield from self._schema(schema)
        yield from self._marker_schema()
        yield from self._users()

    def owner_suffices(self) -> bool:
        """Return whether only schemas, or tables, columns or privileges for markers, are missing.

        The owner of the database can create them without an administrator.
        """
        others = (self._groups(), self._owner(), self._database(), self._users())
        schemas = [self._schema(name) for name in self.desired.schemas if self._exists(name)]
        if self._exists(self.desired.marker_schema):
            schemas.append(self._owned_schema(self.desired.marker_schema))
        return next(chain(*others, *schemas), None) is None

    def _exists(self, schema: str) -> bool:
        return schema in self.current.schema_owners

    def _users(self) -> Iterator[Statement]:
        yield from self._search_path(self.desired.owner, self.desired.schemas)
        for user in self.desired.users:
            yield from self.user(user)

    def _groups(self) -> Iterator[Statement]:
        for name in (self.desired.groups.etl, self.desired.groups.users):
            if name in self.current.groups:
                continue
            if not self.desired.create_users:
                raise ConfigError(
                    f"the group '{name}' does not exist, and skip_user_creation forbids creating"
                    " it; create it, or unset skip_user_creation"
                )
            yield users.create_group(name)

    def _owner(self) -> Iterator[Statement]:
        owner = self.desired.owner
        if owner in self.current.search_paths:
            yield from self._membership(owner, self.desired.groups.etl)
            return
        if not self.desired.create_users:
            raise ConfigError(
                f"the owner '{owner}' does not exist, and skip_user_creation forbids creating"
                " it; create it, or unset skip_user_creation"
            )
        if owner not in self.passwords:
            raise ConfigError(
                f"the owner '{owner}' does not exist, and there is no password to create it with;"
                " put one into the connection string of the ETL user, or into ~/.pgpass"
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
        """Yield statements for a source's schema: owner, privileges, default privileges."""
        yield from self._owned_schema(schema)
        readers = Grantee("group", self.desired.groups.users)
        if Grant(schema, "USAGE", readers) not in self.current.schema_grants:
            yield privileges.grant_usage(schema, readers)
        if not self._has_default(schema, readers, frozenset({"SELECT"})):
            yield privileges.default_grant_select(self.desired.owner, schema, readers)

    def _owned_schema(self, schema: str) -> Iterator[Statement]:
        owner, etl = self.desired.owner, Grantee("group", self.desired.groups.etl)
        if schema not in self.current.schema_owners:
            yield ddl.create_schema(schema, owner=owner)
        elif self.current.schema_owners[schema] != owner:
            yield privileges.alter_schema_owner(schema, owner)
        for name in self.transferred(schema):
            yield ddl.alter_owner(name, owner)
        if (
            not {Grant(schema, name, etl) for name in ("USAGE", "CREATE")}
            <= self.current.schema_grants
        ):
            yield privileges.grant_schema(schema, etl)
        if not self._has_default(schema, etl, READ_AND_WRITE):
            yield privileges.default_grant_all(owner, schema, etl)

    def transferred(self, schema: str) -> Iterator[TableName]:
        """Yield the relations that get another owner: the pipeline's tables, and what it loaded.

        That belongs to who owned the schema or the pipeline's tables before. What others created
        stays theirs.
        """
        others, own = self.current.others, {key_table(self.desired.marker_schema)}
        own |= {each.name for each in self._own_tables()}
        before = {others[name] for name in own & others.keys()} - self.current.superusers
        before.add(self.current.schema_owners.get(schema, ""))
        for name, owner in others.items():
            if name.schema == schema and (owner in before or name in own):
                yield name

    def _has_default(self, schema: str, grantee: Grantee, names: frozenset[str]) -> bool:
        found = {DefaultGrant(self.desired.owner, schema, name, grantee) for name in names}
        return found <= self.current.default_grants

    def _marker_schema(self) -> Iterator[Statement]:
        """Yield statements for the marker tables, which only the ETL group may use."""
        schema = self.desired.marker_schema
        if schema not in self.desired.schemas:
            yield from self._owned_schema(schema)
        for own in self._own_tables():
            if own.name in self.current.tables:
                yield from add_missing_columns(own, self.current.tables[own.name])
            else:
                yield create_own_table(own)
                yield ddl.alter_owner(own.name, self.desired.owner)
            yield from self._grants(own.name)
        if key_table(schema) in self.current.tables:  # else the first load with keys creates it
            yield from self._grants(key_table(schema))

    def _grants(self, name: TableName) -> Iterator[Statement]:
        etl = Grantee("group", self.desired.groups.etl)
        expected = {Grant(str(name), privilege, etl) for privilege in READ_AND_WRITE}
        if not expected <= self.current.table_grants:
            yield privileges.grant_table(name, etl)

    def _own_tables(self) -> tuple[OwnTable, ...]:
        schema = self.desired.marker_schema
        first = (each.own_table(schema) for each in (marker, history, loaded_files))
        return (*first, *check_results.own_tables(schema))

    def _search_path(self, user: str, schemas: tuple[str, ...]) -> Iterator[Statement]:
        if self.desired.create_users and self.current.search_paths.get(user) != schemas:
            yield users.alter_search_path(user, schemas)

    def user(self, user: DeclaredUser) -> Iterator[Statement]:
        """Yield the statements for one user; a new one without a password logs in by IAM only."""
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
        """Yield statements for a user's own schema, on which both groups get USAGE."""
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
    """Return the statements that lead from ``current`` to ``desired``; none if nothing differs.

    ``passwords`` are hashes by user. ConfigError if the owner is missing and cannot be created.
    """
    return tuple(Planner(desired, current, passwords or {}).statements())


def plan_user(
    desired: DesiredState, current: CurrentState, user: DeclaredUser, password: str | None = None
) -> tuple[Statement, ...]:
    """Return the statements that create or update a user, and set the password if one is given.

    ``password`` is a hash. ConfigError if another user owns the schema of the user's name.
    """
    exists = user.name in current.search_paths
    passwords = {} if password is None else {user.name: password}
    change = (users.alter_password(user.name, password),) if exists and password else ()
    return (*change, *Planner(desired, current, passwords).user(user))
