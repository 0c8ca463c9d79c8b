"""Look at the users of a warehouse and change them: plan and execute in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.access import drop_user
from pipeline.access import users as people
from pipeline.access.plan import DesiredState
from pipeline.access.users import Change, User
from pipeline.errors import WarehouseError
from pipeline.procedures.bootstrap import look
from pipeline.settings import DeclaredUser
from pipeline.sql.statement import Statement
from pipeline.stores.password_file import PasswordFile, variable_password
from pipeline.stores.warehouse import Transaction, Warehouse

logger = logging.getLogger(__name__)

Statements = tuple[Statement, ...]
Plan = Callable[[Transaction], Statements]


@dataclass(frozen=True, slots=True)
class People:
    """The users of a warehouse; ``door`` must be its administrator's where they are changed."""

    desired: DesiredState
    door: Warehouse

    def listed(self) -> tuple[User, ...]:
        """Return everybody who is there or declared."""
        with self.door.transaction() as transaction:
            return people.people(self.desired, look(transaction, self.desired))

    def creation(self, user: DeclaredUser, password: str | None) -> Plan:
        """Return the plan of a new user; ``password`` is a hash."""
        return lambda transaction: people.plan_create(
            self.desired, look(transaction, self.desired), user, password
        )

    def update(self, change: Change) -> Plan:
        """Return the plan of a change."""
        return lambda transaction: people.plan_update(
            self.desired, look(transaction, self.desired), change
        )

    def departure(self, user: str, new_owner: str) -> Plan:
        """Return the plan of a user who leaves everything to ``new_owner``."""

        def plan(transaction: Transaction) -> Statements:
            asked = drop_user.questions(user)
            answers = {name: transaction.query(question) for name, question in asked.items()}
            holdings = drop_user.read_holdings(user, answers)
            current = look(transaction, self.desired)
            return people.plan_drop(self.desired, current, holdings, user, new_owner=new_owner)

        return plan

    def preview(self, plan: Plan) -> Statements:
        """Return what would be said; nothing is changed."""
        with self.door.transaction() as transaction:
            return plan(transaction)

    def apply(self, plan: Plan, *, shown: Statements | None = None) -> Statements:
        """Plan and execute, all of it or nothing; return what was executed.

        WarehouseError where the plan is no longer the one that was ``shown``.
        """

        def work() -> Statements:
            with self.door.transaction() as transaction:
                statements = plan(transaction)
                if shown is not None and statements != shown:
                    raise WarehouseError(
                        "the warehouse has changed since the plan was made; nothing was done."
                        " Give the command again"
                    )
                for statement in statements:
                    logger.info("warehouse: %s", " ".join(statement.text.split()))
                    transaction.execute(statement)
            return statements

        return self.door.retry(work)


def find_password(
    administration: Callable[[], Warehouse],
    user: str,
    variable: str | None,
    environ: Mapping[str, str],
) -> tuple[str | None, str]:
    """Return a user's password, from a variable or else the password file, and its origin.

    None where the file has no line for the user.
    """
    if variable is not None:
        return variable_password(variable, environ), variable
    access = administration().access
    file = PasswordFile.of(access, environ)
    return file.find_of(user, access), str(file.path)
