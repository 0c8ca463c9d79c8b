"""The doctor's checks of databases, bucket and warehouse, in the order of what needs what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipeline.errors import ConfigError, PipelineError
from pipeline.procedures import checkup
from pipeline.procedures.bootstrap import difference
from pipeline.procedures.checkup import CopyProbe, Finding, clock, examine
from pipeline.runtime import Runtime
from pipeline.settings import Source
from pipeline.tasks import BootstrapWarehouse

BOOTSTRAP = "luigi --module pipeline BootstrapWarehouse --local-scheduler"

COPY_ADVICE = (
    "let the cluster take on the role, and the role read the bucket (s3:GetObject, s3:ListBucket);"
    " without a role, check the credentials"
)


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
            catalog = self.runtime.catalog
        except PipelineError as error:
            self.findings += each_fault("designs", error)
            return False
        self.findings.append(Finding("designs", "ok", f"{len(catalog)} relations"))
        return True

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
            designs = [d for d in runtime.catalog if d.name.schema == name and d.source]
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
        ready = self._bootstrap()
        if not ready:
            for what in ("warehouse", "warehouse clock", "COPY"):
                self._skip(what, "the warehouse is not bootstrapped, or cannot be reached")
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
                runtime.authorisation,
                settings.dump.compression,
                settings.storage.region,
            )
            return checkup.copy_works(probe)

        self._check("COPY", check, COPY_ADVICE)

    def _bootstrap(self) -> bool:
        """Check the administrator's access, and whether something is left to be done."""
        runtime = self.runtime
        try:
            admin = runtime.administration()
        except ConfigError as error:
            return self._without_administrator(error)
        if not self._check("administrator", lambda: checkup.administrator(admin, "administrator")):
            self._skip("bootstrap", "the administrator cannot log in")
            return True
        return self._difference()

    def _without_administrator(self, error: ConfigError) -> bool:
        """Without an administrator the marker tells whether the warehouse is bootstrapped."""
        try:
            done = BootstrapWarehouse().output().exists()
        except PipelineError as problem:
            self.findings.append(
                Finding("bootstrap", "fault", str(problem), "", problem.exit_code)
            )
            return False
        if done:
            self._skip("administrator", "not set, and not needed: the warehouse is bootstrapped")
            self.findings.append(Finding("bootstrap", "ok", "complete"))
            return True
        self.findings.append(
            Finding("bootstrap", "fault", f"not complete, and {error}", BOOTSTRAP, 3)
        )
        return False

    def _difference(self) -> bool:
        """Compare the warehouse with the configuration; return whether the owner may log in."""
        left: list[str] = []

        def check() -> Finding:
            order = self.runtime.bootstrap_order()
            with order.admin.transaction() as transaction:
                statements = difference(order, transaction)
            left.extend(statement.text for statement in statements)
            if not statements:
                return Finding("bootstrap", "ok", "the warehouse is as configured")
            found = f"{len(statements)} statements are left to be executed"
            advice = f"the next run does it, or: {BOOTSTRAP}; see them: pipeline plan"
            return Finding("bootstrap", "warning", found, f"{advice} BootstrapWarehouse --sql")

        self._check("bootstrap", check)
        owner = self.runtime.wanted.owner
        return not any(text.startswith(f'CREATE USER "{owner}"') for text in left)


def each_fault(what: str, error: PipelineError) -> Iterator[Finding]:
    """Make a finding of each line of a report."""
    for text in str(error).splitlines():
        yield Finding(what, "fault", text, "mend the file", error.exit_code)


def now() -> dt.datetime:
    """Return the time in UTC, without a zone, as the warehouse tells it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
