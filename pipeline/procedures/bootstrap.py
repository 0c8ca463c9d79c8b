"""Bring a warehouse into the configured shape: compare, execute the difference, write the marker."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.errors import ConfigError, WarehouseError
from pipeline.procedures.publish import stamped
from pipeline.settings import Connection
from pipeline.sql import bootstrap as questions
from pipeline.sql import marker, passwords
from pipeline.sql.marker import Marker
from pipeline.sql.plan import Wanted, plan
from pipeline.sql.statement import Statement
from pipeline.stores.warehouse import Transaction, Warehouse

logger = logging.getLogger(__name__)

MADE_MEANWHILE = frozenset({"42710", "42P04", "42P06", "42P07", "23505"})
"""The object exists, now: another run made it between the question and the statement."""


@dataclass(frozen=True, slots=True)
class BootstrapOrder:
    """What is wanted, who may make it so, and the hashes of passwords of users to be created."""

    wanted: Wanted
    admin: Warehouse
    password_hashes: Mapping[str, str] = field(default_factory=dict, repr=False)


def bootstrap(order: BootstrapOrder, proof: Marker) -> int:
    """Execute what differs, then write the marker; return the number of statements executed."""
    executed = order.admin.retry(lambda: _apply(order))
    schema = order.wanted.marker_schema

    def write() -> None:
        with order.admin.transaction() as transaction:
            transaction.execute(marker.lock_markers(schema))
            transaction.execute(marker.delete_marker(schema, proof))
            transaction.execute(marker.insert_marker(schema, stamped(proof)))

    order.admin.retry(write)
    return executed


def _apply(order: BootstrapOrder) -> int:
    """Execute the difference in one transaction; an object that another run just made is no error."""
    try:
        with order.admin.transaction() as transaction:
            statements = difference(order, transaction)
            for statement in statements:
                logger.info("warehouse: %s", " ".join(statement.text.split()))
                transaction.execute(statement)
    except WarehouseError as error:
        error.retryable = error.retryable or error.sqlstate in MADE_MEANWHILE
        raise
    return len(statements)


def difference(order: BootstrapOrder, transaction: Transaction) -> tuple[Statement, ...]:
    """Ask what is there and return what has to be said; none when the warehouse is as configured."""
    asked = questions.questions(order.wanted.marker_schema)
    answers = {name: transaction.query(statement) for name, statement in asked.items()}
    return plan(order.wanted, questions.read_present(answers), order.password_hashes)


def owner_password(wanted: Wanted, etl: Connection) -> dict[str, str]:
    """Return the hash of the owner's password, taken from the ETL user's connection; none where it holds none.

    ConfigError when the connection is another user's, or when the password breaks Redshift's rules.
    """
    if etl.user != wanted.owner:
        raise ConfigError(
            f"{etl.variable} connects as '{etl.user}', but the owner of schemas and tables is '{wanted.owner}' "
            "(data_warehouse.owner in the configuration); they must be the same user"
        )
    password = etl.parameters.get("password")
    if password is None:
        return {}
    broken = passwords.broken_rules(password)
    if broken:
        raise ConfigError(
            f"the password in {etl.variable} is none that Redshift accepts; a password {', '.join(broken)}. "
            "'pipeline password' suggests one"
        )
    return {wanted.owner: passwords.password_hash(wanted.owner, password)}
