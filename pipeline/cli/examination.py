"""The doctor's checks of databases, bucket and warehouse, in the order of what needs what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipeline.errors import ConfigError, PipelineError, WarehouseError
from pipeline.figures import count
from pipeline.procedures.bootstrap import difference, user_exists
from pipeline.procedures.operations import doctor as checkup
from pipeline.procedures.operations.doctor import CopyProbe, Finding, clock, examine
from pipeline.runtime import Runtime
from pipeline.settings import Source
from pipeline.sql.access import users
from pipeline.sql.catalog import health
from pipeline.sql.tables import ddl
from pipeline.stores.warehouse import LOGIN_REFUSED
from pipeline.tasks import BootstrapWarehouse

BOOTSTRAP = "luigi --module pipeline BootstrapWarehouse --local-scheduler"

COPY_ADVICE = (
    "let the cluster take on the role, and the role read the bucket (s3:GetObject, s3:ListBucket);"
    " without a role, check the credentials"
)


@dataclass(frozen=True, slots=True)
class Left:
    """What the bootstrap has yet to create."""

    owner: bool
    schema: bool


@dataclass(slots=True)
class Examination:
    """The checks that need a configuration."""

    runtime: Runtime
    findings: list[Finding] = field(default_factory=list)

    def all(self) -> list[Finding]:
        """Make all checks."""
        has_designs = self._designs()
        for source in self.runtime.settings.sources:
            if source.read_access is not None:
                self._source(source, has_designs=has_designs)
        storage = self._storage()
        self._warehouse(storage=storage)
        return self.findings

    def _check(self, what: str, check: Callable[[], Finding], advice: str = "") -> bool:
        finding = examine(what, check, advice)
        self.findings.append(finding)
        return finding.verdict != "fault"

    def _skip(self, what: str, reason: str) -> None:
        self.findings.append(Finding(what, "not checked", reason))

    def _designs(self) -> bool:
        try:
            catalog = self.runtime.project.catalog
        except PipelineError as error:
            self.findings += each_fault("designs", error)
            return False
        self.findings.append(Finding("designs", "ok", count(len(catalog), "relation")))
        if self.runtime.settings.warehouse.required_for_success:
            self._check("required", self._required)
        return True

    def _required(self) -> Finding:
        """Count the relations that decide whether a run has failed."""
        every, optional = len(self.runtime.project.catalog), len(self.runtime.project.optional)
        return Finding("required", "ok", f"{every - optional:,} of {count(every, 'relation')}")

    def _source(self, source: Source, *, has_designs: bool) -> None:
        runtime, name = self.runtime, source.name
        tables = f"{name} tables"
        if not self._check(
            f"{name} upstream", lambda: checkup.upstream_server(runtime.upstream(name))
        ):
            self._skip(tables, "its database cannot be reached")
        elif not has_designs:
            self._skip(tables, "the designs have faults")
        else:
            designs = [d for d in runtime.project.catalog if d.name.schema == name and d.source]
            self._check(
                tables, lambda: checkup.upstream_tables(source, designs, runtime.upstream(name))
            )

    def _storage(self) -> bool:
        store, prefix = self.runtime.s3, self.runtime.settings.storage.prefix

        def its_clock() -> Finding:
            before = now()
            theirs = store.clock().replace(tzinfo=None)
            return clock("S3 clock", theirs, before, now())

        if not self._check("S3 bucket", lambda: checkup.bucket(store, prefix)):
            self._skip("S3 clock", "the bucket cannot be used")
            return False
        return self._check("S3 clock", its_clock)

    def _warehouse(self, *, storage: bool) -> None:
        self._administrator()
        refused = self._wrong_password()
        if refused is not None:
            self.findings.append(refused)
            for what in ("bootstrap", "warehouse clock", "COPY"):
                self._skip(what, "the warehouse does not let its owner in")
            return
        left = self._bootstrap()
        if left is not None and left.owner:
            for what in ("warehouse", "warehouse clock", "COPY"):
                self._skip(what, "its user is not there before the bootstrap")
            return
        before = now()
        try:
            finding, row = checkup.warehouse_server(self.runtime.warehouse, "warehouse")
        except PipelineError as error:
            self.findings.append(Finding("warehouse", "fault", str(error), "", error.exit_code))
            for what in ("warehouse clock", "COPY"):
                self._skip(what, "the warehouse cannot be reached")
            return
        self.findings += [finding, clock("warehouse clock", row["now"], before, now())]
        if left is None or left.schema:
            self._skip("COPY", "the warehouse is not bootstrapped")
        else:
            self._copy(storage=storage)

    def _copy(self, *, storage: bool) -> None:
        if not storage:
            self._skip("COPY", "the bucket cannot be used")
            return
        runtime = self.runtime
        settings = runtime.settings

        def check() -> Finding:
            probe = CopyProbe(
                runtime.warehouse,
                runtime.s3,
                settings.warehouse.marker_schema,
                settings.storage.prefix,
                runtime.authorization,
                settings.dump.compression,
                settings.storage.region,
            )
            return checkup.copy_works(probe)

        self._check("COPY", check, COPY_ADVICE)

    def _administrator(self) -> None:
        """Check the administrator, where one is set."""
        try:
            admin = self.runtime.administration()
        except ConfigError:
            self._skip("administrator", "not set; only what changes the warehouse needs one")
        else:
            self._check("administrator", lambda: checkup.administrator(admin, "administrator"))

    def _wrong_password(self) -> Finding | None:
        """Find the owner's password wrong; a server answers the same where there is no such user.

        The administrator can tell the one from the other.
        """
        settings = self.runtime.settings.warehouse
        try:
            self.runtime.warehouse.query(health.server())
        except PipelineError as error:
            refused = isinstance(error, WarehouseError) and error.sqlstate == LOGIN_REFUSED
            if refused and self._owner_exists():
                advice = (
                    f"put the password of '{settings.owner}' into {settings.etl_access} or"
                    " ~/.pgpass; to choose a new one: pipeline update-user"
                    f" {settings.owner} --password"
                )
                return Finding("warehouse", "fault", str(error), advice, error.exit_code)
        return None

    def _owner_exists(self) -> bool:
        try:
            return user_exists(
                self.runtime.administration(), self.runtime.settings.warehouse.owner
            )
        except PipelineError:  # the administrator's own check tells
            return False

    def _bootstrap(self) -> Left | None:
        """Check what is left to do; None if unknown."""
        left: list[Left] = []
        self._check("bootstrap", lambda: self._difference(left), BOOTSTRAP)
        return left[0] if left else None

    def _difference(self, left: list[Left]) -> Finding:
        """Compare the warehouse with the configuration; put into ``left`` what is missing."""
        job = BootstrapWarehouse().job()
        with job.admin.transaction() as transaction:
            texts = [statement.text for statement in difference(job, transaction)]
        owner, schema = job.desired.owner, job.desired.marker_schema
        new_owner = users.create_user(owner, None, ()).text.splitlines()[0]
        left.append(
            Left(
                owner=any(text.startswith(new_owner) for text in texts),
                schema=ddl.create_schema(schema, owner=owner).text in texts,
            )
        )
        if not texts:
            return Finding("bootstrap", "ok", "the warehouse is as configured")
        found = f"{count(len(texts), 'statement')} to be executed"
        advice = f"{BOOTSTRAP}; see them before: pipeline plan BootstrapWarehouse --sql"
        return Finding("bootstrap", "warning", found, advice)


def each_fault(what: str, error: PipelineError) -> Iterator[Finding]:
    """Make a finding of each line of a report."""
    for text in str(error).splitlines():
        yield Finding(what, "fault", text, "mend the file", error.exit_code)


def now() -> dt.datetime:
    """Return the time in UTC, without a zone, as the warehouse tells it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
