"""Bring a warehouse to its configured state: compare, execute, write the marker."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.access import passwords
from pipeline.access.current import CurrentState, read_current_state
from pipeline.access.desired import DesiredState
from pipeline.access.difference import Planner, plan
from pipeline.errors import ConfigError, WarehouseError
from pipeline.figures import count
from pipeline.procedures.content import write_marker
from pipeline.settings import Connection
from pipeline.sql.access.catalog import select_current_state
from pipeline.sql.markers import marker
from pipeline.sql.markers.marker import Marker
from pipeline.sql.statement import Statement
from pipeline.stores.password_file import PasswordFile
from pipeline.stores.warehouse import Transaction, Warehouse

logger = logging.getLogger(__name__)

words = logging.getLogger(f"{__name__}.statements")
"""Logs every statement, for log files; a terminal shows only their number."""

CREATED_MEANWHILE = frozenset({"42701", "42710", "42P04", "42P06", "42P07", "23505"})
"""The object exists: another run created it after this one compared."""


@dataclass(frozen=True, slots=True)
class BootstrapJob:
    """The desired state, a connection that may create it, and the password hashes of new users."""

    desired: DesiredState
    admin: Warehouse
    """The administrator's connection; the ETL user's if it suffices."""
    password_hashes: Mapping[str, str] = field(default_factory=dict, repr=False)


def bootstrap_job(
    desired: DesiredState,
    etl: Warehouse,
    administration: Callable[[], Warehouse],
    environ: Mapping[str, str],
) -> BootstrapJob:
    """Return the job and its connection; the administrator is needed only if something differs.

    Without an administrator, the ETL user creates schemas, and tables, columns and privileges for
    markers, if nothing else differs. ConfigError if it is not the owner, or if the administrator
    is needed and not configured.
    """
    check_owner(desired, etl.access)
    if is_up_to_date(desired, etl):
        return BootstrapJob(desired, etl)
    try:
        admin = administration()
    except ConfigError:
        if owner_suffices(desired, etl):
            return BootstrapJob(desired, etl)
        raise
    hashes = owner_password(desired, etl.access, PasswordFile.of(etl.access, environ))
    file = PasswordFile.of(admin.access, environ)
    declared = declared_passwords(desired, admin.access, file)
    return BootstrapJob(desired, admin, hashes | declared)


def bootstrap(job: BootstrapJob, written: Marker) -> int:
    """Execute what differs, then write the marker; return the number of statements executed."""
    executed = job.admin.retry(lambda: _apply(job))
    if executed:
        logger.info("warehouse: %s executed", count(executed, "statement"))
    schema = job.desired.marker_schema

    def write() -> None:
        with job.admin.transaction() as transaction:
            transaction.execute(marker.lock_markers(schema))
            write_marker(schema, transaction, written)

    job.admin.retry(write)
    return executed


def _apply(job: BootstrapJob) -> int:
    """Execute the difference in one transaction; retry if another run created an object."""
    try:
        with job.admin.transaction() as transaction:
            statements = difference(job, transaction)
            for statement in statements:
                words.info("warehouse: %s", " ".join(statement.text.split()))
                transaction.execute(statement)
    except WarehouseError as error:
        error.retryable = error.retryable or error.sqlstate in CREATED_MEANWHILE
        raise
    return len(statements)


def difference(job: BootstrapJob, transaction: Transaction) -> tuple[Statement, ...]:
    """Return the statements that bring the warehouse to its configured state; none if equal."""
    return plan(job.desired, look(transaction, job.desired), job.password_hashes)


def is_up_to_date(desired: DesiredState, etl: Warehouse) -> bool:
    """Return whether nothing differs, as far as the ETL user can connect and see.

    A new prefix in a prepared warehouse therefore needs no administrator.
    """

    def compare() -> bool:
        with etl.transaction() as transaction:
            return not plan(desired, look(transaction, desired))

    try:
        return etl.retry_conflict(compare)
    except (WarehouseError, ConfigError) as error:
        logger.debug("the warehouse differs from its configuration: %s", error)
        return False


def owner_suffices(desired: DesiredState, etl: Warehouse) -> bool:
    """Return whether the ETL user, as the owner, can execute all that differs."""
    try:
        with etl.transaction() as transaction:
            return Planner(desired, look(transaction, desired)).owner_suffices()
    except (WarehouseError, ConfigError) as error:
        logger.debug("the warehouse differs from its configuration: %s", error)
        return False


def look(transaction: Transaction, desired: DesiredState) -> CurrentState:
    """Read the current state of the warehouse; of relations, only who owns them.

    WarehouseError if its catalog holds a privilege that cannot be read.
    """
    asked = select_current_state(desired.marker_schema, desired.schemas, desired.owner)
    answers = {name: transaction.query(statement) for name, statement in asked.items()}
    try:
        return read_current_state(answers)
    except ValueError as error:
        text = f"the privileges of schemas or of the database cannot be read: {error}"
        raise WarehouseError(text) from error


def check_owner(desired: DesiredState, etl: Connection) -> None:
    """Raise ConfigError if the ETL user is not the owner of schemas and tables."""
    if etl.user != desired.owner:
        raise ConfigError(
            f"{etl.variable} connects as '{etl.user}', but the owner of schemas and tables is"
            f" '{desired.owner}' (data_warehouse.owner in the configuration); they must be the"
            " same user"
        )


def owner_password(desired: DesiredState, etl: Connection, file: PasswordFile) -> dict[str, str]:
    """Return the hash of the owner's password, from the ETL user's connection, else the file.

    Empty if neither holds one; ConfigError if the password breaks Redshift's rules.
    """
    password, origin = etl.parameters.get("password"), etl.variable
    if password is None:
        password, origin = file.find(etl), str(file.path)
    if password is None:
        return {}
    return {desired.owner: passwords.checked_hash(desired.owner, password, origin)}


def declared_passwords(
    desired: DesiredState, admin: Connection, file: PasswordFile
) -> dict[str, str]:
    """Return the hashes of the passwords that the password file holds for the declared users.

    A user without one is created without a password, and logs in by IAM, or after
    'pipeline update-user NAME --password'.
    """
    found = ((user.name, file.find_of(user.name, admin)) for user in desired.users)
    return {
        name: passwords.checked_hash(name, password, str(file.path))
        for name, password in found
        if password is not None
    }
