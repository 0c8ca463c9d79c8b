"""The composition root: settings, catalogue and stores, each made when first asked for."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import os
from dataclasses import dataclass
from functools import cached_property

from pipeline import settings
from pipeline.access.desired import DesiredState, desired_state
from pipeline.errors import ConfigError, WarehouseError
from pipeline.markers import Presence
from pipeline.names import TableName
from pipeline.options import configured
from pipeline.procedures.bootstrap import (
    BootstrapJob,
    check_owner,
    declared_passwords,
    is_up_to_date,
    owner_password,
    user_exists,
)
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.files import FilesJob
from pipeline.procedures.publish import Place
from pipeline.project import Relations
from pipeline.settings import Connection, file_path
from pipeline.sql.markers import marker
from pipeline.sql.markers.marker import Marker
from pipeline.sql.statement import Statement
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.stores.password_file import PasswordFile, variable_password
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.upstream.shared_snapshot import SharedSnapshot
from pipeline.stores.warehouse import LOGIN_REFUSED, Row, Warehouse

UNPREPARED = frozenset({"3F000", "42P01"})
"""No such schema or table: a warehouse in which BootstrapWarehouse has not run."""

RECENT = dt.timedelta(days=14)
"""So old may be the loads by which sizes are told; the marker table's sort key finds them."""

