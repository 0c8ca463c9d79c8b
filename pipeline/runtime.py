"""The composition root: settings, stores, project and markers, each created on first use."""

import functools
import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline import settings
from pipeline.access.desired import DesiredState, desired_state
from pipeline.designs.fingerprint import checks_fingerprint
from pipeline.errors import ConfigError
from pipeline.markers import Markers, warn_once
from pipeline.openlineage.names import Places
from pipeline.options import configured
from pipeline.presence import Presence
from pipeline.procedures.dump.shared_snapshot import SharedSnapshot
from pipeline.procedures.own_tables import MarkerTableError
from pipeline.procedures.publish.publication import Place
from pipeline.project import Project
from pipeline.settings import Connection, Settings
from pipeline.sql.markers import history, marker
from pipeline.sql.markers.check_results import select_latest_results
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.warehouse import Warehouse

if TYPE_CHECKING:
    from pipeline.procedures.operations.load_history import LoadHistory


@dataclass(frozen=True, eq=False)
class Runtime:
    """Everything that tasks and commands share."""

    settings: Settings

    @cached_property
    def project(self) -> Project:
        """The content of the design files."""
        return Project(self.settings, self.bucket)

    def bucket(self, name: str) -> S3Store:
        """Return a bucket, in the configured region and with the configured key."""
        storage = self.settings.storage
        return S3Store(
            name,
            region=storage.region,
            kms_key_id=storage.kms_key_id,
            silence=self.settings.timeouts.silence_timeout,
        )

    @cached_property
    def s3(self) -> S3Store:
        """The bucket between dump and load."""
        return self.bucket(self.settings.storage.bucket)

    @functools.cache  # noqa: B019  (one Runtime lives as long as the process)
    def objects(self, folder: str) -> Presence:
        """Return the keys below a folder of the bucket; a request lists a thousand."""
        return Presence(
            lambda: {item.key for item in self.s3.list(folder)},
            lambda key: {key} if self.s3.exists(key) else (),
        )

    def upstream(self, source: str) -> Upstream:
        """Return the upstream database of a source; ConfigError if it has none."""
        found = self.settings.source(source)
        if found is None or found.read_access is None:
            raise ConfigError(
                f"{source} has designs with tables upstream, but the configuration names no"
                " 'read_access' for it"
            )
        dsn = self.connection(found.read_access).dsn
        return Upstream(source, dsn, self.settings.timeouts, found.read_access)

    @functools.cache  # noqa: B019  (one Runtime lives as long as the process)
    def shared_snapshot(self, source: str) -> SharedSnapshot | None:
        """Return the snapshot that all dumps of a source share, None if they share none."""
        found = self.settings.source(source)
        return SharedSnapshot(self.upstream(source)) if found and found.consistent else None

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse as its owner, the ETL user."""
        return self._connect(self.settings.warehouse.etl_access)

    def administration(self) -> Warehouse:
        """Return the warehouse as its administrator; ConfigError without such a connection."""
        return self._connect(self.settings.warehouse.admin_access)

    def _connect(self, variable: str) -> Warehouse:
        return Warehouse(
            self.connection(variable),
            timeouts=self.settings.timeouts,
            marker_table=marker.marker_table(self.settings.warehouse.marker_schema),
        )

    def connection(self, variable: str) -> Connection:
        """Return the connection that an environment variable describes."""
        return settings.connection(variable, os.environ)

    @property
    def authorization(self) -> IamRole | AccessKeys:
        """What COPY reads S3 with: the configured role, else boto3's credentials.

        Each COPY asks again: temporary ones expire, and boto3 renews them.
        """
        role = self.settings.warehouse.iam_role
        if role:
            return IamRole(role)
        keys = self.s3.copy_credentials()
        return AccessKeys(keys.access_key, keys.secret_key, keys.token)

    @cached_property
    def desired(self) -> DesiredState:
        """The configured state of the warehouse, except for relations."""
        return desired_state(self.settings)

    @cached_property
    def place(self) -> Place:
        """The place in which relations are published."""
        warehouse = self.settings.warehouse
        return Place(self.warehouse, warehouse.groups, warehouse.marker_schema)

    @cached_property
    def datasets(self) -> Places:
        """The names of tables, dumps and files in events."""
        settings = self.settings

        def upstream(source: str) -> Connection:
            found = settings.source(source)
            return self.connection((found and found.read_access) or source)

        def warehouse() -> Connection:
            return self.connection(settings.warehouse.etl_access)

        return Places(warehouse, upstream, settings.storage.bucket, self.project.layout)

    @cached_property
    def markers(self) -> Markers:
        """The marker table."""
        return Markers(
            lambda: self.warehouse,
            self.administration,
            self.settings.warehouse,
            self.settings.storage.prefix,
            self.desired.schemas,
            lambda: self.project.dependents,
            lambda: self.project.reads,
        )

    def load_history(self) -> "LoadHistory":
        """Return what the warehouse records of loads and failures, and of today's checks."""
        from pipeline.procedures.operations.load_history import LoadHistory  # noqa: PLC0415  (few runs need it)

        schema = self.settings.warehouse.marker_schema
        prefix, ask = self.settings.storage.prefix, self.markers.query
        designs = (design for design in self.project.catalog if design.checks)
        checks = {str(design.name): checks_fingerprint(design) for design in designs}
        try:
            results = ask(select_latest_results(schema, prefix=prefix)) if checks else []
        except MarkerTableError as error:
            warn_once(str(error))
            results = []
        return LoadHistory(
            self.markers.newest(),
            ask(history.select_latest(schema, prefix=prefix)),
            ask(marker.select_elsewhere(schema, prefix=prefix)),
            [row for row in results if row["fingerprint"] == checks.get(row["target_table"])],
        )


@functools.cache
def current() -> Runtime:
    """Return the runtime of this process, made from its settings and its environment."""
    return Runtime(configured(os.environ))
