"""All checks of databases, bucket and warehouse; a check without its prerequisite is skipped."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from pipeline.access.desired import desired_state
from pipeline.designs.catalog import Catalog
from pipeline.errors import ConfigError, PipelineError, WarehouseError
from pipeline.figures import count
from pipeline.names import Layout, TableName
from pipeline.procedures.bootstrap import BootstrapJob, difference
from pipeline.procedures.inventory import Inventory
from pipeline.procedures.operations.doctor import bucket, upstream, warehouse
from pipeline.procedures.operations.doctor.finding import Finding, attempt, clock, each_fault, now
from pipeline.procedures.operations.doctor.warehouse import CopyProbe
from pipeline.procedures.own_tables import user_exists
from pipeline.settings import Settings, Source
from pipeline.sql.access import users
from pipeline.sql.catalog import health
from pipeline.sql.markers.marker import FILLING
from pipeline.sql.tables import ddl
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.warehouse import LOGIN_REFUSED, Row, Warehouse

BOOTSTRAP = "luigi --module pipeline BootstrapWarehouse --local-scheduler"

COPY_ADVICE = (
    "let the cluster assume the role, and the role read the bucket (s3:GetObject, s3:ListBucket);"
    " without a role, check the credentials"
)


@dataclass(frozen=True, slots=True)
class DoctorJob:
    """What is checked. A callable may raise an error, which the check that needs it reports."""

    settings: Settings
    catalog: Callable[[], Catalog]
    optional: Callable[[], Collection[TableName]]
    upstream: Callable[[str], Upstream]
    s3: Callable[[], S3Store]
    warehouse: Callable[[], Warehouse]
    administration: Callable[[], Warehouse]
    authorization: Callable[[], IamRole | AccessKeys]
    bootstrap: Callable[[], BootstrapJob]
    markers: Callable[[], Iterable[Row]]
    """The newest marker of each task and relation, oldest first."""
    inventory: Callable[[], Inventory]


@dataclass(frozen=True, slots=True)
class MissingFromBootstrap:
    """Whether the bootstrap has yet to create the owner and the marker schema."""

    owner: bool
    schema: bool


def examine(job: DoctorJob) -> list[Finding]:
    """Make all checks that need a configuration."""
    examination = _Examination(job)
    has_designs = examination.designs()
    for source in job.settings.sources:
        if source.read_access is not None:
            examination.source(source, has_designs=has_designs)
    has_bucket = examination.bucket()
    examination.warehouse(has_bucket=has_bucket, has_designs=has_designs)
    return examination.findings


@dataclass(slots=True)
class _Examination:
    job: DoctorJob
    findings: list[Finding] = field(default_factory=list)

    def _check(self, what: str, check: Callable[[], Finding], advice: str = "") -> bool:
        """Add the finding of a check; return whether it is not a fault."""
        finding = attempt(what, check, advice)
        self.findings.append(finding)
        return finding.verdict != "fault"

    def _skip(self, reason: str, *names: str) -> None:
        self.findings += [Finding(what, "not checked", reason) for what in names]

    def designs(self) -> bool:
        try:
            catalog = self.job.catalog()
        except PipelineError as error:
            self.findings += each_fault("designs", error)
            return False
        self.findings.append(Finding("designs", "ok", count(len(catalog), "relation")))
        if self.job.settings.warehouse.required_for_success:
            self._check("required", lambda: self._required(len(catalog)))
        return True

    def _required(self, every: int) -> Finding:
        """Count the relations whose failure fails a run."""
        required = every - len(self.job.optional())
        return Finding("required", "ok", f"{required:,} of {count(every, 'relation')}")

    def source(self, source: Source, *, has_designs: bool) -> None:
        job, name = self.job, source.name
        tables = f"{name} tables"
        if not self._check(f"{name} upstream", lambda: upstream.server(job.upstream(name))):
            self._skip("its database cannot be reached", tables)
        elif not has_designs:
            self._skip("the designs have faults", tables)
        else:
            designs = [d for d in job.catalog() if d.name.schema == name and d.source]
            self._check(tables, lambda: upstream.tables(source, designs, job.upstream(name)))
            if found := upstream.follows_transactions(designs):
                check = partial(upstream.transactions, name, found)
                self._check(f"{name} transactions", lambda: check(job.upstream(name)))

    def bucket(self) -> bool:
        store = self.job.s3()
        prefix = self.job.settings.storage.prefix
        if not self._check("S3 bucket", lambda: bucket.access(store, prefix)):
            self._skip("the bucket cannot be used", "uploaded designs", "S3 clock")
            return False
        self._check("uploaded designs", lambda: bucket.index(store, Layout(prefix).designs))
        return self._check("S3 clock", lambda: bucket.server_clock(store))

    def warehouse(self, *, has_bucket: bool, has_designs: bool) -> None:
        self._administrator()
        wrong = self._wrong_password()
        if wrong is not None:
            self.findings.append(wrong)
            reason = "the warehouse rejects the password of its owner"
            self._skip(reason, "bootstrap", "warehouse clock", "relations", "COPY")
            return
        missing = self._bootstrap()
        if missing is not None and missing.owner:
            reason = "its user does not exist before the bootstrap"
            self._skip(reason, "warehouse", "warehouse clock", "relations", "COPY")
        elif self._server():
            if not has_designs:
                self._skip("the designs have faults", "relations")
            else:
                self._check("owners", self._owners)
                if self._check("relations", self._relations, BOOTSTRAP):
                    self._check_rows()
            self._external()
            if missing is None or missing.schema:
                self._skip("the warehouse is not bootstrapped", "COPY")
            elif not has_bucket:
                self._skip("the bucket cannot be used", "COPY")
            else:
                self._check("COPY", self._copy, COPY_ADVICE)

    def _administrator(self) -> None:
        try:
            admin = self.job.administration()
        except ConfigError:
            self._skip("not set; only changing the warehouse requires it", "administrator")
        else:
            self._check("administrator", lambda: warehouse.administrator(admin))

    def _server(self) -> bool:
        before = now()
        try:
            finding, row = warehouse.server(self.job.warehouse(), "warehouse")
        except PipelineError as error:
            self.findings.append(Finding("warehouse", "fault", str(error), "", error.exit_code))
            self._skip("the warehouse cannot be reached", "warehouse clock", "relations", "COPY")
            return False
        self.findings += [finding, clock("warehouse clock", row["now"], before, now())]
        return True

    def _owners(self) -> Finding:
        """Look for relations that the owner of the warehouse cannot replace."""
        names, desired = self.job.catalog().designs, desired_state(self.job.settings)
        return warehouse.owners(names, desired, self.job.warehouse())

    def _relations(self) -> Finding:
        """Compare the relations in the warehouse with what was published."""
        return warehouse.relations(*self._loads())

    def _check_rows(self) -> None:
        """Look for tables that were emptied, or have policies, if there is an administrator."""
        with suppress(ConfigError):
            admin = self.job.administration()
            self._check("rows", lambda: warehouse.rows(*self._loads(), admin))
            self._check("policies", lambda: warehouse.policies(self.job.catalog().designs, admin))

    def _loads(self) -> tuple[Collection[TableName], list[Row], Inventory]:
        """Return the relations with designs, the markers of their rows, and what is there."""
        markers = [row for row in self.job.markers() if row["task"] in FILLING]
        return self.job.catalog().designs, markers, self.job.inventory()

    def _external(self) -> None:
        """Check the external relations that queries read, if there are any."""
        try:
            names = sorted({name for design in self.job.catalog() for name in design.external})
        except PipelineError:  # reported by the check of the designs
            return
        if names:
            self._check("external", lambda: warehouse.external(self.job.warehouse(), names))

    def _copy(self) -> Finding:
        job, settings = self.job, self.job.settings
        probe = CopyProbe(
            job.warehouse(),
            job.s3(),
            settings.warehouse.marker_schema,
            settings.storage.prefix,
            job.authorization(),
            settings.dump.compression,
            settings.storage.region,
        )
        return warehouse.copy_one_row(probe)

    def _wrong_password(self) -> Finding | None:
        """Return a fault if the owner's password is wrong.

        A server gives the same answer for a user that does not exist; the administrator can
        distinguish the two.
        """
        settings = self.job.settings.warehouse
        try:
            self.job.warehouse().query(health.server())
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
            return user_exists(self.job.administration(), self.job.settings.warehouse.owner)
        except PipelineError:  # reported by the administrator's own check
            return False

    def _bootstrap(self) -> MissingFromBootstrap | None:
        """Check what the bootstrap has yet to do; return None if that is unknown."""
        found: list[MissingFromBootstrap] = []
        self._check("bootstrap", lambda: self._difference(found), BOOTSTRAP)
        return found[0] if found else None

    def _difference(self, found: list[MissingFromBootstrap]) -> Finding:
        """Compare the warehouse with the configuration; append to ``found`` what is missing."""
        job = self.job.bootstrap()
        with job.admin.transaction() as transaction:
            texts = [statement.text for statement in difference(job, transaction)]
        owner, schema = job.desired.owner, job.desired.marker_schema
        create_owner = users.create_user(owner, None, ()).text.splitlines()[0]
        found.append(
            MissingFromBootstrap(
                owner=any(text.startswith(create_owner) for text in texts),
                schema=ddl.create_schema(schema, owner=owner).text in texts,
            )
        )
        if not texts:
            return Finding("bootstrap", "ok", "the warehouse is as configured")
        advice = f"{BOOTSTRAP}; see them before: pipeline plan BootstrapWarehouse --sql"
        return Finding(
            "bootstrap", "warning", f"{count(len(texts), 'statement')} to be executed", advice
        )
