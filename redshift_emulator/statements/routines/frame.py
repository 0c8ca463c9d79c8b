"""The variables of a running procedure, and the values of its expressions."""

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.procedures.nodes import REFCURSOR, Alias, Cursor, Declared, Raise
from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.protocol.wire import ConnectionLostError
from redshift_emulator.session.session import Session
from redshift_emulator.statements.routines.expressions import (
    Columns,
    Expressions,
    is_float,
    is_no_literal,
)
from redshift_emulator.statements.routines.portals import Portals
from redshift_emulator.statements.routines.transactions import Transactions
from redshift_emulator.statements.routines.variables import Scope, Slot, Value, shown

Dispatch = Callable[[Statement, Session], str]
_TIMEOUT = "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'"
TEXT = RedshiftType("varchar", 65535)
BOOLEAN = RedshiftType("boolean")


def message_slot(message: str) -> Slot:
    """Return the slot of a message, with the long names that PostgreSQL does not have."""
    return Slot(TEXT, NAMES.restored(message))


@dataclass(frozen=True, slots=True)
class Context:
    """What a CALL shares with its nested calls."""

    session: Session
    dispatch: Dispatch
    expressions: Expressions
    transactions: Transactions
    portals: Portals
    deadline: float
    """When ``statement_timeout``, which is that of the whole CALL, will have passed."""

    @classmethod
    def begin(cls, session: Session, dispatch: Dispatch, *, nonatomic: bool) -> "Context":
        """Return the context of a CALL."""
        expressions = Expressions(session)
        transactions = Transactions(session, nonatomic=nonatomic)
        portals = Portals(session, expressions, transactions)
        session.meter.cluster.begin_call(session.backend.process_id)
        ((timeout,),) = session.query(_TIMEOUT)
        seconds = int(timeout or 0) / 1000 or math.inf
        deadline = time.monotonic() + seconds
        return cls(session, dispatch, expressions, transactions, portals, deadline)

    def run(self, statement: Statement) -> str:
        """Run a statement by its handler without sending its rows; return its command tag."""
        return self.session.run_discarding(lambda: self.dispatch(statement, self.session))


class Frame:
    """One call's variables, of the current block and of those around it."""

    def __init__(self, context: Context, scope: Scope) -> None:
        self.context = context
        self.scope = scope
        self.row_count = 0
        scope.slots["found"] = Slot(BOOLEAN, "f")

    @contextmanager
    def inner_scope(self, label: str = "") -> Iterator[Scope]:
        """Use a scope of its own for a block or a loop."""
        outer = self.scope
        self.scope = Scope(outer, label=label)
        try:
            yield self.scope
        finally:
            self.scope = outer

    def declare(self, declared: Declared) -> None:
        """Declare a variable in the current block."""
        slots = self.scope.slots
        if isinstance(declared, Alias):
            slots[declared.name] = self.scope.get(f"${declared.number}")
            return
        if isinstance(declared, Cursor):
            slots[declared.name] = Slot(REFCURSOR, declared.name, constant=True, cursor=declared)
            return
        slot = Slot(declared.type, constant=declared.constant, not_null=declared.not_null)
        if declared.value is not None and declared.type is not None:
            slot.set(declared.name, self.value(declared.value, declared.type))
        elif declared.not_null:
            slot.set(declared.name, None)
        slots[declared.name] = slot

    def value(self, expression: Statement, kind: RedshiftType | None = None) -> Value:
        """Return the value of an expression, converted to a type."""
        return self.context.expressions.evaluate(f"({self.scope.replaced(expression)})", kind)

    def check_client(self) -> None:
        """End a call that takes too long, is canceled or whose client has left.

        PostgreSQL may know of none of it, because it runs no statement at that moment.
        """
        session = self.context.session
        if time.monotonic() > self.context.deadline:
            message = "canceling statement due to statement timeout"
            raise RedshiftError(message, sqlstate="57014")
        if session.meter.cluster.is_canceled(session.backend.process_id):
            message = "canceling statement due to user request"
            raise RedshiftError(message, sqlstate="57014")
        if session.client.has_left():
            raise ConnectionLostError("the client disconnected while its procedure was running")

    def message(self, node: Raise) -> str:
        """Return the text of RAISE, with the values of its variables."""
        texts = [shown(self.scope.replaced(each)) for each in node.values]
        values = [self.context.expressions.evaluate(text) for text in texts]
        remaining = iter("<NULL>" if value is None else value for value in values)
        return re.sub("%%|%", lambda m: "%" if m[0] == "%%" else next(remaining), node.text)

    def is_true(self, condition: Statement) -> bool:
        """Return whether a condition is true."""
        return self.value(condition, BOOLEAN) == "t"

    def text(self, statement: Statement, *, dynamic: bool) -> str:
        """Return the SQL text: of EXECUTE, the value of its expression."""
        if not dynamic:
            return self.scope.replaced(statement)
        text = self.value(statement, TEXT)
        if text is None:
            message = "cannot EXECUTE a null querystring"
            raise RedshiftError(message, sqlstate="22004")
        return text

    def set_found(self, rows: int) -> None:
        """Record the number of rows that a statement returned or changed."""
        self.row_count = rows
        self.scope.get("found").set("found", "t" if rows else "f")

    def store(
        self, targets: Sequence[str], columns: Columns, row: tuple[Value, ...] | None
    ) -> None:
        """Store a row in variables or a record; without a row, store NULL."""
        values = (None,) * len(columns) if row is None else row
        first = self.scope.get(targets[0])
        if first.type is None:
            pairs = zip(columns, values, strict=True)
            first.fields = {name: (value, kind) for (name, kind), value in pairs}
            return
        if len(targets) != len(values):
            message = "the number of variables of INTO is not that of the columns"
            raise RedshiftError(message, sqlstate="42601")
        for name, value, (_, kind) in zip(targets, values, columns, strict=True):
            slot = self.scope.get(name)
            if slot.type is None:
                raise RedshiftError(f'"{name}" is a record in a list', sqlstate="42601")
            typed = is_no_literal(kind) or (is_float(kind) and not is_float(slot.type))
            known = kind if typed else None
            slot.assign(name, self.context.expressions.convert(value, slot.type, known))