MB = 1_000_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Runtime(Relations):
    """Everything that tasks and commands share, made from the configuration when it is needed."""

    @cached_property
    def s3(self) -> S3Store:
        """The bucket between dump and load."""
        return self.bucket(self.settings.storage.bucket)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse as its owner, the ETL user."""
        return Warehouse(self._connection(self.settings.warehouse.etl_access))

    def administration(self) -> Warehouse:
        """Return the warehouse as its administrator; ConfigError without such an access."""
        return Warehouse(self._connection(self.settings.warehouse.admin_access))

    def upstream(self, source: str) -> Upstream:
        """Return the upstream database of a source; ConfigError when it has none."""
        found = self.settings.source(source)
        if found is None or found.read_access is None:
            raise ConfigError(
                f"{source} has designs with tables upstream, but the configuration names no"
                " 'read_access' for it"
            )
        return Upstream(source, self._connection(found.read_access).dsn)

    @cached_property
    def place(self) -> Place:
        """Where rows are published."""
        settings = self.settings.warehouse
        return Place(self.warehouse, settings.groups, settings.marker_schema)

    def bootstrap_job(self) -> BootstrapJob:
        """Return what the warehouse should look like, and who may make it so."""
        etl = self._connection(self.settings.warehouse.etl_access)
        check_owner(self.desired, etl)
        if is_up_to_date(self.desired, self.warehouse):
            return BootstrapJob(self.desired, self.warehouse)
        admin = self.administration()
        hashes = owner_password(self.desired, etl, PasswordFile.of(etl, os.environ))
        file = PasswordFile.of(admin.access, os.environ)
        return BootstrapJob(
            self.desired, admin, hashes | declared_passwords(self.desired, admin.access, file)
        )

    def known_password(self, user: str, variable: str | None = None) -> tuple[str | None, str]:
        """Return a user's password, from a variable or the password file, and where it stands.

        None where the file has no line for the user.
        """
        if variable is not None:
            return variable_password(variable, os.environ), variable
        access = self.administration().access
        file = PasswordFile.of(access, os.environ)
        return file.find_of(user, access), str(file.path)

    def dump_job(
        self,
        name: TableName,
        date: dt.date,
        *,
        limit: int | None = None,
        upstream: Upstream | None = None,
    ) -> DumpJob:
        """Return what to dump for a relation, and where to; without ``upstream``, from its own."""
        design = self.catalog[name]
        content = self.limited(limit).dump(name)
        source = self.settings.source(name.schema)
        shared = None if upstream else self.shared_snapshot(name.schema)
        return DumpJob(
            design=design,
            upstream=upstream or self.upstream(name.schema),
            s3=self.s3,
            settings=self.settings.dump,
            folder=self.layout.dump(date, design.stem, content),
            manifest_key=self.layout.manifest(date, design.stem, content),
            limit=limit,
            new_columns=source.new_columns if source else "fail",
            snapshot=shared.name if shared else None,
        )

    @functools.cache  # noqa: B019  (one Runtime lives as long as the process)
    def shared_snapshot(self, source: str) -> SharedSnapshot | None:
        """Return what all dumps of a source share, None where each has a snapshot of its own."""
        found = self.settings.source(source)
        return SharedSnapshot(self.upstream(source)) if found and found.consistent else None

    def files_job(
        self, name: TableName, date: dt.date, *, limit: int | None = None
    ) -> FilesJob | None:
        """Return which files a table's rows come from; None where they come from a database."""
        source, design = self.settings.source(name.schema), self.catalog[name]
        if source is None or source.s3_path is None or design.source is None:
            return None
        named = file_path.values(date, self.settings.storage.prefix, design.source)
        pattern = file_path.resolve(source.s3_path, named)
        return FilesJob(
            design=design,
            pattern=pattern,
            form=source.s3_format,
            files=self.bucket(pattern.bucket),
            s3=self.s3,
            manifest_key=self.layout.manifest(date, design.stem, self.fingerprints.dump(name)),
            limit=limit,
        )

    @cached_property
    def desired(self) -> DesiredState:
        """What the configuration asks of the warehouse beside tables."""
        return desired_state(self.settings)

    def _connection(self, variable: str) -> Connection:
        return settings.connection(variable, os.environ)

    @cached_property
    def authorization(self) -> IamRole | AccessKeys:
        """What COPY reads S3 with: the configured role, else boto3's own credentials."""
        role = self.settings.warehouse.iam_role
        if role:
            return IamRole(role)
        keys = self.s3.copy_credentials()
        return AccessKeys(keys.access_key, keys.secret_key, keys.token)

    @functools.cache  # noqa: B019  (one Runtime lives as long as the process)
    def markers(self, date: dt.date | None = None) -> Presence:
        """Return the markers of one date and those without one, read with one statement."""

        def fetch() -> set[str]:
            statement = marker.select_markers(
                self.settings.warehouse.marker_schema,
                prefix=self.settings.storage.prefix,
                run_date=date,
            )
            return {row["update_id"] for row in self.unless_unprepared(statement)}

        return Presence(fetch, self._has_marker)

    def _has_marker(self, update_id: str) -> bool:
        schema = self.settings.warehouse.marker_schema
        return bool(self.unless_unprepared(marker.select_marker(schema, update_id)))

    @functools.cache  # noqa: B019  (one Runtime lives as long as the process)
    def priorities(self, date: dt.date) -> dict[TableName, int]:
        """Return by relation how much waits for it, itself included: in MB of late loads.

        One statement tells it for all; what was never filled counts little, but not nothing.
        """
        statement = marker.select_sizes(
            self.settings.warehouse.marker_schema,
            prefix=self.settings.storage.prefix,
            since=date - RECENT,
        )
        try:
            rows = self.unless_unprepared(statement)
        except WarehouseError as error:
            logger.warning("large tables may not come first: %s", error)
            rows = []
        sizes = {row["target_table"]: marker.filled_bytes(row) for row in rows}
        own = {name: 1 + sizes.get(str(name), 0) // MB for name in self.catalog.designs}
        return self.catalog.graph.longest_ways(own)

    def newest_markers(self) -> list[Row]:
        """Return the newest marker of each task and relation, oldest first; none if unprepared."""
        statement = marker.select_newest(
            self.settings.warehouse.marker_schema, prefix=self.settings.storage.prefix
        )
        return self.unless_unprepared(statement)

    def unless_unprepared(self, statement: Statement) -> list[Row]:
        """Ask the warehouse; a warehouse in which BootstrapWarehouse has not run has no rows."""
        try:
            return self.warehouse.query(statement)
        except WarehouseError as error:
            if error.sqlstate in UNPREPARED:
                return []
            if error.sqlstate == LOGIN_REFUSED and not self._owner_exists(error):
                return []
            raise

    def _owner_exists(self, refused: WarehouseError) -> bool:
        """Tell a wrong password from a warehouse that was never set up; the server does not."""
        settings = self.settings.warehouse
        try:
            admin = self.administration()
        except ConfigError as error:
            raise WarehouseError(
                f"{refused}. If the warehouse was never set up: set {settings.admin_access},"
                " and luigi --module pipeline BootstrapWarehouse"
            ) from error
        return user_exists(admin, settings.owner)

    @functools.cache  # noqa: B019  (one Runtime lives as long as the process)
    def objects(self, folder: str) -> Presence:
        """Return the objects below a folder of the bucket; a request lists a thousand."""
        return Presence(lambda: {item.key for item in self.s3.list(folder)}, self.s3.exists)

    def marker(
        self,
        task: str,
        fingerprint: str,
        *,
        table: TableName | None = None,
        date: dt.date | None = None,
    ) -> Marker:
        """Return the marker that will prove a task, with what is known before it runs."""
        prefix = self.settings.storage.prefix
        words = (prefix, task, date and date.isoformat(), table and str(table), fingerprint)
        now = dt.datetime.now(dt.UTC)
        return Marker(
            update_id="/".join(word for word in words if word),
            task=task,
            target_table=str(table) if table else None,
            run_date=date,
            prefix=prefix,
            fingerprint=fingerprint,
            row_count=None,
            byte_count=None,
            manifest=None,
            started_at=now,
            inserted_at=now,
        )


@functools.cache
def current() -> Runtime:
    """Return the runtime of this process, made of its settings and its environment."""
    return Runtime(configured(os.environ))
