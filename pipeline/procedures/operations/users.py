"""List, create, update and drop users: plan and execute in one transaction."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.access import users
from pipeline.access.current import read_holdings
from pipeline.access.desired import DesiredState
from pipeline.access.listing import User, list_users
from pipeline.access.users import Change
from pipeline.errors import WarehouseError
from pipeline.procedures.bootstrap import look
from pipeline.settings import DeclaredUser
from pipeline.sql.access.catalog import select_holdings
from pipeline.sql.statement import Statement
from pipeline.stores.password_file import PasswordFile, variable_password
from pipeline.stores.warehouse import Transaction, Warehouse

logger = logging.getLogger(__name__)

Statements = tuple[Statement, ...]
Plan = Callable[[Transaction], Statements]


@dataclass(frozen=True, slots=True)
class UserAdministration:
    """The users of a warehouse; changing them needs a connection as its administrator."""

    desired: DesiredState
    warehouse: Warehouse

    def list_users(self) -> tuple[User, ...]:
        """Return all existing and declared users."""
        with self.warehouse.transaction() as transaction:
            return list_users(self.desired, look(transaction, self.desired))

    def plan_create(self, user: DeclaredUser, password: str | None) -> Plan:
        """Return the plan that creates a user; ``password`` is a hash."""
        return lambda transaction: users.plan_create(
            self.desired, look(transaction, self.desired), user, password
        )

    def plan_update(self, change: Change) -> Plan:
        """Return the plan that changes a user."""
        return lambda transaction: users.plan_update(
            self.desired, look(transaction, self.desired), change
        )

    def plan_drop(self, user: str, new_owner: str) -> Plan:
        """Return the plan that transfers what a user owns to ``new_owner`` and drops the user."""

        def plan(transaction: Transaction) -> Statements:
            queries = select_holdings(user)
            rows = {name: transaction.query(query) for name, query in queries.items()}
            current = look(transaction, self.desired)
            return users.plan_drop(
                self.desired, current, read_holdings(user, rows), user, new_owner=new_owner
            )

        return plan

    def preview(self, plan: Plan) -> Statements:
        """Return the statements of a plan; execute none."""
        with self.warehouse.transaction() as transaction:
            return plan(transaction)

    def apply(self, plan: Plan, *, shown: Statements | None = None) -> Statements:
        """Plan and execute in one transaction; return the executed statements.

        WarehouseError if the plan differs from the one that was ``shown``.
        """

        def work() -> Statements:
            with self.warehouse.transaction() as transaction:
                statements = plan(transaction)
                if shown is not None and statements != shown:
                    raise WarehouseError(
                        "the warehouse has changed since the plan was shown, and nothing was done;"
                        " run the command again"
                    )
                for statement in statements:
                    logger.info("warehouse: %s", " ".join(statement.text.split()))
                    transaction.execute(statement)
            return statements

        return self.warehouse.retry(work)


def find_password(
    administration: Callable[[], Warehouse],
    user: str,
    variable: str | None,
    environ: Mapping[str, str],
) -> tuple[str | None, str]:
    """Return a user's password, from a variable or else the password file, and its origin.

    None if the file has no line for the user.
    """
    if variable is not None:
        return variable_password(variable, environ), variable
    access = administration().access
    file = PasswordFile.of(access, environ)
    return file.find_of(user, access), str(file.path)
