"""Installation in a PostgreSQL database: catalog, functions, engine role, administrator."""

import hashlib
import hmac
import re
from pathlib import Path

from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.tokens import literal, quoted
from redshift_emulator.protocol.backend import (
    Backend,
    BackendError,
    md5_digest,
    superuser_backend,
)
from redshift_emulator.protocol.configuration import BackendAddress, Settings
from redshift_emulator.session.passwords import Secret

# The version of the tables; functions and views are replaced at every start.
VERSION = 2
CATALOG = Path(__file__).parents[1] / "catalog"
# The role that takes locks and changes pg_internal on the connections of users.
ENGINE = "rs_engine"
# https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
SESSION_DEFAULTS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "0",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    # a sample of 6,000 rows: small loads would spend half of their time on 30,000
    "default_statistics_target": "20",
    # statements may contain secrets, which must not be logged
    "log_min_error_statement": "panic",
}
ISOLATION_LEVELS = {"snapshot": "repeatable read", "serializable": "serializable"}
_LOCK = 5_439_001
_SET_VERSION = """
INSERT INTO pg_internal.installation (version)
SELECT {version} WHERE NOT EXISTS (SELECT FROM pg_internal.installation)"""
# A load that was running when the server was killed has loaded nothing.
_END_LOADS = """
UPDATE pg_internal.sys_load_history_all SET status = 'aborted' WHERE status = 'running'"""
# Beside those of this release, calls would be ambiguous, or choose them. Views may depend on them.
_REMOVE_EARLIER = """
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT p.oid, proname, p.oid::regprocedure AS signature
        FROM pg_proc AS p
        JOIN pg_language AS l ON l.oid = prolang
        WHERE pronamespace = 'pg_internal'::regnamespace
            AND lanname IN ('sql', 'plpgsql')
            AND age(p.xmin) > age({began}::xid)
            AND EXISTS (
                SELECT FROM pg_proc AS other
                WHERE other.pronamespace = p.pronamespace
                    AND other.proname = p.proname
                    AND age(other.xmin) <= age({began}::xid)
            )
    LOOP
        BEGIN
            EXECUTE format('DROP FUNCTION %s', each.signature);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            EXECUTE format(
                'ALTER FUNCTION %s RENAME TO %I', each.signature, each.proname || '_' || each.oid
            );
        END;
    END LOOP;
END
$$"""
_LONG_NAMES = "SELECT DISTINCT long FROM pg_internal.long_name"
# Without allow_system_table_mods, PostgreSQL reserves names that begin with pg_.
_QUIET = (
    "SET client_min_messages = warning; SET allow_system_table_mods = on; SET lc_messages = 'C'"
)
# PostgreSQL replaces no function whose parameters had other names, and views may need it.
_OTHER_NAMES = re.compile(r"Use DROP FUNCTION (pg_internal\..+) first\.")
_FORGET_NAMES = "UPDATE pg_proc SET proargnames = NULL WHERE oid = to_regprocedure({function});"
_CREATE_ENGINE = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ENGINE}') THEN
        CREATE ROLE {ENGINE} SUPERUSER NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- created by another emulator
END
$$"""


class InstallError(Exception):
    """The emulator cannot be installed; the message states what to do."""


def install(settings: Settings) -> None:
    """Install the emulator's objects in its database, or bring them up to date."""
    backend = superuser_backend(settings.backend)
    try:
        backend.execute(f"{_QUIET}; SELECT pg_advisory_lock({_LOCK})")
        backend.execute(_CREATE_ENGINE)
        _check_version(backend)
        began = backend.query("SELECT pg_current_xact_id()::xid")[0][0]
        for file in sorted(CATALOG.glob("*.sql")):
            _run_again(backend, file.read_text(encoding="utf-8"))
        backend.execute(fill(_REMOVE_EARLIER, began=began))
        backend.execute(fill(_SET_VERSION, version=VERSION))
        backend.execute(_END_LOADS)
        NAMES.read(name or "" for (name,) in backend.query(_LONG_NAMES))
        _set_slices(backend, settings.slices)
        _set_session_defaults(backend, settings)
        _create_administrator(backend, settings)
        _renew_logins(backend, settings.backend)
    finally:
        backend.close()


def _run_again(backend: Backend, statements: str) -> None:
    """Run statements of the catalog, also on the functions of an earlier release."""
    try:
        backend.execute(statements)
    except BackendError as error:
        found = _OTHER_NAMES.fullmatch(error.hint)
        if not found or "input parameter" not in error.message:
            raise
        _run_again(backend, fill(_FORGET_NAMES, function=found[1]) + statements)


def _check_version(backend: Backend) -> None:
    """Refuse a database with the tables of another version."""
    if backend.query("SELECT to_regclass('pg_internal.installation') IS NULL")[0][0] == "t":
        return
    for (found,) in backend.query("SELECT version FROM pg_internal.installation"):
        if found != str(VERSION):
            raise InstallError(
                f"the database was created by version {found} of the emulator, this is version"
                f" {VERSION}: start with an empty data directory"
            )


def backend_password(address: BackendAddress, user: str) -> str:
    """Derive the password with which the emulator logs in to PostgreSQL as a user.

    Only the emulator can derive it: users authenticate to the emulator, by Redshift's rules.
    """
    key = address.password.encode("utf-8")
    return hmac.new(key, f"{address.database}/{user}".encode(), hashlib.sha256).hexdigest()


def create_login(user: str, address: BackendAddress) -> str:
    """Render the statements that let a role log in and act as the engine."""
    secret = literal(backend_password(address, user))
    return f"ALTER ROLE {quoted(user)} LOGIN PASSWORD {secret}; GRANT {ENGINE} TO {quoted(user)};"


def _set_slices(backend: Backend, count: int) -> None:
    backend.execute(
        fill(
            "BEGIN; DELETE FROM pg_internal.slice;"
            "INSERT INTO pg_internal.slice SELECT 0, n, n, 'D'"
            " FROM generate_series(0, {count} - 1) AS n; COMMIT",
            count=count,
        )
    )


def _set_session_defaults(backend: Backend, settings: Settings) -> None:
    """Set the database's default parameters, which a user's own settings override."""
    database = quoted(settings.backend.database)
    values = SESSION_DEFAULTS | {
        "default_transaction_isolation": ISOLATION_LEVELS[settings.isolation]
    }
    for name, value in values.items():
        backend.execute(f"ALTER DATABASE {database} SET {name} = {literal(value)}")


def _create_administrator(backend: Backend, settings: Settings) -> None:
    name = settings.admin_user
    if not backend.query(fill("SELECT FROM pg_roles WHERE rolname = {name}", name=name)):
        backend.execute(f"CREATE ROLE {quoted(name)} SUPERUSER CREATEDB CREATEROLE")
    secret = Secret("md5", md5_digest(name, settings.admin_password))
    backend.execute(save_password(name, secret))


def _renew_logins(backend: Backend, address: BackendAddress) -> None:
    users = backend.query(
        "SELECT rolname FROM pg_internal.user_password JOIN pg_roles ON oid = usesysid"
    )
    for (user,) in users:
        backend.execute(create_login(user or "", address))


def save_password(user: str, secret: Secret) -> str:
    """Render the statement that saves a user's password."""
    statement = (
        "INSERT INTO pg_internal.user_password (usesysid, kind, digest, salt)"
        " SELECT oid, {kind}, {digest}, {salt} FROM pg_roles WHERE rolname = {user}"
        " ON CONFLICT (usesysid) DO UPDATE"
        " SET kind = excluded.kind, digest = excluded.digest, salt = excluded.salt"
    )
    return fill(statement, user=user, kind=secret.kind, digest=secret.digest, salt=secret.salt)
